"""Conversion of values between ROS and podbay."""

import math
import re

import launch.substitutions as of
import yaml
from launch_ros.substitutions import ExecutableInPackage, FindPackagePrefix, FindPackageShare
from rclpy.parameter import parameter_value_to_python


class Refused(Exception):
    """An error of the recorder itself."""


def one_line(text):
    text = " ".join(text.split())
    return text if len(text) < 600 else text[:600] + "…"


def rcl_value(text):
    """Parses `-p name:=text` like rcl: the structure of YAML, the numbers of C."""
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
        number = int(text, base)
        return number if abs(number) < 2 ** 63 else float(number)
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text):
        return float(text) if math.isfinite(float(text)) else text
    if re.fullmatch(r"[-+]?\.?(inf|nan)|[-+]?infinity", text, re.IGNORECASE):
        return float(text.replace(".", ""))
    return text


def parameter_value(message):
    value = parameter_value_to_python(message)
    return value if value is None or isinstance(value, (str, int, float, bool)) else list(value)


def as_written(value):
    """A text with substitutions, as written in a launch file."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, of.TextSubstitution):
        return value.text
    if isinstance(value, (list, tuple)):
        return "".join(as_written(item) for item in value)
    for cls, function, *attributes in FORMS:
        if isinstance(value, cls):
            given = [getattr(value, attribute, None) for attribute in attributes]
            return f"$({' '.join([function, *(word(item) for item in given if item is not None)])})"
    return value.describe() if hasattr(value, "describe") else str(value)


def word(value):
    """One argument of a substitution."""
    text = as_written(value)
    parts = value if isinstance(value, (list, tuple)) else [value]
    literal = "".join(as_written(part) for part in parts if isinstance(part, (str, of.TextSubstitution)))
    if text and not re.search(r"[\s'\"]", literal):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


# Class, its name in launch files, the attributes with its arguments.
FORMS = (
    (of.LaunchConfiguration, "var", "_LaunchConfiguration__variable_name", "_LaunchConfiguration__default"),
    (of.EnvironmentVariable, "env", "_EnvironmentVariable__name", "_EnvironmentVariable__default_value"),
    (of.AnonName, "anon", "_AnonName__name"),
    (of.PythonExpression, "eval", "_PythonExpression__expression"),
    (of.Command, "command", "_Command__command"),
    (of.FindExecutable, "find-exec", "_FindExecutable__name"),
    (of.ThisLaunchFileDir, "dirname"),
    (of.ThisLaunchFile, "filename"),
    (ExecutableInPackage, "exec-in-pkg", "_ExecutableInPackage__executable", "_FindPackage__package"),
    (FindPackagePrefix, "find-pkg-prefix", "_FindPackage__package"),
    (FindPackageShare, "find-pkg-share", "_FindPackage__package"),
)


def plain(name, value):
    if isinstance(value, (list, tuple)):
        return [plain(name, item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"}
    if isinstance(value, (str, int, float)):
        return value
    raise Refused(f"parameter '{name}': podbay does not support {value!r} yet")
