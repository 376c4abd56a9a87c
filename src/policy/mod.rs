//! What a caller from the ROS graph may do. The graph is open to anyone on the network, so the answer to
//! whatever reaches beyond a pod of its own is no, unless the configuration says otherwise.
//!
//! ```text
//!   request ──┐                   ┌── Ok: the pod as it may be created
//!   Policy ───┼── admit_pod, … ───┤
//!   scope ────┘                   └── Err(Denied): every rule that says no, and what would allow it
//! ```
//!
//! Pure. What is judged is the whole pod: fields this version does not know are refused, since nobody here can
//! say what a cluster that knows them would do.
//!
//! Not denied, on purpose: running as root and `allowPrivilegeEscalation: true`, both of which are what
//! Kubernetes does when nothing is said; host selection by labels, affinity and tolerations, which the scheduler
//! still decides.

mod container;
mod fields;
mod pod;
mod volume;

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::object::Object;

/// Namespaces of the cluster itself: out of reach unless the scope names them.
const PROTECTED: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// The `policy` section of podbay's configuration. The default allows nothing beyond plain pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Commands may be run in containers.
    pub allow_exec: bool,
    /// Folders whose files launch descriptions may name and include, besides those of ROS packages.
    pub allow_files: Vec<PathBuf>,
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
    /// Secrets that pods may read; `*` for all.
    pub allow_secrets: Vec<String>,
    /// Kernel parameters that pods may set beyond those Kubernetes calls safe.
    pub allow_sysctls: Vec<String>,
    /// Priority classes of the cluster's own (`system-…`) that pods may have.
    pub allow_priority_classes: Vec<String>,
    /// Volume types that pods may have beyond those without access to anything foreign, such as `nfs` or `csi`.
    pub allow_volume_types: Vec<String>,
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
    /// The pod as it may be created: without a service account's token, unless the account is allowed.
    ///
    /// `scope` is the namespaces podbay may touch; empty means all but the cluster's own.
    pub fn admit_pod(&self, pod: &Object, scope: &[String]) -> Result<Object, Denied> {
        let mut denials = Vec::new();
        denials.extend(
            self.admit_namespace(pod.namespace(), scope)
                .err()
                .into_iter()
                .flat_map(|denied| denied.0),
        );
        match fields::typed(pod) {
            Ok(typed) => pod::check(self, &typed, &mut denials),
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
    pub fn admit_namespace(&self, namespace: &str, scope: &[String]) -> Result<(), Denied> {
        let named = scope.iter().any(|allowed| allowed == namespace);
        if named || (scope.is_empty() && !PROTECTED.contains(&namespace)) {
            return Ok(());
        }
        let watched = if scope.is_empty() {
            "every namespace but the cluster's own".to_owned()
        } else {
            scope.join(", ")
        };
        Err(Denied(vec![Denial {
            rule: "namespace",
            what: format!("namespace {namespace} is outside podbay's scope ({watched})"),
            way_out: format!("name {namespace} under `namespaces` in podbay's configuration to allow it"),
        }]))
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
        self.allow_service_accounts.iter().any(|allowed| allowed == name)
    }
}

/// A denial that the setting `setting` of the policy would lift.
fn allowed_by(rule: &'static str, what: String, setting: impl fmt::Display) -> Denial {
    let way_out = format!("`{setting}` under `policy` in podbay's configuration would allow it");
    Denial { rule, what, way_out }
}

/// A denial that nothing lifts.
fn never(rule: &'static str, what: String) -> Denial {
    let way_out = "leave it out".to_owned();
    Denial { rule, what, way_out }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (rule {}): {}", self.what, self.rule, self.way_out)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("denied by podbay's policy: ")?;
        for (index, denial) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{denial}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Denied {}
