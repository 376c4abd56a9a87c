//! Security contexts: what `podSecurity` stands for, with what the profile says laid over it.
//!
//! A robot's image often runs as root, since ROS's own images do, and a node writes its log below the home of its
//! user; so the default refuses neither. It refuses what no node needs: rights beyond those the container started
//! with, and system calls outside the runtime's usual list.

use serde_json::{Value, json};

use crate::profile::{Pod, Profile, Security, patch};

/// `securityContext` of a pod for which the profile says `pod`.
pub(super) fn of_pod(pod: &Pod) -> Value {
    let mut context = match pod.security.unwrap_or_default() {
        Security::Privileged => json!({}),
        Security::Baseline => json!({"seccompProfile": {"type": "RuntimeDefault"}}),
        Security::Restricted => json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}),
    };
    lay(&mut context, &pod.security_context.value);
    context
}

/// `securityContext` of the process's own container.
pub(super) fn of_main(profile: &Profile) -> Value {
    let mut own = json!({});
    if !profile.container.devices.is_empty() {
        // a device of the host can be seen without it, but not opened
        own["privileged"] = json!(true);
    }
    lay(&mut own, &profile.container.security_context.value);
    of_container(&profile.pod, &own)
}

/// `securityContext` of a container that says `own` about it.
pub(super) fn of_container(pod: &Pod, own: &Value) -> Value {
    let mut context = match pod.security.unwrap_or_default() {
        Security::Privileged => json!({}),
        Security::Baseline => json!({"allowPrivilegeEscalation": false}),
        Security::Restricted => json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}),
    };
    if has_all_rights(own) {
        // the API server refuses both together
        context = json!({});
    }
    lay(&mut context, own);
    context
}

fn lay(context: &mut Value, over: &Value) {
    if !over.is_null() {
        patch::lay(context, over, "securityContext");
    }
}

/// Whether a container has the rights already that it could otherwise be kept from getting.
fn has_all_rights(context: &Value) -> bool {
    let added = context["capabilities"]["add"].as_array().into_iter().flatten();
    let mut added = added.filter_map(Value::as_str);
    context["privileged"] == true
        || added.any(|name| matches!(name.trim_start_matches("CAP_"), "SYS_ADMIN" | "ALL"))
}
