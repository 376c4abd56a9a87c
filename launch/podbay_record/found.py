"""Converts actions to podbay's evaluated description."""

import re
import shlex

import launch
import launch_ros
from launch.utilities import perform_substitutions as perform

from .values import Refused, parameter_value, plain, rcl_value


def process(recorder, action, context):
    """Records what `action` would start."""
    details = action.process_description
    cmd, prefix = list(details.final_cmd), len(details.final_cmd) - len(details.cmd)
    process = {
        "kind": kind_of(action), "package": "", "executable": "", "name": "", "namespace": "", "arguments": [],
        "ros_arguments": [], "parameters": [], "remappings": [],
        "environment": environment(recorder, details, context),
        "respawn": bool(action._ExecuteLocal__respawn),
        "respawn_delay": float(action._ExecuteLocal__respawn_delay or 0),
        "respawn_max_retries": unless_negative(getattr(action, "_ExecuteLocal__respawn_max_retries", -1)),
        "output": "log" if isinstance(action.output, dict) else perform(context, action.output),
        "prefix": shlex.join(cmd[:prefix]), "cmd": [], "shell": bool(action.shell),
        "emulate_tty": bool(action.emulate_tty), "on_exit": on_exit(recorder, action),
        "sigterm_timeout": None, "sigkill_timeout": None, "cwd": details.final_cwd or "", "delay": recorder.loop.now,
        "source": "{}:{}".format(*recorder.places.current),
    }
    if recorder.groups:
        process["groups"] = [group.podbay_group for group in recorder.groups]
    if isinstance(action.output, dict):
        recorder.warn("`output` is a dictionary, which is not supported; all output goes to the pod's log")
    if isinstance(action, launch_ros.actions.Node):
        node(recorder, action, process, cmd[prefix:])
        process |= {"exec_name": details.final_name.rpartition("-")[0]} if details.name is not None else {}
    else:
        process["cmd"] = cmd[prefix:]
        process["name"] = details.final_name.rpartition("-")[0] if details.name is not None else ""
    recorder.made[action] = process
    recorder.processes.append(process)


def environment(recorder, details, context):
    if details.env is not None:
        recorder.warn("the process starts from an environment of its own; in a container it has the image's besides")
        return dict(details.final_env)
    own = recorder.set_variables | {perform(context, name) for name, _ in details.additional_env or []}
    return {name: value for name, value in details.final_env.items()
            if name in own or recorder.base.get(name) != value}


def node(recorder, action, process, cmd):
    """Parses a node's command line, which is exact, unlike performing substitutions again."""
    found = re.fullmatch(r"\$\(find-pkg-prefix ([^)]*)\)/lib/\1/(.*)", recorder.packages.symbolic(cmd[0]), re.DOTALL)
    process["package"], process["executable"] = found.groups() if found else ("", cmd[0])
    rest = cmd[1:]
    for name, attribute in (("arguments", "_Node__arguments"), ("ros_arguments", "_Node__ros_arguments")):
        given = getattr(action, attribute, None)
        if given is not None:
            skip = int(name == "ros_arguments")  # its --ros-args
            process[name], rest = rest[skip:skip + len(given)], rest[skip + len(given):]
    rest = rest[1:]  # --ros-args
    while rest:
        flag, value, *rest = rest if len(rest) > 1 else [*rest, ""]
        if flag == "--params-file":
            process["parameters"].append(parameter_file(recorder, value))
        elif flag == "-p":
            name, _, text = value.partition(":=")
            process["parameters"].append({"values": {name: plain(name, rcl_value(text))}, "all_nodes": True})
            if re.fullmatch(r"\(.*,.*\)", text, re.DOTALL):
                recorder.warn(f"the list '{name}' for all nodes reaches the node as the text '{text}', as in ROS; to "
                              "pass a list, set it as a parameter of the node, or in a file")
        elif flag == "-r" and value.startswith("__node:="):
            process["name"] = value[len("__node:="):]
        elif flag == "-r" and value.startswith("__ns:="):
            process["namespace"] = value[len("__ns:="):]
        elif flag == "-r":
            process["remappings"].append(value.split(":=", 1))
        else:  # an extension of launch_ros
            process["ros_arguments"] += [word for word in (flag, value) if word]


def parameter_file(recorder, path):
    if path in recorder.parameter_files:
        return recorder.parameter_files[path]
    if recorder.packages.is_symbolic(path):
        return {"file": path}
    with open(path, encoding="utf-8") as file:
        return {"file": path, "content": file.read()}


def on_exit(recorder, action):
    what = action._ExecuteLocal__on_exit
    if what is None or what == []:
        return ""
    if ends_the_launch(what):
        return "shutdown"
    recorder.warn("actions after the end of the process (on_exit) are not supported in pods")
    return ""


def handler(recorder, handler):
    """A handler registered by the launch file; handlers of later events are noted."""
    on = launch.event_handlers
    if isinstance(handler, on.OnProcessExit):
        target = getattr(handler, "_OnActionEventBase__action_matcher", None)
        what = getattr(handler, "_OnActionEventBase__actions_on_event", None)
        if isinstance(target, launch.actions.ExecuteProcess) and what and ends_the_launch(what):
            recorder.ends_launch.append(target)
        else:
            recorder.warn("actions after the end of a process (OnProcessExit) are not supported in pods")
    elif isinstance(handler, (on.OnProcessIO, launch_ros.event_handlers.OnStateTransition)):
        recorder.warn(f"actions after an event of a running process ({type(handler).__name__}) are not supported in pods")


def component(recorder, request, container):
    place = recorder.requests.get(id(request), (None, recorder.places.current))[1]
    values = lambda parameters: {one.name: plain(one.name, parameter_value(one.value)) for one in parameters}
    recorder.components.append({
        "container": full_name(container), "package": request.package_name, "plugin": request.plugin_name,
        "name": request.node_name, "namespace": request.node_namespace, "parameters": values(request.parameters),
        "remappings": [rule.split(":=", 1) for rule in request.remap_rules],
        "extra_arguments": values(request.extra_arguments), "delay": recorder.loop.now,
        "source": "{}:{}".format(*place),
    })


def full_name(container):
    """The container, by the name of its service for loading components, resolved in `/`, the namespace of ROS's launch node."""
    if not re.fullmatch(r"/?[A-Za-z_]\w*(/[A-Za-z_]\w*)*", container, re.ASCII):
        raise Refused(f"'{container}' cannot be the target of components: it is not a valid node name")
    return "/" + container.removeprefix("/")


def kind_of(action):
    of = launch_ros.actions
    kinds = ((of.ComposableNodeContainer, "container"), (of.LifecycleNode, "lifecycle_node"), (of.Node, "node"))
    return next((kind for cls, kind in kinds if isinstance(action, cls)), "executable")


def unless_negative(number):
    return number if number >= 0 else None


def ends_the_launch(actions):
    """Whether these actions only end the launch."""
    if isinstance(actions, launch.actions.EmitEvent):  # Shutdown is one
        return isinstance(actions.event, launch.events.Shutdown)
    return isinstance(actions, (list, tuple)) and bool(actions) and all(map(ends_the_launch, actions))
