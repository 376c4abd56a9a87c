"""Errors in a launch file, with their places."""

import os

from launch.substitutions import SubstitutionFailure

from .values import Refused, one_line

MISSING_ARGUMENT = "Included launch description missing required argument "  # ROS's message


def problem_of(recorder, error):
    while getattr(error, "_likely_errors", None) or getattr(error, "orig_exc", None):
        error = error._likely_errors[0] if hasattr(error, "_likely_errors") else orig(error)
    file, line = place_of(recorder, error)
    what = (error.msg if isinstance(error, SyntaxError) else str(error)) or "no reason given"
    # the argument of sys.exit is a message or a code
    plain = (Refused, RuntimeError, SubstitutionFailure) + (SystemExit,) * isinstance(getattr(error, "code", None), str)
    if not isinstance(error, plain):
        what = f"{type(error).__name__}: {what}"
    if isinstance(error, RecursionError):
        what += "; does a launch file include itself?"
    if what.startswith(("Unrecognized entity of the type", "Unknown substitution")):
        what += "; if a package adds it to ROS's launch, that package must be sourced where the file is evaluated"
    if "using yaml rules" in what:
        what = what[:200] + '…' * (len(what) > 200) + '; type="str" keeps it text (Python: ParameterValue(…, value_type=str))'
    symbolic = recorder.packages.symbolic
    missing = getattr(error, "podbay_missing", None)
    if missing:
        return {"file": file, "line": line, "code": "PB0214", **without(missing, error.podbay_declared)}
    return {"file": file, "line": line, "what": symbolic(one_line(what))}


def place_of(recorder, error):
    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return error.filename, error.lineno or 0
    return (getattr(error, "podbay_entity", None) or recorder.places.of_traceback(error)
            or getattr(error, "podbay_action", None) or (recorder.path, 0))


def orig(error):
    """The inner error of the substitution parser, with the place of the outer one."""
    inner = error.orig_exc
    for name in ("podbay_entity", "podbay_action"):
        if hasattr(error, name) and not hasattr(inner, name):
            setattr(inner, name, getattr(error, name))
    return inner


def without(missing, declared):
    """A launch without a required argument, described like podbay's own evaluation does."""
    description = missing.podbay[1]
    about = f" ({one_line(description)})" if description else ""
    return {
        "what": f"argument '{missing.name}'{about} is required",
        "help": f"set {missing.name}:=…. Arguments of the file:" + "".join(map(as_line, declared)),
    }


def as_line(argument):
    default, description, choices = argument.podbay
    line = f"\n  {argument.name} " + ("(required)" if default is None else f"(default: '{default}')")
    line += f": {description}" if description else ""
    return line + (f" [one of {', '.join(choices)}]" if choices else "")
