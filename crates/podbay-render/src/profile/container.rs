//! Settings for the container of a process.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use serde::{Deserialize, Serialize};

use super::section::{Merge, section};
use super::typed::{Patches, Typed};

section! {
    /// Settings for the container of a process.
    pub struct Container {
        /// Container image.
        image: Option<String> = "image",
        /// When the host pulls the image.
        image_pull_policy: Option<PullPolicy> = "imagePullPolicy",
        /// Environment, overridden by the launch file's.
        env: BTreeMap<String, String> = "env",
        /// Resources of the container.
        resources: Resources = "resources",
        /// Replaces the image's entrypoint and the lookup of the executable, with `{package}` and
        /// `{executable}` substituted; the arguments are appended.
        command: Option<Vec<String>> = "command",
        /// Number of GPUs; also sets the runtime class `nvidia`, unless the pod names one.
        gpu: Option<u32> = "gpu",
        /// Devices of the host, such as `/dev/video0`; a folder of devices ends in `/`.
        devices: Vec<String> = "devices",
        /// Mount points of the pod's volumes.
        volume_mounts: Typed<Vec<k8s::VolumeMount>> = "volumeMounts",
        /// Security context of the container, which overrides `podSecurity`.
        security_context: Typed<k8s::SecurityContext> = "securityContext",
        /// The container is restarted when this fails.
        liveness_probe: Typed<k8s::Probe> = "livenessProbe",
        /// The container is ready while this succeeds.
        readiness_probe: Typed<k8s::Probe> = "readinessProbe",
        /// The other probes begin once this has succeeded.
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
    /// Guaranteed minimum.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, String>,
    /// Maximum.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, String>,
}

impl Merge for Resources {
    fn merge(&mut self, later: &Self, _: &str) {
        self.requests.extend(later.requests.clone());
        self.limits.extend(later.limits.clone());
    }
}
