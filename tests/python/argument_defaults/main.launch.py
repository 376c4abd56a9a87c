from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import (
    AnonName, EnvironmentVariable, LaunchConfiguration, PythonExpression, ThisLaunchFileDir)
from launch_ros.substitutions import FindPackageShare


def generate_launch_description():
    defaults = {
        "env": EnvironmentVariable("HOME"),
        "env_default": EnvironmentVariable("NOT_SET", default_value="a b"),
        "env_empty": EnvironmentVariable("NOT_SET", default_value=""),
        "var": LaunchConfiguration("env"),
        "var_default": LaunchConfiguration("not_set", default=["of ", EnvironmentVariable("HOME")]),
        "anon": AnonName("name"),
        "eval": PythonExpression(["'", LaunchConfiguration("env"), "' + 'x'"]),
        "folder": [ThisLaunchFileDir(), "/config"],
        "share": [FindPackageShare("launch_ros"), "/package.xml"],
    }
    return LaunchDescription([DeclareLaunchArgument(name, default_value=value) for name, value in defaults.items()])
