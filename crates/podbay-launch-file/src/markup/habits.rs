//! Habits from ROS 1, or from ROS 2's launch files in Python.

/// Attributes and elements with another name in ROS 2's XML.
const RENAMED: &[(&str, &str)] = &[
    ("arguments", "args"),
    ("doc", "description"),
    ("env_vars", "env"),
    ("executable", "exec"),
    ("node_name", "name"),
    ("node_namespace", "namespace"),
    ("ns", "namespace"),
    ("package", "pkg"),
    ("parameters", "param"),
    ("params", "param"),
    ("prefix", "launch-prefix"),
    ("remappings", "remap"),
    ("ros_arguments", "ros_args"),
    ("type", "exec"),
];

/// The replacement for an attribute or element (second) of a tag (first; "" for any tag).
const INSTEAD: &[(&str, &str, &str)] = &[
    (
        "",
        "clear_params",
        "ROS 2 keeps no parameters when a node ends; remove it",
    ),
    ("", "machine", "a podbay profile says which host a node runs on"),
    (
        "",
        "pass_all_args",
        "an included file sees every configuration; remove it",
    ),
    ("", "required", "write on_exit=\"shutdown\""),
    ("", "rosparam", "write <param from=\"…\"/>"),
    ("executable", "args", "write the arguments into cmd"),
    (
        "group",
        "namespace",
        "put <push_ros_namespace namespace=\"…\"/> into it",
    ),
    ("group", "ns", "put <push_ros_namespace namespace=\"…\"/> into it"),
    (
        "include",
        "namespace",
        "put it into a <group> with <push_ros_namespace namespace=\"…\"/>",
    ),
    (
        "include",
        "ns",
        "put it into a <group> with <push_ros_namespace namespace=\"…\"/>",
    ),
    ("param", "command", "write value=\"$(command '…')\""),
    ("param", "file", "write from=\"…\""),
    ("param", "textfile", "write value=\"$(file-content …)\""),
];

/// The ROS 2 name of the attribute or element `name`.
pub(super) fn renamed(name: &str) -> Option<&'static str> {
    let found = RENAMED.iter().find(|(known, _)| *known == name);
    found.map(|(_, new)| *new)
}

/// The replacement for `name` in `tag`.
pub(super) fn instead(tag: &str, name: &str) -> Option<&'static str> {
    let fits = |known: &str| known.is_empty() || known == tag;
    let found = INSTEAD
        .iter()
        .find(|(known, written, _)| fits(known) && *written == name);
    found.map(|(.., hint)| *hint)
}
