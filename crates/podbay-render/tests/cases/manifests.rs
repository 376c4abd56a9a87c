//! Rendering: `tests/render/<case>/description.json` and `profile.yaml` become `expected.yaml`; a file `target` names
//! properties of the target (`one_host`, `multicast_only`).

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use podbay_description::Description;
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use podbay_testing::Expected;
use podbay_text::diagnostic::Diagnostic;
use serde_json::{Value, json};

use crate::api_server::{accepted, apply};
use crate::demo::target;

/// Replaces the script, which would otherwise be repeated in every expected file.
fn shorten_script(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("set -efu\npb_end") => *value = json!("<peers.sh, run.sh>"),
        Value::String(text) if text.starts_with("set -efu\npb_newline") => {
            *value = json!("<print.sh, run.sh>")
        }
        Value::String(text) if text.starts_with("set -efu\n") => *value = json!("<run.sh>"),
        Value::Array(list) => list.iter_mut().for_each(shorten_script),
        Value::Object(fields) => fields.values_mut().for_each(shorten_script),
        _ => {}
    }
}

fn lines(kind: &str, problems: &[Diagnostic]) -> String {
    let line = |problem: &Diagnostic| {
        format!(
            "# {kind} {}:{}: {}\n",
            problem.place.file,
            problem.place.line,
            problem.text()
        )
    };
    problems.iter().map(line).collect()
}

pub(crate) fn output(folder: &Path) -> Expected {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let description: Description = serde_json::from_str(&read("description.json").unwrap()).unwrap();
    let profile = Profile::parse(&read("profile.yaml").unwrap_or_default())
        .unwrap()
        .of_file("profile.yaml");
    let facts = read("target").unwrap_or_default();
    let target = Target {
        one_host: facts.contains("one_host"),
        multicast_only: facts.contains("multicast_only"),
        ..target()
    };
    let first = render::launch(&description, &profile, &target);
    assert_eq!(
        first,
        render::launch(&description, &profile, &target),
        "not deterministic"
    );
    let text = match first {
        Ok(Rendered {
            mut objects,
            problems,
            ..
        }) => {
            objects
                .iter_mut()
                .for_each(|object| shorten_script(&mut object.0));
            lines("problem", &problems) + &render::to_yaml(&objects)
        }
        Err(errors) => lines("error", &errors),
    };
    Expected::from([("expected.yaml", text)])
}

/// The objects that the manifests name: classes and namespaces.
static CLUSTER: LazyLock<Result<(), String>> =
    LazyLock::new(|| apply(Path::new("../../tests/cluster.yaml"), &[]));

/// Checks that an API server accepts the rendered objects, if there are any.
pub(crate) fn is_accepted(folder: &Path) {
    assert_eq!(*CLUSTER, Ok(()));
    let expected = folder.join("expected.yaml");
    if fs::read_to_string(&expected).unwrap().contains("kind:") {
        assert_eq!(accepted(&expected), Ok(()));
    }
}
