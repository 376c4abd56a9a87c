from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, GroupAction
from launch.conditions import IfCondition, LaunchConfigurationEquals, UnlessCondition
from launch.substitutions import LaunchConfiguration, PythonExpression


def run(word, condition):
    return ExecuteProcess(cmd=["echo", word], condition=condition)


def generate_launch_description():
    mode = LaunchConfiguration("mode")
    return LaunchDescription([
        DeclareLaunchArgument("mode", default_value="real", choices=["real", "sim"]),
        run("equals", LaunchConfigurationEquals("mode", "sim")),
        run("expression", IfCondition(PythonExpression(["'", mode, "' == 'sim'"]))),
        run("no", UnlessCondition(PythonExpression(["'", mode, "' == 'sim'"]))),
        GroupAction([run("in a group", None)], condition=IfCondition("true")),
        GroupAction([run("in no group", None)], condition=IfCondition("false")),
    ])
