//! What the containers of a pod share: memory, and the sight of each other's processes.

use serde_json::{Value, json};

use super::group::Share;
use crate::domain::description::Problem;
use crate::domain::object::Object;

/// Where POSIX shared memory lives.
const FOLDER: &str = "/dev/shm";

/// Size of `/dev/shm` in a pod of several processes. The container runtime's own 64 MiB are soon full of images.
const SHARED: &str = "256Mi";

/// Gives `pod` what the profiles of `share` say it shares.
pub(super) fn share(pod: &mut Object, share: &Share<'_>) -> Result<(), Problem> {
    let spec = &mut pod.0["spec"];
    let processes = share.agreed("shareProcessNamespace", |profile| {
        profile.grouping.share_process_namespace
    });
    if let Some(shared) = processes? {
        spec["shareProcessNamespace"] = json!(shared);
    }
    let size = share.agreed("sharedMemory", |profile| profile.grouping.shared_memory.clone());
    // with the host's IPC namespace, /dev/shm is the host's
    let usual = share.members.len() > 1 && spec["hostIPC"] != json!(true);
    let size = size?.or_else(|| usual.then(|| SHARED.to_owned()));
    if let Some(size) = size.filter(|size| size != "0") {
        add_memory(spec, &size);
    }
    Ok(())
}

fn add_memory(spec: &mut Value, size: &str) {
    let volume = json!({"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": size}});
    push(&mut spec["volumes"], volume);
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let mounts = &mut container["volumeMounts"];
        let mounted = |mount: &Value| mount["mountPath"] == FOLDER;
        if !mounts.as_array().is_some_and(|mounts| mounts.iter().any(mounted)) {
            push(mounts, json!({"name": "shm", "mountPath": FOLDER}));
        }
    }
}

fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(list) => list.push(item),
        list => *list = json!([item]),
    }
}
