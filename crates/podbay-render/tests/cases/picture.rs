//! The picture of a launch: `tests/picture/<case>/description.json` and `profile.yaml` become `expected.dot` and
//! `expected.svg`. The objects are rendered from the two, or read from `objects.yaml`.

use std::fs;
use std::path::Path;
use std::process::Command;

use podbay_core::object::Object;
use podbay_description::Description;
use podbay_render::picture::Picture;
use podbay_testing::Expected;

use crate::demo::described;

fn picture(folder: &Path) -> Picture {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let description: Description = serde_json::from_str(&read("description.json").unwrap()).unwrap();
    let mut rendered = described(&description, &read("profile.yaml").unwrap_or_default());
    if let Ok(objects) = read("objects.yaml") {
        let objects = serde_saphyr::from_multiple(&objects).unwrap();
        rendered.objects = objects.into_iter().map(Object).collect();
    }
    Picture::new(&description, &rendered)
}

pub(crate) fn output(folder: &Path) -> Expected {
    let picture = picture(folder);
    Expected::from([("expected.dot", picture.dot()), ("expected.svg", picture.svg())])
}

/// Checks that Graphviz draws the picture without warnings.
pub(crate) fn is_drawn(folder: &Path) {
    let drawn = Command::new("dot")
        .arg("-Tsvg")
        .arg(folder.join("expected.dot"))
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&drawn.stderr);
    assert!(drawn.status.success() && complaints.is_empty(), "{complaints}");
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.contains("<polygon"), "{drawn}");
}
