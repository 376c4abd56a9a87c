import launch
from launch import LaunchDescription
from launch.actions import EmitEvent, ExecuteProcess, LogInfo, RegisterEventHandler, TimerAction
from launch.event_handlers import OnProcessExit, OnProcessStart, OnShutdown
from launch_ros.actions import Node


def generate_launch_description():
    first = Node(package="demo_nodes_cpp", executable="talker", name="first")
    second = ExecuteProcess(cmd=["sleep", "100"], on_exit=[LogInfo(msg="never seen")])
    return LaunchDescription([
        RegisterEventHandler(OnProcessStart(target_action=first, on_start=[
            LogInfo(msg="the first is there"),
            Node(package="demo_nodes_cpp", executable="listener", name="after_first"),
            TimerAction(period=2.5, actions=[
                ExecuteProcess(cmd=["echo", "late"]),
                TimerAction(period=1.0, actions=[ExecuteProcess(cmd=["echo", "later"])]),
            ]),
        ])),
        RegisterEventHandler(OnProcessExit(target_action=first, on_exit=[
            EmitEvent(event=launch.events.Shutdown(reason="the first is gone")),
        ])),
        RegisterEventHandler(OnShutdown(on_shutdown=[LogInfo(msg="not at the start")])),
        second,
        first,
    ])
