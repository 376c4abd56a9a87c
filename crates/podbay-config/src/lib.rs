//! Settings: read once, at the start.
//!
//! ```text
//!   argv ──> cli ──┐
//!   environment ───┼──> Settings, used by everything else
//!   --config FILE ─┘
//! ```
//!
//! A flag overrides the environment, the environment overrides the file, the file overrides the default.

mod check;
pub mod cli;
pub mod file;
pub mod limits;
pub mod params_file;
pub mod ros_args;
mod takes;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use check::Overridden;
use cli::{ClusterKind, Common, Evaluate};
use file::File;

use podbay_text::diagnostic::{Code, Diagnostic, Place};
use podbay_text::near::nearest;
use podbay_text::yaml;

/// Default address of `/metrics` and the rest for `podbay serve`.
pub const DEFAULT_HTTP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9640);

/// Default time limit of ROS's own engine: a large tree of launch files needs one minute.
pub const DEFAULT_EVALUATE_TIMEOUT: Duration = Duration::from_secs(300);

/// The effective settings, from flags, environment, file and defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which kind of cluster runs the pods.
    pub cluster: ClusterKind,
    /// kubeconfig context; default: the current one.
    pub context: Option<String>,
    /// Namespace for requests that name none; default: the cluster's.
    pub namespace: Option<String>,
    /// Whether the user chose that namespace for this command, so that a command shows only that.
    pub namespace_given: bool,
    /// Namespaces that podbay watches and may change; empty means all, or only the default one.
    pub namespaces: Vec<String>,
    /// If `namespaces` is empty, whether only the default namespace is watched.
    pub only_own: bool,
    /// Profile file for launches that name none.
    pub profile: Option<ProfileFile>,
    /// What evaluates launch files; unset for podbay itself, and ROS's own engine for Python.
    pub evaluate: Option<Evaluate>,
    /// Time limit of ROS's own engine.
    pub evaluate_timeout: Duration,
    /// Whether and where HTTP is served.
    pub http: Http,
    /// Folders to search for ROS packages, before those of the environment.
    pub package_path: Vec<PathBuf>,
    /// Whether launch files of the local user may run commands with `$(command …)`.
    pub allow_command: bool,
    /// The rest of the configuration file.
    pub file: File,
}

/// A file with a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct ProfileFile {
    /// Its path.
    pub path: PathBuf,
    /// What names it: `--profile`, or a key of the configuration file.
    pub named_by: String,
    /// Where the configuration file names it.
    pub place: Place,
    /// A suggestion if the file does not exist; may be "".
    pub help: String,
}

/// The path in the configuration file.
#[derive(Deserialize)]
struct Written(#[serde(deserialize_with = "yaml::text")] String);

impl From<Written> for ProfileFile {
    fn from(Written(path): Written) -> Self {
        PathBuf::from(path).into()
    }
}

impl From<PathBuf> for ProfileFile {
    fn from(path: PathBuf) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }
}

/// Whether and where HTTP is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// The command's default: `DEFAULT_HTTP` for `serve`; off for others, so that several may run.
    Unsaid,
    /// Not at all.
    Off,
    /// At this address.
    On(SocketAddr),
}

impl FromStr for Http {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            text => text
                .parse()
                .map(Self::On)
                .map_err(|_| "use IP:PORT, such as 127.0.0.1:9640 (host names are not supported), or off"),
        }
    }
}

/// Why the settings are invalid. Retrying unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("{0}")]
    Invalid(Diagnostic),
    #[error("{0}")]
    CommandLine(Diagnostic),
    #[error(
        "namespace {namespace:?} is not in `namespaces` of the configuration ({}); choose one of them, or add it",
        .namespaces.join(", ")
    )]
    OutOfScope {
        namespace: String,
        namespaces: Vec<String>,
    },
}

impl Settings {
    /// For a command that works in one namespace, by default the context's: watches only that, so that a Role
    /// is sufficient.
    pub fn confined(&self) -> Self {
        let mut settings = self.only(self.namespace.as_ref());
        settings.only_own = true;
        settings
    }

    /// For commands that show namespaces: watches only the one that was chosen, if one was, which needs fewer
    /// permissions; otherwise those of the configuration.
    pub fn narrowed(&self) -> Self {
        let chosen = self.namespace.as_ref();
        let chosen = chosen.filter(|_| self.namespace_given || self.namespaces.is_empty());
        self.only(chosen)
    }

    fn only(&self, namespace: Option<&String>) -> Self {
        let mut settings = self.clone();
        if let Some(namespace) = namespace {
            settings.namespaces = vec![namespace.clone()];
        }
        settings
    }

    /// For commands that read no profile: these may be missing where the command runs.
    pub fn without_profiles(mut self) -> Self {
        self.profile = None;
        self.file.profiles.clear();
        self
    }

    /// Combines the common options of the command line, which already include the environment, with the
    /// configuration file.
    pub fn new(common: &Common) -> Result<Self, Error> {
        let overridden = Overridden {
            cluster: common.cluster,
            evaluate: common.evaluate,
            context: common.context.is_some(),
        };
        let path = common.config.as_deref();
        let file = path.map_or(Ok(File::default()), |path| File::read(path, overridden))?;
        if check::needs_images(common.cluster, common.evaluate) {
            let what = "--evaluate image contradicts --cluster embedded, which cannot run images";
            let help = "use --evaluate here and source ROS 2";
            return Err(Error::CommandLine(Code::Contradiction.says(what).help(help)));
        }
        let namespace = common.namespace.clone().or_else(|| file.namespace.clone());
        // What the file has was checked when it was read.
        let of_file = file.http.as_ref().and_then(|http| http.parse().ok());
        Ok(Self {
            cluster: common.cluster.or(file.cluster).unwrap_or(ClusterKind::Kube),
            context: common.context.clone().or_else(|| file.context.clone()),
            namespace: in_scope(namespace, &file.namespaces)?,
            namespace_given: common.namespace.is_some(),
            namespaces: file.namespaces.clone(),
            only_own: false,
            profile: common
                .profile
                .as_ref()
                .map(|given| profile_called(given, &file.profiles))
                .or_else(|| file.profile.clone()),
            evaluate: common.evaluate.or(file.evaluate),
            evaluate_timeout: common
                .evaluate_timeout
                .or(file.evaluate_timeout.map(NonZeroU32::get))
                .map_or(DEFAULT_EVALUATE_TIMEOUT, |seconds| {
                    Duration::from_secs(seconds.into())
                }),
            http: common.http.or(of_file).unwrap_or(Http::Unsaid),
            package_path: Vec::new(),
            allow_command: file.allow_command,
            file,
        })
    }
}

/// The environment of this process. Variables that are not Unicode are omitted: launch files cannot name them.
pub fn unicode_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The profile named `given`, or the file at `given`.
fn profile_called(given: &Path, named: &BTreeMap<String, ProfileFile>) -> ProfileFile {
    let name = given.to_str().unwrap_or_default();
    if let Some(named) = named.get(name) {
        return named.clone();
    }
    let near = nearest(name, named.keys().map(String::as_str));
    let names = named.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let help = match near {
        Some(near) => format!("did you mean `{near}`, a profile of the configuration file?"),
        None if named.is_empty() => String::new(),
        None => format!("give a file, or a name under `profiles`: {names}"),
    };
    ProfileFile {
        path: given.to_owned(),
        named_by: match std::env::var_os("PODBAY_PROFILE") {
            Some(variable) if variable == given.as_os_str() => "PODBAY_PROFILE".to_owned(),
            _ => "--profile".to_owned(),
        },
        place: Place::default(),
        help,
    }
}

/// `namespace`, or the first of podbay's namespaces.
fn in_scope(namespace: Option<String>, namespaces: &[String]) -> Result<Option<String>, Error> {
    match namespace {
        Some(namespace) if !namespaces.is_empty() && !namespaces.contains(&namespace) => {
            Err(Error::OutOfScope {
                namespace,
                namespaces: namespaces.to_vec(),
            })
        }
        None => Ok(namespaces.first().cloned()),
        some => Ok(some),
    }
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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("podbay.yaml");
        std::fs::write(
            &path,
            "cluster: embedded\nnamespace: robots\nhttp: \"off\"\nevaluate_timeout: 90\n",
        )
        .unwrap();
        let path = path.to_str().unwrap();

        let from_file = settings(&["--config", path]).unwrap();
        assert_eq!(from_file.cluster, ClusterKind::Embedded);
        assert_eq!(from_file.namespace.as_deref(), Some("robots"));
        assert_eq!(from_file.http, Http::Off);
        assert_eq!(from_file.evaluate_timeout, Duration::from_secs(90));

        let flags = [
            "--cluster",
            "kube",
            "--http",
            "127.0.0.1:1",
            "--evaluate-timeout",
            "7",
        ];
        let flagged = settings(&[&["--config", path], &flags[..]].concat()).unwrap();
        assert_eq!(flagged.evaluate_timeout, Duration::from_secs(7));
        assert_eq!(flagged.cluster, ClusterKind::Kube);
        assert_eq!(flagged.http, Http::On("127.0.0.1:1".parse().unwrap()));
    }

    #[test]
    fn the_command_line_decides_what_contradicts_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("podbay.yaml");
        std::fs::write(&path, "cluster: embedded\nevaluate: image\n").unwrap();
        let with = |flags: &[&str]| settings(&[&["--config", path.to_str().unwrap()], flags].concat());
        let wrong = |flags: &[&str]| with(flags).unwrap_err().to_string();
        assert!(wrong(&[]).contains("podbay.yaml:2:11: error[PB0706]: `evaluate: image` contradicts"));
        assert!(with(&["--cluster", "kube"]).is_ok());
        assert!(with(&["--evaluate", "here"]).is_ok());
        let flags = ["--evaluate", "image"];
        assert!(wrong(&flags).contains("podbay.yaml:1:10: error[PB0706]"));
        let flags = ["--cluster", "embedded", "--evaluate", "image"];
        assert!(matches!(settings(&flags), Err(Error::CommandLine(_))));
    }

    #[test]
    fn the_default_namespace_is_one_that_is_watched() {
        let scope = ["robots".to_owned(), "tools".to_owned()];
        let default =
            |namespace: Option<&str>, scope: &[String]| in_scope(namespace.map(str::to_owned), scope);
        assert_eq!(default(None, &scope).unwrap().as_deref(), Some("robots"));
        assert_eq!(default(Some("tools"), &scope).unwrap().as_deref(), Some("tools"));
        assert_eq!(default(Some("any"), &[]).unwrap().as_deref(), Some("any"));
        assert_eq!(default(None, &[]).unwrap(), None);
        let error = default(Some("any"), &scope).unwrap_err().to_string();
        assert!(
            error.contains("any") && error.contains("robots, tools"),
            "{error}"
        );
    }

    #[test]
    fn a_command_shows_the_namespace_that_was_given_or_all_of_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("podbay.yaml");
        let shown = |file: &str, flags: &[&str]| {
            std::fs::write(&path, file).unwrap();
            let config = ["--config", path.to_str().unwrap()];
            let settings = settings(&[&config, flags].concat()).unwrap();
            (settings.narrowed().namespaces, settings.confined().namespaces)
        };
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let two = "namespaces: [robots, lab]\n";
        assert_eq!(shown(two, &[]), (list(&["robots", "lab"]), list(&["robots"])));
        assert_eq!(shown(two, &["-n", "lab"]), (list(&["lab"]), list(&["lab"])));
        let both = "namespaces: [robots, lab]\nnamespace: lab\n";
        assert_eq!(shown(both, &[]), (list(&["robots", "lab"]), list(&["lab"])));
        assert_eq!(shown("namespace: lab\n", &[]), (list(&["lab"]), list(&["lab"])));
        assert_eq!(shown("{}\n", &[]), (list(&[]), list(&[])));
    }

    #[test]
    fn an_address_is_one_with_a_port_or_off() {
        assert_eq!("off".parse(), Ok(Http::Off));
        assert_eq!("[::1]:80".parse(), Ok(Http::On("[::1]:80".parse().unwrap())));
        for text in ["", "nowhere", "localhost:80", "127.0.0.1"] {
            let error = text.parse::<Http>().unwrap_err();
            assert!(error.contains("127.0.0.1:9640"), "{text}");
        }
    }
}
