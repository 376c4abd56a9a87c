//! Describes to users what values a Rust type accepts, without serde's names for types.

/// What the YAML library and serde expect, and how podbay says it.
const EXPECTED: [(&str, &str); 12] = [
    ("boolean", "true or false"),
    ("bool", "true or false"),
    ("sequence", "a list"),
    ("mapping", "keys and values"),
    ("map", "keys and values"),
    ("struct", "keys and values"),
    ("string", "a text"),
    ("key", "a text"),
    ("float", "a number"),
    ("f64", "a number"),
    ("integer", "a whole number"),
    ("unit", "nothing"),
];

/// Describes the expected value to the user; `None` if there is nothing helpful to say.
pub fn plainly(expected: &str) -> Option<String> {
    let first = expected.trim_start_matches("a ").split(' ').next()?;
    let plain = EXPECTED.iter().find(|(word, _)| *word == first);
    match (plain, first.strip_prefix(['u', 'i'])) {
        _ if expected.is_empty() => None,
        (Some((_, plain)), _) => Some((*plain).to_owned()),
        (None, Some(bits)) if bits.chars().all(|c| c.is_ascii_digit()) => Some("a whole number".to_owned()),
        (None, _) => Some(expected.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_plain_words() {
        for (expected, plain) in [
            ("a string", Some("a text")),
            ("struct Pod", Some("keys and values")),
            ("i32", Some("a whole number")),
            ("u64", Some("a whole number")),
            ("a sequence", Some("a list")),
            ("int or string", Some("int or string")),
            ("", None),
        ] {
            assert_eq!(plainly(expected).as_deref(), plain, "{expected}");
        }
    }
}
