//! The command podbay, evaluating Python with or without ROS.

use std::path::Path;
use std::process::{Command, Output};

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub(crate) fn podbay(arguments: &[&str], sourced: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    command.args(arguments).current_dir(ROOT).env_remove("KUBECONFIG");
    command.env("HOME", "/home/robot");
    match sourced {
        true => command.env("AMENT_PREFIX_PATH", ros_prefix()),
        false => command.env_remove("AMENT_PREFIX_PATH"),
    };
    command.output().unwrap()
}

/// The prefix with ROS's launch: messages name the searched prefixes, and other workspaces may be sourced over it.
pub(crate) fn ros_prefix() -> String {
    let all = std::env::var("AMENT_PREFIX_PATH").unwrap_or_default();
    let mut prefixes = all.split(':');
    let found = prefixes.find(|prefix| Path::new(prefix).join("share/launch_ros").is_dir());
    found.expect("a sourced ROS 2").to_owned()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace(ROOT, "ROOT")
}
