//! Python launch files, and XML and YAML files that include them, evaluated by ROS's own engine:
//! `tests/python/<case>/`.
//!
//! A case holds `main.launch.py` (or `.xml`, `.yaml`), files it includes, launch arguments in `arguments` (one
//! `name:=value` a line), and what `podbay translate --emit description` prints: `expected.json`, without what is so by
//! default, or `expected.error` on standard error.

use std::fs;
use std::path::Path;

use podbay_testing::{Expected, without_defaults};

use crate::translate::{podbay, text};

pub(crate) fn output(case: &Path) -> Expected {
    let names = ["main.launch.py", "main.launch.xml", "main.launch.yaml"];
    let mut files = names.into_iter().map(|name| case.join(name));
    let main = files.find(|path| path.exists()).expect("a main launch file");
    let given = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let mut arguments = vec!["translate", "--emit", "description", main.to_str().unwrap()];
    arguments.extend(given.lines());
    let output = podbay(&arguments, true);
    if output.status.success() {
        return Expected::from([("expected.json", without_defaults(&text(&output.stdout)))]);
    }
    assert_eq!(text(&output.stdout), "", "an error prints nothing");
    Expected::from([("expected.error", text(&output.stderr))])
}
