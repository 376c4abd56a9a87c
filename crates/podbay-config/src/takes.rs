//! The valid values of the configuration file's keys, for error messages.

use podbay_text::yaml::Kind;

/// For keys of another file.
const OF_PROFILE: &str = "a profile has this key: put it in a file of its own, for --profile or `profile`";

/// Texts for error messages.
pub(super) const CONFIGURATION: Kind = Kind {
    whole: "the configuration",
    example: "cluster: kube",
    again: None,
    instead: &[
        ("", "discovery", OF_PROFILE),
        ("", "env", OF_PROFILE),
        ("", "image", OF_PROFILE),
        ("", "resources", OF_PROFILE),
        ("", "rules", OF_PROFILE),
    ],
    takes: &[
        ("cluster", "kube or embedded", "kube"),
        ("context", "the name of a context of the kubeconfig", "lab"),
        ("namespace", "the name of a namespace", "robots"),
        ("namespaces", "a list of namespaces", "[robots]"),
        ("profile", "the path of a profile", "robot.profile.yaml"),
        (
            "profiles",
            "a mapping from names to paths of profiles",
            "{sim: sim.profile.yaml}",
        ),
        ("evaluate", "native, here or image", "image"),
        ("evaluate_timeout", "a positive integer, in seconds", "300"),
        ("http", "an address with a port, or off", "127.0.0.1:9640"),
        ("allow_command", TRUTH, "true"),
        ("limits", "a mapping", "{pods: 200}"),
        ("limits.requests_per_second", "a positive integer", "100"),
        ("limits.pods", "a non-negative integer", "200"),
        ("limits.launches", "a non-negative integer", "20"),
        ("limits.object_bytes", "a non-negative integer", "67108864"),
        ("limits.launch", "a mapping", "{processes: 2000}"),
        ("limits.launch.processes", "a positive integer", "2000"),
        ("limits.launch.bytes", "a positive integer", "33554432"),
        ("limits.launch.seconds", "a positive integer", "300"),
        ("limits.graph_launch", "a mapping", "{processes: 2000}"),
        ("limits.graph_launch.processes", "a positive integer", "2000"),
        ("limits.graph_launch.bytes", "a positive integer", "4194304"),
        ("limits.graph_launch.seconds", "a positive integer", "20"),
        ("policy", "a mapping", "{allow_exec: true}"),
        ("policy.allow_exec", TRUTH, "true"),
        ("policy.allow_local_processes", TRUTH, "false"),
        ("policy.allow_namespaces", "a list of namespaces", "[lab]"),
        ("policy.allow_files", "a list of folders", "[/launch]"),
        ("policy.allow_python_here", TRUTH, "true"),
        ("policy.allow_command", TRUTH, "true"),
        ("policy.allow_privileged", TRUTH, "true"),
        ("policy.allow_host_path", TRUTH, "true"),
        ("policy.allow_host_namespaces", TRUTH, "true"),
        ("policy.allow_host_selection", TRUTH, "true"),
        (
            "policy.allow_capabilities",
            "a list of capabilities",
            "[SYS_NICE]",
        ),
        (
            "policy.allow_service_accounts",
            "a list of service accounts",
            "[monitor]",
        ),
        ("policy.allow_secrets", "a list of secrets", "[robot-key]"),
        (
            "policy.allow_sysctls",
            "a list of kernel parameters",
            "[net.core.rmem_max]",
        ),
        (
            "policy.allow_priority_classes",
            "a list of classes",
            "[robot-critical]",
        ),
        ("policy.allow_runtime_classes", "a list of classes", "[nvidia]"),
        (
            "policy.allow_schedulers",
            "a list of schedulers",
            "[gpu-scheduler]",
        ),
        (
            "policy.allow_tolerations",
            "a list of keys of taints",
            "[example.com/gpu]",
        ),
        (
            "policy.allow_resources",
            "a list of resources",
            "[nvidia.com/gpu]",
        ),
        (
            "policy.allow_image_pull_secrets",
            "a list of secrets",
            "[registry]",
        ),
        ("policy.allow_volume_types", "a list of types", "[nfs]"),
        ("policy.allow_service_types", "a list of types", "[NodePort]"),
        ("policy.allow_windows_accounts", TRUTH, "true"),
        ("policy.allow_labels", "a list of labels", "[team]"),
        (
            "policy.allow_annotations",
            "a list of annotations",
            "[example.com/owner]",
        ),
        ("policy.allow_fields", "a list of fields", "[spec.overhead]"),
        (
            "policy.allow_grace_seconds",
            "a non-negative integer, in seconds",
            "600",
        ),
        ("policy.allow_memory_volumes", "a quantity of memory", "2Gi"),
        ("policy.allow_other_pods", TRUTH, "true"),
    ],
};

const TRUTH: &str = "true or false";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_saphyr::Error;

    use super::*;
    use crate::file::File;

    /// The keys in `section`, or at the top level for "".
    fn keys(section: &str) -> &'static [&'static str] {
        let depth = section.split('.').filter(|part| !part.is_empty()).count();
        let opened = section.split('.').filter(|part| !part.is_empty());
        let opened: String = opened.map(|part| format!("{{{part}: ")).collect();
        let text = format!("{opened}{{nothing: 1}}{}", "}".repeat(depth));
        match serde_saphyr::from_str::<File>(&text)
            .unwrap_err()
            .without_snippet()
        {
            Error::SerdeUnknownField { expected, .. } => expected.clone().leak(),
            error => unreachable!("{text}: {error}"),
        }
    }

    #[test]
    fn every_key_has_its_words_and_an_example_that_is_taken() {
        let sections = ["", "limits.", "limits.launch.", "limits.graph_launch.", "policy."];
        let there = sections.into_iter().flat_map(|section| {
            keys(section.trim_end_matches('.'))
                .iter()
                .map(move |key| format!("{section}{key}"))
        });
        let mut there: Vec<_> = there.collect();
        let mut told: Vec<_> = CONFIGURATION
            .takes
            .iter()
            .map(|(key, ..)| (*key).to_owned())
            .collect();
        there.sort();
        told.sort();
        assert_eq!(told, there);
        for (key, _, example) in CONFIGURATION.takes {
            let text = key.rsplit('.').fold((*example).to_owned(), |inner, part| {
                format!("{{{part}: {inner}}}")
            });
            let read = File::parse(&text, Path::new("podbay.yaml"));
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }
}
