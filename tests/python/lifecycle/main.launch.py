from launch import LaunchDescription
from launch.actions import EmitEvent, LogInfo, RegisterEventHandler
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition


def generate_launch_description():
    node = LifecycleNode(package="lifecycle", executable="lifecycle_talker", name="talker", namespace="robot")
    return LaunchDescription([
        node,
        RegisterEventHandler(OnStateTransition(target_lifecycle_node=node, goal_state="inactive", entities=[
            LogInfo(msg="never seen"),
        ])),
        EmitEvent(event=ChangeState(
            lifecycle_node_matcher=lambda action: action is node,
            transition_id=Transition.TRANSITION_CONFIGURE,
        )),
    ])
