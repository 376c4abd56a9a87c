//! What a parameter file says for one component, as ROS reads it to load the component.
//!
//! Only `/**` and the component's full name are looked up; of a name that both have, the second says all.

use std::rc::Rc;

use super::super::place::{Fault, Outcome};
use super::super::value::{Scalar, Value};
use super::super::yaml::{self, Content, Node};
use super::parameter::{Values, json};

const MARK: &str = "ros__parameters";

type Entries = Vec<(String, Rc<Node>)>;

/// The parameters that `content` has for the node `name` in `namespace`.
pub(super) fn values_for(content: &str, path: &str, namespace: &str, name: &str) -> Outcome<Values> {
    let at = |line: u32, what: &str| Fault(format!("{path}:{line}: {what}"));
    let document = yaml::parse(content).map_err(|error| at(error.line, &error.what))?;
    let Content::Map(top) = &document.content else {
        return Err(at(
            1,
            "a parameter file is a mapping from nodes to their parameters",
        ));
    };
    let mut sections = Vec::new();
    find_sections(top, &mut Vec::new(), &mut sections);
    let mut values = Values::new();
    let entries = match sections.is_empty() {
        // Without any section the whole file is taken for parameters.
        true => top.clone(),
        false => applying(&sections, &full_name(namespace, name)),
    };
    flatten(&entries, "", &mut values).map_err(|Fault(what)| Fault(format!("{path}: {what}")))?;
    Ok(values)
}

fn full_name(namespace: &str, name: &str) -> String {
    let namespace = namespace.trim_matches('/');
    let name = name.trim_start_matches('/');
    match namespace.is_empty() {
        true => name.to_owned(),
        false => format!("{namespace}/{name}"),
    }
}

/// Every section with its node's name; after one, ROS does not look at what stands beside it.
fn find_sections(entries: &Entries, keys: &mut Vec<String>, found: &mut Vec<(String, Rc<Node>)>) {
    for (key, node) in entries {
        if key == MARK {
            found.push((keys.join("/"), Rc::clone(node)));
            return;
        }
        if let Content::Map(below) = &node.content {
            keys.push(key.trim_start_matches('/').to_owned());
            find_sections(below, keys, found);
            keys.pop();
        }
    }
}

fn applying(sections: &[(String, Rc<Node>)], full_name: &str) -> Entries {
    let mut all = Entries::new();
    for wanted in ["**", full_name] {
        let section = sections.iter().rev().find(|(name, _)| name == wanted);
        if let Some((_, node)) = section
            && let Content::Map(entries) = &node.content
        {
            for (key, value) in entries {
                match all.iter_mut().find(|(known, _)| known == key) {
                    Some(entry) => entry.1 = Rc::clone(value),
                    None => all.push((key.clone(), Rc::clone(value))),
                }
            }
        }
    }
    all
}

fn flatten(entries: &Entries, prefix: &str, values: &mut Values) -> Outcome<()> {
    for (key, node) in entries {
        let name = match prefix {
            "" => key.clone(),
            prefix => format!("{prefix}.{key}"),
        };
        match &node.content {
            Content::Map(below) => flatten(below, &name, values)?,
            _ => {
                let value = list_of_one_type(&name, node.value())?;
                let value = json(&name, &value)?;
                values.insert(name, value);
            }
        }
    }
    Ok(())
}

/// Whole numbers among numbers with a fraction become such numbers too.
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
        return Err(format!("'{name}' needs a list with values of one type, and not empty").into());
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
