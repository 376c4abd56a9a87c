//! Launch files that demand far more than their size, and podbay's reply to each. They are generated, since
//! some have megabytes. `tests/hostile.rs` translates them; a test of the daemon can send them, too.

#[path = "inputs/copies.rs"]
mod copies;
#[path = "inputs/markup.rs"]
mod markup;
#[path = "inputs/names.rs"]
mod names;
#[path = "inputs/numbers.rs"]
mod numbers;

use copies::copies;
use markup::markup;
use names::{names, work};
use numbers::numbers;

/// A launch file, and its outcome.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    /// `xml` or `yaml`.
    pub(crate) format: &'static str,
    pub(crate) text: String,
    /// Part of the refusal; unset if it is accepted.
    pub(crate) refused: Option<&'static str>,
}

const TOO_LARGE: &str = "the launch exceeds the limit of";
const TOO_MANY: &str = "processes and components";
const TOO_MUCH_TEXT: &str = "substitutions and parameter files exceed the limit of";

const TOO_MANY_ACTIONS: &str = "the launch exceeds the limit of 100000 actions";
const TOO_MUCH_WORK: &str = "all $(eval …) of the launch together need too much work";

const TOO_MANY_WORDS: &str = "exceed Linux's limit of 2097152 bytes";
const MORE_ERRORS: &str = "(the file has more errors)";

const NO_DECLARATIONS: &str = "a <!DOCTYPE …> with declarations is refused";

/// A substitution of 31 bytes with a result of one megabyte.
const MEGABYTE: &str = r#"$(eval '&quot;x&quot;*1000000')"#;

const NODE: &str = r#"<node pkg="p" exec="e"/>"#;

fn xml(name: &'static str, body: &str, refused: &'static str) -> Input {
    Input {
        name,
        format: "xml",
        text: format!("<launch>{body}</launch>"),
        refused: Some(refused),
    }
}

fn yaml(name: &'static str, text: String, refused: &'static str) -> Input {
    Input {
        name,
        format: "yaml",
        text,
        refused: Some(refused),
    }
}

fn taken(name: &'static str, body: &str) -> Input {
    Input {
        refused: None,
        ..xml(name, body, "")
    }
}

fn loop_of(rounds: usize, body: &str) -> String {
    format!(r#"<for len="{rounds}" name="i">{body}</for>"#)
}

/// `body` repeatedly, with one megabyte in `v`.
fn with_text(body: &str) -> String {
    let variable = format!(r#"<let name="v" value="{MEGABYTE}"/>"#);
    variable + &loop_of(99_000, body)
}

/// A node with a list of this many numbers.
fn of_list(length: usize) -> String {
    let list = vec!["1"; length].join(",");
    format!(r#"<node pkg="p" exec="e"><param name="a" value="[{list}]"/></node>"#)
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// All inputs.
pub(crate) fn all() -> Vec<Input> {
    [copies(), numbers(), markup(), names(), work()]
        .into_iter()
        .flatten()
        .collect()
}
