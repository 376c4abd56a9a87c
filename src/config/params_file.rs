//! A ROS parameter file -> the parameters it has for one node.
//!
//! ```yaml
//! /**:                    # every node; also /site/* (one level), /site/** (any), a full name, or a bare one
//!   ros__parameters:
//!     rate: 2.0
//!     http: {port: 8080}  # http.port
//! ```

use serde_json::{Map, Value};

use super::ros_args::from_value;
use crate::domain::node::Parameter;

/// Key below which a node's parameters stand.
const PARAMETERS: &str = "ros__parameters";

/// Why a parameter file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("not YAML: {0}")]
    Yaml(String),
    #[error("parameter {0} has a value no ROS parameter can hold")]
    Value(String),
}

/// The parameters that `text` has for the node `fully_qualified_name`, in order.
pub fn parse(text: &str, fully_qualified_name: &str) -> Result<Vec<(String, Parameter)>, Error> {
    let file: Value =
        serde_saphyr::from_str(text).map_err(|error| Error::Yaml(error.without_snippet().to_string()))?;
    let mut found = Vec::new();
    if let Value::Object(keys) = &file {
        nodes(keys, "", fully_qualified_name, &mut found)?;
    }
    Ok(found)
}

/// Keys are node names, nested by namespace or not.
fn nodes(
    keys: &Map<String, Value>,
    above: &str,
    node: &str,
    found: &mut Vec<(String, Parameter)>,
) -> Result<(), Error> {
    for (key, value) in keys {
        let Value::Object(below) = value else { continue };
        if key == PARAMETERS {
            if matches(&segments(above), &segments(node)) {
                values(below, "", found)?;
            }
        } else {
            nodes(below, &format!("{above}/{key}"), node, found)?;
        }
    }
    Ok(())
}

fn values(
    below: &Map<String, Value>,
    above: &str,
    found: &mut Vec<(String, Parameter)>,
) -> Result<(), Error> {
    for (key, value) in below {
        let name = if above.is_empty() {
            key.clone()
        } else {
            format!("{above}.{key}")
        };
        match value {
            Value::Object(below) => values(below, &name, found)?,
            value => {
                let parameter = from_value(value).ok_or_else(|| Error::Value(name.clone()))?;
                found.push((name, parameter));
            }
        }
    }
    Ok(())
}

fn segments(name: &str) -> Vec<&str> {
    name.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// `*` stands for one segment of a name, `**` for any number of them.
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
