//! The parameters of a file for one component, as ROS reads them to load the component.
//!
//! Up to Jazzy, only `/**` and the component's full name are looked up; for a parameter in both, the latter
//! counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use super::super::place::{Outcome, shown};
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::value::{Scalar, Value};
use super::super::yaml::rcl::MARK;
use super::super::yaml::{self, Content, Key, Node};
use super::parameter::parameter_value;
use podbay_description::Values;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::near::nearest;

type Entries = Vec<(Key, Rc<Node>)>;
/// A node name, or a pattern, with its parameters.
type Section = (String, Rc<Node>);

/// The component that parameters are for.
pub(super) struct Target {
    full_name: String,
    /// Whether section names may contain `*`; if not, `/**` is the only pattern.
    wildcards: bool,
}

impl Target {
    /// The node `name` in `namespace`.
    pub(super) fn new(namespace: &str, name: &str, wildcards: bool) -> Self {
        let full_name = full_name(namespace, name);
        Self { full_name, wildcards }
    }

    /// The sections for it, in increasing precedence.
    fn sections<'a>(&self, all: &'a [Section]) -> Vec<&'a Node> {
        let node = |(_, node): &'a Section| &**node;
        if self.wildcards {
            let applies = |(pattern, _): &&Section| matches(pattern, &self.full_name);
            return all.iter().filter(applies).map(node).collect();
        }
        let last = |wanted| all.iter().rev().find(|(name, _)| name == wanted).map(node);
        ["**", &self.full_name].into_iter().filter_map(last).collect()
    }
}

/// Whether a name matches a pattern, in which `*` matches one token and `**` any number of them.
fn matches(pattern: &str, name: &str) -> bool {
    let name: Vec<_> = name.split('/').collect();
    // how many tokens of the name can be matched so far
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for part in pattern.split('/') {
        if part == "**" {
            (1..=name.len()).for_each(|count| reached[count] |= reached[count - 1]);
            continue;
        }
        for count in (1..=name.len()).rev() {
            reached[count] = reached[count - 1] && (part == "*" || part == name[count - 1]);
        }
        reached[0] = false;
    }
    reached[name.len()]
}

/// The parameters in `content` for `node`.
pub(super) fn values_for(content: &str, path: &str, node: &Target, run: &mut Run<'_>) -> Outcome<Values> {
    let file = run.packages.shown_path(path);
    values_of(content, path, node, run).map_err(|wrong| match wrong.place.line {
        0 => wrong,
        _ => wrong.in_file(file),
    })
}

fn values_of(content: &str, path: &str, node: &Target, run: &mut Run<'_>) -> Outcome<Values> {
    let document = yaml::parse(content).map_err(|mut wrong| {
        wrong.code = Code::ParameterFile;
        wrong
    })?;
    let Content::Map(top) = &document.content else {
        let what = "a parameter file must map node names to parameters";
        let help = "write the name of a node, or /**, and ros__parameters below it";
        let wrong = Code::ParameterFile.says(what).help(help);
        return Err(wrong.at_position(document.position));
    };
    if let Some(misspelt) = misspelt(top, true) {
        run.warn_here(misspelt_mark(misspelt, path, run));
    }
    let mut sections = Vec::new();
    find_sections(top, &mut Vec::new(), &mut sections, run)?;
    let mut values = Values::new();
    let entries = match sections.is_empty() {
        // without any section, the whole file consists of parameters
        true => top.clone(),
        false => applying(node.sections(&sections)),
    };
    flatten(&entries, "", &mut values, run)?;
    Ok(values)
}

/// The first key in `entries` that is most likely meant to be `ros__parameters`; the keys of a whole file
/// (`outermost`) are names of nodes.
fn misspelt(entries: &Entries, outermost: bool) -> Option<&Key> {
    entries.iter().find_map(|(key, node)| {
        let Content::Map(below) = &node.content else {
            return None;
        };
        match key.name.as_str() {
            MARK => None,
            name if !outermost && name.starts_with("ros") && nearest(name, [MARK]).is_some() => Some(key),
            _ => misspelt(below, false),
        }
    })
}

/// The warning for the `misspelt` mark in the file at `path`: ROS takes it for a part of a parameter's name.
fn misspelt_mark(misspelt: &Key, path: &str, run: &Run<'_>) -> Diagnostic {
    let what = format!(
        "a component takes '{}' in this parameter file for a part of a parameter's name",
        shown(&misspelt.name)
    );
    let wrong = Code::ParameterFileRefused.says(what);
    let wrong = wrong.help(format!("write {MARK}, with two underscores"));
    wrong.at(&misspelt.position.in_file(run.packages.shown_path(path)))
}

fn full_name(namespace: &str, name: &str) -> String {
    let namespace = namespace.trim_matches('/');
    let name = name.trim_start_matches('/');
    match namespace.is_empty() {
        true => name.to_owned(),
        false => format!("{namespace}/{name}"),
    }
}

/// All sections with their node names. ROS ignores siblings of a section.
fn find_sections(
    entries: &Entries,
    keys: &mut Vec<String>,
    found: &mut Vec<Section>,
    run: &mut Run<'_>,
) -> Outcome<()> {
    for (key, node) in entries {
        let key = &key.name;
        if key == MARK {
            run.spend_bytes(keys.iter().map(|key| key.len() + 1).sum())?;
            found.push((keys.join("/"), Rc::clone(node)));
            return Ok(());
        }
        if let Content::Map(below) = &node.content {
            keys.push(key.trim_start_matches('/').to_owned());
            find_sections(below, keys, found, run)?;
            keys.pop();
        }
    }
    Ok(())
}

fn applying(sections: Vec<&Node>) -> Entries {
    let mut all = Entries::new();
    let mut places = HashMap::new();
    for node in sections {
        if let Content::Map(entries) = &node.content {
            for (key, value) in entries {
                match places.entry(&key.name) {
                    Entry::Occupied(at) => {
                        let at: &usize = at.get();
                        all[*at].1 = Rc::clone(value);
                    }
                    Entry::Vacant(place) => {
                        place.insert(all.len());
                        all.push((key.clone(), Rc::clone(value)));
                    }
                }
            }
        }
    }
    all
}

fn flatten(entries: &Entries, prefix: &str, values: &mut Values, run: &mut Run<'_>) -> Outcome<()> {
    for (key, node) in entries {
        let key = &key.name;
        run.charge(ENTRY + prefix.len() + key.len())?;
        let name = match prefix {
            "" => key.clone(),
            prefix => format!("{prefix}.{key}"),
        };
        match &node.content {
            Content::Map(below) => flatten(below, &name, values, run)?,
            _ => {
                let at_node = |wrong: Diagnostic| wrong.at_position(node.position);
                let value = list_of_one_type(&name, node.value()).map_err(at_node)?;
                run.charge(value.bytes())?;
                let value = parameter_value(&name, &value).map_err(at_node)?;
                values.insert(name, value);
            }
        }
    }
    Ok(())
}

/// Integers in a list with floats become floats.
fn list_of_one_type(name: &str, value: Value) -> Outcome<Value> {
    let Value::List(items) = value else {
        return Ok(value);
    };
    let types: Vec<_> = items.iter().map(Value::scalar).collect();
    let all = |allowed: &[Scalar]| {
        types
            .iter()
            .all(|found| found.is_some_and(|found| allowed.contains(&found)))
    };
    let uniform = [Scalar::Text, Scalar::Int, Scalar::Bool]
        .iter()
        .any(|one| all(&[*one]));
    if items.is_empty() || !uniform && !all(&[Scalar::Int, Scalar::Float]) {
        return Err(Code::ParameterType.says(format!(
            "'{}' must be a non-empty list of values of one type",
            shown(name)
        )));
    }
    if uniform {
        return Ok(Value::List(items));
    }
    let as_float = |item| match item {
        Value::Int(number) => Value::Float(number as f64),
        other => other,
    };
    Ok(Value::List(items.into_iter().map(as_float).collect()))
}
