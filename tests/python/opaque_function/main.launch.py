from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def robots(context):
    count = int(LaunchConfiguration("count").perform(context))
    return [Node(package="demo_nodes_cpp", executable="talker", name="talker", namespace=f"robot_{number}")
            for number in range(count)]


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument("count", default_value="2", description="how many robots"),
        OpaqueFunction(function=robots),
    ])
