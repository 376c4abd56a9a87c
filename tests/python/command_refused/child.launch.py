from launch import LaunchDescription
from launch.actions import LogInfo
from launch.substitutions import Command


def generate_launch_description():
    return LaunchDescription([LogInfo(msg=Command("echo Python is a program"))])
