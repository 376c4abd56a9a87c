//! What the container of a process gets.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use serde::{Deserialize, Serialize};

use super::section::{Merge, section};
use super::typed::{Patches, Typed};

section! {
    /// What the container of a process gets.
    pub struct Container {
        /// Container image.
        image: Option<String> = "image",
        /// When the host fetches the image.
        image_pull_policy: Option<PullPolicy> = "imagePullPolicy",
        /// Environment, below what the launch file sets.
        env: BTreeMap<String, String> = "env",
        /// Resources of the container.
        resources: Resources = "resources",
        /// Command in place of the image's entrypoint and the search for the executable, with `{package}` and
        /// `{executable}` filled in; the arguments follow it.
        command: Option<Vec<String>> = "command",
        /// How many GPUs; they bring the runtime class `nvidia`, unless the pod names one.
        gpu: Option<u32> = "gpu",
        /// Devices of the host, such as `/dev/video0`; a folder of them ends in `/`.
        devices: Vec<String> = "devices",
        /// Where the container sees the pod's volumes.
        volume_mounts: Typed<Vec<k8s::VolumeMount>> = "volumeMounts",
        /// Who may do what in the container, over what `podSecurity` sets.
        security_context: Typed<k8s::SecurityContext> = "securityContext",
        /// Started again when this fails.
        liveness_probe: Typed<k8s::Probe> = "livenessProbe",
        /// Ready once this succeeds.
        readiness_probe: Typed<k8s::Probe> = "readinessProbe",
        /// Until this has succeeded, the other probes wait.
        startup_probe: Typed<k8s::Probe> = "startupProbe",
        /// Any other field of the container.
        patch: Patches<k8s::Container> = "container",
    }
}

/// `imagePullPolicy` of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

/// `resources` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resources {
    /// At least so much is kept free for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, String>,
    /// More than this it does not get.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, String>,
}

impl Merge for Resources {
    fn merge(&mut self, later: &Self, _: &str) {
        self.requests.extend(later.requests.clone());
        self.limits.extend(later.limits.clone());
    }
}
