//! Parameters of a node: files for a ConfigMap, and the arguments that name them.
//!
//! As in ROS's own launch, each source of parameters is a file of its own and their order is kept. Values count
//! for `/namespace/name` when the launch file gives both and for `/**` otherwise; what `set_parameter` sets is
//! given as `-p name:=value`. What a command prints has a file of its own, which `run.sh` completes.
//!
//! No argument is longer than Linux takes, and no ConfigMap is larger than `kubectl apply` takes, unless it holds one
//! value that is: long arguments become files, and files that are too much for one ConfigMap are put into several.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{applied, command, problem, title, yaml};
use podbay_core::object::Object;
use podbay_description::printed::Printed;
use podbay_description::{ParameterSource, Process, unusual_number};
use podbay_launch_file as launch;
use podbay_text::problem::Problem;

/// Where the ConfigMap is mounted; further ones beside it, [`numbered`].
pub(super) const FOLDER: &str = "/etc/podbay/params";

/// What the name of the ConfigMap adds to that of the pod; those of further ones are [`numbered`].
const SUFFIX: &str = "-params";

/// Bytes of files in one ConfigMap, and of values in one file. What else is in a ConfigMap has room beside them.
const ROOM: usize = applied::LARGEST - 8 * 1024;

/// Longest value that is given as an argument. Linux takes 128 KiB.
const LONGEST_ARGUMENT: usize = 16 * 1024;

/// What the parameters of a process come to.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// ROS arguments.
    pub(super) arguments: Vec<String>,
    /// Content of the ConfigMaps, by file name.
    pub(super) maps: Vec<Map<String, Value>>,
    /// Number of files in all of them.
    files: usize,
    /// Bytes in the last one.
    taken: usize,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn render(process: &Process) -> Parameters {
    let mut rendered = Parameters::default();
    for source in &process.parameters {
        match source {
            ParameterSource::File {
                content: Some(text), ..
            } => rendered.add_file(text.clone()),
            ParameterSource::File { file, .. } => rendered.take_file(process, file),
            ParameterSource::Values {
                values,
                all_nodes: true,
            } => rendered.take_arguments(values),
            ParameterSource::Values { values, .. } => rendered.take_values(process, values),
        }
    }
    rendered
}

impl Parameters {
    fn take_file(&mut self, process: &Process, file: &str) {
        self.name_file(file.to_owned());
        if !command::names_package(file) {
            let what = format!(
                "{}: the parameter file {file} is read in the container, so the image must have it there; \
                 name it by $(find-pkg-share PACKAGE) if it belongs to a package",
                title(process)
            );
            self.problems.push(problem(process, what));
        }
    }

    /// A file for all nodes is the same to a node as an argument.
    fn take_arguments(&mut self, values: &Map<String, Value>) {
        for (name, value) in values {
            let argument = format!("{name}:={}", argument(value));
            if argument.len() > LONGEST_ARGUMENT {
                let value = Map::from_iter([(name.clone(), value.clone())]);
                self.add_values("/**", &value);
            } else {
                self.arguments.extend(["-p".to_owned(), argument]);
            }
        }
    }

    fn take_values(&mut self, process: &Process, values: &Map<String, Value>) {
        if values.is_empty() {
            return;
        }
        let node = match process.node_name() {
            Some(name) if !process.namespace.is_empty() => name,
            _ => "/**".to_owned(),
        };
        let known = values
            .iter()
            .filter(|(_, value)| Printed::of_value(value).is_none());
        for part in parts(known) {
            self.add_values(&node, &part);
        }
        for (name, value) in values {
            if let Some(printed) = Printed::of_value(value) {
                self.add(print(&node, name, &printed), "yaml.run");
            }
        }
    }

    fn add_values(&mut self, node: &str, values: &Map<String, Value>) {
        let section = BTreeMap::from([("ros__parameters", Section(values))]);
        self.add_file(yaml::document(&BTreeMap::from([(node, section)])));
    }

    fn add_file(&mut self, text: String) {
        // run.sh resolves the lines of files that end in .in
        let ending = if command::names_package(&text) {
            "yaml.in"
        } else {
            "yaml"
        };
        self.add(text, ending);
    }

    fn add(&mut self, text: String, ending: &str) {
        let name = format!("{}.{ending}", self.files);
        let text = Value::String(text);
        let more = name.len() + applied::size(&text) + 8;
        if self.maps.is_empty() || self.taken + more > ROOM {
            self.maps.push(Map::new());
            self.taken = 0;
        }
        self.files += 1;
        self.taken += more;
        self.name_file(format!("{}/{name}", numbered(FOLDER, self.maps.len() - 1)));
        if let Some(map) = self.maps.last_mut() {
            map.insert(name, text);
        }
    }

    fn name_file(&mut self, path: String) {
        self.arguments.extend(["--params-file".to_owned(), path]);
    }
}

/// A hash of the files in `maps`, unless there are none.
pub(super) fn hash(maps: &[Object]) -> Option<String> {
    let mut hash = Sha256::new();
    maps.iter().for_each(|map| hash.update(map.0["data"].to_string()));
    (!maps.is_empty()).then(|| format!("{:x}", hash.finalize())[..16].to_owned())
}

/// The name of the ConfigMap at `at` of the pod `pod`.
pub(super) fn map_name(pod: &str, at: usize) -> String {
    numbered(&format!("{pod}{SUFFIX}"), at)
}

/// Takes a name apart into that of a pod and what [`map_name`] has added.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.split_at(name.rfind(SUFFIX).unwrap_or(name.len()))
}

/// `name` for the first, `name-2` for the second.
pub(super) fn numbered(name: &str, at: usize) -> String {
    match at {
        0 => name.to_owned(),
        at => format!("{name}-{}", at + 1),
    }
}

/// `values` in parts for one file each.
fn parts<'a>(values: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<Map<String, Value>> {
    let (mut parts, mut taken) = (Vec::<Map<String, Value>>::new(), 0);
    for (name, value) in values {
        // some room for how YAML indents
        let more = name.len() + applied::size(value) * 5 / 4 + 16;
        if parts.is_empty() || taken + more > ROOM {
            parts.push(Map::new());
            taken = 0;
        }
        taken += more;
        if let Some(part) = parts.last_mut() {
            part.insert(name.clone(), value.clone());
        }
    }
    parts
}

/// A value as the node reads it in the file that ROS writes. A list with values of several types is refused there;
/// here it stays as it is.
fn as_read(value: &Value) -> Value {
    let read = match value {
        Value::String(text) => launch::reread_by_node(text),
        Value::Array(items) => reread_all(items).map(Value::Array),
        _ => None,
    };
    read.unwrap_or_else(|| value.clone())
}

fn reread_all(items: &[Value]) -> Option<Vec<Value>> {
    let read = |item: &Value| launch::reread_by_node(item.as_str()?);
    let read = items.iter().map(read).collect::<Option<Vec<_>>>()?;
    let kind = |value: &Value| (value.is_boolean(), value.is_i64());
    read.windows(2)
        .all(|pair| kind(&pair[0]) == kind(&pair[1]))
        .then_some(read)
}

/// Whether `word` names a file for which run.sh runs a command first.
pub(super) fn is_printed(word: &str) -> bool {
    word.starts_with(FOLDER) && word.ends_with(".yaml.run")
}

/// Parameters of `process` that a command in the container prints.
pub(super) fn printed(process: &Process) -> impl Iterator<Item = (&str, Printed)> {
    let values = process.parameters.iter().filter_map(|source| match source {
        ParameterSource::Values { values, .. } => Some(values),
        ParameterSource::File { .. } => None,
    });
    values
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), Printed::of_value(value)?)))
}

/// A file that run.sh makes a parameter file of: the beginning of one, and the command that prints the rest.
fn print(node: &str, name: &str, printed: &Printed) -> String {
    // JSON's texts are YAML's too
    let head = format!("{}:\n  ros__parameters:\n    {}:\n", json!(node), json!(name));
    let words = printed.command.iter().map(|word| format!("- {word}\n"));
    head + "on_stderr " + printed.on_stderr.name() + "\n" + &words.collect::<String>()
}

/// Values by name, with numbers that JSON has no form for as YAML has them.
struct Section<'a>(&'a Map<String, Value>);

impl Serialize for Section<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| (name, as_read(value)))
            .collect();
        serializer.collect_map(values.iter().map(|(name, value)| (name, Parameter(value))))
    }
}

struct Parameter<'a>(&'a Value);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (unusual_number(self.0), self.0) {
            (Some(number), _) => serializer.serialize_f64(number),
            (None, Value::Array(items)) => serializer.collect_seq(items.iter().map(Parameter)),
            (None, other) => other.serialize(serializer),
        }
    }
}

fn argument(value: &Value) -> String {
    match (unusual_number(value), value.get("float")) {
        (Some(_), Some(Value::String(text))) => text.clone(),
        _ => value.to_string(),
    }
}
