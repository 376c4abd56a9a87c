from launch import LaunchDescription
from launch.actions import ExecuteProcess, LogInfo, Shutdown, TimerAction


def generate_launch_description():
    return LaunchDescription([
        ExecuteProcess(cmd=["sleep", "100"]),
        TimerAction(period=5.0, actions=[Shutdown(reason="enough")]),
        TimerAction(period=9.0, actions=[LogInfo(msg="too late")]),
    ])
