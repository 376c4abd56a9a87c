//! What the container of a process gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::section::{Merge, section};

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
