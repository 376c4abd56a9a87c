//! The evaluated description: what a launch file would start, after every substitution and condition.
//!
//! Its JSON form is what `podbay translate --emit description` prints.

pub mod argv;
pub mod bounds;
pub mod cancel;
pub mod duplicate;
pub mod printed;

use std::collections::BTreeMap;

use podbay_text::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A launch file, evaluated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    /// Processes in the order ROS would start them.
    pub processes: Vec<Process>,
    /// Components to load into containers.
    pub composable_nodes: Vec<ComposableNode>,
    /// Launch arguments that were declared.
    pub arguments: Vec<Argument>,
    /// What could not be carried over exactly, for a person to read.
    pub problems: Vec<Problem>,
    /// When the launch file ends the launch, if it does (`shutdown`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Shutdown>,
    /// What the launch file itself has to say (`log`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// The end of a launch that the launch file itself asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shutdown {
    /// Seconds after the start of the launch.
    pub delay: f64,
    /// Why, for a person; "" when not given.
    pub reason: String,
    /// File and line of the action, as `FILE:LINE`; "" when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
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
    /// What it is.
    pub kind: ProcessKind,
    /// ROS package of the executable; "" for an executable.
    pub package: String,
    /// Name of the executable in the package's `lib` folder; "" for an executable.
    pub executable: String,
    /// Node name as the launch file gives it, or what it calls an executable; "" when it gives none.
    pub name: String,
    /// What ROS calls the process of a node in its log (`exec_name`); "" for the executable's own name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub exec_name: String,
    /// Namespace, pushed namespaces included; "" when none is given.
    pub namespace: String,
    /// Arguments before `--ros-args`.
    pub arguments: Vec<String>,
    /// Further arguments after `--ros-args`.
    pub ros_arguments: Vec<String>,
    /// Parameter sources in the order they apply.
    pub parameters: Vec<ParameterSource>,
    /// Pairs (from, to) in the order they apply.
    pub remappings: Vec<(String, String)>,
    /// Environment the launch file sets.
    pub environment: BTreeMap<String, String>,
    /// Bring a lifecycle node to `active` once it is there: configure, then activate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autostart: bool,
    /// Start again when it ends.
    pub respawn: bool,
    /// Seconds to wait before it is started again.
    pub respawn_delay: f64,
    /// How often it is started again at most; unset for no limit.
    pub respawn_max_retries: Option<u32>,
    /// `screen`, `log`, `both`, `own_log`, `full`.
    pub output: String,
    /// Command that runs the process (`launch-prefix`); "" when none.
    pub prefix: String,
    /// The whole command line of an executable; empty for nodes.
    pub cmd: Vec<String>,
    /// Run `cmd` by a shell.
    pub shell: bool,
    /// Give it a terminal.
    pub emulate_tty: bool,
    /// What its end means for the launch: "" nothing, `shutdown` that the whole launch ends.
    pub on_exit: String,
    /// Seconds between SIGINT and SIGTERM when it is stopped; unset for ROS's default, 5.
    pub sigterm_timeout: Option<f64>,
    /// Seconds between SIGTERM and SIGKILL; unset for ROS's default, 5.
    pub sigkill_timeout: Option<f64>,
    /// Working directory; "" when none is given.
    pub cwd: String,
    /// Seconds after the start of the launch at which a timer starts it; 0 when at once.
    pub delay: f64,
    /// File and line of the action, as `FILE:LINE`; "" when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The `group`s it stands in, outermost first, as `FILE:LINE`; the second run of the same group, as of a file that
    /// is included twice, is `FILE:LINE#2`. What a timer starts is in the groups within the timer only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl Process {
    /// Fully qualified node name, if the launch file names the node. An executable may be none.
    pub fn node_name(&self) -> Option<String> {
        if self.kind == ProcessKind::Executable {
            return None;
        }
        full_name(&self.namespace, &self.name)
    }

    /// What it runs: the executable, or the first word of the command.
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

/// Where parameters of a node come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterSource {
    /// A YAML file.
    File {
        /// Its path.
        file: String,
        /// Its content, where it is a file of the machine that evaluated, with substitutions performed; unset for a
        /// file of a package.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// Values given in the launch file.
    Values {
        /// Values by dotted name, in the order of the file. What JSON has no number for is `{"float": ".inf"}`,
        /// `"-.inf"` or `".nan"`, see [`number`]; what the container runs a command for is
        /// `{"command": [WORD, …], "on_stderr": …}`, see [`Printed`](super::printed::Printed).
        values: serde_json::Map<String, Value>,
        /// True for `set_parameter`: given as `-p name:=value`, which counts as `/**`, so that what a file says for
        /// the node by name wins. Otherwise the values count for the node by name, if that is known.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all_nodes: bool,
    },
}

/// A number as JSON, also one that JSON has no number for.
pub fn number(value: f64) -> Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => serde_json::json!({ "float": ".nan" }),
        None if value > 0.0 => serde_json::json!({ "float": ".inf" }),
        None => serde_json::json!({ "float": "-.inf" }),
    }
}

/// The number that [`number`] wrote as text; unset for anything else.
pub fn unusual_number(value: &Value) -> Option<f64> {
    match value.as_object()?.get("float")?.as_str()? {
        ".nan" => Some(f64::NAN),
        ".inf" => Some(f64::INFINITY),
        "-.inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
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
    /// Node name; "" for the class's own.
    pub name: String,
    /// Namespace; "" when none is given.
    pub namespace: String,
    /// Parameters by dotted name.
    pub parameters: serde_json::Map<String, Value>,
    /// Pairs (from, to).
    pub remappings: Vec<(String, String)>,
    /// Bring it to `active` once it is loaded; for a component that is a lifecycle node.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autostart: bool,
    /// `extra_arguments` of `composition_interfaces/srv/LoadNode`.
    pub extra_arguments: serde_json::Map<String, Value>,
    /// Seconds after the start of the launch at which a timer loads it; 0 when at once.
    pub delay: f64,
    /// File and line of the action, as `FILE:LINE`; "" when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl ComposableNode {
    /// Fully qualified node name, if the launch file names the node.
    pub fn node_name(&self) -> Option<String> {
        full_name(&self.namespace, &self.name)
    }
}

/// A declared launch argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Argument {
    /// Name.
    pub name: String,
    /// Default, unset when the argument must be given.
    pub default: Option<String>,
    /// Description for a person.
    pub description: String,
    /// Allowed values; empty when any is allowed.
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
}
