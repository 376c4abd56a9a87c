"""ROS interface files read at run time and turned into cyclonedds types.

Both peers use these types to encode and decode CDR, so nothing here was written by podbay's own code generator:
the .msg and .srv files are the only thing the peers and podbay share.
"""

import dataclasses
import functools
import json
import pathlib
import re

from cyclonedds.idl import IdlStruct, annotations, make_idl_struct, types

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where interface packages are found: <folder>/<package>/msg/Name.msg, and podbay_msgs itself in msg/.
FOLDERS = [ROOT / "crates/podbay-interfaces/interfaces", pathlib.Path(__file__).resolve().parent / "interfaces"]

PRIMITIVES = {
    "bool": bool, "byte": types.uint8, "char": types.uint8, "octet": types.uint8,
    "int8": types.int8, "uint8": types.uint8, "int16": types.int16, "uint16": types.uint16,
    "int32": types.int32, "uint32": types.uint32, "int64": types.int64, "uint64": types.uint64,
    "float32": types.float32, "float64": types.float64, "string": str,
}
FIELD = re.compile(r"^(?P<type>[\w/]+)(?P<bound><=\d+)?(?P<array>\[(?:<=)?\d*\])?\s+(?P<name>\w+)(?P<rest>.*)$")


class UnknownInterface(Exception):
    """No .msg or .srv file has that name."""


@dataclasses.dataclass
class Service:
    """The two halves of a service as types, payload only (no request header)."""

    name: str
    request: type
    response: type

    def dds_type(self, half):
        """`pkg/srv/Name` -> `pkg::srv::dds_::Name_Request_`."""
        package, _, name = self.name.split("/")
        return f"{package}::srv::dds_::{name}_{half}_"


def message(name):
    """The type of `pkg/msg/Name`."""
    package, _, short = name.split("/")
    return struct(f"{package}.msg.dds_.{short}_", find(package, "msg", short).read_text(), package)


@functools.cache
def service(name):
    """Request and response types of `pkg/srv/Name`."""
    package, _, short = name.split("/")
    halves = re.split(r"^---.*$", find(package, "srv", short).read_text(), flags=re.MULTILINE)
    request, response = (struct(f"{package}.srv.dds_.{short}_{half}_", text, package)
                         for half, text in zip(("Request", "Response"), halves))
    return Service(name, request, response)


def find(package, kind, name):
    """The file that defines an interface."""
    candidates = [folder / package / kind / f"{name}.{kind}" for folder in FOLDERS]
    if package == "podbay_msgs":
        candidates = [ROOT / "msg" / kind / f"{name}.{kind}"]
    for path in candidates:
        if path.is_file():
            return path
    raise UnknownInterface(f"{package}/{kind}/{name}: no such file: {', '.join(map(str, candidates))}")


@functools.cache
def struct(dds_name, text, package):
    """A cyclonedds type for the text of a .msg file (or of one half of a .srv file)."""
    declared = list(fields(text, package))
    members = {name: kind for name, kind, _ in declared} or {"structure_needs_at_least_one_member": types.uint8}
    kind = typed(dds_name, members)
    kind.ros_defaults = {name: default for name, _, default in declared if default}
    return kind


def typed(dds_name, members):
    """A final (plain CDR, as ROS writes it) cyclonedds type with these members."""
    short = dds_name.rsplit(".", 1)[1]
    return annotations.final(make_idl_struct(short, dds_name, members))


def fields(text, package):
    """Name, type and default (as text) of every field; constants and comments are skipped."""
    for line in text.splitlines():
        match = FIELD.match(line.split("#")[0].strip())
        if match and not match["rest"].lstrip().startswith("="):
            yield match["name"], field_type(match["type"], match["array"], package), match["rest"].strip(" '\"")


def field_type(name, array, package):
    """`uint8`, `Pod`, `pkg/Name` with an optional `[]`, `[3]` or `[<=3]`."""
    element = PRIMITIVES.get(name) or message(full_name(name, package))
    if array is None:
        return element
    bound = array.strip("[]")
    return types.array[element, int(bound)] if bound.isdigit() else types.sequence[element]


def full_name(name, package):
    """`Pod` and `pkg/Pod` -> `pkg/msg/Pod`."""
    owner, _, short = name.rpartition("/")
    return f"{owner or package}/msg/{short}"


def build(kind, value):
    """An object of type `kind` from plain values or their JSON text; what is not given has its default."""
    if isinstance(value, str) and kind is not str:
        value = json.loads(value)
    if isinstance(kind, type) and issubclass(kind, IdlStruct):
        members = {field.name: field.type for field in dataclasses.fields(kind)}
        unknown = set(value or {}) - set(members)
        if unknown:
            raise ValueError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}; it has {', '.join(members)}")
        given = getattr(kind, "ros_defaults", {}) | (value or {})
        return kind(**{name: build(member, given.get(name)) for name, member in members.items()})
    return build_plain(kind, value)


def build_plain(kind, value):
    """A number, text, sequence or array."""
    detail = getattr(kind, "__metadata__", (None,))[0]
    if isinstance(detail, types.sequence):
        return [build(detail.subtype, item) for item in value or []]
    if isinstance(detail, types.array):
        return [build(detail.subtype, item) for item in value or [None] * detail.length]
    if kind is str:
        return "" if value is None else str(value)
    if kind is bool:
        return bool(value)
    return (float if kind in (types.float32, types.float64) else int)(value or 0)


def plain(value):
    """The reverse of `build`: only dicts, lists, numbers and text."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return list(value) if isinstance(value, (bytes, bytearray)) else value
