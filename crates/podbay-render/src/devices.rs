//! Devices of the host in a container, as `hostPath` volumes, so that the pod waits until the device exists.

use serde_json::{Value, json};

use super::names;

/// The volume for the device `path`.
pub(super) fn volume(path: &str) -> Value {
    let kind = if path.ends_with('/') {
        "Directory"
    } else {
        "CharDevice"
    };
    json!({"name": name(path), "hostPath": {"path": plain(path), "type": kind}})
}

/// The mount for the device `path`, at the same path.
pub(super) fn mount(path: &str) -> Value {
    json!({"name": name(path), "mountPath": plain(path)})
}

/// A unique name for each path, although names have no capitals and only one kind of separator:
/// `/dev/ttyUSB0` is not `/dev/ttyusb0`.
fn name(path: &str) -> String {
    names::part(plain(path))
}

/// `path` without the slash that marks a folder.
pub(super) fn plain(path: &str) -> &str {
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_path_has_its_own_name() {
        let paths = [
            "ttyUSB0",
            "ttyusb0",
            "tty-usb0",
            "tty/usb0",
            "tty_usb0",
            "tty//usb0",
        ];
        let names: BTreeSet<_> = paths.iter().map(|path| name(&format!("/dev/{path}"))).collect();
        assert_eq!(names.len(), paths.len(), "{names:?}");
        for (path, expected) in [
            ("/dev/video0", "dev-video0"),
            ("/dev/dri/", "dev-dri"),
            ("/dev/tty/usb0", "dev-tty-usb0"),
        ] {
            assert_eq!(name(path), expected);
        }
    }
}
