//! Parameters of a node: files in a ConfigMap, and the arguments that name them.
//!
//! As in ROS's own launch, each source of parameters is a separate file, and their order is kept. Values
//! apply to `/namespace/name` if the launch file gives both, otherwise to `/**`; those of `set_parameter` are
//! passed as `-p name:=value`. The output of a command has its own file, which `run.sh` completes.
//!
//! No argument is longer than Linux accepts. No ConfigMap is larger than `kubectl apply` accepts, unless it
//! holds a single value that is. Long arguments become files, and files are distributed over several
//! ConfigMaps if necessary.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{applied, problem, yaml};
use podbay_core::object::Object;
use podbay_description::printed::Printed;
use podbay_description::symbolic::is_symbolic;
use podbay_description::{ParameterSource, ParameterValue, Process, Values};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Mount point of the ConfigMap; further ones are [`numbered`].
pub(super) const FOLDER: &str = "/etc/podbay/params";

/// Suffix of the ConfigMap's name, after that of the pod; further ones are [`numbered`].
const SUFFIX: &str = "-params";

/// Bytes of files in one ConfigMap, and of values in one file. Leaves room for the rest of a ConfigMap.
const ROOM: usize = applied::LARGEST - 8 * 1024;

/// Longest value that is passed as an argument. The limit of Linux is 128 KiB.
const LONGEST_ARGUMENT: usize = 16 * 1024;

/// The rendered parameters of a process.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// ROS arguments.
    pub(super) arguments: Vec<String>,
    /// Content of the ConfigMaps, by file name.
    pub(super) maps: Vec<Map<String, Value>>,
    /// Number of files in all ConfigMaps.
    files: usize,
    /// Bytes in the last one.
    taken: usize,
    pub(super) problems: Vec<Diagnostic>,
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
        if !is_symbolic(file) {
            let what =
                format!("the parameter file {file} is read in the container, so the image must contain it");
            let warning = problem(Code::ParameterFileOfImage, process, what);
            self.problems
                .push(warning.help("for a file of a package, use $(find-pkg-share PACKAGE)"));
        }
    }

    /// For a node, a file for all nodes is equivalent to arguments.
    fn take_arguments(&mut self, values: &Values) {
        for (name, value) in values {
            let argument = format!("{name}:={value}");
            if argument.len() > LONGEST_ARGUMENT {
                self.add_values("/**", &[(name, value)]);
            } else {
                self.arguments.extend(["-p".to_owned(), argument]);
            }
        }
    }

    fn take_values(&mut self, process: &Process, values: &Values) {
        if values.is_empty() {
            return;
        }
        let node = match process.node_name() {
            Some(name) if !process.namespace.is_empty() => name,
            _ => "/**".to_owned(),
        };
        let is_known = |(_, value): &(_, &ParameterValue)| !matches!(value, ParameterValue::Printed(_));
        for part in parts(values.iter().filter(is_known)) {
            self.add_values(&node, &part);
        }
        for (name, printed) in printed_of(values) {
            self.add(print(&node, name, printed), "yaml.run");
        }
    }

    fn add_values(&mut self, node: &str, values: &[(&String, &ParameterValue)]) {
        let section = BTreeMap::from([("ros__parameters", Section(values))]);
        self.add_file(yaml::document(&BTreeMap::from([(node, section)])));
    }

    fn add_file(&mut self, text: String) {
        // run.sh resolves files that end in .in
        let ending = if is_symbolic(&text) { "yaml.in" } else { "yaml" };
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

/// A hash of the files in `maps`; `None` without files.
pub(super) fn hash(maps: &[Object]) -> Option<String> {
    let mut hash = Sha256::new();
    maps.iter().for_each(|map| hash.update(map.0["data"].to_string()));
    (!maps.is_empty()).then(|| format!("{:x}", hash.finalize())[..16].to_owned())
}

/// The name of ConfigMap number `at` of the pod `pod`.
pub(super) fn map_name(pod: &str, at: usize) -> String {
    numbered(&format!("{pod}{SUFFIX}"), at)
}

/// Splits a name into that of a pod and the suffix added by [`map_name`].
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

/// Splits `values` into parts for one file each.
fn parts<'a, T: Serialize>(
    values: impl Iterator<Item = (&'a String, &'a T)>,
) -> Vec<Vec<(&'a String, &'a T)>> {
    let (mut parts, mut taken) = (Vec::<Vec<_>>::new(), 0);
    for (name, value) in values {
        // some room for YAML's indentation
        let more = name.len() + applied::size(value) * 5 / 4 + 16;
        if parts.is_empty() || taken + more > ROOM {
            parts.push(Vec::new());
            taken = 0;
        }
        taken += more;
        if let Some(part) = parts.last_mut() {
            part.push((name, value));
        }
    }
    parts
}

/// Whether `word` names a file for which run.sh runs a command first.
pub(super) fn is_printed(word: &str) -> bool {
    word.starts_with(FOLDER) && word.ends_with(".yaml.run")
}

/// Parameters of `process` that are printed by a command in the container.
pub(super) fn printed(process: &Process) -> impl Iterator<Item = (&String, &Printed)> {
    let values = process.parameters.iter().filter_map(|source| match source {
        ParameterSource::Values { values, .. } => Some(values),
        ParameterSource::File { .. } => None,
    });
    values.flat_map(printed_of)
}

fn printed_of(values: &Values) -> impl Iterator<Item = (&String, &Printed)> {
    values.iter().filter_map(|(name, value)| match value {
        ParameterValue::Printed(printed) => Some((name, printed)),
        _ => None,
    })
}

/// A file from which run.sh creates a parameter file: its beginning, and the command that prints the rest.
fn print(node: &str, name: &str, printed: &Printed) -> String {
    // JSON strings are also YAML strings
    let head = format!("{}:\n  ros__parameters:\n    {}:\n", json!(node), json!(name));
    let words = printed.command.iter().map(|word| format!("- {word}\n"));
    head + "on_stderr " + printed.on_stderr.name() + "\n" + &words.collect::<String>()
}

/// Values by name, as the node reads them in the file that ROS writes.
struct Section<'a>(&'a [(&'a String, &'a ParameterValue)]);

impl Serialize for Section<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.0.iter().map(|(name, value)| (name, value.as_read_by_node()));
        serializer.collect_map(values.map(|(name, value)| (name, Written(value))))
    }
}

/// A value with every number in the form of YAML, which has more of them than JSON.
struct Written(ParameterValue);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            ParameterValue::Float(number) => serializer.serialize_f64(*number),
            ParameterValue::List(items) => serializer.collect_seq(items.iter().cloned().map(Written)),
            other => other.serialize(serializer),
        }
    }
}
