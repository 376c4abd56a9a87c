//! Checks a profile beyond its types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::section::Section;
use super::{Profile, resources};
use podbay_core::names::LABEL_MANAGED_BY;
use podbay_core::quantity::is_quantity;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::Outline;

/// Prefix of podbay's own labels and annotations.
const RESERVED: &str = "podbay.dev/";

/// Fields of a workload's `spec` that podbay sets.
const OF_WORKLOADS: [&str; 4] = ["template", "selector", "replicas", "serviceName"];

/// Variable with the ROS domain, and the last domain.
const DOMAIN: &str = "ROS_DOMAIN_ID";
const LAST_DOMAIN: u32 = 232;

/// Volume with the parameters of a process.
pub(crate) const PARAMETERS: &str = "params";

/// Metadata that a pod patch may set.
const METADATA: [&str; 2] = ["labels", "annotations"];

/// An error and its place.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    path: String,
    /// Whether the place is the key at `path`, and not its value.
    of_key: bool,
    error: Diagnostic,
}

impl Found {
    /// An error of the value at `path`.
    pub(super) fn value(path: impl Into<String>, error: Diagnostic) -> Self {
        Self {
            path: path.into(),
            of_key: false,
            error,
        }
    }

    /// An error of the key at `path`.
    pub(super) fn key(path: impl Into<String>, error: Diagnostic) -> Self {
        Self {
            of_key: true,
            ..Self::value(path, error)
        }
    }

    /// The same in a profile whose path is `above`.
    fn within(self, above: &str) -> Self {
        Self {
            path: format!("{above}{}", self.path),
            ..self
        }
    }

    /// The error with its position in a file.
    pub(super) fn located(self, outline: &Outline) -> Diagnostic {
        self.error.at_position(match self.of_key {
            true => outline.key(&self.path),
            false => outline.value(&self.path),
        })
    }
}

impl Profile {
    /// The first error in this profile, whose path is `above`, or in its rules.
    pub(super) fn check(&self, above: &str) -> Result<(), Found> {
        self.check_sections()
            .and_then(|()| self.check_own())
            .map_err(|found| found.within(above))?;
        let mut rules = self.rules.iter().enumerate();
        rules.try_for_each(|(index, rule)| rule.check(&format!("{above}rules[{index}].")))
    }

    fn check_sections(&self) -> Result<(), Found> {
        self.container.check()?;
        self.pod.check()?;
        self.grouping.check()?;
        self.workload.check()?;
        self.network.check()
    }

    fn check_own(&self) -> Result<(), Found> {
        self.command()?;
        resources::check(&self.container.resources)?;
        domain(&self.container.env)?;
        shared_memory(self.grouping.shared_memory.as_deref())?;
        let mut devices = self.container.devices.iter().enumerate();
        devices.try_for_each(|(index, path)| device(index, path))?;
        self.probes()?;
        self.labels()?;
        self.containers()?;
        self.patches()?;
        self.check_names()?;
        self.network.check_values()
    }

    fn command(&self) -> Result<(), Found> {
        if self.container.command.as_ref().is_some_and(Vec::is_empty) {
            let error = Code::ProfileValue.says("`command` is empty");
            return Err(Found::value(
                "command",
                error.help("name a program, or remove the key"),
            ));
        }
        let mut words = self.container.command.iter().flatten().enumerate();
        words.try_for_each(|(index, word)| placeholders(&format!("command[{index}]"), word))
    }

    /// A probe with some fields may extend that of another rule; one without any is most likely unfinished.
    fn probes(&self) -> Result<(), Found> {
        let container = &self.container;
        let probes = [
            ("startupProbe", &container.startup_probe),
            ("readinessProbe", &container.readiness_probe),
            ("livenessProbe", &container.liveness_probe),
        ];
        let empty = |probe: &Value| probe.as_object().is_some_and(serde_json::Map::is_empty);
        let Some((key, _)) = probes.into_iter().find(|(_, probe)| empty(&probe.value)) else {
            return Ok(());
        };
        let error = Code::ProfileIncomplete
            .says(format!("`{key}` has no handler"))
            .help("add exec, grpc, httpGet or tcpSocket, or write null to remove the probe");
        Err(Found::value(key, error))
    }

    fn labels(&self) -> Result<(), Found> {
        let own = [
            ("label", "labels", &self.pod.labels),
            ("annotation", "annotations", &self.pod.annotations),
        ];
        for (kind, field, names) in own {
            for name in names.keys() {
                reserved(kind, name, || format!("{field}.{name}"))?;
            }
        }
        for patch in &self.pod.patch.all {
            for (kind, field, _) in own {
                for (name, _) in patch["metadata"][field].as_object().into_iter().flatten() {
                    reserved(kind, name, || format!("pod.metadata.{field}.{name}"))?;
                }
            }
        }
        Ok(())
    }

    fn containers(&self) -> Result<(), Found> {
        let pod = &self.pod;
        let lists = [
            ("initContainers", pod.init_containers.value.as_array()),
            ("sidecars", pod.sidecars.value.as_array()),
            ("containers", pod.containers.value.as_array()),
            ("volumes", pod.volumes.value.as_array()),
        ];
        for (list, entries) in lists {
            let named = |entry: &Value| entry["name"].as_str().is_some_and(|name| !name.is_empty());
            let nameless = entries.into_iter().flatten().position(|entry| !named(entry));
            if let Some(index) = nameless {
                let path = format!("{list}[{index}]");
                let error = Code::ProfileIncomplete.says(format!("`{path}` has no name"));
                return Err(Found::value(path, error.help("add `name`")));
            }
        }
        let own = pod
            .volumes
            .entries()
            .position(|volume| volume["name"] == PARAMETERS);
        if let Some(index) = own {
            let path = format!("volumes[{index}].name");
            return Err(Found::value(path, is_reserved("volume", PARAMETERS)));
        }
        self.sidecars()
    }

    fn sidecars(&self) -> Result<(), Found> {
        for (index, sidecar) in self.pod.sidecars.entries().enumerate() {
            let policy = sidecar["restartPolicy"].as_str().unwrap_or("Always");
            if policy != "Always" {
                let path = format!("sidecars[{index}].restartPolicy");
                let error = Code::ProfileContradiction
                    .says(format!("`{path}` is {policy}, but a sidecar always restarts"))
                    .help("remove it, or move the container to `initContainers`");
                return Err(Found::value(path, error));
            }
        }
        Ok(())
    }

    fn patches(&self) -> Result<(), Found> {
        let mut patches = self.container.patch.all.iter();
        if patches.any(|patch| patch.get("name").is_some()) {
            return Err(set_by_podbay("container.name", "remove it"));
        }
        for patch in &self.pod.patch.all {
            let metadata = patch["metadata"].as_object().into_iter().flatten();
            let mut foreign = metadata.filter(|(name, _)| !METADATA.contains(&name.as_str()));
            if let Some((name, _)) = foreign.next() {
                let path = format!("pod.metadata.{name}");
                return Err(set_by_podbay(
                    &path,
                    "in the metadata, set only labels and annotations",
                ));
            }
        }
        let workload = &self.workload.chosen;
        let kind = workload.kind.unwrap_or_default();
        let mut fields = OF_WORKLOADS.iter();
        match fields.find(|field| workload.spec.get(field).is_some()) {
            None => Ok(()),
            Some(field) => Err(set_by_podbay(
                &format!("workload.{kind}.{field}"),
                match *field {
                    "template" => "write fields of the pod under `pod`",
                    _ => "remove it",
                },
            )),
        }
    }
}

/// The error for a text that is not a quantity, at `path`.
pub(super) fn not_a_quantity(path: &str, text: &str) -> Diagnostic {
    Code::ProfileValue
        .says(format!("`{path}` is {text:?}, which is not a valid quantity"))
        .help("write it as 500m, 2, 1.5Gi or 512Mi")
}

fn set_by_podbay(path: &str, help: &str) -> Found {
    let error = Code::ProfileReserved.says(format!("`{path}` is set by podbay"));
    Found::key(path, error.help(help))
}

fn shared_memory(size: Option<&str>) -> Result<(), Found> {
    let Some(size) = size.filter(|size| !is_quantity(size)) else {
        return Ok(());
    };
    let error = Code::ProfileValue
        .says(format!("`sharedMemory` is {size:?}, which is not a valid size"))
        .help("write it as 256Mi or 1Gi, or 0 for none");
    Err(Found::value("sharedMemory", error))
}

/// The ROS domain, which DDS maps to ports: a node with another one ends at its start. rcl reads it as C does.
fn domain(env: &BTreeMap<String, String>) -> Result<(), Found> {
    let Some(domain) = env.get(DOMAIN).filter(|domain| !domain.is_empty()) else {
        return Ok(());
    };
    let number = match domain.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => domain.parse(),
    };
    let by_zenoh = env
        .get("RMW_IMPLEMENTATION")
        .is_some_and(|rmw| rmw.starts_with("rmw_zenoh"));
    let fits = number.is_ok_and(|number| by_zenoh || number <= LAST_DOMAIN);
    // Kubernetes inserts the value of another variable
    if fits || domain.contains("$(") {
        return Ok(());
    }
    let path = format!("env.{DOMAIN}");
    let error = Code::ProfileValue
        .says(format!("`{path}` is {domain:?}, which is not a ROS domain"))
        .help(format!("use a number from 0 to {LAST_DOMAIN}"));
    Err(Found::value(path, error))
}

fn placeholders(path: &str, word: &str) -> Result<(), Found> {
    for part in word.split('{').skip(1) {
        let name = part.split_once('}').map_or(part, |(name, _)| name);
        if !part.contains('}') || !matches!(name, "package" | "executable") {
            let error = Code::ProfileValue
                .says(format!("unknown placeholder {{{name}}} in `command`"))
                .help("use {package} or {executable}");
            return Err(Found::value(path, error));
        }
    }
    Ok(())
}

fn device(index: usize, path: &str) -> Result<(), Found> {
    let below = path
        .strip_prefix("/dev/")
        .filter(|rest| !rest.trim_matches('/').is_empty());
    match below {
        Some(rest) if !rest.split('/').any(|part| part == "..") => Ok(()),
        _ => {
            let error = Code::ProfileValue
                .says(format!("`devices` has {path:?}, which is not a path below /dev"))
                .help("name a device, such as /dev/video0, or a folder of devices, such as /dev/dri/");
            Err(Found::value(format!("devices[{index}]"), error))
        }
    }
}

fn reserved(kind: &str, name: &str, path: impl Fn() -> String) -> Result<(), Found> {
    if !name.starts_with(RESERVED) && name != LABEL_MANAGED_BY {
        return Ok(());
    }
    Err(Found::key(path(), is_reserved(kind, name)))
}

fn is_reserved(kind: &str, name: &str) -> Diagnostic {
    Code::ProfileReserved
        .says(format!("{kind} {name} is reserved for podbay"))
        .help("use another name")
}
