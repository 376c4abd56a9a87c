"""Replaces the few functions of ROS with side effects: no process is spawned, no component is loaded."""

import sys

import launch
import launch_ros
import launch_ros.actions.load_composable_nodes as loading
from launch.frontend import expose

from . import found
from .hooks_packages import hook_packages, hook_parameters
from .hooks_places import hook_places
from .errors import MISSING_ARGUMENT
from .patch import wrap
from .values import Refused, as_written


def install(recorder):
    """Replaces these functions, for the single evaluation in this process."""
    hook_places(recorder, recorder.places)
    hook_processes(recorder)
    hook_components(recorder)
    hook_parameters(recorder, recorder.packages)
    hook_packages(recorder.packages)
    hook_arguments(recorder)
    if not recorder.commands:
        refuse_commands()


def hook_processes(recorder):
    local = launch.actions.ExecuteLocal if hasattr(launch.actions, "ExecuteLocal") else launch.actions.ExecuteProcess

    @wrap(local, "prepare")
    def prepared(old, action, context):
        old(action, context)
        if not context.is_shutdown and not recorder.silent:
            found.process(recorder, action, context)

    async def started(action, context):
        """Replaces spawning: the process exists from now on, and never ends."""
        details = action._ExecuteLocal__process_event_args
        details["pid"] = len(recorder.processes)
        if "emulate_tty" in context.launch_configurations and action in recorder.made:
            text = launch.utilities.normalize_to_list_of_substitutions(context.launch_configurations["emulate_tty"])
            recorder.made[action]["emulate_tty"] = launch.conditions.evaluate_condition_expression(context, text)
        action._subprocess_transport = Transport(details["pid"])
        action._subprocess_protocol = type("Protocol", (), {"complete": context.asyncio_loop.create_future()})
        await context.emit_event(launch.events.process.ProcessStarted(**details))

    local._ExecuteLocal__execute_process = started

    @wrap(launch.actions.RegisterEventHandler, "execute")
    def registered(old, action, context):
        found.handler(recorder, action.event_handler)
        return old(action, context)

    @wrap(launch.actions.EmitEvent, "execute")
    def emitted(old, action, context):
        action.event.podbay_place = recorder.places.current
        return old(action, context)

    @wrap(launch.actions.SetEnvironmentVariable, "execute")
    def variable_set(old, action, context):
        recorder.set_variables.add(launch.utilities.perform_substitutions(context, action.name))
        return old(action, context)

    if hasattr(launch.LaunchContext, "_push_environment"):  # not in Foxy
        hook_scopes(recorder)


def hook_scopes(recorder):
    """What a group sets is not set any more after it."""

    @wrap(launch.LaunchContext, "_push_environment")
    def pushed(old, context):
        recorder.outer_variables.append(set(recorder.set_variables))
        return old(context)

    @wrap(launch.LaunchContext, "_pop_environment")
    def popped(old, context):
        recorder.set_variables = recorder.outer_variables.pop()
        return old(context)


class Transport:
    """Represents the process in ROS's handlers."""

    def __init__(self, pid):
        self.pid = pid

    def get_pid(self):
        return self.pid

    def get_returncode(self):
        return None

    def send_signal(self, *_):
        """There is no process."""

    kill = terminate = close = send_signal


def hook_components(recorder):
    @wrap(loading, "get_composable_node_load_request")
    def requested(old, component, context):
        request = old(component, context)
        if request is not None:
            recorder.requests[id(request)] = (request, getattr(component, "podbay_place", None) or recorder.places.current)
        return request

    @wrap(loading.LoadComposableNodes, "execute")
    def targeted(old, action, context):
        """Checks the name of the service before anything is loaded, like a real node."""
        result = old(action, context)
        found.full_name(target(action))
        return result

    def load(action, requests, context):
        for request in requests:
            found.component(recorder, request, target(action))

    loading.LoadComposableNodes._load_in_sequence = load
    launch_ros.actions.LifecycleNode._call_change_state = lambda *_: None
    launch_ros.actions.RosTimer._wait_to_fire_event = launch.actions.TimerAction._wait_to_fire_event
    node = Anything()
    for module in [module for name, module in sys.modules.items() if name.startswith("launch_ros")]:
        if hasattr(module, "get_ros_node"):
            module.get_ros_node = lambda context: node


def target(action):
    return action._LoadComposableNodes__final_target_container_name


class Anything:
    """Replaces launch's own ROS node: accepts every call, does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given, **named):
        return self


def hook_arguments(recorder):
    declare = launch.actions.DeclareLaunchArgument

    @wrap(declare, "__init__")
    def declared(old, action, name, *, default_value=None, description=None, choices=None, **named):
        old(action, name, default_value=default_value, description=description, choices=choices, **named)
        default = recorder.__dict__.pop("default", None)
        default = as_written(default_value) if default is None else default
        action.podbay = (default, description, choices)

    parse = expose.action_parse_methods["arg"]

    def parsed(entity, parser):
        """The default as written; the parsed one has lost its quotes and escapes."""
        cls, named = parse(entity, parser)
        recorder.default = entity.get_attr("default", optional=True)
        return cls, named

    expose.action_parse_methods["arg"] = parsed

    @wrap(declare, "execute")
    def executed(old, action, context):
        recorder.argument(action)
        return old(action, context)

    @wrap(launch.actions.IncludeLaunchDescription, "execute")
    def included(old, action, context):
        try:
            return old(action, context)
        except RuntimeError as error:
            if str(error).startswith(MISSING_ARGUMENT):
                description = action.launch_description_source.get_launch_description(context)
                error.podbay_declared = declared = [argument for argument, _ in declared_by(description)]
                missing = next(argument for argument in declared if f"argument '{argument.name}'" in str(error))
                error.podbay_missing = missing
                error.podbay_action = action.podbay_place or missing.podbay_place
            raise


def declared_by(description):
    return description.get_launch_arguments_with_include_launch_description_actions()


def refuse_commands():
    """In XML and YAML, replaces `$(command …)` by one that runs nothing. Python files may run anything."""
    command = launch.substitutions.Command

    class Refusing(command):
        def perform(self, context):
            text = launch.utilities.perform_substitutions(context, self.command)
            raise Refused(f"$(command {text}): {NOT_ALLOWED}")

    launch.frontend.expose.substitution_parse_methods["command"] = lambda data: (Refusing, command.parse(data)[1])


NOT_ALLOWED = ("a launch file may not run commands here; allow it with --allow-command (for ROS callers, `allow_command` "
               "under `policy`), pass the value as an <arg>, or let the node do the work")
