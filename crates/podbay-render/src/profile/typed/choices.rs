//! The valid texts of fields for which Kubernetes' types accept any text.

use super::along::Step;

/// A field, its parent ("" for any), and its valid texts. The first match applies.
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

/// The valid texts of the field at `path` below `key` of the profile; `None` if any text is valid.
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
