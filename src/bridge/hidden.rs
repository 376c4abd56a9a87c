//! Hides environment variables that the profile sets from ROS callers, since these often contain passwords
//! and tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_description::Description;
use podbay_render as render;

/// Replaces a value.
const HIDDEN: &str = "(hidden: set by podbay's profile)";

/// Hides the values of all environment variables in `objects`, also where they are passed around a shell,
/// unless the launch file or podbay's own node set them.
pub(crate) fn hide(objects: &mut [Object], description: &Description, own: &[(String, String)]) {
    let of_files = description
        .processes
        .iter()
        .flat_map(|process| &process.environment);
    let known = own.iter().map(|(name, value)| (name, value)).chain(of_files);
    let both = |(name, value): (&String, &String)| {
        [value.clone(), render::escape(value)].map(|value| (name.clone(), value))
    };
    let known: BTreeSet<_> = known.flat_map(both).collect();
    for object in objects {
        if let Some(spec) = object.workload().map(WorkloadKind::pod_spec) {
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
    let args = container.get_mut("args").and_then(Value::as_array_mut);
    for word in args.into_iter().flat_map(|args| render::handed_on(args)) {
        let Some((name, value)) = word.as_str().and_then(|word| word.split_once('=')) else {
            continue;
        };
        if !known.contains(&(name.to_owned(), value.to_owned())) {
            *word = json!(format!("{name}={HIDDEN}"));
        }
    }
    let variables = container.get_mut("env").and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        let text = |field: &str| variable[field].as_str().map(str::to_owned);
        let Some((name, value)) = text("name").zip(text("value")) else {
            continue;
        };
        if !known.contains(&(name, value)) {
            variable["value"] = json!(HIDDEN);
        }
    }
}
