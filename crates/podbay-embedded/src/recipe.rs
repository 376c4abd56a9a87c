//! From a container's spec to what its shim is told: program, environment, volumes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use k8s_openapi::api::core::v1 as k8s;

use super::data::{self, Data, Kind, Lookup};
use super::shim::{Mount, Spec};
use super::store::Store;
use super::{env as vars, volumes};
use podbay_core::object::ObjectRef;

/// What a container's spec is read with.
pub(super) struct Recipe<'a> {
    pub(super) pod: &'a k8s::Pod,
    /// Directory of the pod.
    pub(super) directory: &'a Path,
    /// Directory of podbay's own program.
    pub(super) programs: &'a Path,
    pub(super) store: &'a Store,
}

/// Why a container was not started.
#[derive(Debug)]
pub(super) enum NotStarted {
    /// Something it needs is not there; it may come yet. `reason` is for `state.waiting`.
    Yet { reason: &'static str, message: String },
    /// Its program cannot be run.
    Program(String),
}

impl NotStarted {
    /// The machine's fault, not the pod's.
    pub(super) fn machine(error: &impl fmt::Display) -> Self {
        let message = error.to_string();
        Self::Yet {
            reason: "CreateContainerError",
            message,
        }
    }
}

impl Recipe<'_> {
    /// What to tell the shim of `container`. Its volumes are there afterwards.
    pub(super) fn spec(&self, container: &k8s::Container) -> Result<Spec, NotStarted> {
        let namespace = self.pod.metadata.namespace.as_deref().unwrap_or_default();
        let find = |kind: Kind, name: &str| self.find(kind, namespace, name);
        let lookup = Lookup {
            namespace,
            find: &find,
        };
        let mounts = self.volumes(container, lookup)?;
        let defined = vars::environment(self.pod, container, lookup).map_err(|message| NotStarted::Yet {
            reason: "CreateContainerConfigError",
            message,
        })?;
        let words = container.command.iter().chain(&container.args).flatten();
        let cwd = container.working_dir.as_ref().filter(|cwd| !cwd.is_empty());
        Ok(Spec {
            argv: words.map(|word| vars::expand(word, &defined)).collect(),
            env: self.whole_environment(defined),
            cwd: cwd.map(PathBuf::from),
            mounts,
            scratch: self.scratch(),
            join: None,
        })
    }

    fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<Data> {
        let what = ObjectRef {
            api_version: "v1".to_owned(),
            kind: kind.as_str().to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        self.store.get(&what).ok().map(|object| data::of(&object.0))
    }

    fn scratch(&self) -> PathBuf {
        self.directory.join("root")
    }

    /// Makes the pod's volumes, and says where the container sees them.
    fn volumes(&self, container: &k8s::Container, lookup: Lookup<'_>) -> Result<Vec<Mount>, NotStarted> {
        let root = self.directory.join("volumes");
        volumes::make(self.pod, &root, lookup).map_err(|error| NotStarted::Yet {
            reason: "ContainerCreating",
            message: error.to_string(),
        })?;
        let mounts = volumes::mounts(self.pod, container, &root);
        self.make_directories(&mounts, &root)
            .map_err(|error| NotStarted::machine(&error))?;
        Ok(mounts)
    }

    /// Parts of volumes that are not there yet, and the shim's scratch directory.
    fn make_directories(&self, mounts: &[Mount], root: &Path) -> io::Result<()> {
        let sources = mounts.iter().map(|mount| &mount.source);
        let missing = sources.filter(|source| source.starts_with(root) && !source.exists());
        missing.chain([&self.scratch()]).try_for_each(fs::create_dir_all)
    }

    /// The machine stands in for the image: what podbay finds in its environment, the container finds too.
    /// podbay itself can be run by name.
    fn whole_environment(&self, defined: Vec<(String, String)>) -> Vec<(String, String)> {
        let inherited = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut all: BTreeMap<String, String> = inherited.chain(defined).collect();
        let path = all.entry("PATH".to_owned()).or_default();
        let own = self.programs.to_string_lossy();
        *path = if path.is_empty() {
            own.into_owned()
        } else {
            format!("{path}:{own}")
        };
        all.into_iter().collect()
    }
}
