#!/usr/bin/env python3
"""Evaluates a launch file by ROS's own engine, and prints what it would start instead of starting it.

    record.py FILE [name:=value …]          FILE is .py, .xml or .yaml; prints one JSON document
    record.py --mark TOKEN FILE …           prints one line `TOKEN{…}` instead, for who can not tell stdout from stderr
    record.py --batch                       reads {"file", "arguments", "environment"} a line, answers each with a line

The document is podbay's evaluated description (src/domain/description.rs). A mistake goes to stderr as
`FILE:LINE: what`, with exit code 1 and nothing on stdout. What the launch file itself prints goes to stderr.

    launch file ──> LaunchService ──> actions ──> Recorder ──> description
                     │ of ROS, as is      │
                VirtualLoop          hooks: no process is spawned, no component loaded, no file of the launch kept
                no waiting

Events are handled as ROS does: a recorded process has "started" and never ends. Time is virtual: when nothing is left
to do now, the clock jumps to the next timer; when nothing is left at all, the launch has been seen. Paths into
packages become symbolic again, `$(find-pkg-share PACKAGE)/…`, since a container has its own packages.
"""

import asyncio
import json
import logging
import os
import re
import selectors
import shlex
import shutil
import sys
import tempfile
import threading
import traceback
import xml.parsers.expat

sys.dont_write_bytecode = True  # no __pycache__ beside launch files

MAX_ACTIONS = 100_000
MAX_JUMPS = 10_000
MARK = "ros__parameters"


def main(argv):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if argv[:1] == ["--batch"]:
        return batch(answers)
    mark = argv[1] if argv[:1] == ["--mark"] else None
    outcome = evaluate(*arguments_of(argv[2:] if mark else argv))
    sys.stdout.flush()
    if mark:
        print(f"\n{mark}{json.dumps(outcome)}", file=answers, flush=True)
    elif "description" in outcome:
        print(json.dumps(outcome["description"], indent=2), file=answers, flush=True)
    else:
        sys.stderr.write("".join(f"{as_text(problem)}\n" for problem in outcome["problems"]))
    return 0 if "description" in outcome else 1


def arguments_of(argv):
    if not argv:
        sys.exit("usage: record.py [--mark TOKEN] FILE [name:=value …]")
    return argv[0], [tuple(word.split(":=", 1)) if ":=" in word else (word, None) for word in argv[1:]]


def batch(answers):
    """Every job in a process of its own, forked once ROS is imported: nothing leaks from one to the next."""
    import_ros()
    for line in sys.stdin:
        job = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.environ.update(job.get("environment", {}))
            outcome = evaluate(*arguments_of([job["file"], *job.get("arguments", [])]))
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                pipe.write(json.dumps(outcome))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            print(pipe.read() or json.dumps(refusal("the evaluation died")), file=answers, flush=True)
        os.waitpid(child, 0)
    return 0


def evaluate(path, arguments):
    """{"description": …} or {"problems": […]}."""
    malformed = [name for name, value in arguments if value is None or not name]
    if malformed:
        return refusal(f"the launch argument '{malformed[0]}' is malformed: write it as name:=value")
    if not os.path.isfile(path):
        return refusal("there is no such file", path)
    try:
        import_ros()
    except ImportError as error:
        return refusal(f"ROS 2 can not be used here ({error}): source it first, . /opt/ros/DISTRO/setup.sh")
    recorder = Recorder(path)
    try:
        recorder.run(arguments)
        description = recorder.description()
        json.dumps(description, allow_nan=False)
        return {"description": description}
    except BaseException as error:  # also SystemExit of a launch file
        return {"problems": [recorder.problem_of(error)]}
    finally:
        shutil.rmtree(recorder.packages.scratch, ignore_errors=True)


def refusal(what, file="", line=0):
    return {"problems": [{"file": file, "line": line, "what": what}]}


def as_text(problem):
    place = ":".join(str(part) for part in (problem["file"], problem["line"]) if part)
    return f"{place}: {problem['what']}" if place else problem["what"]


def import_ros():
    """What needs ROS, as globals; late, so that its absence can be told."""
    global launch, launch_ros, ament, yaml, loading
    import ament_index_python.packages as ament
    import launch
    import launch.frontend.expose
    import launch.logging
    import launch_ros.actions
    import launch_ros.actions.load_composable_nodes as loading
    import launch_ros.descriptions
    import launch_ros.substitutions.find_package
    import yaml


class Refused(Exception):
    """Said by the recorder itself."""


# ---- time


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that jumps instead of waiting, and calls `on_quiet` when nothing is left to happen."""

    def __init__(self, on_quiet):
        super().__init__(_Jumping(self))
        self.now, self.jumps, self.on_quiet = 0.0, 0, on_quiet

    def time(self):
        return self.now

    def run_in_executor(self, executor, function, *arguments):
        """At once and here, so that the order is always the same."""
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop):
        super().__init__()
        self.loop = loop

    def select(self, timeout=None):
        # Threads that a launch file started get a moment to come back.
        patience = 2.0 if timeout != 0 and threading.active_count() > 1 else 0
        events = super().select(patience)
        if events or timeout == 0:
            return events
        loop = self.loop
        if timeout is None or loop.jumps > MAX_JUMPS:
            loop.call_soon(loop.on_quiet)
        else:
            loop.jumps += 1
            loop.now = max(loop.now, loop._scheduled[0]._when)
        return []


# ---- packages


class Packages:
    """Where packages are, and the way back from a path to `$(find-pkg-share PACKAGE)`.

    A prefix holds many packages, so `$(find-pkg-prefix p)` is a link `<scratch>/prefix/p`; a package that is not here
    is `<scratch>/missing/share/p`, where nothing can be read but which can be passed on.
    """

    def __init__(self):
        self.scratch = tempfile.mkdtemp(prefix="podbay-record-")
        self.find_prefix = ament.get_package_prefix
        prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
        prefixes = {form.rstrip("/") for prefix in prefixes if prefix for form in (prefix, os.path.realpath(prefix))}
        shares = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=len, reverse=True))
        self.installed = re.compile(rf"(?:{shares})/share/(\w[\w-]*)(?![\w.-])") if prefixes else None
        self.linked = re.compile(rf"{re.escape(self.scratch)}/(?:missing/)?(share|prefix)/(\w[\w-]*)")

    def symbolic(self, text):
        text = self.linked.sub(r"$(find-pkg-\1 \2)", text)
        return self.installed.sub(self._share, text) if self.installed else text

    def _share(self, match):
        try:
            self.find_prefix(match[1])
            return f"$(find-pkg-share {match[1]})"
        except Exception:
            return match[0]

    def is_symbolic(self, path):
        return "$(find-pkg-" in self.symbolic(str(path))

    def share(self, package, print_warning=False):
        return os.path.join(self.find_prefix(package), "share", package)

    def prefix(self, package):
        link = os.path.join(self.scratch, "prefix", package)
        if not os.path.lexists(link):
            target = self.find_prefix(package)
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(target, link)
        return link

    def or_missing(self, kind, package):
        """For substitutions: a package that is not here is left to the container."""
        try:
            return getattr(self, kind)(package)
        except (ament.PackageNotFoundError, ValueError) as error:  # of a name of one letter it says ValueError
            if not re.fullmatch(r"[\w-]+", package):
                raise Refused(f"'{package}' is no name of a package") from error
            return os.path.join(self.scratch, "missing", kind, package)

    def stand_in(self, path):
        """An empty file where one of a missing package would be, so that ROS passes its path on."""
        path = str(path)
        if path.startswith(self.scratch + "/missing/") and not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w", encoding="utf-8").close()

    def check(self, path):
        if str(path).startswith(self.scratch + "/missing/"):
            package = self.linked.match(str(path))[2]
            raise Refused(f"package '{package}' is not found here, and its file {self.symbolic(str(path))} is needed "
                          f"to evaluate; looked in {os.environ.get('AMENT_PREFIX_PATH') or 'nothing: no ROS is sourced'}")


# ---- where actions are written


class Places:
    """File and line of actions: of Python by the call, of XML and YAML by reading the file a second time."""

    def __init__(self):
        self.lines, self.kept, self.current = {}, [], ("", 0)
        folders = [module.__file__ for module in (launch, launch_ros, asyncio, selectors)]
        self.foreign = tuple(os.path.dirname(file) + "/" for file in folders)

    def is_own(self, file):
        return not (file.startswith(self.foreign) or file.startswith("<") or file == __file__
                    or "/site-packages/" in file or "/dist-packages/" in file)

    def of_caller(self):
        frame = sys._getframe(2)
        while frame:
            if self.is_own(frame.f_code.co_filename):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def of_traceback(self, error):
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if self.is_own(frame.filename)]
        return (own[-1].filename, own[-1].lineno) if own else None

    def of_entity(self, entity):
        return next((self.lines[id(value)] for value in vars(entity).values() if id(value) in self.lines), None)

    def read_xml(self, root, text, name):
        lines, parser = [], xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda *_: lines.append(parser.CurrentLineNumber)
        parser.Parse(text, True)
        self.kept.append(root)
        self.lines.update((id(element), (name, line)) for element, line in zip(root.iter(), lines))

    def yaml_loader(self, name):
        places = self

        class Loader(yaml.SafeLoader):
            def construct_yaml_map(self, node):
                """An action stands where its key does, the item of a list where its first key does."""
                data = {}
                places.kept.append(data)
                places.lines[id(data)] = (name, node.start_mark.line + 1)
                yield data
                data.update(self.construct_mapping(node))
                for key, _ in node.value:
                    value = data.get(key.value)
                    if isinstance(value, (dict, list)):
                        places.kept.append(value)
                        places.lines[id(value)] = (name, key.start_mark.line + 1)

        Loader.add_constructor("tag:yaml.org,2002:map", Loader.construct_yaml_map)
        return Loader


# ---- the recorder


class Recorder:
    """One evaluation."""

    def __init__(self, path):
        self.path, self.packages, self.places = path, Packages(), Places()
        self.processes, self.components, self.arguments, self.problems, self.messages = [], [], {}, [], []
        self.made = {}  # action -> its process
        self.ends_launch = []  # actions whose end is the end of the launch
        self.parameter_files = {}  # file ROS wrote -> parameter source
        self.requests = {}  # request to load a component -> place
        self.groups, self.group_runs = [], {}  # the groups that are being visited; how often each ran
        self.silent = False  # once the launch ends itself: what follows is its end
        self.base = dict(os.environ)
        self.set_variables, self.actions, self.error, self.done = set(), 0, None, False

    def run(self, arguments):
        self.loop = VirtualLoop(self.finish)
        asyncio.set_event_loop(self.loop)
        self.loop.set_task_factory(self.task)
        self.hook_logging()
        install_hooks(self)
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
            if not self.done:  # otherwise: the loop was stopped
                raise
        if self.error:
            raise self.error
        self.settle(arguments)

    def finish(self):
        """Nothing is left to happen."""
        if self.loop.jumps > MAX_JUMPS:
            self.note(f"timers go on for ever; looked at the first {self.loop.now:.0f} s only", (self.path, 0))
        self.done = True
        self.loop.stop()

    def task(self, loop, coroutine, **more):
        """A task whose error ends the evaluation, also where ROS would only log it."""
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
        """Sees every event; handles none."""
        if self.silent:
            return False
        self.places.current = getattr(event, "podbay_place", self.places.current)
        if isinstance(event, launch.events.Shutdown):
            self.note(f"the launch ends itself{self.when()} ({event.reason}); podbay leaves it running")
            self.silent = True
        elif isinstance(event, (launch.events.process.ShutdownProcess, launch.events.process.SignalProcess)):
            self.note(f"a signal to a process{self.when()} is not carried over")
        elif isinstance(event, launch_ros.events.lifecycle.ChangeState):
            self.note_transition(event)
        return False

    def note_transition(self, event):
        names = [action.node_name for action in self.made
                 if isinstance(action, launch_ros.actions.LifecycleNode) and event.lifecycle_node_matcher(action)]
        what = type(event).valid_transitions.get(event.transition_id, event.transition_id)
        self.note(f"the lifecycle transition '{what}' of {', '.join(names) or 'no node'}{self.when()} is not carried over; "
                  "let a lifecycle manager ask for it")

    def when(self):
        return f" after {self.loop.now:g} s" if self.loop.now else ""

    def note(self, what, place=None):
        file, line = place or self.places.current
        problem = {"file": file, "line": line, "what": self.packages.symbolic(what)}
        if problem not in self.problems:
            self.problems.append(problem)

    def hook_logging(self):
        """The launch file's own messages are kept; warnings become problems; no log file is written."""
        recorder = self

        class Handler(logging.Handler):
            def emit(self, record):
                if getattr(record, "seen", False) or recorder.silent:
                    return
                record.seen = True
                if record.name == "launch.user":
                    recorder.messages.append(recorder.packages.symbolic(record.getMessage()))
                elif record.levelno == logging.WARNING:
                    recorder.note(record.getMessage())

            def setFormatterFor(self, *_):
                """As ROS's own handlers have it."""

        config, handler = launch.logging.launch_config, Handler()
        config.get_screen_handler = lambda: handler
        config.get_log_file_handler = lambda *_: handler
        for name in list(logging.root.manager.loggerDict):
            if name.startswith("launch"):
                logging.getLogger(name).handlers = [handler]

    # -- what was found

    def process(self, action, context):
        """Records what `action` is about to start."""
        details = action.process_description
        cmd, prefix = list(details.final_cmd), len(details.final_cmd) - len(details.cmd)
        perform = launch.utilities.perform_substitutions
        process = {
            "kind": kind_of(action), "package": "", "executable": "", "name": "", "namespace": "", "arguments": [],
            "ros_arguments": [], "parameters": [], "remappings": [],
            "environment": self.environment(details, context),
            "respawn": bool(action._ExecuteLocal__respawn),
            "respawn_delay": float(action._ExecuteLocal__respawn_delay or 0),
            "respawn_max_retries": unless_negative(getattr(action, "_ExecuteLocal__respawn_max_retries", -1)),
            "output": "log" if isinstance(action.output, dict) else perform(context, action.output),
            "prefix": shlex.join(cmd[:prefix]), "cmd": [], "shell": bool(action.shell),
            "emulate_tty": bool(action.emulate_tty), "on_exit": self.on_exit(action),
            "sigterm_timeout": None, "sigkill_timeout": None, "cwd": details.final_cwd or "", "delay": self.loop.now,
            "source": "{}:{}".format(*self.places.current),
        }
        if self.groups:
            process["groups"] = [group.podbay_group for group in self.groups]
        if isinstance(action.output, dict):
            self.note("where the output goes is given by a table, which is not carried over")
        if isinstance(action, launch_ros.actions.Node):
            self.node(action, process, cmd[prefix:])
        else:
            process["cmd"] = cmd[prefix:]
            process["name"] = details.final_name.rpartition("-")[0] if details.name is not None else ""
        self.made[action] = process
        self.processes.append(process)

    def environment(self, details, context):
        if details.env is not None:
            self.note("the process starts from an environment of its own; in a container it has the image's besides")
            return dict(details.final_env)
        perform = launch.utilities.perform_substitutions
        own = self.set_variables | {perform(context, name) for name, _ in details.additional_env or []}
        return {name: value for name, value in details.final_env.items()
                if name in own or self.base.get(name) != value}

    def node(self, action, process, cmd):
        """Takes a node's command line apart, which is exact where performing substitutions again is not."""
        found = re.fullmatch(r"\$\(find-pkg-prefix ([^)]*)\)/lib/\1/(.*)", self.packages.symbolic(cmd[0]), re.DOTALL)
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
                process["parameters"].append(self.parameter_file(value))
            elif flag == "-p":
                name, _, text = value.partition(":=")
                process["parameters"].append({"values": {name: rcl_value(text)}, "all_nodes": True})
            elif flag == "-r" and value.startswith("__node:="):
                process["name"] = value[len("__node:="):]
            elif flag == "-r" and value.startswith("__ns:="):
                process["namespace"] = value[len("__ns:="):]
            elif flag == "-r":
                process["remappings"].append(value.split(":=", 1))
            else:  # an extension of launch_ros
                process["ros_arguments"] += [word for word in (flag, value) if word]

    def parameter_file(self, path):
        if path in self.parameter_files:
            return self.parameter_files[path]
        if self.packages.is_symbolic(path):
            return {"file": path}
        with open(path, encoding="utf-8") as file:
            return {"file": path, "content": file.read()}

    def on_exit(self, action):
        what = action._ExecuteLocal__on_exit
        if what is None or what == []:
            return ""
        if ends_the_launch(what):
            return "shutdown"
        self.note("what is to follow the end of the process (on_exit) is not carried over")
        return ""

    def handler(self, handler):
        """A handler the launch file registers: those of things that happen later are told of."""
        on = launch.event_handlers
        if isinstance(handler, on.OnProcessExit):
            target = getattr(handler, "_OnActionEventBase__action_matcher", None)
            what = getattr(handler, "_OnActionEventBase__actions_on_event", None)
            if isinstance(target, launch.actions.ExecuteProcess) and what and ends_the_launch(what):
                self.ends_launch.append(target)
            else:
                self.note("what is to follow the end of a process (OnProcessExit) is not carried over")
        elif isinstance(handler, (on.OnProcessIO, launch_ros.event_handlers.OnStateTransition)):
            self.note(f"what is to follow an event of a running process ({type(handler).__name__}) is not carried over")

    def component(self, request, container):
        place = self.requests.get(id(request), (None, self.places.current))[1]
        values = lambda parameters: {one.name: parameter_value(one.value) for one in parameters}
        self.components.append({
            "container": container, "package": request.package_name, "plugin": request.plugin_name,
            "name": request.node_name, "namespace": request.node_namespace, "parameters": values(request.parameters),
            "remappings": [rule.split(":=", 1) for rule in request.remap_rules],
            "extra_arguments": values(request.extra_arguments), "delay": self.loop.now,
            "source": "{}:{}".format(*place),
        })

    def argument(self, action):
        default, description, choices = action.podbay
        self.arguments.setdefault(action.name, {"name": action.name, "default": default,
                                                "description": description or "", "choices": list(choices or [])})

    def settle(self, arguments):
        """What is known only at the end."""
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
                self.note(f"the argument '{name}' is given, but nothing declares it{declared}", (self.path, 0))

    def timeout(self, action, name):
        given = getattr(action, f"_ExecuteLocal__{name}")
        by_default = len(given) == 1 and isinstance(given[0], launch.substitutions.LaunchConfiguration)
        if by_default and name not in self.service.context.launch_configurations:
            return None
        return float(launch.utilities.perform_substitutions(self.service.context, given))

    def description(self):
        found = {"processes": self.processes, "composable_nodes": self.components,
                 "arguments": list(self.arguments.values())}
        found = self.mapped(found)
        return {**found, "problems": self.problems, **({"messages": self.messages} if self.messages else {})}

    def mapped(self, value):
        """`value` with package paths symbolic; but the content of a file, and where an action is written, stay."""
        if isinstance(value, str):
            return self.packages.symbolic(value)
        if isinstance(value, dict):
            keep = {"source", "groups"} if "source" in value else {"content"} if "file" in value else ()
            return {self.mapped(name): item if name in keep else self.mapped(item) for name, item in value.items()}
        return [self.mapped(item) for item in value] if isinstance(value, (list, tuple)) else value

    # -- mistakes

    def problem_of(self, error):
        while getattr(error, "_likely_errors", None) or getattr(error, "orig_exc", None):
            error = error._likely_errors[0] if hasattr(error, "_likely_errors") else orig(error)
        file, line = self.place_of(error)
        what = (error.msg if isinstance(error, SyntaxError) else str(error)) or "no reason given"
        if not isinstance(error, (Refused, RuntimeError, SystemExit, launch.substitutions.SubstitutionFailure)):
            what = f"{type(error).__name__}: {what}"
        if isinstance(error, RecursionError):
            what += "; does a launch file include itself?"
        symbolic = self.packages.symbolic
        return {"file": file, "line": line, "what": symbolic(one_line(what))}

    def place_of(self, error):
        if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
            return error.filename, error.lineno or 0
        return (getattr(error, "podbay_entity", None) or self.places.of_traceback(error)
                or getattr(error, "podbay_action", None) or (self.path, 0))


def orig(error):
    """What went wrong inside of the substitution parser, with the place of the outer error."""
    inner = error.orig_exc
    for name in ("podbay_entity", "podbay_action"):
        if hasattr(error, name) and not hasattr(inner, name):
            setattr(inner, name, getattr(error, name))
    return inner


def one_line(text):
    text = " ".join(text.split())
    return text if len(text) < 600 else text[:600] + "…"


def kind_of(action):
    of = launch_ros.actions
    kinds = ((of.ComposableNodeContainer, "container"), (of.LifecycleNode, "lifecycle_node"), (of.Node, "node"))
    return next((kind for cls, kind in kinds if isinstance(action, cls)), "executable")


def unless_negative(number):
    return number if number >= 0 else None


def ends_the_launch(actions):
    """Whether all these actions do is to end the launch."""
    if isinstance(actions, launch.actions.EmitEvent):  # Shutdown is one
        return isinstance(actions.event, launch.events.Shutdown)
    return isinstance(actions, (list, tuple)) and bool(actions) and all(map(ends_the_launch, actions))


def rcl_value(text):
    """A `-p name:=text` as rcl's parser reads it: YAML's structure, C's numbers."""
    text = text.strip("\n")
    text = text[:-4].rstrip("\n") if text.endswith("\n...") else text
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    if isinstance(node, yaml.SequenceNode):
        return [rcl_scalar(item) for item in node.value]
    return rcl_scalar(node) if isinstance(node, yaml.ScalarNode) else text


def rcl_scalar(node):
    text = node.value
    if getattr(node, "style", None) in ("'", '"'):
        return text
    if text in "y Y yes Yes YES true True TRUE on On ON".split():
        return True
    if text in "n N no No NO false False FALSE off Off OFF".split():
        return False
    if re.fullmatch(r"[-+]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)", text):
        digits = text.lstrip("+-")
        base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" and len(digits) > 1 else 10
        return int(text, base)
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text):
        return float(text)
    return text


def parameter_value(message):
    from rclpy.parameter import parameter_value_to_python
    value = parameter_value_to_python(message)
    return value if value is None or isinstance(value, (str, int, float, bool)) else list(value)


def as_written(value):
    """A default as a person would write it."""
    from launch import substitutions as of
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, of.TextSubstitution):
        return value.text
    if isinstance(value, (list, tuple)):
        return "".join(as_written(item) for item in value)
    names = {of.LaunchConfiguration: ("var", "variable_name"), of.EnvironmentVariable: ("env", "name"),
             launch_ros.substitutions.FindPackageShare: ("find-pkg-share", "package")}
    for cls, (function, attribute) in names.items():
        if isinstance(value, cls):
            return f"$({function} {as_written(getattr(value, attribute))})"
    return value.describe() if hasattr(value, "describe") else str(value)


# ---- hooks: the few places where ROS touches the world


def install_hooks(recorder):
    places, packages = recorder.places, recorder.packages
    hook_places(recorder, places)
    hook_processes(recorder)
    hook_components(recorder)
    hook_parameters(recorder, packages)
    hook_packages(packages)
    hook_arguments(recorder)


def wrap(owner, name):
    """Replaces `owner.name`; the new one gets the old one first."""
    def decorate(function):
        old = getattr(owner, name)
        setattr(owner, name, lambda *given, **named: function(old, *given, **named))
    return decorate


def hook_places(recorder, places):
    @wrap(launch.Action, "__init__")
    def created(old, action, **named):
        old(action, **named)
        action.podbay_place = places.of_caller()

    @wrap(launch.Action, "visit")
    def visited(old, action, context):
        recorder.actions += 1
        if recorder.actions > MAX_ACTIONS:
            raise Refused(f"more than {MAX_ACTIONS} actions run")
        place = getattr(action, "podbay_place", None)
        places.current = place or places.current
        try:
            return old(action, context)
        except BaseException as error:
            if place and not hasattr(error, "podbay_action"):
                error.podbay_action = place
            raise

    def visiting(old, entity, context):
        is_group = isinstance(entity, launch.actions.GroupAction)
        recorder.groups += [entity] * is_group
        try:
            return old(entity, context)
        finally:
            del recorder.groups[len(recorder.groups) - is_group:]

    for module in ("launch.launch_service", "launch.utilities.visit_all_entities_and_collect_futures_impl"):
        wrap(sys.modules[module], "visit_all_entities_and_collect_futures")(visiting)

    @wrap(launch.actions.GroupAction, "execute")
    def grouped(old, group, context):
        name = "{}:{}".format(*places.current)
        runs = recorder.group_runs[name] = recorder.group_runs.get(name, 0) + 1
        group.podbay_group = name if runs == 1 else f"{name}#{runs}"
        return old(group, context)

    def parsed(entity, build):
        try:
            return build()
        except BaseException as error:
            place = places.of_entity(entity)
            if place and not hasattr(error, "podbay_entity"):
                error.podbay_entity = place
            raise

    @wrap(launch.frontend.parser, "instantiate_action")
    def instantiated(old, entity, parser):
        action = parsed(entity, lambda: old(entity, parser))
        action.podbay_place = places.of_entity(entity)
        return action

    @wrap(launch_ros.descriptions.ComposableNode, "parse")
    def described(old, parser, entity):
        cls, named = parsed(entity, lambda: old(parser, entity))
        places.component = places.of_entity(entity)
        return cls, named

    @wrap(launch_ros.descriptions.ComposableNode, "__init__")
    def component_created(old, component, **named):
        old(component, **named)
        component.podbay_place = places.__dict__.pop("component", None) or places.of_caller()

    hook_markup(places)


def hook_markup(places):
    def named(file):
        return str(getattr(file, "name", file))

    launch.frontend.Parser.load_parser_implementations()
    parsers = {parser.__module__: parser for parser in launch.frontend.Parser.frontend_parsers.values()}
    xml_parser, yaml_parser = parsers.get("launch_xml.parser"), parsers.get("launch_yaml.parser")

    def load_xml(old, file):
        try:
            entity, parser = old(file)
        except SyntaxError as error:  # xml.etree's ParseError is one
            error.podbay_entity = (named(file), error.position[0])
            raise
        file.seek(0)
        places.read_xml(entity._Entity__xml_element, file.read(), named(file))
        return entity, parser

    def load_yaml(old, file):
        module = sys.modules["launch_yaml.parser"]
        safe_load, loader = module.yaml.safe_load, places.yaml_loader(named(file))
        try:
            module.yaml.safe_load = lambda stream: yaml.load(stream, loader)
            return old(file)
        except yaml.MarkedYAMLError as error:
            error.podbay_entity = (named(file), error.problem_mark.line + 1 if error.problem_mark else 0)
            raise
        finally:
            module.yaml.safe_load = safe_load

    for parser, load in ((xml_parser, load_xml), (yaml_parser, load_yaml)):
        if parser is not None:
            wrap(parser, "load")(load)


def hook_processes(recorder):
    local = launch.actions.ExecuteLocal if hasattr(launch.actions, "ExecuteLocal") else launch.actions.ExecuteProcess

    @wrap(local, "prepare")
    def prepared(old, action, context):
        old(action, context)
        if not context.is_shutdown and not recorder.silent:
            recorder.process(action, context)

    async def started(action, context):
        """In place of spawning: the process is there from now on, and never ends."""
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
        recorder.handler(action.event_handler)
        return old(action, context)

    @wrap(launch.actions.EmitEvent, "execute")
    def emitted(old, action, context):
        action.event.podbay_place = recorder.places.current
        return old(action, context)

    @wrap(launch.actions.SetEnvironmentVariable, "execute")
    def variable_set(old, action, context):
        recorder.set_variables.add(launch.utilities.perform_substitutions(context, action.name))
        return old(action, context)


class Transport:
    """Stands for the process in the handlers of ROS."""

    def __init__(self, pid):
        self.pid = pid

    def get_pid(self):
        return self.pid

    def get_returncode(self):
        return None

    def send_signal(self, *_):
        """Nobody is there."""

    kill = terminate = close = send_signal


def hook_components(recorder):
    @wrap(loading, "get_composable_node_load_request")
    def requested(old, component, context):
        request = old(component, context)
        if request is not None:
            recorder.requests[id(request)] = (request, getattr(component, "podbay_place", None) or recorder.places.current)
        return request

    def load(action, requests, context):
        for request in requests:
            recorder.component(request, action._LoadComposableNodes__final_target_container_name)

    loading.LoadComposableNodes._load_in_sequence = load
    launch_ros.actions.LifecycleNode._call_change_state = lambda *_: None
    launch_ros.actions.RosTimer._wait_to_fire_event = launch.actions.TimerAction._wait_to_fire_event
    node = Anything()
    for module in [module for name, module in sys.modules.items() if name.startswith("launch_ros")]:
        if hasattr(module, "get_ros_node"):
            module.get_ros_node = lambda context: node


class Anything:
    """In place of launch's own ROS node: takes every call, does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given, **named):
        return self


def hook_parameters(recorder, packages):
    node, file_of = launch_ros.actions.Node, launch_ros.parameter_descriptions.ParameterFile

    @wrap(node, "_create_params_file_from_dict")
    def written(old, action, values):
        path = old(action, values)
        recorder.parameter_files[path] = {"values": {name: plain(name, value) for name, value in values.items()}}
        return path

    @wrap(file_of, "evaluate")
    def file_evaluated(old, parameters, context):
        given = parameters.param_file
        name = launch.utilities.perform_substitutions(context, given) if isinstance(given, list) else str(given)
        packages.stand_in(name)
        path = old(parameters, context)
        if str(path) != name and str(path) not in recorder.parameter_files:
            with open(path, encoding="utf-8") as file:
                recorder.parameter_files[str(path)] = {"file": name, "content": packages.symbolic(file.read())}
        return path

    @wrap(launch_ros.actions.SetParametersFromFile, "execute")
    def file_set(old, action, context):
        packages.stand_in(launch.utilities.perform_substitutions(context, action._input_file))
        return old(action, context)

    @wrap(loading, "to_parameters_list")
    def listed(old, context, name, namespace, parameters):
        for file in parameters:
            if not isinstance(file, dict):
                packages.check(file)
        return old(context, name, namespace, parameters)


def plain(name, value):
    if isinstance(value, (list, tuple)):
        return [plain(name, item) for item in value]
    if isinstance(value, (str, int, float)) and value == value and value not in (float("inf"), float("-inf")):
        return value
    raise Refused(f"parameter '{name}': podbay can not carry {value!r} yet")


def hook_packages(packages):
    find = launch_ros.substitutions.find_package
    find.FindPackageShare.find = lambda _, name: packages.or_missing("share", name)
    find.FindPackagePrefix.find = lambda _, name: packages.or_missing("prefix", name)

    def executable(substitution, context):
        perform = launch.utilities.perform_substitutions
        package = perform(context, substitution.package)
        return os.path.join(packages.or_missing("prefix", package), "lib", package,
                            perform(context, substitution.executable))

    launch_ros.substitutions.ExecutableInPackage.perform = executable
    # Where a program is, is for the container to say.
    launch.substitutions.FindExecutable.perform = lambda found, context: launch.utilities.perform_substitutions(
        context, found.name)
    for module in [module for name, module in sys.modules.items() if name.startswith("ament_index_python")]:
        for name, function in (("get_package_share_directory", packages.share), ("get_package_prefix", packages.prefix)):
            if hasattr(module, name):
                setattr(module, name, function)

    @wrap(launch.LaunchDescriptionSource, "get_launch_description")
    def included(old, source, context):
        location = source._LaunchDescriptionSource__location
        if isinstance(location, list):
            packages.check(launch.utilities.perform_substitutions(context, location))
        found = old(source, context)
        if not isinstance(found, launch.LaunchDescription):
            raise Refused(f"generate_launch_description() of {source.location} returns {found!r}, "
                          "which is no LaunchDescription")
        return found


def hook_arguments(recorder):
    declare = launch.actions.DeclareLaunchArgument

    @wrap(declare, "__init__")
    def declared(old, action, name, *, default_value=None, description=None, choices=None, **named):
        old(action, name, default_value=default_value, description=description, choices=choices, **named)
        default = recorder.__dict__.pop("default", None) or as_written(default_value)
        action.podbay = (default, description, choices)

    @wrap(declare, "parse")
    def parsed(old, entity, parser):
        cls, named = old(entity, parser)
        recorder.default = entity.get_attr("default", optional=True)
        return cls, named

    @wrap(declare, "execute")
    def executed(old, action, context):
        recorder.argument(action)
        return old(action, context)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # whatever a launch file left running
