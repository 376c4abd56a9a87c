//! What a ROS caller may do. The graph is open to anyone on the network, so everything beyond a plain pod is
//! denied, unless the configuration allows it.
//!
//! ```text
//!   request ──┐                   ┌── Ok: the pod as it may be created
//!   Policy ───┼── admit_pod, … ───┤
//!   Reach ────┘                   └── Err(Denied): every violated rule, and what would allow it
//! ```
//!
//! Pure. The complete pod is checked, field by field: fields that `listed.rs` does not name are denied, and
//! fields that this version does not know are refused, since it cannot tell what a newer cluster does with them.
//!
//! Deliberately allowed: running as root and `allowPrivilegeEscalation: true`, which are the defaults of
//! Kubernetes; host selection by labels and affinity, which leaves the decision to the scheduler; ConfigMaps
//! and claims of the pod's own namespace. `docs/policy.md` lists every rule with its key.

mod check;
mod container;
mod denial;
mod fields;
mod known;
mod listed;
mod metadata;
mod object;
mod placement;
mod pod;
mod resources;
mod size;
mod volume;

pub use denial::{Denial, Denied};
pub use fields::{NotAPod, check_fields};

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::names::{LABEL_MANAGED_BY, MANAGED_BY};
use crate::object::Object;
use crate::quantity::Memory;
use denial::{LONG, allowed_by, entry, never};
use podbay_text::yaml::truth;

/// Prefix of the cluster's own namespaces.
const PROTECTED: &str = "kube-";

/// The `policy` section of podbay's configuration. The default allows only plain pods. In lists of names,
/// except those of namespaces, folders and capabilities, a `*` at the end of an entry matches any suffix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Allows running commands in containers.
    #[serde(deserialize_with = "truth")]
    pub allow_exec: bool,
    /// Allows pods that are processes of podbay's own user; true if unset.
    pub allow_local_processes: Option<bool>,
    /// Namespaces that callers may access, in addition to the default one. `*` allows all except the
    /// cluster's own (`kube-…`), which have to be named. If podbay has `namespaces`, all others remain out of
    /// reach.
    pub allow_namespaces: Vec<String>,
    /// Folders with launch files that callers may use, in addition to those of ROS packages.
    pub allow_files: Vec<PathBuf>,
    /// Allows evaluating callers' launch files with ROS's own engine, which runs their code, on podbay's
    /// machine as its user.
    #[serde(deserialize_with = "truth")]
    pub allow_python_here: bool,
    /// Allows `$(command …)` in launch files, run on podbay's machine.
    #[serde(deserialize_with = "truth")]
    pub allow_command: bool,
    /// Allows containers that are privileged or without the runtime's default confinement.
    #[serde(deserialize_with = "truth")]
    pub allow_privileged: bool,
    /// Allows `hostPath` volumes.
    #[serde(deserialize_with = "truth")]
    pub allow_host_path: bool,
    /// Allows pods to share the host's network, processes or IPC, and to use ports of the host.
    #[serde(deserialize_with = "truth")]
    pub allow_host_namespaces: bool,
    /// Allows pods to name their host, which bypasses the scheduler.
    #[serde(deserialize_with = "truth")]
    pub allow_host_selection: bool,
    /// Linux capabilities that containers may add, such as `SYS_NICE`.
    pub allow_capabilities: Vec<String>,
    /// Service accounts that pods may use, with their token; `default` allows the token of the default
    /// account.
    pub allow_service_accounts: Vec<String>,
    /// Secrets that pods may read.
    pub allow_secrets: Vec<String>,
    /// Kernel parameters that pods may set, in addition to those that Kubernetes considers safe.
    pub allow_sysctls: Vec<String>,
    /// Priority classes that pods may have.
    pub allow_priority_classes: Vec<String>,
    /// Runtime classes that pods may have, such as `nvidia`.
    pub allow_runtime_classes: Vec<String>,
    /// Schedulers that pods may name, in addition to the default one.
    pub allow_schedulers: Vec<String>,
    /// Keys of taints that pods may tolerate; `*` for all.
    pub allow_tolerations: Vec<String>,
    /// Resources that pods may use, in addition to CPU, memory and ephemeral storage, such as
    /// `nvidia.com/gpu`.
    pub allow_resources: Vec<String>,
    /// Secrets for pulling images.
    pub allow_image_pull_secrets: Vec<String>,
    /// Volume types that pods may have, in addition to those without access to anything foreign, such as
    /// `nfs` or `csi`.
    pub allow_volume_types: Vec<String>,
    /// Service types that launches may have, in addition to `ClusterIP`.
    pub allow_service_types: Vec<String>,
    /// Allows Windows accounts: `runAsUserName` and gMSA.
    #[serde(deserialize_with = "truth")]
    pub allow_windows_accounts: bool,
    /// Labels that pods may have, in addition to podbay's own.
    pub allow_labels: Vec<String>,
    /// Annotations that pods may have, in addition to podbay's own.
    pub allow_annotations: Vec<String>,
    /// Pod fields that callers may set, in addition to those known to be harmless, such as `spec.overhead`.
    pub allow_fields: Vec<String>,
    /// Longest grace period of pods and requests, in seconds; 300 if unset.
    pub allow_grace_seconds: Option<u64>,
    /// Total `sizeLimit` of a pod's in-memory volumes; 1Gi if unset.
    pub allow_memory_volumes: Option<Memory>,
    /// Allows deleting and restarting pods that podbay did not create, reading their logs, and running
    /// commands in them.
    #[serde(deserialize_with = "truth")]
    pub allow_other_pods: bool,
}

/// Default for the longest grace period.
const LONGEST_GRACE: u64 = 300;

/// podbay's own reach in the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// Namespace for requests that name none.
    pub default_namespace: &'a str,
    /// Namespaces that podbay may access; empty means all.
    pub scope: &'a [String],
}

impl<'a> Reach<'a> {
    /// The reach in `cluster`.
    pub fn of(cluster: &'a dyn Cluster) -> Self {
        Self {
            default_namespace: cluster.default_namespace(),
            scope: cluster.scope(),
        }
    }
}

impl Policy {
    /// Checks a caller's own manifest and returns the pod to create. Like [`Policy::admit_pod`]; also denies
    /// metadata by which the pod would pass for one of podbay's own, and limits its size.
    pub fn admit_manifest(&self, pod: &Object, reach: Reach<'_>) -> Result<Object, Denied> {
        let admitted = self.admit_pod(pod, reach);
        let mut denials = metadata::reserved_names(pod);
        denials.extend(metadata::nodes(pod));
        denials.extend(size::check(pod));
        if denials.is_empty() {
            return admitted;
        }
        denials.extend(admitted.err().into_iter().flat_map(|denied| denied.0));
        Err(Denied(denials))
    }

    /// Checks a pod and returns the pod to create: without a service account token, unless the account is
    /// allowed.
    pub fn admit_pod(&self, pod: &Object, reach: Reach<'_>) -> Result<Object, Denied> {
        let mut denials = Vec::new();
        denials.extend(
            self.admit_namespace(pod.namespace(), reach)
                .err()
                .into_iter()
                .flat_map(|denied| denied.0),
        );
        match fields::typed(pod) {
            Ok(typed) => {
                pod::check(self, &typed, &mut denials);
                let known = serde_json::to_value(typed).unwrap_or_default();
                listed::check(self, &known, &mut denials);
            }
            Err(denial) => denials.push(denial),
        }
        denials.extend(fields::unknown(pod));
        if denials.is_empty() {
            Ok(self.without_token(pod.clone()))
        } else {
            Err(Denied(denials))
        }
    }

    /// Checks that callers may change objects and read logs in `namespace`.
    pub fn admit_namespace(&self, namespace: &str, reach: Reach<'_>) -> Result<(), Denied> {
        let named = |list: &[String], name: &str| list.iter().any(|one| one == name);
        if !reach.scope.is_empty() {
            return match named(reach.scope, namespace) {
                true => Ok(()),
                false => Err(outside(namespace, reach.scope)),
            };
        }
        let open = namespace == reach.default_namespace || named(&self.allow_namespaces, "*");
        if named(&self.allow_namespaces, namespace) || (open && !namespace.starts_with(PROTECTED)) {
            return Ok(());
        }
        let except = match open {
            true => format!(", since {PROTECTED}* has to be named"),
            false => String::new(),
        };
        let what = format!("ROS callers may not access namespace {namespace}{except}");
        let setting = entry("allow_namespaces", namespace);
        Err(Denied(vec![allowed_by("namespace", what, setting)]))
    }

    /// Checks that callers may start pods that are processes of podbay's own user.
    pub fn admit_local_processes(&self) -> Result<(), Denied> {
        if self.allow_local_processes != Some(false) {
            return Ok(());
        }
        let what = "pods of this cluster run as podbay's user".to_owned();
        let setting = "allow_local_processes: true";
        Err(Denied(vec![allowed_by("local-processes", what, setting)]))
    }

    /// Checks that callers may change `pod` or look into it.
    pub fn admit_touch(&self, pod: &Object) -> Result<(), Denied> {
        if self.allow_other_pods || pod.label(LABEL_MANAGED_BY) == MANAGED_BY {
            return Ok(());
        }
        let what = format!("{} was not created by podbay", pod.reference());
        Err(Denied(vec![allowed_by(
            "other-pods",
            what,
            "allow_other_pods: true",
        )]))
    }

    /// Checks a requested grace period.
    pub fn admit_grace(&self, grace: Duration) -> Result<(), Denied> {
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        match self.long_grace(("the grace period", Some(seconds))) {
            None => Ok(()),
            Some(denial) => Err(Denied(vec![denial])),
        }
    }

    /// A pod that is ending keeps its place, name and memory until it has ended.
    fn long_grace(&self, (field, seconds): (&str, Option<i64>)) -> Option<Denial> {
        let longest = self.allow_grace_seconds.unwrap_or(LONGEST_GRACE);
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok())?;
        (seconds > longest).then(|| {
            let what = format!("{field} of {seconds} s exceeds the limit of {longest} s");
            allowed_by("grace", what, format!("allow_grace_seconds: {seconds}"))
        })
    }

    /// Checks that callers may run commands in containers.
    pub fn admit_exec(&self) -> Result<(), Denied> {
        if self.allow_exec {
            return Ok(());
        }
        let what = "running commands in containers is not allowed".to_owned();
        Err(Denied(vec![allowed_by("exec", what, "allow_exec: true")]))
    }

    /// Kubernetes mounts a token by default; podbay does not.
    fn without_token(&self, mut pod: Object) -> Object {
        let mount = self.allows_account(pod.text("/spec/serviceAccountName"));
        let spec = pod.0.get_mut("spec").and_then(|spec| spec.as_object_mut());
        let field = spec.map(|spec| spec.entry("automountServiceAccountToken").or_insert(Value::Null));
        // Kubernetes treats null as unset
        if let Some(field) = field.filter(|field| field.is_null()) {
            *field = mount.into();
        }
        pod
    }

    fn allows_account(&self, name: &str) -> bool {
        let name = if name.is_empty() { "default" } else { name };
        names(&self.allow_service_accounts, name)
    }
}

/// Whether `list` contains `name`, or a prefix of it followed by `*`.
fn names(list: &[String], name: &str) -> bool {
    list.iter().any(|one| match one.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => one == name,
    })
}

fn outside(namespace: &str, scope: &[String]) -> Denied {
    Denied(vec![Denial {
        rule: "namespace",
        what: format!(
            "namespace {namespace} is outside podbay's scope ({})",
            scope.join(", ")
        ),
        help:
            "add it to `namespaces` in podbay's configuration, or if that is not set, to `allow_namespaces` \
                  under `policy`"
                .to_owned(),
    }])
}
