//! Converts a container's spec to the input of its shim: program, environment, volumes.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use k8s_openapi::api::core::v1 as k8s;

use super::data::Lookup;
use super::env::{Vars, environment, expand};
use super::object::text;
use super::shim::{Mount, Spec};
use super::site::Site;
use super::volumes;

/// Why a container was not started.
#[derive(Debug)]
pub(super) enum NotStarted {
    /// Something that it needs is missing, but may appear. `reason` is for `state.waiting`.
    Yet { reason: &'static str, message: String },
    /// Its program cannot be run.
    Program(String),
}

impl NotStarted {
    fn yet(reason: &'static str, why: &impl fmt::Display) -> Self {
        let message = why.to_string();
        Self::Yet { reason, message }
    }

    /// An error of the machine, not of the pod.
    pub(super) fn machine(error: &impl fmt::Display) -> Self {
        Self::yet("CreateContainerError", error)
    }
}

impl Site {
    /// The shim's input for `container`. Creates its volumes.
    pub(super) fn spec(&self, container: &k8s::Container) -> Result<Spec, NotStarted> {
        let lookup = Lookup {
            store: &self.machine.store,
            namespace: text(&self.pod.metadata.namespace),
        };
        let root = self.directory.join("volumes");
        let volumes = volumes::make(&self.pod, &root, lookup);
        volumes.map_err(|error| NotStarted::yet("ContainerCreating", &error))?;
        let mounts = volumes::mounts(&self.pod, container, &root);
        let scratch = self.directory.join("root");
        let made = make_directories(&mounts, &root, &scratch);
        made.map_err(|error| NotStarted::machine(&error))?;
        let defined = environment(&self.pod, container, lookup);
        let defined = defined.map_err(|why| NotStarted::yet("CreateContainerConfigError", &why))?;
        let words = container.command.iter().chain(&container.args).flatten();
        Ok(Spec {
            argv: words.map(|word| expand(word, &defined)).collect(),
            env: self.whole(defined),
            cwd: Some(PathBuf::from(text(&container.working_dir))).filter(|cwd| *cwd != Path::new("")),
            mounts,
            scratch,
            join: None,
        })
    }

    /// The environment of the container: as there is no image, that of podbay and the defined variables.
    /// podbay itself can be run by name.
    fn whole(&self, defined: Vars) -> Vars {
        let own = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut all: Vars = own.chain(defined).collect();
        let path = all.entry("PATH".to_owned()).or_default();
        if !path.is_empty() {
            path.push(':');
        }
        path.push_str(&self.machine.programs.to_string_lossy());
        all
    }
}

/// Creates missing parts of volumes, and the shim's scratch directory.
fn make_directories(mounts: &[Mount], root: &Path, scratch: &PathBuf) -> io::Result<()> {
    let sources = mounts.iter().map(|mount| &mount.source);
    let missing = sources.filter(|source| source.starts_with(root) && !source.exists());
    missing.chain([scratch]).try_for_each(fs::create_dir_all)
}
