//! Reads the parameters for one node from a ROS parameter file.
//!
//! ```yaml
//! /**:                    # every node; also /site/* (one level), /site/** (any), a full name, or a bare one
//!   ros__parameters:
//!     rate: 2.0
//!     http: {port: 8080}  # http.port
//! ```

use serde_json::{Map, Value};

use super::ros_args::from_value;
use podbay_core::node::Parameter;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::{self, Kind, Outline};

/// Key that contains a node's parameters.
const PARAMETERS: &str = "ros__parameters";

/// Texts for error messages.
const FILE: Kind = Kind {
    whole: "a parameter file",
    example: "/**: {ros__parameters: {rate: 2.0}}",
    again: None,
    instead: &[],
    takes: &[],
};

/// The parameters in `text` for the node `fully_qualified_name`, in order.
pub fn parse(text: &str, fully_qualified_name: &str) -> Result<Vec<(String, Parameter)>, Diagnostic> {
    let file: Value = yaml::read(text, &FILE)?;
    let mut found = Vec::new();
    if let Value::Object(keys) = &file {
        let node = segments(fully_qualified_name);
        nodes(keys, ("", ""), &node, &mut found).map_err(|Unfit { name, path }| {
            let what = format!(
                "parameter {name} has an invalid value; a ROS parameter is true, false, a number, a string, or a \
                 list of one of these"
            );
            Code::ParameterType.says(what).at_position(Outline::of(text).value(&path))
        })?;
    }
    Ok(found)
}

/// A parameter with an invalid value, and its path in the file.
struct Unfit {
    name: String,
    path: String,
}

/// Keys are node names, optionally nested by namespace. `above` is their parent, as a name and as a path in
/// the file.
fn nodes(
    keys: &Map<String, Value>,
    above: (&str, &str),
    node: &[&str],
    found: &mut Vec<(String, Parameter)>,
) -> Result<(), Unfit> {
    for (key, value) in keys {
        let Value::Object(below) = value else { continue };
        let path = joined(above.1, key);
        if key == PARAMETERS {
            if matches(&segments(above.0), node) {
                values(below, ("", &path), found)?;
            }
        } else {
            nodes(below, (&format!("{}/{key}", above.0), &path), node, found)?;
        }
    }
    Ok(())
}

fn values(
    below: &Map<String, Value>,
    above: (&str, &str),
    found: &mut Vec<(String, Parameter)>,
) -> Result<(), Unfit> {
    for (key, value) in below {
        let (name, path) = (joined(above.0, key), joined(above.1, key));
        match value {
            Value::Object(below) => values(below, (&name, &path), found)?,
            value => match from_value(value) {
                Some(parameter) => found.push((name, parameter)),
                None => return Err(Unfit { name, path }),
            },
        }
    }
    Ok(())
}

fn joined(above: &str, key: &str) -> String {
    match above {
        "" => key.to_owned(),
        above => format!("{above}.{key}"),
    }
}

fn segments(name: &str) -> Vec<&str> {
    name.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// `*` matches one segment of a name, `**` any number of them.
fn matches(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        (Some((first, pattern)), Some((segment, name))) => {
            (*first == "*" || first == segment) && matches(pattern, name)
        }
        _ => false,
    }
}
