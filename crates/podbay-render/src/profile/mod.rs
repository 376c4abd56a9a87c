//! Profiles: how ROS processes become containers. Written by the person who deploys, read by rendering.
//!
//! ```yaml
//! image: registry.example.com/robot:1.2
//! env: {RMW_IMPLEMENTATION: rmw_cyclonedds_cpp}
//! rules:
//!   - match: {package: "nav2_*"}
//!     resources: {limits: {memory: 512Mi}}
//! ```
//!
//! A rule is a profile for the processes it matches. Later values override earlier ones as defined in
//! [`patch`].
//!
//! ```text
//!   text ── read ──> Profile ── check ──┬── matches    which processes
//!                                       ├── container  what their container gets   ┐ sections, each a
//!                                       ├── pod        what their pod gets         │ list of keys
//!                                       ├── grouping   who shares a pod            │
//!                                       ├── workload   what makes their pod        │
//!                                       ├── network    discovery, ports            ┘
//!                                       └── rules      profiles for some of them
//! ```

mod check;
mod container;
mod grouping;
mod matching;
mod names;
mod network;
pub mod patch;
mod pod;
mod read;
mod section;
mod takes;
mod typed;
mod workload;

pub use check::{Mistake, PARAMETERS};
pub use container::{Container, PullPolicy, Resources};
pub use grouping::{GroupBy, Grouping};
pub use matching::{Match, Trait};
pub use network::{Discovery, Mode, Network, Port, Protocol, Service, ServiceType};
pub use pod::{Pod, Security};
pub use typed::{Patches, Typed};
pub use workload::{Controller, Workload};

use podbay_description::Process;
use section::Section;

/// A profile, or a rule in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// File it was read from; "" if unknown.
    pub file: String,
    /// Line of a rule in its file, from 1; 0 for the profile itself.
    pub line: u32,
    /// The processes to which it applies; by default all.
    pub matches: Match,
    /// Settings for their containers.
    pub container: Container,
    /// Settings for their pods.
    pub pod: Pod,
    /// Which of them share a pod.
    pub grouping: Grouping,
    /// The workload of their pods.
    pub workload: Workload,
    /// Discovery, and the ports of their nodes.
    pub network: Network,
    /// Profiles for some of the processes, in order.
    pub rules: Vec<Profile>,
}

impl Profile {
    /// The settings for `process`: this profile merged with all matching rules, without rules.
    pub fn resolve(&self, process: &Process) -> Self {
        let mut result = Self::default();
        self.lay_over(&mut result, process);
        result
    }

    /// The same, with the name of its file.
    pub fn of_file(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self.rules = self.rules.into_iter().map(|rule| rule.of_file(file)).collect();
        self
    }

    fn lay_over(&self, result: &mut Self, process: &Process) {
        if !self.matches.counts_for(process) {
            return;
        }
        result.file.clone_from(&self.file);
        result.container.lay(&self.container);
        result.pod.lay(&self.pod);
        result.grouping.lay(&self.grouping);
        result.workload.lay(&self.workload);
        result.network.lay(&self.network);
        for rule in &self.rules {
            rule.lay_over(result, process);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use podbay_text::diagnostic::Code;
    use serde_json::json;

    use super::*;

    #[test]
    fn later_rules_win_and_maps_are_merged() {
        let profile = Profile::parse(
            "image: base\nenv: {A: 1, B: 2}\nrules:\n\
             - match: {package: nav*}\n  env: {B: 3}\n  rules:\n  - match: {node: /r/*}\n    image: inner\n\
             - match: {executable: x}\n  image: other\n",
        );
        let process = Process {
            package: "nav2".to_owned(),
            executable: "e".to_owned(),
            name: "n".to_owned(),
            namespace: "/r".to_owned(),
            ..Process::default()
        };
        let resolved = profile.unwrap().resolve(&process);
        assert_eq!(resolved.container.image.as_deref(), Some("inner"));
        assert_eq!(
            resolved.container.env,
            BTreeMap::from([("A".into(), "1".into()), ("B".into(), "3".into())])
        );
    }

    #[test]
    fn a_rule_adds_to_what_is_there() {
        let profile = Profile::parse(
            "tolerations: [{key: a}]\nvolumes: [{name: v, emptyDir: {}}]\nsecurityContext: {runAsUser: 1}\n\
             workload: {Job: {backoffLimit: 1}}\ndevices: [/dev/a]\nrules:\n\
             - tolerations: [{key: a}, {key: b}]\n  volumes: [{name: w, emptyDir: {}}, {name: v, emptyDir: null}]\n  \
             securityContext: {privileged: true, runAsUser: null}\n  workload: {Job: {parallelism: 2}}\n  \
             devices: [/dev/a, /dev/b]\n",
        );
        let resolved = profile.unwrap().resolve(&Process::default());
        let (container, pod) = (&resolved.container, &resolved.pod);
        assert_eq!(pod.tolerations.value, json!([{"key": "a"}, {"key": "b"}]));
        assert_eq!(
            pod.volumes.value,
            json!([{"name": "v"}, {"name": "w", "emptyDir": {}}])
        );
        assert_eq!(container.security_context.value, json!({"privileged": true}));
        assert_eq!(container.devices, ["/dev/a", "/dev/b"]);
        let job = &resolved.workload.controller;
        assert_eq!(job.spec, json!({"backoffLimit": 1, "parallelism": 2}));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, line, expected) in [
            ("image: a\nimmage: b\n", 2, "`immage`; did you mean `image`?"),
            ("image: a\nfoo: b\n", 2, "there are match, rules, image"),
            ("imagePullPolicy: Sometimes\n", 1, "Sometimes"),
            ("rules:\n- match: {pkg: a}\n", 2, "pkg"),
            ("command: []\n", 1, "`command` is empty"),
            ("rules:\n- command: [\"{exe}\"]\n", 2, "{exe}"),
            ("- a\n", 1, "a profile is keys and values"),
            (
                "rules:\n- image: a\n- resources: {limits: {memory: 512Q}}\n",
                3,
                "memory: 512Q",
            ),
            ("workload: Deploymnt\n", 1, "did you mean `Deployment`?"),
            (
                "workload:\n  Job:\n    backofLimit: 3\n",
                3,
                "Job.backofLimit: there is no such field; did you mean `backoffLimit`?",
            ),
            (
                "workload: {Job: {template: {spec: {}}}}\n",
                1,
                "`workload` sets template",
            ),
            (
                "workload: {Pod: {hostNetwork: true}}\n",
                1,
                "write them under `pod`",
            ),
            (
                "pod:\n  spec:\n    hostNetwork: true\n    dnsPolicyy: Default\n",
                4,
                "pod.spec.dnsPolicyy: there is no such field; did you mean `dnsPolicy`?",
            ),
            ("pod: {metadata: {name: a}}\n", 1, "`pod` sets metadata.name"),
            (
                "labels: {podbay.dev/launch: a}\n",
                1,
                "label podbay.dev/launch is for podbay",
            ),
            ("container: {name: a}\n", 1, "`container` sets the name"),
            ("devices: [video0]\n", 1, "\"video0\"; name a file below /dev"),
            ("devices: [/dev/../etc/shadow]\n", 1, "name a file below /dev"),
            (
                "sidecars: [{image: a}]\n",
                1,
                "`sidecars` has an entry without a name",
            ),
            (
                "sidecars: [{name: a, restartPolicy: Never}]\n",
                1,
                "a sidecar always restarts",
            ),
            (
                "volumes: [{name: params}]\n",
                1,
                "volume params is for podbay to set; take another name",
            ),
            (
                "image: a\nimage: b\n",
                2,
                "`image` is given a second time; leave one out",
            ),
            ("podSecurity: strict\n", 1, "restricted"),
            (
                "env: {}\nimage: 5\n",
                2,
                "`image` is \"5\", which is no name of an image",
            ),
            ("image: \"a\\e[31m\"\n", 1, "which is no name of an image"),
            (
                "env: {A: b}\ncommand: [a, \"b\\0\"]\n",
                2,
                "`command[1]` holds the character NUL",
            ),
            (
                "gpu: 1\nresources: {limits: {memory: 1e99999999}}\n",
                2,
                "memory: 1e99999999, which is no",
            ),
            (
                "gpu: 1\nsharedMemory: 999999999999Ei\n",
                2,
                "`sharedMemory` is 999999999999Ei",
            ),
            (
                "gpu: 1\nvolumes:\n- {name: v, emptyDir: {sizeLimit: 1Q}}\n",
                3,
                "volumes[0].emptyDir.sizeLimit: \"1Q\" is no Kubernetes quantity",
            ),
            (
                "rules:\n- gpu: 1\n- sidecars:\n  - name: a\n    image: \"b \"\n",
                5,
                "`sidecars[0].image` is \"b \"",
            ),
            (
                "sidecars:\n- name: A\n",
                2,
                "`sidecars[0].name` is \"A\", which is no name of a container",
            ),
            (
                "pod: {spec: {containers: [{name: a, image: \"\"}]}}\n",
                1,
                "`pod.spec.containers[0].image`",
            ),
            ("gpu: 1\nlabels: {team: \"a b\"}\n", 2, "no value of a label"),
            ("gpu: 1\nnodeSelector: {\"a b\": c}\n", 2, "no key of Kubernetes"),
            (
                "gpu: 1\nserviceAccountName: My\n",
                2,
                "`serviceAccountName` is \"My\"",
            ),
            ("gpu: 1\nenv: {\"A=B\": c}\n", 2, "no name of a variable"),
            (
                "tolerations:\n- key: a\n  operator: Exist\n",
                3,
                "tolerations[0].operator cannot be \"Exist\"; did you mean `Exists`?",
            ),
            (
                "affinity:\n  podAntiAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n    - topologyKey: a\n      \
                 labelSelector:\n        matchExpressions: [{key: a, operator: Has}]\n",
                6,
                "operator cannot be \"Has\"; there are In, NotIn, Exists, DoesNotExist",
            ),
            (
                "gpu: 1\nresources:\n  limits: {cpu: 500m}\n  requests:\n    memory: 1Gi\n    cpu: 1\n",
                6,
                "`resources.requests.cpu` is 1, more than the limit of 500m",
            ),
            (
                "gpu: 1\nlivenessProbe: {}\n",
                2,
                "`livenessProbe` has no way to probe",
            ),
            ("workload: pod\n", 1, "did you mean `Pod`?"),
            ("gpu: many\n", 1, "`gpu` takes a number, as in `gpu: 1`"),
            ("tolerations: {key: a}\n", 1, "tolerations.key: expected"),
            (
                "imge: a\nrules: [{imag: b}]\n",
                1,
                "`imge`; did you mean `image`?",
            ),
        ] {
            let error = Profile::parse(text).unwrap_err();
            let message = error.text();
            assert!(message.contains(expected), "{text:?}: {message}");
            assert_eq!(error.place.line, line, "{text:?}: {message}");
            assert!(error.place.column > 0, "{text:?}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        assert_eq!(Profile::parse("").unwrap(), Profile::default());
    }

    #[test]
    fn mistakes_have_the_code_of_their_kind() {
        for (text, code) in [
            ("command: []\n", Code::ProfileValue),
            ("image: \"a b\"\n", Code::ProfileName),
            ("labels: {podbay.dev/launch: a}\n", Code::ProfileReserved),
            ("readinessProbe: {}\n", Code::ProfileIncomplete),
            (
                "resources: {requests: {cpu: 2}, limits: {cpu: 1}}\n",
                Code::ProfileContradiction,
            ),
            (
                "discovery: {mode: multicast, address: a}\n",
                Code::ProfileContradiction,
            ),
            ("ports: {A: 80}\n", Code::ProfileName),
        ] {
            assert_eq!(Profile::parse(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
