from launch import LaunchDescription
from launch_ros.actions import ComposableNodeContainer, LoadComposableNodes, PushRosNamespace
from launch_ros.descriptions import ComposableNode


def generate_launch_description():
    container = ComposableNodeContainer(
        package="rclcpp_components", executable="component_container_mt", name="box", namespace="/robot",
        composable_node_descriptions=[
            ComposableNode(package="composition", plugin="composition::Talker", name="talker",
                           parameters=[{"rate": 2.5, "list": [1, 2], "nested": {"a": True}}],
                           remappings=[("chatter", "talk")],
                           extra_arguments=[{"use_intra_process_comms": True}]),
        ],
    )
    return LaunchDescription([
        container,
        PushRosNamespace("late"),
        LoadComposableNodes(target_container=container, composable_node_descriptions=[
            ComposableNode(package="composition", plugin="composition::Listener", name="listener"),
        ]),
        LoadComposableNodes(target_container="/other/box", composable_node_descriptions=[
            ComposableNode(package="composition", plugin="composition::Listener", namespace="own"),
        ]),
    ])
