//! What the containers of a pod share: memory, and the process namespace.

use serde_json::{Value, json};

use super::group::Share;
use podbay_core::object::Object;
use podbay_text::diagnostic::Diagnostic;

/// Folder of POSIX shared memory.
pub(super) const FOLDER: &str = "/dev/shm";

/// Default size of `/dev/shm` in a pod with several processes. The container runtime's 64 MiB are soon filled
/// by images.
const SHARED: &str = "256Mi";

/// Adds what the containers of `share` share, according to their profiles.
pub(super) fn share(pod: &mut Object, share: &Share<'_>) -> Result<(), Diagnostic> {
    let spec = &mut pod.0["spec"];
    let processes = share.shared("shareProcessNamespace", |profile| {
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

/// A container with its own volume at `/dev/shm` keeps it.
fn add_memory(spec: &mut Value, size: &str) {
    let name = free_name(spec);
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers
            .into_iter()
            .flatten()
            .filter(|container| stays(list, container))
        {
            mounted |= mount(container, name);
        }
    }
    if mounted {
        let volume = json!({"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": size}});
        push(&mut spec["volumes"], volume);
    }
}

/// A name that no volume of the profile has.
fn free_name(spec: &Value) -> &'static str {
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    match volumes.any(|volume| volume["name"] == "shm") {
        true => "podbay-shm",
        false => "shm",
    }
}

/// Whether a container runs alongside the processes; other init containers have ended by then.
fn stays(list: &str, container: &Value) -> bool {
    list == "containers" || container["restartPolicy"] == "Always"
}

/// Mounts the volume `name`; returns whether it did.
fn mount(container: &mut Value, name: &str) -> bool {
    let mounts = &mut container["volumeMounts"];
    let mounted = |mount: &Value| mount["mountPath"] == FOLDER;
    let free = !mounts.as_array().is_some_and(|mounts| mounts.iter().any(mounted));
    if free {
        push(mounts, json!({"name": name, "mountPath": FOLDER}));
    }
    free
}

fn push(list: &mut Value, item: Value) {
    match list {
        Value::Array(list) => list.push(item),
        list => *list = json!([item]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mut spec: Value, expected: Value) {
        add_memory(&mut spec, "1Gi");
        assert_eq!(spec, expected);
    }

    #[test]
    fn sidecars_share_it_and_init_containers_that_end_do_not() {
        check(
            json!({"initContainers": [{"name": "a"}, {"name": "b", "restartPolicy": "Always"}], "containers": [{"name": "c"}]}),
            json!({
                "initContainers": [
                    {"name": "a"},
                    {"name": "b", "restartPolicy": "Always", "volumeMounts": [{"name": "shm", "mountPath": FOLDER}]},
                ],
                "containers": [{"name": "c", "volumeMounts": [{"name": "shm", "mountPath": FOLDER}]}],
                "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}],
            }),
        );
    }

    #[test]
    fn mounts_of_the_profile_are_kept() {
        let own = json!({
            "containers": [{"name": "c", "volumeMounts": [{"name": "shm", "mountPath": FOLDER}]}],
            "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
        });
        check(own.clone(), own.clone());
        let mut two = own;
        push(&mut two["containers"], json!({"name": "d"}));
        let mut expected = two.clone();
        expected["containers"][1]["volumeMounts"] = json!([{"name": "podbay-shm", "mountPath": FOLDER}]);
        push(
            &mut expected["volumes"],
            json!({"name": "podbay-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}),
        );
        check(two, expected);
    }
}
