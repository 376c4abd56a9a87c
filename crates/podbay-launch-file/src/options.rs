//! What to evaluate, and what the evaluation may use.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use super::commands::RunCommand;
use super::place::shown;
use podbay_description::limits::LaunchLimits;
use podbay_text::diagnostic::{Code, Diagnostic};

/// A launch file to evaluate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file on this machine.
    File(PathBuf),
    /// A file anywhere in the share folder of a package, as `ros2 launch PACKAGE FILE` finds it.
    Package {
        /// The package.
        package: String,
        /// Name of the file.
        file: String,
    },
    /// The text itself.
    Text {
        /// Name to use in messages.
        name: String,
        /// The description.
        text: String,
        /// Its format; detected if unset.
        format: Option<Format>,
    },
}

/// The format of a launch file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Xml,
    Yaml,
    Python,
}

/// What an evaluation may use.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Launch arguments, `name:=value`.
    pub arguments: Vec<(String, String)>,
    /// Environment that `$(env …)` sees.
    pub environment: BTreeMap<String, String>,
    /// Prefixes to search for packages, first match wins: `AMENT_PREFIX_PATH`.
    pub package_prefixes: Vec<PathBuf>,
    /// Folders from which files may be read; any if unset.
    pub readable: Option<Vec<PathBuf>>,
    /// Runs the commands of `$(command …)`; not allowed if unset.
    pub commands: Option<RunCommand>,
    /// ROS release to follow (`ROS_DISTRO`); "" for the features of all releases.
    pub ros_distro: String,
    /// Limits of the launch.
    pub limits: LaunchLimits,
    /// Makes the names of `$(anon …)` unique to the launch.
    pub seed: u64,
}

/// A word that names no [`Format`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {0:?}; use xml, yaml or python")]
pub struct UnknownFormat(String);

impl Source {
    /// The text of a description, in `format` if that is set.
    pub fn text(text: impl Into<String>, format: Option<Format>) -> Self {
        Self::Text {
            name: "description".to_owned(),
            text: text.into(),
            format,
        }
    }

    /// Its name, for a person.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Package { package, file } => format!("{package} {file}"),
            Self::Text { name, .. } => name.clone(),
        }
    }
}

impl Format {
    /// The format that ROS uses for this file name.
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "xml" => Some(Self::Xml),
            "yaml" | "yml" => Some(Self::Yaml),
            "py" => Some(Self::Python),
            _ => None,
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// By the word that requests use.
    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        match word {
            "xml" => Ok(Self::Xml),
            "yaml" => Ok(Self::Yaml),
            "python" => Ok(Self::Python),
            _ => Err(UnknownFormat(word.to_owned())),
        }
    }
}

impl Options {
    /// Options with this environment, and the packages and the release it names.
    pub fn of_environment(environment: BTreeMap<String, String>) -> Self {
        let lookup = |name: &str| environment.get(name).cloned().unwrap_or_default();
        Self {
            package_prefixes: lookup("AMENT_PREFIX_PATH")
                .split(':')
                .filter(|prefix| !prefix.is_empty())
                .map(PathBuf::from)
                .collect(),
            ros_distro: lookup("ROS_DISTRO"),
            environment,
            ..Self::default()
        }
    }

    /// Restrictions for launch files from untrusted callers: they may read only shared files of packages and
    /// files in `folders`, see only ROS's variables of the environment, and run no commands.
    pub fn confined(mut self, folders: &[PathBuf]) -> Self {
        let shares = self.package_prefixes.iter().map(|prefix| prefix.join("share"));
        self.readable = Some(shares.chain(folders.iter().cloned()).collect());
        self.environment
            .retain(|name, _| name.starts_with("ROS_") || name.starts_with("RMW_"));
        self.commands = None;
        self
    }

    /// Whether the file at `path` may be read. Symbolic links inside a folder are followed: their creator
    /// owns the folder.
    pub fn may_read(&self, path: &Path) -> bool {
        let plain = !path.components().any(|part| part == Component::ParentDir);
        self.readable
            .as_ref()
            .is_none_or(|folders| plain && folders.iter().any(|folder| path.starts_with(folder)))
    }

    /// Adds launch arguments in the form `name:=value`.
    ///
    /// The error is about the first argument of another form.
    pub fn with_arguments<S: AsRef<str>>(mut self, typed: &[S]) -> Result<Self, Diagnostic> {
        for argument in typed {
            self.arguments.push(parse_argument(argument.as_ref())?);
        }
        Ok(self)
    }
}

fn parse_argument(typed: &str) -> Result<(String, String), Diagnostic> {
    match typed.split_once(":=") {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Code::MalformedArgument
            .says(format!("malformed launch argument '{}'", shown(typed)))
            .help("write it as name:=value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ros_callers_read_only_packages_and_allowed_folders() {
        let options = Options {
            package_prefixes: vec!["/opt/ros/jazzy".into()],
            environment: [("ROS_DISTRO", "jazzy"), ("TOKEN", "secret")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            commands: Some(|_| Err("never asked".to_owned())),
            ..Options::default()
        };
        assert!(options.may_read(Path::new("/etc/passwd")));
        let options = options.confined(&["/launch".into()]);
        for (path, allowed) in [
            ("/opt/ros/jazzy/share/p/a.launch.xml", true),
            ("/opt/ros/jazzy/etc/passwd", false),
            ("/launch/a.launch.xml", true),
            ("/launcher/a.launch.xml", false),
            ("/launch/../etc/passwd", false),
            ("a.launch.xml", false),
        ] {
            assert_eq!(options.may_read(Path::new(path)), allowed, "{path}");
        }
        assert!(options.environment.contains_key("ROS_DISTRO") && !options.environment.contains_key("TOKEN"));
        assert!(options.commands.is_none());
    }
}
