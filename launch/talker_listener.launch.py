"""Two nodes that talk to each other. README.md has the command that starts them."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node, PushRosNamespace


def generate_launch_description():
    rate = LaunchConfiguration("rate")
    return LaunchDescription([
        DeclareLaunchArgument("namespace", default_value="demo", description="namespace of both nodes"),
        DeclareLaunchArgument("rate", default_value="1.0", description="messages a second"),
        GroupAction([
            PushRosNamespace(LaunchConfiguration("namespace")),
            Node(package="podbay_demo", executable="talker", name="talker", output="screen", parameters=[{"rate": rate}]),
            Node(package="podbay_demo", executable="listener", name="listener", output="screen"),
        ]),
    ])
