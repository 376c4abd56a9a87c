//! What the user typed, and what it means: read once, at the start.
//!
//! ```text
//!   argv ──> cli ──┐
//!   environment ───┼──> Settings, used by everything else
//!   --config FILE ─┘
//! ```
//!
//! A flag beats the environment, the environment beats the file, the file beats the default.

pub mod cli;
pub mod file;
pub mod params_file;
pub mod profile;
pub mod ros_args;

use std::net::SocketAddr;
use std::path::PathBuf;

use cli::{ClusterKind, Common};
use file::File;

/// Where `/metrics` and the rest are served when nothing else is said.
const DEFAULT_HTTP: &str = "0.0.0.0:9640";

/// What podbay was told, after flag, environment, file and default were weighed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which kind of cluster runs the pods.
    pub cluster: ClusterKind,
    /// kubeconfig context; the current one when unset.
    pub context: Option<String>,
    /// Namespace for requests that name none; the cluster's default when unset.
    pub namespace: Option<String>,
    /// Namespaces podbay watches and may change; empty means all.
    pub namespaces: Vec<String>,
    /// Profile file for launches that name none.
    pub profile: Option<PathBuf>,
    /// Address of the HTTP server; `None` switches it off.
    pub http: Option<SocketAddr>,
    /// The rest of the configuration file.
    pub file: File,
}

/// Why the settings make no sense. Nothing here can be tried again unchanged.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("cannot read the configuration file {path}: {source}", path = .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the configuration file {path} is not valid: {message}", path = .path.display())]
    Invalid { path: PathBuf, message: String },
    #[error("the HTTP address {value:?} is not an address; write it as 127.0.0.1:9640, or off")]
    Http { value: String },
}

impl Settings {
    /// Weighs the common options of the command line (which hold the environment's already) against the
    /// configuration file.
    pub fn new(common: &Common) -> Result<Self, Error> {
        let file = common
            .config
            .as_deref()
            .map(File::read)
            .transpose()?
            .unwrap_or_default();
        let http = common.http.as_ref().or(file.http.as_ref());
        Ok(Self {
            cluster: common.cluster.or(file.cluster).unwrap_or(ClusterKind::Kube),
            context: common.context.clone().or_else(|| file.context.clone()),
            namespace: common.namespace.clone().or_else(|| file.namespace.clone()),
            namespaces: file.namespaces.clone(),
            profile: common.profile.clone().or_else(|| file.profile.clone()),
            http: parse_http(http.map_or(DEFAULT_HTTP, String::as_str))?,
            file,
        })
    }
}

fn parse_http(value: &str) -> Result<Option<SocketAddr>, Error> {
    if value == "off" {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|_| Error::Http {
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn settings(arguments: &[&str]) -> Result<Settings, Error> {
        let argv = ["podbay", "serve"].iter().chain(arguments);
        Settings::new(&cli::Cli::try_parse_from(argv).unwrap().common)
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_the_default() {
        let folder = std::env::temp_dir().join(format!("podbay-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("podbay.yaml");
        std::fs::write(&path, "cluster: embedded\nnamespace: robots\nhttp: \"off\"\n").unwrap();
        let path = path.to_str().unwrap();

        let from_file = settings(&["--config", path]).unwrap();
        assert_eq!(from_file.cluster, ClusterKind::Embedded);
        assert_eq!(from_file.namespace.as_deref(), Some("robots"));
        assert_eq!(from_file.http, None);

        let flagged = settings(&["--config", path, "--cluster", "kube", "--http", "127.0.0.1:1"]).unwrap();
        assert_eq!(flagged.cluster, ClusterKind::Kube);
        assert_eq!(flagged.http, Some("127.0.0.1:1".parse().unwrap()));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        let error = settings(&["--http", "nowhere"]).unwrap_err().to_string();
        assert!(
            error.contains("\"nowhere\"") && error.contains("127.0.0.1:9640"),
            "{error}"
        );
    }
}
