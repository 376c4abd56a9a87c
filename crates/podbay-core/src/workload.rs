//! The kinds of Kubernetes object that run the pod of a ROS process.
//!
//! Differences between them are decided by `match` without a wildcard, so that the compiler finds every place
//! that a new kind affects.

/// Generates the kinds and their names from one list.
macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $api_version:literal, $plural:literal;)*) => {
        /// A kind of object that runs pods.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum WorkloadKind {
            $($(#[$about])* $kind,)*
        }

        impl WorkloadKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The names of all kinds.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($kind),)*];

            /// `kind` of the object.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }

            /// `apiVersion` of the object.
            pub const fn api_version(self) -> &'static str {
                match self {
                    $(Self::$kind => $api_version,)*
                }
            }

            /// The API resource of such objects.
            pub const fn plural(self) -> &'static str {
                match self {
                    $(Self::$kind => $plural,)*
                }
            }
        }
    };
}

kinds! {
    /// The pod itself.
    #[default]
    Pod = "v1", "pods";
    /// One pod, recreated when it is lost.
    Deployment = "apps/v1", "deployments";
    /// One pod with a stable name.
    StatefulSet = "apps/v1", "statefulsets";
    /// A pod that runs to completion.
    Job = "batch/v1", "jobs";
    /// One pod on every host.
    DaemonSet = "apps/v1", "daemonsets";
}

impl WorkloadKind {
    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind with this name in the API `api_version`.
    pub fn of(api_version: &str, name: &str) -> Option<Self> {
        Self::named(name).filter(|kind| kind.api_version() == api_version)
    }

    /// Path of the pod template; `None` for a pod.
    pub const fn template(self) -> Option<&'static str> {
        match self {
            Self::Pod => None,
            Self::Deployment | Self::StatefulSet | Self::Job | Self::DaemonSet => Some("/spec/template"),
        }
    }

    /// Path of the pod's metadata.
    pub fn pod_metadata(self) -> String {
        format!("{}/metadata", self.template().unwrap_or_default())
    }

    /// Path of the pod's `spec`.
    pub fn pod_spec(self) -> String {
        format!("{}/spec", self.template().unwrap_or_default())
    }

    /// The name of the pod of an object named `name`, if it is known in advance.
    pub fn pod_of(self, name: &str) -> Option<String> {
        match self {
            Self::Pod => Some(name.to_owned()),
            Self::StatefulSet => Some(format!("{name}-0")),
            Self::Deployment | Self::Job | Self::DaemonSet => None,
        }
    }

    /// Whether its pods can end by themselves.
    pub const fn can_end(self) -> bool {
        match self {
            Self::Pod | Self::Job => true,
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => false,
        }
    }

    /// Whether it creates pods until one has succeeded, up to a limit.
    pub const fn runs_to_completion(self) -> bool {
        match self {
            Self::Job => true,
            Self::Pod | Self::Deployment | Self::StatefulSet | Self::DaemonSet => false,
        }
    }

    /// Whether it runs one pod on every host.
    pub const fn is_on_every_host(self) -> bool {
        match self {
            Self::DaemonSet => true,
            Self::Pod | Self::Deployment | Self::StatefulSet | Self::Job => false,
        }
    }

    /// The restart policies that its pods support.
    pub const fn restart_policies(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &["Always", "OnFailure", "Never"],
            Self::Job => &["Never", "OnFailure"],
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => &["Always"],
        }
    }
}

impl std::fmt::Display for WorkloadKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in WorkloadKind::ALL {
            assert_eq!(WorkloadKind::named(kind.name()), Some(*kind));
        }
        assert_eq!(WorkloadKind::named("pod"), None);
        assert_eq!(WorkloadKind::named("ReplicaSet"), None);
    }

    #[test]
    fn the_pod_of_each_kind_has_a_path() {
        assert_eq!(WorkloadKind::Pod.pod_spec(), "/spec");
        assert_eq!(WorkloadKind::Job.pod_spec(), "/spec/template/spec");
        assert_eq!(WorkloadKind::Job.pod_metadata(), "/spec/template/metadata");
    }
}
