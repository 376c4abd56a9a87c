//! What a caller from the ROS graph may do. The graph is open to anyone on the network, so the answer to
//! whatever reaches beyond a pod of its own is no, unless the configuration says otherwise.
//!
//! ```text
//!   request ──┐                   ┌── Ok: the pod as it may be created
//!   Policy ───┼── admit_pod, … ───┤
//!   Reach ────┘                   └── Err(Denied): every rule that says no, and what would allow it
//! ```
//!
//! Pure. What is judged is the whole pod, field by field: what is not [`listed`] is denied, and fields this version
//! does not know are refused, since nobody here can say what a cluster that knows them would do.
//!
//! Not denied, on purpose: running as root and `allowPrivilegeEscalation: true`, both of which are what
//! Kubernetes does when nothing is said; host selection by labels and affinity, which the scheduler still decides;
//! ConfigMaps and claims of the pod's own namespace. `docs/policy.md` has every rule with its key.

mod check;
mod container;
mod fields;
mod listed;
mod metadata;
mod object;
mod placement;
mod pod;
mod resources;
mod size;
mod volume;

pub use fields::check_fields;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::names::{LABEL_MANAGED_BY, MANAGED_BY};
use crate::object::Object;
use crate::quantity::Memory;
use podbay_text::shown;

/// What the names of the cluster's own namespaces begin with.
const PROTECTED: &str = "kube-";

/// The `policy` section of podbay's configuration. The default allows nothing beyond plain pods. In every list of
/// names but those of namespaces, folders and capabilities, `*` at the end of an entry stands for any end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Commands may be run in containers.
    pub allow_exec: bool,
    /// Pods may be started where they are processes of podbay's own user; unset counts as true.
    pub allow_local_processes: Option<bool>,
    /// Namespaces that may be touched besides the default one; `*` for all but the cluster's own (`kube-…`), which
    /// have to be named. What lies outside podbay's `namespaces`, if it has any, stays out of reach.
    pub allow_namespaces: Vec<String>,
    /// Folders whose files launch descriptions may name and include, besides those of ROS packages.
    pub allow_files: Vec<PathBuf>,
    /// ROS's own engine, which runs what a launch file says, may evaluate for callers on podbay's machine, as its user.
    pub allow_python_here: bool,
    /// Launch descriptions may have commands run beside podbay, by `$(command …)`.
    pub allow_command: bool,
    /// Containers may be privileged or run without the runtime's usual confinement.
    pub allow_privileged: bool,
    /// Volumes may show folders of the host.
    pub allow_host_path: bool,
    /// Pods may share the host's network, processes or IPC, and take ports of the host.
    pub allow_host_namespaces: bool,
    /// Pods may name the host they run on, which bypasses the scheduler.
    pub allow_host_selection: bool,
    /// Linux capabilities that containers may add, such as `SYS_NICE`.
    pub allow_capabilities: Vec<String>,
    /// Service accounts that pods may run as, with their token; `default` is for the token of the default one.
    pub allow_service_accounts: Vec<String>,
    /// Secrets that pods may read.
    pub allow_secrets: Vec<String>,
    /// Kernel parameters that pods may set beyond those Kubernetes calls safe.
    pub allow_sysctls: Vec<String>,
    /// Priority classes that pods may have.
    pub allow_priority_classes: Vec<String>,
    /// Runtime classes that pods may have, such as `nvidia`.
    pub allow_runtime_classes: Vec<String>,
    /// Schedulers that pods may name besides the usual one.
    pub allow_schedulers: Vec<String>,
    /// Keys of taints that pods may tolerate; `*` for all.
    pub allow_tolerations: Vec<String>,
    /// Resources that pods may take besides CPU, memory and ephemeral storage, such as `nvidia.com/gpu`.
    pub allow_resources: Vec<String>,
    /// Secrets with which images may be fetched.
    pub allow_image_pull_secrets: Vec<String>,
    /// Volume types that pods may have beyond those without access to anything foreign, such as `nfs` or `csi`.
    pub allow_volume_types: Vec<String>,
    /// Types of Service that launches may have besides `ClusterIP`.
    pub allow_service_types: Vec<String>,
    /// Containers may take on Windows accounts: `runAsUserName` and gMSA.
    pub allow_windows_accounts: bool,
    /// Labels that pods may have besides podbay's own.
    pub allow_labels: Vec<String>,
    /// Annotations that pods may have besides podbay's own.
    pub allow_annotations: Vec<String>,
    /// Fields of a pod that callers may set besides those podbay knows to be harmless, such as `spec.overhead`.
    pub allow_fields: Vec<String>,
    /// Longest grace period in seconds, of pods and of requests; 300 when unset.
    pub allow_grace_seconds: Option<u64>,
    /// Largest `sizeLimit` of all volumes in memory that a pod has; 1Gi when unset.
    pub allow_memory_volumes: Option<Memory>,
    /// Pods that podbay did not make may be deleted and restarted, their logs be read, and commands be run in them.
    pub allow_other_pods: bool,
}

/// Longest grace period unless the policy says otherwise.
const LONGEST_GRACE: u64 = 300;

/// Most denials that are told of one request, and most characters of a caller's text in each.
const TOLD: usize = 20;
const LONG: usize = 300;

/// How far podbay itself reaches in the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// Namespace for requests that name none.
    pub default_namespace: &'a str,
    /// Namespaces podbay may touch; empty means all.
    pub scope: &'a [String],
}

/// One rule that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Name of the rule.
    pub rule: &'static str,
    /// What it is about, and where.
    pub what: String,
    /// What would allow it, or what to ask for instead.
    pub way_out: String,
}

/// Why a request is denied. Asking again unchanged does not help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denied(pub Vec<Denial>);

impl Policy {
    /// A caller's own manifest as it may be created: like [`Policy::admit_pod`], and without metadata by which it
    /// would pass for something that podbay made, and no larger than many pods of it can be kept.
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

    /// The pod as it may be created: without a service account's token, unless the account is allowed.
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

    /// Whether anything in `namespace` may be changed or its logs be read.
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
        let what = format!("callers from the ROS graph may not touch namespace {namespace}");
        let setting = entry("allow_namespaces", namespace);
        Err(Denied(vec![allowed_by("namespace", what, setting)]))
    }

    /// Whether pods may be started that are processes of podbay's own user.
    pub fn admit_local_processes(&self) -> Result<(), Denied> {
        if self.allow_local_processes != Some(false) {
            return Ok(());
        }
        let what = "pods of this cluster are processes of the user that runs podbay".to_owned();
        let setting = "allow_local_processes: true";
        Err(Denied(vec![allowed_by("local-processes", what, setting)]))
    }

    /// Whether `pod` may be changed or looked into, which podbay made or somebody else.
    pub fn admit_touch(&self, pod: &Object) -> Result<(), Denied> {
        if self.allow_other_pods || pod.label(LABEL_MANAGED_BY) == MANAGED_BY {
            return Ok(());
        }
        let what = format!("{} was not made by podbay", pod.reference());
        Err(Denied(vec![allowed_by(
            "other-pods",
            what,
            "allow_other_pods: true",
        )]))
    }

    /// Whether a pod may be given so much time to end.
    pub fn admit_grace(&self, grace: Duration) -> Result<(), Denied> {
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        match self.long_grace(("the grace period", Some(seconds))) {
            None => Ok(()),
            Some(denial) => Err(Denied(vec![denial])),
        }
    }

    /// A pod that is to end keeps its place, its name and its memory until it does.
    fn long_grace(&self, (field, seconds): (&str, Option<i64>)) -> Option<Denial> {
        let longest = self.allow_grace_seconds.unwrap_or(LONGEST_GRACE);
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok())?;
        (seconds > longest).then(|| {
            let what = format!("{field} of {seconds} s is longer than {longest} s");
            allowed_by("grace", what, format!("allow_grace_seconds: {seconds}"))
        })
    }

    /// Whether commands may be run in containers.
    pub fn admit_exec(&self) -> Result<(), Denied> {
        if self.allow_exec {
            return Ok(());
        }
        let what = "commands may not be run in containers".to_owned();
        Err(Denied(vec![allowed_by("exec", what, "allow_exec: true")]))
    }

    /// A token is mounted by Kubernetes unless told otherwise; here it is the other way round.
    fn without_token(&self, mut pod: Object) -> Object {
        let mount = self.allows_account(pod.text("/spec/serviceAccountName"));
        let spec = pod.0.get_mut("spec").and_then(|spec| spec.as_object_mut());
        let field = spec.map(|spec| spec.entry("automountServiceAccountToken").or_insert(Value::Null));
        // a null is read by Kubernetes as no word at all
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

/// Whether `list` names it: whole, or by its beginning with a `*` after it.
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
        way_out: format!("name {namespace} under `namespaces` in podbay's configuration to allow it"),
    }])
}

/// A denial that the setting `setting` of the policy would lift.
fn allowed_by(rule: &'static str, what: String, setting: impl fmt::Display) -> Denial {
    let way_out = format!("`{setting}` under `policy` in podbay's configuration would allow it");
    Denial { rule, what, way_out }
}

/// The entry that `name` would need in the list `key`, as YAML.
fn entry(key: &str, name: &str) -> String {
    let name = shown::beginning(name, LONG);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    match !name.is_empty() && name.chars().all(plain) {
        true => format!("{key}: [{name}]"),
        false => format!("{key}: [{}]", Value::from(name.as_ref())),
    }
}

/// A denial that nothing lifts.
fn never(rule: &'static str, what: String) -> Denial {
    let way_out = "leave it out".to_owned();
    Denial { rule, what, way_out }
}

impl fmt::Display for Denial {
    /// Names in it are the caller's own, and may be long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = shown::beginning(&self.what, LONG);
        write!(f, "{what} (rule {}): {}", self.rule, self.way_out)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("denied by podbay's policy: ")?;
        for (index, denial) in self.0.iter().take(TOLD).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{denial}")?;
        }
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Denied {}
