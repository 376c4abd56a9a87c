//! What is wrong with a profile, beyond what its types say.

use serde_json::Value;

use super::Profile;
use super::container::Resources;
use super::quantity::is_quantity;
use crate::domain::names::LABEL_MANAGED_BY;

/// What the names of podbay's own labels and annotations begin with.
const RESERVED: &str = "podbay.dev/";

/// Fields of a workload's `spec` that podbay writes.
const OF_WORKLOADS: [&str; 4] = ["template", "selector", "replicas", "serviceName"];

/// Volume in which a process finds its parameters.
pub const PARAMETERS: &str = "params";

/// Restart policies of a pod.
const RESTARTS: [&str; 3] = ["Always", "OnFailure", "Never"];

/// Metadata that a pod's patch may have.
const METADATA: [&str; 2] = ["labels", "annotations"];

/// Why a profile cannot be used, and where. Reading it again unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[error("{mistake}")]
pub struct Error {
    /// Line of the file, from 1; 0 when unknown.
    pub line: u32,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong with a profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Mistake {
    #[error("{0}")]
    Yaml(String),
    #[error("`command` is empty; name a program, or leave the key out")]
    EmptyCommand,
    #[error("`command` holds {{{0}}}, which is nothing known; it may hold {{package}} and {{executable}}")]
    UnknownPlaceholder(String),
    #[error(
        "`resources` has {key}: {value}, which is no Kubernetes quantity; write it as 500m, 2, 1.5Gi or 512Mi"
    )]
    Quantity { key: String, value: String },
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
    #[error(transparent)]
    Network(#[from] super::network::Mistake),
}

impl Profile {
    /// The first mistake in this profile and its rules.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_own().map_err(|mistake| Error {
            line: self.line,
            mistake,
        })?;
        self.rules.iter().try_for_each(Self::check)
    }

    fn check_own(&self) -> Result<(), Mistake> {
        if self.container.command.as_ref().is_some_and(Vec::is_empty) {
            return Err(Mistake::EmptyCommand);
        }
        let words = self.container.command.iter().flatten();
        words.map(String::as_str).try_for_each(placeholders)?;
        quantities(&self.container.resources)?;
        shared_memory(self.grouping.shared_memory.as_deref())?;
        self.container.devices.iter().try_for_each(|path| device(path))?;
        self.names()?;
        self.containers()?;
        self.patches()?;
        Ok(self.network.check()?)
    }

    fn names(&self) -> Result<(), Mistake> {
        self.pod
            .labels
            .keys()
            .try_for_each(|name| reserved("label", name))?;
        self.pod
            .annotations
            .keys()
            .try_for_each(|name| reserved("annotation", name))?;
        for patch in &self.pod.patch.all {
            for (kind, field) in [("label", "labels"), ("annotation", "annotations")] {
                let names = patch["metadata"][field].as_object().into_iter().flatten();
                names
                    .map(|(name, _)| name)
                    .try_for_each(|name| reserved(kind, name))?;
            }
        }
        Ok(())
    }

    fn containers(&self) -> Result<(), Mistake> {
        let pod = &self.pod;
        let lists = [
            ("initContainers", pod.init_containers.value.as_array()),
            ("sidecars", pod.sidecars.value.as_array()),
            ("containers", pod.containers.value.as_array()),
            ("volumes", pod.volumes.value.as_array()),
        ];
        for (list, entries) in lists {
            let named = |entry: &Value| entry["name"].as_str().is_some_and(|name| !name.is_empty());
            if !entries.into_iter().flatten().all(named) {
                return Err(Mistake::NoName { list });
            }
        }
        if pod.volumes.entries().any(|volume| volume["name"] == PARAMETERS) {
            let (kind, name) = ("volume", PARAMETERS.to_owned());
            return Err(Mistake::Reserved { kind, name });
        }
        let restarts = pod
            .sidecars
            .entries()
            .filter_map(|sidecar| sidecar["restartPolicy"].as_str());
        match restarts.into_iter().find(|policy| *policy != "Always") {
            Some(policy) => Err(Mistake::SidecarRestarts(policy.to_owned())),
            None => Ok(()),
        }
    }

    fn patches(&self) -> Result<(), Mistake> {
        if self
            .container
            .patch
            .all
            .iter()
            .any(|patch| patch.get("name").is_some())
        {
            return Err(Mistake::ContainerName);
        }
        for patch in &self.pod.patch.all {
            let metadata = patch["metadata"].as_object().into_iter().flatten();
            let mut foreign = metadata.filter(|(name, _)| !METADATA.contains(&name.as_str()));
            if let Some((name, _)) = foreign.next() {
                return Err(Mistake::Metadata(name.clone()));
            }
            let policy = patch["spec"]["restartPolicy"].as_str();
            if let Some(policy) = policy.filter(|policy| !RESTARTS.contains(policy)) {
                return Err(Mistake::RestartPolicy(policy.to_owned()));
            }
        }
        let spec = &self.workload.controller.spec;
        match OF_WORKLOADS.iter().find(|field| spec.get(field).is_some()) {
            Some(field) => Err(Mistake::OfWorkload((*field).to_owned())),
            None => Ok(()),
        }
    }
}

fn shared_memory(size: Option<&str>) -> Result<(), Mistake> {
    match size.filter(|size| !is_quantity(size)) {
        Some(size) => Err(Mistake::SharedMemory(size.to_owned())),
        None => Ok(()),
    }
}

fn quantities(resources: &Resources) -> Result<(), Mistake> {
    let mut all = resources.requests.iter().chain(&resources.limits);
    match all.find(|(_, value)| !is_quantity(value)) {
        Some((key, value)) => Err(Mistake::Quantity {
            key: key.clone(),
            value: value.clone(),
        }),
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
