//! The command line. `--ros-args …` is removed before it is parsed here.

mod source;

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use super::Http;
use podbay_core::formats::is_label;
use podbay_core::launch_id::LaunchId;

/// Kubernetes pods as part of the ROS 2 graph.
///
/// ROS arguments are passed as for any ROS node: `--ros-args -r __ns:=/fleet … --`.
#[derive(Debug, Parser)]
#[command(name = "podbay", version, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// What runs the pods: a Kubernetes cluster, or local processes of this machine [default: kube]
    #[arg(long, global = true, env = "PODBAY_CLUSTER", value_enum)]
    pub cluster: Option<ClusterKind>,
    /// Kubernetes namespace to use [default: the first of `namespaces` in the configuration, or
    /// the context's]
    #[arg(long, short, global = true, env = "PODBAY_NAMESPACE", value_parser = label)]
    pub namespace: Option<String>,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, global = true, env = "PODBAY_CONTEXT")]
    pub context: Option<String>,
    /// Profile, which says how ROS processes become containers: a YAML file, or a name under `profiles` in the
    /// configuration
    #[arg(long, global = true, env = "PODBAY_PROFILE", value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// What evaluates launch files [default: native; for Python: here if ROS 2 is sourced, otherwise image]
    #[arg(long, global = true, env = "PODBAY_EVALUATE", value_enum)]
    pub evaluate: Option<Evaluate>,
    /// Timeout in seconds for evaluating a launch file with ROS's own engine [default: 300]
    #[arg(long, global = true, env = "PODBAY_EVALUATE_TIMEOUT", value_name = "SECONDS",
          value_parser = seconds)]
    pub evaluate_timeout: Option<u32>,
    /// Configuration file (YAML)
    #[arg(long, global = true, env = "PODBAY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address for /metrics, /livez, /readyz and the status page, or `off` [default for serve: 0.0.0.0:9640]
    #[arg(long, global = true, env = "PODBAY_HTTP", value_name = "ADDRESS")]
    pub http: Option<Http>,
}

/// The common options that matter only to commands that read a launch file or serve HTTP. The others accept
/// them, so that all commands can be called with the same options.
const OF_LAUNCH_FILES: [&str; 4] = ["profile", "evaluate", "evaluate_timeout", "http"];

/// What runs the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterKind {
    /// A Kubernetes cluster.
    Kube,
    /// Local processes of this machine, under the kubelet's rules.
    Embedded,
}

impl ClusterKind {
    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kube => "kube",
            Self::Embedded => "embedded",
        }
    }
}

/// What evaluates launch files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evaluate {
    /// podbay itself: XML and YAML only.
    Native,
    /// ROS's own engine, in a child process where ROS 2 is sourced.
    Here,
    /// ROS's own engine, in a short-lived pod of the profile's image.
    Image,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon
    Serve,
    /// Run a launch file as pods and follow its output; Ctrl-C stops everything
    Launch(Launch),
    /// Print the Kubernetes objects for a launch file
    Translate(Translate),
    /// Show pods, their nodes and their health
    Status(Status),
    /// Stop a launch and delete everything it created
    Stop(Stop),
    /// Run a small ROS node for trying podbay
    #[command(hide = true)]
    Demo(Demo),
}

/// A launch file and its arguments.
#[derive(Clone, Debug, Args)]
pub struct Source {
    /// The launch file, as a path or as PACKAGE FILE; then its arguments, each as NAME:=VALUE (`launch
    /// --show-args` lists them)
    #[arg(required = true, num_args = 1.., value_name = "FILE | PACKAGE FILE | NAME:=VALUE")]
    pub words: Vec<String>,
    /// Folder to search for ROS packages before those of AMENT_PREFIX_PATH; can be repeated
    #[arg(long, value_name = "PREFIX")]
    pub package_path: Vec<PathBuf>,
    /// Allow the launch file to run commands on this machine with $(command …)
    #[arg(long)]
    pub allow_command: bool,
}

/// `podbay launch`
#[derive(Clone, Debug, Args)]
pub struct Launch {
    /// What to launch.
    #[command(flatten)]
    pub source: Source,
    /// Id of the launch [default: derived from the file's name]
    #[arg(long)]
    pub id: Option<LaunchId>,
    /// Return once everything is created, and leave the launch running
    #[arg(long, short)]
    pub detach: bool,
    /// Show the arguments of the launch file, and start nothing
    #[arg(long, short, visible_alias = "show-arguments")]
    pub show_args: bool,
}

/// `podbay translate`
#[derive(Clone, Debug, Args)]
pub struct Translate {
    /// What to translate.
    #[command(flatten)]
    pub source: Source,
    /// What to print
    #[arg(long, value_enum, default_value = "manifests")]
    pub emit: Emit,
    /// Id of the launch [default: derived from the file's name]
    #[arg(long)]
    pub id: Option<LaunchId>,
}

/// What `podbay translate` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// Kubernetes objects as YAML, for `kubectl apply -f -`.
    Manifests,
    /// The evaluated description as JSON.
    Description,
    /// A picture of hosts, namespaces, pods, containers, nodes and components, as Graphviz DOT.
    Graph,
    /// The same picture as SVG.
    Svg,
}

/// `podbay status`
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Show only the pods of this launch
    #[arg(long, value_name = "ID")]
    pub launch: Option<String>,
    /// Keep running and show changes
    #[arg(long, short)]
    pub watch: bool,
}

/// `podbay stop`
#[derive(Clone, Debug, Args)]
pub struct Stop {
    /// Id of the launch, as shown by `podbay status`
    #[arg(value_name = "ID")]
    pub launch: String,
}

/// `podbay demo`
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The node to run
    #[arg(value_enum)]
    pub node: DemoNode,
}

/// The demo nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoNode {
    /// Publishes on `chatter`.
    Talker,
    /// Prints the messages on `chatter`.
    Listener,
}

fn seconds(text: &str) -> Result<u32, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or("it must be a positive integer, in seconds")
}

/// A name that becomes part of others.
fn label(text: &str) -> Result<String, &'static str> {
    match is_label(text) {
        true => Ok(text.to_owned()),
        false => {
            Err("use at most 63 lowercase letters, digits and '-', with a letter or a digit at both ends")
        }
    }
}

impl Cli {
    /// Parses the command line. Help that it asks for is an error, too. Their text has colours only if it is
    /// `coloured`.
    pub fn read(args: &[String], coloured: bool) -> Result<Self, clap::Error> {
        Self::parsed(args, coloured).map_err(|error| blamed(error, args))
    }

    /// The definition. The help of `status` and `stop` omits what has no effect there.
    fn described() -> clap::Command {
        let command = Self::command();
        let common = command.get_arguments();
        let idle = common.filter(|arg| OF_LAUNCH_FILES.contains(&arg.get_id().as_str()));
        let idle: Vec<_> = idle.map(|arg| arg.clone().hide(true)).collect();
        let hidden = |command: clap::Command| command.args(&idle);
        command
            .mut_subcommand("status", hidden)
            .mut_subcommand("stop", hidden)
    }

    /// An empty environment variable counts as unset.
    fn parsed(args: &[String], coloured: bool) -> Result<Self, clap::Error> {
        let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
        let mut command = Self::described();
        if !coloured {
            // clap does not know CLICOLOR_FORCE=0
            command = command.color(ColorChoice::Never);
        }
        let command = command.mut_args(|arg| match arg.get_env().is_some_and(is_empty) {
            true => arg.env(None::<&str>),
            false => arg,
        });
        Self::from_arg_matches(&command.try_get_matches_from(args)?)
    }
}

/// Names the environment variable in an error, if the option was not on the command line; never suggests a
/// hidden command.
fn blamed(mut error: clap::Error, args: &[String]) -> clap::Error {
    let all = Cli::described();
    let hidden = |name: &String| all.find_subcommand(name).is_some_and(clap::Command::is_hide_set);
    if let Some(ContextValue::Strings(similar)) = error.get(ContextKind::SuggestedSubcommand)
        && similar.iter().any(hidden)
    {
        let shown: Vec<_> = similar.iter().filter(|name| !hidden(name)).cloned().collect();
        error.remove(ContextKind::SuggestedSubcommand);
        if !shown.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(shown));
        }
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let name = option.split(' ').next().unwrap_or_default().to_owned();
    let is_short = |arg: &String| name == "--namespace" && arg.starts_with("-n");
    let is_typed = args
        .iter()
        .any(|arg| *arg == name || arg.starts_with(&format!("{name}=")) || is_short(arg));
    let variable = name.trim_start_matches('-').to_uppercase().replace('-', "_");
    let variable = format!("PODBAY_{variable}");
    if !is_typed && std::env::var_os(&variable).is_some() {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

impl Command {
    /// Folders to search for ROS packages, if the command has any.
    pub fn package_path(&self) -> &[PathBuf] {
        match self {
            Self::Launch(Launch { source, .. }) | Self::Translate(Translate { source, .. }) => {
                &source.package_path
            }
            _ => &[],
        }
    }

    /// Whether the launch file of this command may run commands.
    pub fn allow_command(&self) -> bool {
        match self {
            Self::Launch(Launch { source, .. }) | Self::Translate(Translate { source, .. }) => {
                source.allow_command
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::described().debug_assert();
    }

    #[test]
    fn a_hidden_command_is_not_suggested() {
        let said = |word: &str| {
            let line = ["podbay", word].map(str::to_owned);
            blamed(Cli::parsed(&line, false).unwrap_err(), &line).to_string()
        };
        assert!(!said("daemon").contains("demo"), "{}", said("daemon"));
        assert!(said("statis").contains("'status'"), "{}", said("statis"));
    }

    #[test]
    fn every_command_takes_all_common_options_and_shows_those_with_an_effect() {
        for (command, words) in [("launch", &["a.xml"][..]), ("status", &[]), ("stop", &["demo"])] {
            let shown = Cli::described().try_get_matches_from(["podbay", command, "--help"]);
            let help = shown.unwrap_err().to_string();
            assert!(help.contains("--namespace"), "{help}");
            for (option, value) in [
                ("--profile", "p.yaml"),
                ("--evaluate", "native"),
                ("--evaluate-timeout", "7"),
                ("--http", "off"),
            ] {
                assert_eq!(help.contains(option), command == "launch", "{option}: {help}");
                for line in [
                    [&[option, value, command], words].concat(),
                    [&[command, option, value], words].concat(),
                ] {
                    let line: Vec<_> = ["podbay"]
                        .iter()
                        .chain(&line)
                        .map(|&word| word.to_owned())
                        .collect();
                    let common = Cli::parsed(&line, false).unwrap().common;
                    let given = [
                        common.profile.is_some(),
                        common.evaluate.is_some(),
                        common.evaluate_timeout.is_some(),
                        common.http.is_some(),
                    ];
                    assert_eq!(given.iter().filter(|&&given| given).count(), 1, "{line:?}");
                }
            }
        }
    }
}
