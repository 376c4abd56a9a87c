//! `docs/errors.md` is generated from the table of codes; `UPDATE_EXPECT=1` writes it.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use podbay_text::diagnostic::Code;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

const HEAD: &str = "# Errors and warnings

Every error and warning about a launch file, a profile or the configuration has a code. Codes are
stable between versions; the wording may change.

A terminal shows the line and how to fix it. It shows at most 100 errors and warnings, and the
number of the others:

```text
error[PB0203]: unexpected attribute 'exe' in <node>
 --> robot.launch.xml:2:31
  |
2 |   <node pkg=\"demo_nodes_cpp\" exe=\"talker\"/>
  |                              ^^^^^^^^^^^^
  |
  = help: did you mean 'exec'?
```

In logs and replies, an error is one line, `FILE:LINE:COLUMN: error[PB0203]: message; help`. The
JSON of `podbay translate --emit description` lists the warnings of the evaluation as
`problems`. Those of the profile and of rendering (PB05xx, PB06xx) are not part of it. Each has
these fields:

| field | content |
|---|---|
| `severity` | `error` or `warning` |
| `code` | the code |
| `file`, `line`, `column` | the place; lines and columns count from 1, and an unknown column is omitted |
| `what` | the message |
| `about` | the node, process or key it is about, if the message does not name it |
| `help` | how to fix it |
| `included_from` | the includes that lead to the file, as `FILE:LINE:COLUMN`, innermost first; only the first and last three of a long chain |
| `included_from_omitted` | the number of includes omitted from the middle of the chain |

A *ROS caller* is a client that sends a request from the ROS graph. A *host* is a Kubernetes node.

<!-- Generated from crates/podbay-text/src/diagnostic/code.rs:
UPDATE_EXPECT=1 cargo test -p podbay-text --test errors -->
";

const AREAS: [(u16, &str); 9] = [
    (1, "Files, XML and YAML"),
    (2, "Actions and attributes"),
    (3, "Substitutions and expressions"),
    (4, "Parameters"),
    (5, "Profiles"),
    (6, "Rendering"),
    (7, "Configuration files and profiles"),
    (8, "The policy section"),
    (9, "Evaluation by ROS, and limits"),
];

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (area, title) in AREAS {
        write!(page, "\n## PB{area:02}xx: {title}\n").unwrap();
        let codes = Code::ALL.iter().filter(|code| **code as u16 / 100 == area);
        for code in codes {
            let lines = code
                .explanation()
                .lines()
                .map(|line| line.strip_prefix(' ').unwrap_or(line));
            let text = lines.collect::<Vec<_>>().join("\n");
            write!(page, "\n### {code}: {}\n\n", code.title()).unwrap();
            write!(page, "*{}*\n\n{text}\n", code.severity()).unwrap();
        }
    }
    page
}

/// The Rust files below `folder`, except the table itself.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("target") => {}
            true => sources(&path, found),
            false if path.ends_with("diagnostic/code.rs") => {}
            false => found.extend(Some(path).filter(|path| path.extension().is_some_and(|end| end == "rs"))),
        }
    }
}

#[test]
fn every_code_is_reported_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        sources(&root.join(folder), &mut files);
    }
    let text: String = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let names: HashSet<_> = text
        .split("Code::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    let unused: Vec<_> = Code::ALL
        .iter()
        .map(|code| format!("{code:?}"))
        .filter(|name| !names.contains(name.as_str()))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn the_page_lists_every_code() {
    let page = page();
    let listed = page.lines().filter(|line| line.starts_with("### PB")).count();
    assert_eq!(listed, Code::ALL.len(), "a code is in none of the areas");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(PATH, &page).unwrap();
    }
    assert_eq!(
        fs::read_to_string(PATH).unwrap_or_default(),
        page,
        "docs/errors.md is out of date; run UPDATE_EXPECT=1 cargo test -p podbay-text --test errors"
    );
}
