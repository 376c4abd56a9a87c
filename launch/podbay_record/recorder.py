"""One evaluation: ROS runs the launch, and the recorder records it."""

import asyncio
import logging
import os
import sys

import launch
import launch.logging
import launch_ros

from . import hooks
from .clock import MAX_JUMPS, VirtualLoop
from .errors import problem_of
from .packages import Packages, find_in_package  # the latter for __main__
from .places import Places
from .values import as_written

SAID_BY_PODBAY = "there are now at least "  # … nodes of one name: podbay reports this itself


class Recorder:
    """One evaluation."""

    def __init__(self, path, commands=False):
        self.commands = commands  # whether XML and YAML may run commands
        self.path, self.packages, self.places = path, Packages(), Places()
        self.processes, self.components, self.arguments, self.problems, self.messages = [], [], {}, [], []
        self.made = {}  # action -> its process
        self.ends_launch = []  # actions whose end ends the launch
        self.parameter_files = {}  # file written by ROS -> parameter source
        self.requests = {}  # request to load a component -> place
        self.groups, self.group_runs = [], {}  # the current groups; number of runs of each
        self.shutdown = None  # time at which the launch ends itself
        self.silent = False  # once the launch ends itself: later events are part of its end
        self.base = dict(os.environ)
        self.set_variables, self.outer_variables = set(), []  # of the current group, and of those around it
        self.actions, self.error, self.done = 0, None, False

    def run(self, arguments):
        self.loop = VirtualLoop(self.finish)
        asyncio.set_event_loop(self.loop)
        self.loop.set_task_factory(self.task)
        self.hook_logging()
        hooks.install(self)
        self.service = service = launch.LaunchService(argv=[f"{name}:={value}" for name, value in arguments],
                                                      noninteractive=True)
        service._shutdown = self.wrap_shutdown(service._shutdown)
        source = launch.launch_description_sources.AnyLaunchDescriptionSource(self.path)
        include = launch.actions.IncludeLaunchDescription(source, launch_arguments=arguments)
        service.include_launch_description(launch.LaunchDescription([include]))
        service.context.register_event_handler(launch.EventHandler(matcher=self.observe))
        try:
            service.run()
        except RuntimeError:
            if not self.done:  # otherwise the loop was stopped
                raise
        if self.error:
            raise self.error
        self.settle(arguments)

    def declared(self):
        """Finds the arguments like `ros2 launch --show-args`: runs nothing, so that no arguments are required."""
        self.hook_logging()
        hooks.install(self)
        source = launch.launch_description_sources.AnyLaunchDescriptionSource(self.path)
        for action in source.get_launch_description(launch.LaunchContext()).get_launch_arguments():
            self.argument(action)

    def finish(self):
        """No events are left."""
        if self.loop.jumps > MAX_JUMPS:
            self.warn(f"timers repeat forever; only the first {self.loop.now:.0f} s were evaluated", (self.path, 0))
        self.done = True
        self.loop.stop()

    def task(self, loop, coroutine, **more):
        """A task whose error ends the evaluation, even if ROS would only log it."""
        task = asyncio.Task(coroutine, loop=loop, **more)
        task.add_done_callback(lambda task: task.cancelled() or self.fail(task.exception()))
        return task

    def fail(self, error):
        if error is not None and not self.done:
            self.error, self.done = error, True
            self.loop.stop()

    def wrap_shutdown(self, shutdown):
        def ended(*, reason, **more):
            error = sys.exc_info()[1]
            if error is not None:
                self.fail(error)
            self.done = self.silent = True
            return shutdown(reason=reason, **more)
        return ended

    def observe(self, event):
        """Observes every event; handles none."""
        if self.silent:
            return False
        self.places.current = getattr(event, "podbay_place", self.places.current)
        if isinstance(event, launch.events.Shutdown):
            file, line = self.places.current
            self.shutdown = {"delay": self.loop.now, "reason": as_written(event.reason) or "", "source": f"{file}:{line}"}
            self.warn(f"the launch shuts down{self.when()}; podbay leaves it running: use `podbay stop`")
            self.silent = True
        elif isinstance(event, (launch.events.process.ShutdownProcess, launch.events.process.SignalProcess)):
            self.warn(f"a signal to a process{self.when()} is not supported in pods")
        elif isinstance(event, launch_ros.events.lifecycle.ChangeState):
            self.note_transition(event)
        return False

    def note_transition(self, event):
        names = [action.node_name for action in self.made
                 if isinstance(action, launch_ros.actions.LifecycleNode) and event.lifecycle_node_matcher(action)]
        what = type(event).valid_transitions.get(event.transition_id, event.transition_id)
        self.warn(f"the lifecycle transition '{what}' of {', '.join(names) or 'no node'}{self.when()} is not made by podbay; "
                  "use a lifecycle manager")

    def when(self):
        return f" after {self.loop.now:g} s" if self.loop.now else ""

    def warn(self, what, place=None):
        file, line = place or self.places.current
        problem = {"file": file, "line": line, "what": self.packages.symbolic(what)}
        if problem not in self.problems:
            self.problems.append(problem)

    def hook_logging(self):
        """Keeps the launch file's own messages; warnings become problems; writes no log file."""
        recorder = self

        class Handler(logging.Handler):
            def emit(self, record):
                if getattr(record, "seen", False) or recorder.silent:
                    return
                record.seen = True
                if record.name == "launch.user":
                    recorder.messages.append(recorder.packages.symbolic(record.getMessage()))
                elif record.levelno == logging.WARNING and not record.getMessage().startswith(SAID_BY_PODBAY):
                    recorder.warn(record.getMessage())

            def setFormatterFor(self, *_):
                """Like ROS's own handlers."""

        config, handler = launch.logging.launch_config, Handler()
        config.get_screen_handler = lambda: handler
        config.get_log_file_handler = lambda *_: handler
        for name in list(logging.root.manager.loggerDict):
            if name.startswith("launch"):
                logging.getLogger(name).handlers = [handler]

    def argument(self, action):
        default, description, choices = action.podbay
        self.arguments.setdefault(action.name, {"name": action.name, "default": default,
                                                "description": description or "", "choices": list(choices or [])})

    def settle(self, arguments):
        """Adds what is known only at the end."""
        for target in self.ends_launch:
            if target in self.made:
                self.made[target]["on_exit"] = "shutdown"
        for action, process in self.made.items():
            for name in ("sigterm_timeout", "sigkill_timeout"):
                process[name] = self.timeout(action, name)
        for name, _ in arguments:
            if name not in self.arguments:
                known = ", ".join(f"'{known}'" for known in self.arguments)
                declared = f" (declared: {known})" if known else ""
                self.warn(f"argument '{name}' is given, but not declared{declared}", (self.path, 0))

    def timeout(self, action, name):
        given = getattr(action, f"_ExecuteLocal__{name}")
        by_default = len(given) == 1 and isinstance(given[0], launch.substitutions.LaunchConfiguration)
        if by_default and name not in self.service.context.launch_configurations:
            return None
        return float(launch.utilities.perform_substitutions(self.service.context, given))

    def description(self):
        found = {"processes": self.processes, "composable_nodes": self.components,
                 "arguments": list(self.arguments.values())}
        found |= {"shutdown": self.shutdown} if self.shutdown else {}
        found = self.mapped(found)
        return {**found, "problems": self.problems, **({"messages": self.messages} if self.messages else {})}

    def mapped(self, value):
        """`value` with symbolic package paths, except in the content of files and the places of actions."""
        if isinstance(value, str):
            return self.packages.symbolic(value)
        if isinstance(value, dict):
            keep = {"source", "groups"} if "source" in value else {"content"} if "file" in value else ()
            return {self.mapped(name): item if name in keep else self.mapped(item) for name, item in value.items()}
        return [self.mapped(item) for item in value] if isinstance(value, (list, tuple)) else value

    def problem_of(self, error):
        return problem_of(self, error)
