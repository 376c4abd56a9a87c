//! The configuration file (`--config FILE`): YAML, every key optional, unknown keys refused.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;
use super::cli::{ClusterKind, Evaluate};
use crate::domain::limits::Limits;
use crate::files;
use crate::policy::Policy;

/// The file as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// `kube` or `embedded`.
    pub cluster: Option<ClusterKind>,
    /// kubeconfig context.
    pub context: Option<String>,
    /// Namespace for requests that name none.
    pub namespace: Option<String>,
    /// Namespaces podbay watches and may change; empty means all.
    pub namespaces: Vec<String>,
    /// Profile file for launches that name none.
    pub profile: Option<PathBuf>,
    /// Profile files by the name a request may use.
    pub profiles: BTreeMap<String, PathBuf>,
    /// Who evaluates launch files: `native`, `here` or `image`.
    pub evaluate: Option<Evaluate>,
    /// Seconds that ROS's own engine may take for a launch file.
    pub evaluate_timeout: Option<NonZeroU32>,
    /// Address of the HTTP server, or `off`.
    pub http: Option<String>,
    /// Whether launch files that are launched here may run commands, by `$(command …)`.
    pub allow_command: bool,
    /// What requests from the ROS graph may do.
    pub policy: Policy,
    /// How much requests from the ROS graph may ask.
    pub limits: Limits,
}

impl File {
    /// The file of the profile that is called `given`, or else `given` as a path.
    pub fn profile_called(&self, given: &Path) -> PathBuf {
        let named = given.to_str().and_then(|name| self.profiles.get(name));
        named.cloned().unwrap_or_else(|| given.to_owned())
    }

    /// Reads and checks the file at `path`; relative paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = files::text_or_pipe(path, files::WRITTEN).map_err(Error::Unreadable)?;
        let mut file: Self = serde_saphyr::from_str(&text).map_err(|error| Error::Invalid {
            path: path.to_owned(),
            message: error.without_snippet().to_string(),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let profiles = file.profile.iter_mut().chain(file.profiles.values_mut());
        for path in profiles.chain(&mut file.policy.allow_files) {
            *path = folder.join(&*path);
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_left_out_have_their_defaults() {
        let limits = |text: &str| serde_saphyr::from_str::<File>(text).map(|file| file.limits);
        let expected = Limits {
            pods: 7,
            ..Limits::default()
        };
        assert_eq!(limits("limits: {pods: 7}").unwrap(), expected);
        assert!(limits("limits: {pod: 7}").is_err());
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = std::env::temp_dir().join(format!("podbay-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("podbay.yaml");
        let text = "profile: a\nprofiles: {b: b}\npolicy: {allow_files: [c, /d]}\n";
        std::fs::write(&path, text).unwrap();
        let file = File::read(&path).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(file.profile, Some(folder.join("a")));
        assert_eq!(file.profiles["b"], folder.join("b"));
        assert_eq!(file.policy.allow_files, [folder.join("c"), "/d".into()]);
    }
}
