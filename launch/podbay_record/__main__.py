#!/usr/bin/env python3
"""Evaluates a launch file with ROS's own engine, and prints what it would start instead of starting it.

    python3 podbay_record FILE [name:=value …]       FILE is .py, .xml or .yaml; prints one JSON document
    python3 podbay_record --show-args …              only the declared arguments; evaluates nothing
    python3 podbay_record --package PACKAGE FILE …   FILE is anywhere in the package's share folder
    python3 podbay_record --mark TOKEN …             for readers of merged stdout and stderr, or short lines: lines
                                                     of `TOKEN` and a part of {"description"} or {"problems"}, `TOKEN.`
    python3 podbay_record --allow-command …          before all others: XML and YAML may run `$(command …)`
    python3 podbay_record --batch                    reads one {"file", "arguments", "environment"} per line, answers each

The document is podbay's evaluated description (crates/podbay-description/src/lib.rs). Errors go to stderr as
`FILE:LINE: what`, with exit code 1 and nothing on stdout. Output of the launch file itself goes to stderr.

    launch file ──> LaunchService ──> actions ──> hooks ──> Recorder ──> description
                     │ of ROS                      │
                clock: no waiting             no process is spawned, no component loaded

Events are handled like in ROS: a recorded process has "started" and never ends. Time is virtual: when nothing is left to
do now, the clock jumps to the next timer; when no timer is left, the launch is complete. Paths into packages become
symbolic again, `$(find-pkg-share PACKAGE)/…`, since a container has its own packages.
"""

import json
import os
import resource
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # no __pycache__ next to launch files
MAX_MEMORY = 4 << 30  # bytes
PIECE = 4000  # characters per line


def main(argv):
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    commands = argv[:1] == ["--allow-command"]
    argv = argv[commands:]
    if argv[:1] == ["--batch"]:
        return batch(answers, commands)
    mark, argv = option("--mark", argv)
    declared = argv[:1] == ["--show-args"]
    package, argv = option("--package", argv[declared:])
    outcome = evaluate(*arguments_of(argv), package, commands, declared)
    sys.stdout.flush()
    if mark:
        text = json.dumps(outcome)
        pieces = [text[start:start + PIECE] for start in range(0, len(text), PIECE)] + ["."]
        print("\n" + "\n".join(mark + piece for piece in pieces), file=answers, flush=True)
    elif "description" in outcome:
        print(json.dumps(outcome["description"], indent=2), file=answers, flush=True)
    else:
        sys.stderr.write("".join(f"{as_text(problem)}\n" for problem in outcome["problems"]))
    return 0 if "description" in outcome else 1


def option(name, argv):
    return (argv[1], argv[2:]) if argv[:1] == [name] and len(argv) > 1 else (None, argv)


def arguments_of(argv):
    if not argv:
        sys.exit("usage: podbay_record [--allow-command] [--mark TOKEN] [--package PACKAGE] FILE [name:=value …]")
    return argv[0], [tuple(word.split(":=", 1)) if ":=" in word else (word, None) for word in argv[1:]]


def batch(answers, commands):
    """Runs each job in its own process, forked after importing ROS, so that jobs do not affect each other."""
    engine()
    for line in sys.stdin:
        job = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.environ.update(job.get("environment", {}))
            outcome = evaluate(*arguments_of([job["file"], *job.get("arguments", [])]), commands=commands)
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                pipe.write(json.dumps(outcome))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            print(pipe.read() or json.dumps(refusal("the evaluation died")), file=answers, flush=True)
        os.waitpid(child, 0)
    return 0


def evaluate(path, arguments, package=None, commands=False, declared=False):
    """{"description": …} or {"problems": […]}."""
    malformed = [name for name, value in arguments if value is None or not name]
    if malformed:
        return refusal(f"the launch argument '{malformed[0]}' is malformed: write it as name:=value")
    try:
        ros = engine()
    except ImportError as error:
        return refusal(f"ROS 2 is not available ({error}); source it first: . /opt/ros/DISTRO/setup.sh")
    if package:
        found = ros.find_in_package(package, path)
        if len(found) != 1:
            return refusal(f"package '{package}' has {len(found) or 'no'} files '{path}' here", path)
        path = found[0]
    if not os.path.isfile(path):
        return refusal("there is no such file", path)
    recorder = ros.Recorder(path, commands)
    try:
        recorder.declared() if declared else recorder.run(arguments)
        description = recorder.description()
        json.dumps(description, allow_nan=False)
        return {"description": description}
    except BaseException as error:  # including SystemExit from a launch file
        return {"problems": [recorder.problem_of(error)]}
    finally:
        shutil.rmtree(recorder.packages.scratch, ignore_errors=True)


def refusal(what, file="", line=0):
    return {"problems": [{"file": file, "line": line, "what": what}]}


def as_text(problem):
    place = ":".join(str(part) for part in (problem["file"], problem["line"]) if part)
    return f"{place}: {problem['what']}" if place else problem["what"]


def engine():
    """Imports ROS late, so that its absence can be reported. Removes our folder from Python's path."""
    sys.path.insert(0, os.path.dirname(HERE))
    try:
        from podbay_record import recorder
    finally:
        del sys.path[0]
    return recorder


if __name__ == "__main__":
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != HERE]
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # despite anything that a launch file left running
