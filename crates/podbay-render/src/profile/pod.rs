//! What the pod of a process gets, besides its container.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use serde::Deserialize;

use super::section::section;
use super::typed::{Patches, Typed};

section! {
    /// What the pod of a process gets, besides its container.
    pub struct Pod {
        /// Service account of the pod. Its token is not mounted.
        service_account_name: Option<String> = "serviceAccountName",
        /// Secrets to fetch the images with.
        image_pull_secrets: Typed<Vec<k8s::LocalObjectReference>> = "imagePullSecrets",
        /// Runtime class; "" for the cluster's own, with GPUs too.
        runtime_class_name: Option<String> = "runtimeClassName",
        /// Labels that the host has to have.
        node_selector: BTreeMap<String, String> = "nodeSelector",
        /// Which hosts it likes, and beside what.
        affinity: Typed<k8s::Affinity> = "affinity",
        /// Taints of hosts that do not matter to it.
        tolerations: Typed<Vec<k8s::Toleration>> = "tolerations",
        /// Who goes first when room is scarce.
        priority_class_name: Option<String> = "priorityClassName",
        /// Shares the host's network.
        host_network: Option<bool> = "hostNetwork",
        /// Shares the host's IPC, `/dev/shm` included.
        host_ipc: Option<bool> = "hostIPC",
        /// Sees the host's processes.
        host_pid: Option<bool> = "hostPID",
        /// What is set where neither security context says otherwise.
        security: Option<Security> = "podSecurity",
        /// Who may do what in the whole pod, over what `podSecurity` sets.
        security_context: Typed<k8s::PodSecurityContext> = "podSecurityContext",
        /// Volumes, which `volumeMounts` puts into the container.
        volumes: Typed<Vec<k8s::Volume>> = "volumes",
        /// Containers that end before the process starts.
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

/// What security contexts say by themselves; the names are those of the Pod Security Standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Nothing: what the cluster does when nothing is said.
    Privileged,
    /// Nobody gets more rights than the container started with, and the runtime's usual seccomp profile holds.
    #[default]
    Baseline,
    /// No user root and no capabilities either, as namespaces that enforce `restricted` ask for.
    Restricted,
}
