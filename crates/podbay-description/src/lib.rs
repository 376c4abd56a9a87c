//! The evaluated description: everything a launch file would start, after all substitutions and conditions.
//!
//! Its JSON form is what `podbay translate --emit description` prints.

pub mod argv;
pub mod cancel;
pub mod duplicate;
mod group;
pub mod limits;
pub mod printed;
pub mod process;
pub mod python;
pub mod scalar;
pub mod symbolic;
mod value;

use std::collections::BTreeMap;

use podbay_text::diagnostic::{Diagnostic, Place, source};
use process::{OnExit, Output, Prefix, Restart};
use serde::{Deserialize, Serialize};

pub use group::Group;
pub use value::{ParameterValue, Values};

/// A launch file, evaluated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    /// Processes, in the order in which ROS would start them.
    pub processes: Vec<Process>,
    /// Components to load into containers.
    pub composable_nodes: Vec<ComposableNode>,
    /// Declared launch arguments.
    pub arguments: Vec<Argument>,
    /// Differences to what ROS would do, for a person.
    pub problems: Vec<Diagnostic>,
    /// When the launch file ends the launch (`shutdown`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Shutdown>,
    /// Messages of the launch file (`log`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// The end of a launch, requested by the launch file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shutdown {
    /// Seconds after the start of the launch.
    pub delay: f64,
    /// Reason, for a person; "" if not given.
    pub reason: String,
    /// Place of the action; in JSON `FILE:LINE`.
    #[serde(with = "source", skip_serializing_if = "Place::is_unknown")]
    pub source: Place,
}

/// What kind of process an action of a launch file starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ProcessKind {
    #[default]
    Node,
    LifecycleNode,
    Container,
    Executable,
}

/// One process that ROS would start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Kind of the process.
    pub kind: ProcessKind,
    /// ROS package of the executable; "" for an `executable`.
    pub package: String,
    /// Name of the executable in the package's `lib` folder; "" for an `executable`.
    pub executable: String,
    /// Name of the node or `executable` in the launch file; "" if not given.
    pub name: String,
    /// Name of a node's process in ROS's log (`exec_name`); "" for the name of the executable.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub exec_name: String,
    /// Namespace, including pushed namespaces; "" if not given.
    pub namespace: String,
    /// Arguments before `--ros-args`.
    pub arguments: Vec<String>,
    /// Further arguments after `--ros-args`.
    pub ros_arguments: Vec<String>,
    /// Parameter sources in the order they apply.
    pub parameters: Vec<ParameterSource>,
    /// Pairs (from, to) in the order they apply.
    pub remappings: Vec<(String, String)>,
    /// Environment set by the launch file.
    pub environment: BTreeMap<String, String>,
    /// Bring a lifecycle node to `active`: configure, then activate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autostart: bool,
    /// Whether it is restarted when it ends.
    #[serde(flatten)]
    pub restart: Restart,
    /// Where its output goes.
    pub output: Output,
    /// Command that runs the process (`launch-prefix`).
    pub prefix: Prefix,
    /// The whole command line of an executable; empty for nodes.
    pub cmd: Vec<String>,
    /// Run `cmd` in a shell.
    pub shell: bool,
    /// Run the process in a terminal.
    pub emulate_tty: bool,
    /// Effect of its end on the launch.
    pub on_exit: OnExit,
    /// Seconds between SIGINT and SIGTERM; unset for ROS's default, 5.
    pub sigterm_timeout: Option<f64>,
    /// Seconds between SIGTERM and SIGKILL; unset for ROS's default, 5.
    pub sigkill_timeout: Option<f64>,
    /// Working directory; "" if not given.
    pub cwd: String,
    /// Seconds after the start of the launch at which a timer starts it; 0 for at once.
    pub delay: f64,
    /// Place of the action; in JSON `FILE:LINE`.
    #[serde(with = "source", skip_serializing_if = "Place::is_unknown")]
    pub source: Place,
    /// The surrounding `group`s, outermost first. A process started by a timer is only in the groups within the
    /// timer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

impl Process {
    /// Fully qualified node name, if the launch file names the node. `None` for an `executable` that is not a
    /// node.
    pub fn node_name(&self) -> Option<String> {
        if self.kind == ProcessKind::Executable {
            return None;
        }
        full_name(&self.namespace, &self.name)
    }

    /// The executable, or the first word of the command.
    pub fn program(&self) -> &str {
        match self.cmd.first() {
            Some(first) if self.executable.is_empty() => first,
            _ => &self.executable,
        }
    }
}

fn full_name(namespace: &str, name: &str) -> Option<String> {
    match (namespace.trim_matches('/'), name) {
        (_, "") => None,
        ("", name) => Some(format!("/{name}")),
        (namespace, name) => Some(format!("/{namespace}/{name}")),
    }
}

/// Source of a node's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterSource {
    /// A YAML file.
    File {
        /// Its path.
        file: String,
        /// Its content after substitution, for a file of the machine that evaluated; unset for a file of a
        /// package.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// Values given in the launch file.
    Values {
        /// Values by dotted name, in file order.
        values: Values,
        /// True for `set_parameter`: passed as `-p name:=value`, which applies to `/**`, so that a file
        /// overrides it for the node by name. Otherwise the values apply to the node by name, if known.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all_nodes: bool,
    },
}

/// A component to load into a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComposableNode {
    /// Fully qualified name of the container node.
    pub container: String,
    /// ROS package of the plugin.
    pub package: String,
    /// Class of the plugin.
    pub plugin: String,
    /// Node name; "" for the default name of the class.
    pub name: String,
    /// Namespace; "" if not given.
    pub namespace: String,
    /// Parameters by dotted name.
    pub parameters: Values,
    /// Pairs (from, to).
    pub remappings: Vec<(String, String)>,
    /// Bring it to `active` once it is loaded, for a component that is a lifecycle node.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autostart: bool,
    /// `extra_arguments` of `composition_interfaces/srv/LoadNode`.
    pub extra_arguments: Values,
    /// Seconds after the start of the launch at which a timer loads it; 0 for at once.
    pub delay: f64,
    /// Place of the action; in JSON `FILE:LINE`.
    #[serde(with = "source", skip_serializing_if = "Place::is_unknown")]
    pub source: Place,
}

impl ComposableNode {
    /// Fully qualified node name, if the launch file names the node.
    pub(crate) fn node_name(&self) -> Option<String> {
        full_name(&self.namespace, &self.name)
    }
}

/// A declared launch argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Argument {
    /// Name.
    pub name: String,
    /// Default; unset if the argument is required.
    pub default: Option<String>,
    /// Description for a person.
    pub description: String,
    /// Allowed values; empty if any is allowed.
    pub choices: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_ros_s_engine_keep_every_digit() {
        let text = r#"{"processes": [{"parameters": [{"values": {"size": 1.9870534465281258}}]}]}"#;
        let description: Description = serde_json::from_str(text).unwrap();
        let json = serde_json::to_string(&description).unwrap();
        assert!(json.contains(r#""size":1.9870534465281258"#), "{json}");
    }

    #[test]
    fn places_have_file_and_line_in_json() {
        let place = Place {
            column: 7,
            ..Place::file("/l/x:y.launch.xml").at_line(3)
        };
        let process = Process {
            source: place.clone(),
            ..Process::default()
        };
        let json = serde_json::json!(process);
        assert_eq!(json["source"], "/l/x:y.launch.xml:3");
        let read: Process = serde_json::from_value(json).unwrap();
        assert_eq!(read.source, Place { column: 0, ..place });
    }

    #[test]
    fn json_contains_defaults() {
        let fields =
            |value: serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let description = ["processes", "composable_nodes", "arguments", "problems"];
        assert_eq!(fields(serde_json::json!(Description::default())), description);
        let process = "kind package executable name namespace arguments ros_arguments parameters remappings \
                       environment respawn respawn_delay respawn_max_retries output prefix cmd shell emulate_tty \
                       on_exit sigterm_timeout sigkill_timeout cwd delay";
        let process: Vec<_> = process.split_whitespace().collect();
        assert_eq!(fields(serde_json::json!(Process::default())), process);
        let component = "container package plugin name namespace parameters remappings extra_arguments delay";
        let component: Vec<_> = component.split_whitespace().collect();
        assert_eq!(fields(serde_json::json!(ComposableNode::default())), component);
        let argument = ["name", "default", "description", "choices"];
        assert_eq!(fields(serde_json::json!(Argument::default())), argument);
    }
}
