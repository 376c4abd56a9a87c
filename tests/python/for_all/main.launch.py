from launch import LaunchDescription
from launch.actions import ExecuteProcess, GroupAction, SetEnvironmentVariable, SetLaunchConfiguration
from launch_ros.actions import Node, PushRosNamespace, SetParameter, SetRemap


def node(name, **more):
    return Node(package="demo_nodes_cpp", executable="talker", name=name, **more)


def generate_launch_description():
    return LaunchDescription([
        SetParameter("use_sim_time", True),
        GroupAction([
            PushRosNamespace("robot"),
            SetRemap("chatter", "talk"),
            SetEnvironmentVariable("LEVEL", "3"),
            SetLaunchConfiguration("sigterm_timeout", "9"),
            node("inside", namespace="own", parameters=[{"own": 1}], additional_env={"MORE": "1"}),
        ]),
        node("outside", arguments=["--x", "a b"], ros_arguments=["--log-level", "debug"], output="screen",
             prefix="nice -n 5", respawn=True, respawn_delay=1.5, emulate_tty=True, cwd="/tmp", sigkill_timeout="3"),
        ExecuteProcess(cmd=["echo", "$HOME"], shell=True, name="label"),
    ])
