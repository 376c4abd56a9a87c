//! Devices of the host in a container: a volume that shows the file, so that the pod waits until it is there.

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

/// Where the container sees the device `path`: in the same place.
pub(super) fn mount(path: &str) -> Value {
    json!({"name": name(path), "mountPath": plain(path)})
}

fn name(path: &str) -> String {
    names::part(path)
}

fn plain(path: &str) -> &str {
    path.trim_end_matches('/')
}
