//! What a translation does not show to callers from the ROS graph: environment that the profile sets, since that is
//! where people write passwords and tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::description::Description;
use crate::domain::object::Object;

/// In place of a value.
const HIDDEN: &str = "(hidden: set by podbay's profile)";

/// Hides every value of an environment in `objects` that neither the launch file nor podbay's own node set.
pub(super) fn hide(objects: &mut [Object], description: &Description, own: &[(String, String)]) {
    let of_files = description
        .processes
        .iter()
        .flat_map(|process| &process.environment);
    let known = own.iter().map(|(name, value)| (name, value)).chain(of_files);
    let known: BTreeSet<_> = known.map(|(name, value)| (name.clone(), plain(value))).collect();
    for object in objects {
        for spec in ["/spec", "/spec/template/spec"] {
            for list in ["containers", "initContainers"] {
                let containers = object
                    .0
                    .pointer_mut(&format!("{spec}/{list}"))
                    .and_then(Value::as_array_mut);
                containers
                    .into_iter()
                    .flatten()
                    .for_each(|container| of_container(container, &known));
            }
        }
    }
}

fn of_container(container: &mut Value, known: &BTreeSet<(String, String)>) {
    let variables = container.get_mut("env").and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        let text = |field: &str| variable[field].as_str().map(str::to_owned);
        let Some((name, value)) = text("name").zip(text("value")) else {
            continue;
        };
        if !known.contains(&(name, plain(&value))) {
            variable["value"] = json!(HIDDEN);
        }
    }
}

/// `value` without what rendering doubles so that Kubernetes leaves it alone.
fn plain(value: &str) -> String {
    value.replace("$$", "$")
}
