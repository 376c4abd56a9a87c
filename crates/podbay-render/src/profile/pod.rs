//! Settings for the pod of a process, except its container.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use serde::{Deserialize, Serialize};

use super::section::section;
use super::typed::{Patches, Typed};
use podbay_text::yaml;

/// A boolean, not quoted, since Kubernetes does not accept that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Switch(#[serde(deserialize_with = "yaml::truth")] pub bool);

section! {
    /// Settings for the pod of a process, except its container.
    pub struct Pod {
        /// Service account of the pod. Its token is not mounted.
        service_account_name: Option<String> = "serviceAccountName",
        /// Secrets for pulling images.
        image_pull_secrets: Typed<Vec<k8s::LocalObjectReference>> = "imagePullSecrets",
        /// Runtime class; "" is the cluster's default, also with GPUs.
        runtime_class_name: Option<String> = "runtimeClassName",
        /// Required labels of the host.
        node_selector: BTreeMap<String, String> = "nodeSelector",
        /// Preferred or required hosts and neighbours.
        affinity: Typed<k8s::Affinity> = "affinity",
        /// Tolerated taints of hosts.
        tolerations: Typed<Vec<k8s::Toleration>> = "tolerations",
        /// Priority when resources are scarce.
        priority_class_name: Option<String> = "priorityClassName",
        /// Shares the host's network.
        host_network: Option<Switch> = "hostNetwork",
        /// Shares the host's IPC, `/dev/shm` included.
        host_ipc: Option<Switch> = "hostIPC",
        /// Shares the host's process namespace.
        host_pid: Option<Switch> = "hostPID",
        /// Defaults of the security contexts.
        security: Option<Security> = "podSecurity",
        /// Security context of the pod, which overrides `podSecurity`.
        security_context: Typed<k8s::PodSecurityContext> = "podSecurityContext",
        /// Volumes, mounted by `volumeMounts`.
        volumes: Typed<Vec<k8s::Volume>> = "volumes",
        /// Containers that run to completion before the process starts.
        init_containers: Typed<Vec<k8s::Container>> = "initContainers",
        /// Containers that start before the process and end after it.
        sidecars: Typed<Vec<k8s::Container>> = "sidecars",
        /// Containers that start together with the process.
        containers: Typed<Vec<k8s::Container>> = "containers",
        /// Labels of the pod.
        labels: BTreeMap<String, String> = "labels",
        /// Annotations of the pod.
        annotations: BTreeMap<String, String> = "annotations",
        /// Any other field of the pod.
        patch: Patches<k8s::PodTemplateSpec> = "pod",
    }
}

/// Defaults of security contexts, named after the Pod Security Standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// No defaults: those of the cluster apply.
    Privileged,
    /// No privilege escalation, and the runtime's default seccomp profile.
    #[default]
    Baseline,
    /// Also no root user and no capabilities, as required by namespaces that enforce `restricted`.
    Restricted,
}
