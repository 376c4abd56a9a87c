//! The limits of Linux for starting a program. Each word of the command line and the environment may have 128
//! KiB including its terminator (`MAX_ARG_STRLEN`). All of them, with one pointer each, may take a quarter of
//! the stack: 2 MiB for the usual stack of 8 MiB.

use serde_json::Value;

use podbay_text::shown;

/// Limit of one word, in bytes.
pub(crate) const LONGEST: usize = 128 * 1024 - 1;

/// Limit of all words together, in bytes.
pub const TOGETHER: usize = 2 << 20;

/// What a word takes in addition to its text: terminator and pointer.
const BESIDE: usize = 1 + size_of::<usize>();

/// Limit of the number of words.
pub const WORDS: usize = TOGETHER / BESIDE;

/// Characters of a variable's name that are shown.
const SHOWN: usize = 20;

/// Why Linux would not start the program of a Kubernetes container, as a phrase that follows "it has"; `None`
/// if it would.
pub fn too_large(container: &Value) -> Option<String> {
    let lists = ["command", "args"].map(|list| container[list].as_array());
    let words = lists.into_iter().flatten().flatten().filter_map(Value::as_str);
    let words: Vec<_> = words.map(size).collect();
    let variables = container["env"].as_array().into_iter().flatten();
    let variables: Vec<_> = variables.map(variable).collect();
    // not the word itself, which may be a secret
    if let Some((at, bytes)) = words.iter().enumerate().find(|(_, bytes)| **bytes > LONGEST) {
        return Some(than(
            &format!(
                "an argument of {bytes} bytes (word {} of {})",
                at + 1,
                words.len()
            ),
            LONGEST,
        ));
    }
    if let Some((name, bytes)) = variables.iter().find(|(_, bytes)| *bytes > LONGEST) {
        let name = shown::beginning(name, SHOWN);
        return Some(than(&format!("a variable of {bytes} bytes ({name})"), LONGEST));
    }
    let all = words.iter().chain(variables.iter().map(|(_, bytes)| bytes));
    let bytes: usize = all.map(|bytes| bytes + BESIDE).sum();
    let what = || format!("{bytes} bytes of arguments and environment, counting {BESIDE} more for each");
    (bytes > TOGETHER).then(|| than(&what(), TOGETHER))
}

fn than(what: &str, most: usize) -> String {
    format!("{what}, which exceeds Linux's limit of {most}")
}

/// Name and size of a variable, in bytes.
fn variable(variable: &Value) -> (&str, usize) {
    let text = |field: &str| variable[field].as_str().unwrap_or_default();
    (text("name"), text("name").len() + 1 + size(text("value")))
}

/// Bytes of `word` as the program receives it: Kubernetes reads `$$` as `$`.
fn size(word: &str) -> usize {
    word.len() - word.matches("$$").count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn linux_limits_each_word_and_all_together() {
        let longest = "x".repeat(LONGEST);
        let most = vec!["x".repeat(100); TOGETHER / 109];
        for fits in [
            json!({"args": [longest, format!("$${}", &longest[1..])], "env": [{"name": "A", "value": &longest[2..]}]}),
            json!({"args": most}),
            json!({"command": null, "env": [{"name": "A", "valueFrom": {}}]}),
        ] {
            assert_eq!(too_large(&fits), None);
        }
        for (container, expected) in [
            (
                json!({"command": ["a"], "args": [longest.clone() + "x"]}),
                "an argument of 131072 bytes (word 2 of 2), which exceeds Linux's limit of 131071",
            ),
            (
                json!({"env": [{"name": "PATH", "value": longest}]}),
                "a variable of 131076 bytes (PATH), which exceeds Linux's limit of 131071",
            ),
            (
                json!({"args": vec![""; 240_000]}),
                "2160000 bytes of arguments and environment, counting 9 more for each, which exceeds Linux's limit of 2097152",
            ),
        ] {
            assert_eq!(too_large(&container).as_deref(), Some(expected));
        }
    }
}
