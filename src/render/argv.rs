//! What Linux takes for one word of a command line or of an environment: 128 KiB with its end (`MAX_ARG_STRLEN`). All
//! together may have 2 MiB where the stack may have 8, which is more than an object may have.

use serde_json::Value;

use super::{problem, title};
use crate::domain::description::{Problem, Process};
use crate::domain::object::Object;

/// Longest word.
const LONGEST: usize = 128 * 1024 - 1;

/// How much of a word is shown.
const SHOWN: usize = 20;

/// Refuses a pod of which a container could not be started.
pub(super) fn refuse(process: &Process, pod: &Object) -> Result<(), Problem> {
    let lists = ["initContainers", "containers"].map(|list| pod.0["spec"][list].as_array());
    let mut containers = lists.into_iter().flatten().flatten();
    match containers.find_map(too_long) {
        Some(what) => Err(problem(
            process,
            format!(
                "{}: {what}, and Linux starts no program with more than {LONGEST}; pass it by a file, such as a parameter file",
                title(process)
            ),
        )),
        None => Ok(()),
    }
}

fn too_long(container: &Value) -> Option<String> {
    let words = ["command", "args"].map(|list| container[list].as_array());
    let mut words = words.into_iter().flatten().flatten().filter_map(Value::as_str);
    let word = words.find(|word| size(word) > LONGEST).map(|word| {
        let start: String = word.chars().take(SHOWN).collect();
        format!("it has an argument of {} bytes ({:?})", size(word), start + "…")
    });
    word.or_else(|| container["env"].as_array()?.iter().find_map(variable))
}

fn variable(variable: &Value) -> Option<String> {
    let text = |field: &str| variable[field].as_str().unwrap_or_default();
    let bytes = text("name").len() + 1 + size(text("value"));
    (bytes > LONGEST).then(|| format!("its variable {} has {bytes} bytes", text("name")))
}

/// Bytes of `word` as the program gets it: Kubernetes reads `$$` as `$`.
fn size(word: &str) -> usize {
    word.len() - word.matches("$$").count()
}
