//! Security contexts: the defaults of `podSecurity`, overridden by the profile.
//!
//! A robot's image often runs as root, as ROS's own images do, and a node writes its log into its user's
//! home; the default allows both. It denies what no node needs: privilege escalation, and system calls
//! outside of the runtime's default list.

use serde_json::{Value, json};

use crate::profile::{Pod, Profile, Security, patch};

/// `securityContext` of a pod with the settings `pod`.
pub(super) fn of_pod(pod: &Pod) -> Value {
    let mut context = match pod.security.unwrap_or_default() {
        Security::Privileged => json!({}),
        Security::Baseline => json!({"seccompProfile": {"type": "RuntimeDefault"}}),
        Security::Restricted => json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}),
    };
    override_with(&mut context, &pod.security_context.value);
    context
}

/// `securityContext` of the process's container.
pub(super) fn of_main(profile: &Profile) -> Value {
    let mut own = json!({});
    if !profile.container.devices.is_empty() {
        // without it, a device of the host is visible but cannot be opened
        own["privileged"] = json!(true);
    }
    override_with(&mut own, &profile.container.security_context.value);
    of_container(&profile.pod, &own)
}

/// `securityContext` of a container with its own settings `own`.
pub(super) fn of_container(pod: &Pod, own: &Value) -> Value {
    let mut context = match pod.security.unwrap_or_default() {
        Security::Privileged => json!({}),
        Security::Baseline => json!({"allowPrivilegeEscalation": false}),
        Security::Restricted => json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}),
    };
    if has_all_rights(own) {
        // the API server refuses the combination
        context = json!({});
    }
    override_with(&mut context, own);
    context
}

fn override_with(context: &mut Value, over: &Value) {
    if !over.is_null() {
        patch::apply(context, over, "securityContext");
    }
}

/// Whether a container already has all privileges.
fn has_all_rights(context: &Value) -> bool {
    let added = context["capabilities"]["add"].as_array().into_iter().flatten();
    let mut added = added.filter_map(Value::as_str);
    context["privileged"] == true
        || added.any(|name| matches!(name.trim_start_matches("CAP_"), "SYS_ADMIN" | "ALL"))
}
