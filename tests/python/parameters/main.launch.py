import os

from launch import LaunchDescription
from launch.substitutions import LaunchConfiguration, TextSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare


def generate_launch_description():
    here = os.path.dirname(__file__)
    one = TextSubstitution(text="1")
    return LaunchDescription([
        Node(package="demo_nodes_cpp", executable="talker", name="talker", namespace="", parameters=[
            {"number": 1, "text": "1", "guessed": one, "told": ParameterValue(one, value_type=str), "list": ["a", "b"]},
            os.path.join(here, "values.yaml"),
            ParameterFile(os.path.join(here, "substituted.yaml"), allow_substs=True),
            [FindPackageShare("not_here"), "/config/", LaunchConfiguration("which", default="a"), ".yaml"],
            os.path.join(here, "missing.yaml"),
            {"last": 2.0},
        ]),
    ])
