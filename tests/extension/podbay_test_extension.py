"""A launch extension, as packages add them to ROS: the tag `robot_talker`."""

import launch_ros.actions
from launch.frontend import expose_action


@expose_action("robot_talker")
class RobotTalker(launch_ros.actions.Node):
    """A talker for a robot."""

    @classmethod
    def parse(cls, entity, parser):
        robot = parser.parse_substitution(entity.get_attr("robot"))
        return cls, {"package": "demo_nodes_cpp", "executable": "talker", "name": robot}
