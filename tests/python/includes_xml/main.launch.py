from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution, ThisLaunchFileDir


def generate_launch_description():
    child = PathJoinSubstitution([ThisLaunchFileDir(), "child.launch.xml"])
    return LaunchDescription([
        IncludeLaunchDescription(AnyLaunchDescriptionSource(child), launch_arguments={"name": "given"}.items()),
    ])
