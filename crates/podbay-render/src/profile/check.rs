//! Errors in a profile beyond its types.

use serde_json::Value;

use super::Profile;
use super::container::Resources;
use podbay_core::names::LABEL_MANAGED_BY;
use podbay_core::quantity::{is_above, is_quantity};
use podbay_text::diagnostic::Code;

/// Prefix of podbay's own labels and annotations.
const RESERVED: &str = "podbay.dev/";

/// Reserved fields of a workload's `spec`.
const OF_WORKLOADS: [&str; 4] = ["template", "selector", "replicas", "serviceName"];

/// Volume with the parameters of a process.
pub const PARAMETERS: &str = "params";

/// Restart policies of a pod.
const RESTARTS: [&str; 3] = ["Always", "OnFailure", "Never"];

/// Metadata that a pod patch may set.
const METADATA: [&str; 2] = ["labels", "annotations"];

/// An error, and the path of its place.
pub(super) type Found = (String, Mistake);

/// An error in a profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Mistake {
    #[error("`command` is empty; name a program, or leave the key out")]
    EmptyCommand,
    #[error("`command` holds {{{0}}}, which is nothing known; it may hold {{package}} and {{executable}}")]
    UnknownPlaceholder(String),
    #[error(
        "`resources` has {key}: {value}, which is no Kubernetes quantity; write it as 500m, 2, 1.5Gi or 512Mi"
    )]
    Quantity { key: String, value: String },
    #[error("`{list}.{key}` is {amount}, more than the limit of {limit}; lower it, or raise the limit")]
    AboveLimit {
        list: String,
        key: String,
        amount: String,
        limit: String,
    },
    #[error(
        "`{0}` has no way to probe; give it one of exec, grpc, httpGet and tcpSocket, or write null to take it away"
    )]
    NoProbe(String),
    #[error("`sharedMemory` is {0}, which is no size; write it as 256Mi or 1Gi, or 0 for none")]
    SharedMemory(String),
    #[error("`devices` has {0:?}; name a file below /dev, or a folder there with / at its end")]
    Device(String),
    #[error("{kind} {name} is for podbay to set; take another name")]
    Reserved { kind: &'static str, name: String },
    #[error("`pod` sets metadata.{0}, which is for podbay to set; it may set labels and annotations")]
    Metadata(String),
    #[error("`workload` sets {0}, which is for podbay to set; the pod's own fields stand under `pod`")]
    OfWorkload(String),
    #[error("`{list}` has an entry without a name; give it `name`")]
    NoName { list: &'static str },
    #[error("`container` sets the name, which is for podbay to set; leave it out")]
    ContainerName,
    #[error(
        "`sidecars` sets restartPolicy {0}; a sidecar always restarts, others belong under `initContainers`"
    )]
    SidecarRestarts(String),
    #[error("`pod` sets spec.restartPolicy {0:?}, which is none; there are Always, OnFailure and Never")]
    RestartPolicy(String),
    #[error("`{path}` is {text:?}, which is no {what}")]
    Name {
        path: String,
        text: String,
        what: &'static str,
    },
    #[error("`{0}` holds the character NUL, which Kubernetes takes nowhere; leave it out")]
    Nul(String),
    #[error(transparent)]
    Network(#[from] super::network::Mistake),
}

impl Mistake {
    /// Kind of error.
    pub fn code(&self) -> Code {
        match self {
            Self::EmptyCommand
            | Self::UnknownPlaceholder(_)
            | Self::Quantity { .. }
            | Self::SharedMemory(_)
            | Self::Device(_)
            | Self::RestartPolicy(_)
            | Self::Nul(_) => Code::ProfileValue,
            Self::Name { .. } => Code::ProfileName,
            Self::Reserved { .. } | Self::Metadata(_) | Self::OfWorkload(_) | Self::ContainerName => {
                Code::ProfileReserved
            }
            Self::NoName { .. } | Self::NoProbe(_) => Code::ProfileIncomplete,
            Self::AboveLimit { .. } | Self::SidecarRestarts(_) => Code::ProfileContradiction,
            Self::Network(mistake) => mistake.code(),
        }
    }
}

impl Profile {
    /// The first error in this profile, whose path is `above`, or in its rules.
    pub(super) fn check(&self, above: &str) -> Result<(), Found> {
        self.check_own()
            .map_err(|(path, mistake)| (format!("{above}{path}"), mistake))?;
        let mut rules = self.rules.iter().enumerate();
        rules.try_for_each(|(index, rule)| rule.check(&format!("{above}rules[{index}].")))
    }

    fn check_own(&self) -> Result<(), Found> {
        self.command()?;
        quantities(&self.container.resources)?;
        shared_memory(self.grouping.shared_memory.as_deref())?;
        let mut devices = self.container.devices.iter().enumerate();
        devices.try_for_each(|(index, path)| {
            device(path).map_err(|mistake| (format!("devices[{index}]"), mistake))
        })?;
        self.probes()?;
        self.labels()?;
        self.containers()?;
        self.patches()?;
        self.check_names()?;
        self.network
            .check()
            .map_err(|(path, mistake)| (path, mistake.into()))
    }

    fn command(&self) -> Result<(), Found> {
        if self.container.command.as_ref().is_some_and(Vec::is_empty) {
            return Err(("command".to_owned(), Mistake::EmptyCommand));
        }
        let mut words = self.container.command.iter().flatten().enumerate();
        words.try_for_each(|(index, word)| {
            placeholders(word).map_err(|mistake| (format!("command[{index}]"), mistake))
        })
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
        match probes.into_iter().find(|(_, probe)| empty(&probe.value)) {
            Some((key, _)) => Err((key.to_owned(), Mistake::NoProbe(key.to_owned()))),
            None => Ok(()),
        }
    }

    fn labels(&self) -> Result<(), Found> {
        let own = [
            ("label", "labels", &self.pod.labels),
            ("annotation", "annotations", &self.pod.annotations),
        ];
        for (kind, field, names) in own {
            for name in names.keys() {
                reserved(kind, name).map_err(|mistake| (format!("{field}.{name}"), mistake))?;
            }
        }
        for patch in &self.pod.patch.all {
            for (kind, field, _) in own {
                for (name, _) in patch["metadata"][field].as_object().into_iter().flatten() {
                    let path = || format!("pod.metadata.{field}.{name}");
                    reserved(kind, name).map_err(|mistake| (path(), mistake))?;
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
                return Err((format!("{list}[{index}]"), Mistake::NoName { list }));
            }
        }
        let own = pod
            .volumes
            .entries()
            .position(|volume| volume["name"] == PARAMETERS);
        if let Some(index) = own {
            let (kind, name) = ("volume", PARAMETERS.to_owned());
            return Err((format!("volumes[{index}].name"), Mistake::Reserved { kind, name }));
        }
        for (index, sidecar) in pod.sidecars.entries().enumerate() {
            if let Some(policy) = sidecar["restartPolicy"]
                .as_str()
                .filter(|policy| *policy != "Always")
            {
                let path = format!("sidecars[{index}].restartPolicy");
                return Err((path, Mistake::SidecarRestarts(policy.to_owned())));
            }
        }
        Ok(())
    }

    fn patches(&self) -> Result<(), Found> {
        let mut patches = self.container.patch.all.iter();
        if patches.any(|patch| patch.get("name").is_some()) {
            return Err(("container.name".to_owned(), Mistake::ContainerName));
        }
        for patch in &self.pod.patch.all {
            let metadata = patch["metadata"].as_object().into_iter().flatten();
            let mut foreign = metadata.filter(|(name, _)| !METADATA.contains(&name.as_str()));
            if let Some((name, _)) = foreign.next() {
                return Err((format!("pod.metadata.{name}"), Mistake::Metadata(name.clone())));
            }
            let policy = patch["spec"]["restartPolicy"].as_str();
            if let Some(policy) = policy.filter(|policy| !RESTARTS.contains(policy)) {
                let path = "pod.spec.restartPolicy".to_owned();
                return Err((path, Mistake::RestartPolicy(policy.to_owned())));
            }
        }
        let controller = &self.workload.controller;
        let kind = controller.kind.unwrap_or_default().name();
        match OF_WORKLOADS
            .iter()
            .find(|field| controller.spec.get(field).is_some())
        {
            Some(field) => Err((
                format!("workload.{kind}.{field}"),
                Mistake::OfWorkload((*field).to_owned()),
            )),
            None => Ok(()),
        }
    }
}

fn shared_memory(size: Option<&str>) -> Result<(), Found> {
    match size.filter(|size| !is_quantity(size)) {
        Some(size) => Err(("sharedMemory".to_owned(), Mistake::SharedMemory(size.to_owned()))),
        None => Ok(()),
    }
}

fn quantities(resources: &Resources) -> Result<(), Found> {
    for (list, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        if let Some((key, value)) = amounts.iter().find(|(_, value)| !is_quantity(value)) {
            let mistake = Mistake::Quantity {
                key: key.clone(),
                value: value.clone(),
            };
            return Err((format!("resources.{list}.{key}"), mistake));
        }
    }
    let (requests, limits) = (resources.requests.iter(), &resources.limits);
    let limited = requests.filter_map(|(key, amount)| Some((key, amount, limits.get(key)?)));
    match limited
        .into_iter()
        .find(|(_, amount, limit)| is_above(amount, limit))
    {
        Some((key, amount, limit)) => {
            let mistake = Mistake::AboveLimit {
                list: "resources.requests".to_owned(),
                key: key.clone(),
                amount: amount.clone(),
                limit: limit.clone(),
            };
            Err((format!("resources.requests.{key}"), mistake))
        }
        None => Ok(()),
    }
}

fn placeholders(word: &str) -> Result<(), Mistake> {
    for part in word.split('{').skip(1) {
        match part.split_once('}') {
            Some(("package" | "executable", _)) => {}
            Some((name, _)) => return Err(Mistake::UnknownPlaceholder(name.to_owned())),
            None => return Err(Mistake::UnknownPlaceholder(part.to_owned())),
        }
    }
    Ok(())
}

fn device(path: &str) -> Result<(), Mistake> {
    let below = path
        .strip_prefix("/dev/")
        .filter(|rest| !rest.trim_matches('/').is_empty());
    match below {
        Some(rest) if !rest.split('/').any(|part| part == "..") => Ok(()),
        _ => Err(Mistake::Device(path.to_owned())),
    }
}

fn reserved(kind: &'static str, name: &str) -> Result<(), Mistake> {
    if !name.starts_with(RESERVED) && name != LABEL_MANAGED_BY {
        return Ok(());
    }
    Err(Mistake::Reserved {
        kind,
        name: name.to_owned(),
    })
}
