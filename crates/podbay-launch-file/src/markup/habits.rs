//! Habits from ROS 1, or from ROS 2's launch files in Python.

/// Attributes and elements with another name in ROS 2's XML.
const RENAMED: &[(&str, &str)] = &[
    ("arguments", "args"),
    ("default", "value"),
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
        "in ROS 2, parameters end with their node; remove it",
    ),
    ("", "machine", "select the host of a node in a podbay profile"),
    (
        "",
        "pass_all_args",
        "included files see all launch configurations; remove it",
    ),
    ("", "required", "use 'on_exit' with the value shutdown"),
    ("", "rosparam", "use <param> with 'from'"),
    (
        "arg",
        "value",
        "use 'default', or <let> for a value that callers cannot set",
    ),
    ("executable", "args", "append the arguments to cmd"),
    ("group", "namespace", "add <push_ros_namespace> to the group"),
    ("group", "ns", "add <push_ros_namespace> to the group"),
    ("include", "namespace", "use a <group> with <push_ros_namespace>"),
    ("include", "ns", "use a <group> with <push_ros_namespace>"),
    ("param", "command", "use 'value' with $(command '…')"),
    ("param", "file", "use 'from'"),
    ("param", "textfile", "use 'value' with $(file-content …)"),
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
    found.map(|(.., help)| *help)
}
