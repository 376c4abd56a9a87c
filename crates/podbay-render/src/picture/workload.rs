//! What the picture reads from rendered objects: pods, or the templates of workloads.

use serde_json::Value;

use podbay_core::object::Object;
use podbay_description::symbolic::{Reference, begins_with};

/// Label with the name of a host.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// A pod, or an object that creates pods.
pub(super) struct Workload<'a> {
    object: &'a Object,
    spec: &'a Value,
}

/// A container of a pod.
pub(super) struct Container<'a> {
    value: &'a Value,
    /// `container`, `sidecar`, `init container`.
    pub(super) what: &'static str,
}

impl<'a> Workload<'a> {
    /// `None` for an object without pods.
    pub(super) fn of(object: &'a Object) -> Option<Self> {
        let pod = match object.workload()?.template() {
            Some(template) => object.0.pointer(template)?,
            None => &object.0,
        };
        Some(Self {
            object,
            spec: pod.get("spec")?,
        })
    }

    /// `pod`, `deployment`, …
    pub(super) fn what(&self) -> String {
        self.object.kind().to_lowercase()
    }

    pub(super) fn name(&self) -> &'a str {
        self.object.name()
    }

    /// Number of pods, if it is set and not one.
    pub(super) fn replicas(&self) -> Option<u64> {
        let replicas = self.object.0.pointer("/spec/replicas")?.as_u64();
        replicas.filter(|&count| count != 1)
    }

    /// The host, or hosts, of its pods if determined: (`host` or `hosts with`, which).
    pub(super) fn host(&self) -> Option<(&'static str, String)> {
        let selector = self.spec.get("nodeSelector").and_then(Value::as_object);
        let named = selector.and_then(|selector| selector.get(HOSTNAME));
        let named = self.spec.get("nodeName").or(named).and_then(Value::as_str);
        if let Some(name) = named {
            return Some(("host", name.to_owned()));
        }
        let label = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
        let mut labels: Vec<_> = selector?.iter().map(label).collect();
        labels.sort();
        (!labels.is_empty()).then(|| ("hosts with", labels.join(", ")))
    }

    /// Its containers in the order of their start.
    pub(super) fn containers(&self) -> impl Iterator<Item = Container<'a>> {
        let first = entries(self.spec, "initContainers").map(|value| Container {
            value,
            what: match value.get("restartPolicy").and_then(Value::as_str) {
                Some("Always") => "sidecar",
                _ => "init container",
            },
        });
        let then = entries(self.spec, "containers").map(|value| Container {
            value,
            what: "container",
        });
        first.chain(then)
    }
}

impl<'a> Container<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.text("name")
    }

    pub(super) fn image(&self) -> &'a str {
        self.text("image")
    }

    /// The ROS node it runs, according to its command line.
    pub(super) fn node(&self) -> Option<Node<'a>> {
        let words = self.words();
        let program = words.iter().find_map(|word| executable(word));
        if program.is_none() && !words.contains(&"--ros-args") {
            return None;
        }
        let remapped = |rule: &str| words.iter().find_map(|word| word.strip_prefix(rule));
        Some(Node {
            name: remapped("__node:="),
            namespace: remapped("__ns:=").unwrap_or_default(),
            program,
        })
    }

    /// Its command line, for a person.
    pub(super) fn command(&self) -> String {
        self.words().join(" ")
    }

    /// The words of its command line, without the script of `run.sh`.
    fn words(&self) -> Vec<&'a str> {
        let words = entries(self.value, "command").chain(entries(self.value, "args"));
        let words = words.filter_map(Value::as_str);
        match words.collect::<Vec<_>>().as_slice() {
            ["sh", "-c", _, "podbay", words @ ..] => words.to_vec(),
            words => words.to_vec(),
        }
    }

    fn text(&self, field: &str) -> &'a str {
        self.value.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The entries of the list `field`.
fn entries<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// A ROS node, according to a command line.
pub(super) struct Node<'a> {
    name: Option<&'a str>,
    namespace: &'a str,
    /// (package, executable), if `run.sh` finds it.
    pub(super) program: Option<(&'a str, &'a str)>,
}

impl Node<'_> {
    /// Fully qualified name; `None` if the program chooses the name.
    pub(super) fn full_name(&self) -> Option<String> {
        let name = self.name?;
        Some(match self.namespace.trim_matches('/') {
            "" => format!("/{name}"),
            namespace => format!("/{namespace}/{name}"),
        })
    }

    /// The tokens of its namespace.
    pub(super) fn namespace(&self) -> Vec<String> {
        parts(self.namespace)
    }
}

/// The tokens of a ROS name.
pub(super) fn parts(name: &str) -> Vec<String> {
    name.split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// (package, executable) of `$(exec-in-pkg EXECUTABLE PACKAGE)`.
fn executable(word: &str) -> Option<(&str, &str)> {
    match begins_with(word)? {
        (Reference::Executable { name, package }, "") => Some((package, name)),
        _ => None,
    }
}
