//! Texts of which Kubernetes accepts only some, which its types do not say.

use super::along::Step;

/// A field, the field above it ("" for any), and the texts that it takes. The first that applies counts.
const CHOICES: [(&str, &str, &[&str]); 21] = [
    ("operator", "tolerations", &["Exists", "Equal"]),
    (
        "operator",
        "matchFields",
        &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
    ),
    (
        "operator",
        "matchExpressions",
        &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
    ),
    (
        "effect",
        "tolerations",
        &["NoSchedule", "PreferNoSchedule", "NoExecute"],
    ),
    ("imagePullPolicy", "", &["Always", "IfNotPresent", "Never"]),
    ("restartPolicy", "", &["Always", "OnFailure", "Never"]),
    (
        "dnsPolicy",
        "",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ),
    ("preemptionPolicy", "", &["Never", "PreemptLowerPriority"]),
    ("protocol", "ports", &["TCP", "UDP", "SCTP"]),
    ("scheme", "httpGet", &["HTTP", "HTTPS"]),
    ("whenUnsatisfiable", "", &["DoNotSchedule", "ScheduleAnyway"]),
    (
        "mountPropagation",
        "",
        &["None", "HostToContainer", "Bidirectional"],
    ),
    ("terminationMessagePolicy", "", &["File", "FallbackToLogsOnError"]),
    (
        "type",
        "hostPath",
        &[
            "",
            "DirectoryOrCreate",
            "Directory",
            "FileOrCreate",
            "File",
            "Socket",
            "CharDevice",
            "BlockDevice",
        ],
    ),
    (
        "type",
        "seccompProfile",
        &["RuntimeDefault", "Unconfined", "Localhost"],
    ),
    (
        "type",
        "appArmorProfile",
        &["RuntimeDefault", "Unconfined", "Localhost"],
    ),
    ("type", "strategy", &["Recreate", "RollingUpdate"]),
    ("type", "updateStrategy", &["RollingUpdate", "OnDelete"]),
    ("podManagementPolicy", "", &["OrderedReady", "Parallel"]),
    ("completionMode", "", &["NonIndexed", "Indexed"]),
    ("fsGroupChangePolicy", "", &["OnRootMismatch", "Always"]),
];

/// The texts that the field at `path`, which stands under `key` of the profile, takes; `None` where any may do.
pub(super) fn of(key: &str, path: &[Step]) -> Option<&'static [&'static str]> {
    let mut fields = path.iter().rev().filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Entry(_) => None,
    });
    let (field, above) = (fields.next()?, fields.next().unwrap_or(key));
    let found = CHOICES
        .iter()
        .find(|(name, below, _)| *name == field && (below.is_empty() || *below == above));
    found.map(|(_, _, choices)| *choices)
}
