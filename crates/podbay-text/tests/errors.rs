//! `docs/errors.md` says what the table of codes says. `UPDATE_EXPECT=1` writes it.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::fs;

use podbay_text::diagnostic::Code;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

const HEAD: &str = "# Errors and warnings

Every mistake that podbay finds in launch files, profiles and configuration has a code, which stays the same from version
to version; wording may change. JSON has it as `code`, beside `file`, `line`, `column`, `severity`, `what` and `help`.

This page is made from `crates/podbay-text/src/diagnostic/code.rs`:
`UPDATE_EXPECT=1 cargo test -p podbay-text --test errors`.
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
        "docs/errors.md is out of date; write it by UPDATE_EXPECT=1 cargo test -p podbay-text --test errors"
    );
}
