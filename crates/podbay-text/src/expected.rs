//! Describes to users what values a Rust type accepts, without serde's names for types.

/// Terms of the YAML library and serde, and those of podbay.
const EXPECTED: [(&str, &str); 12] = [
    ("boolean", "true or false"),
    ("bool", "true or false"),
    ("sequence", "a list"),
    ("mapping", "a mapping"),
    ("map", "a mapping"),
    ("struct", "a mapping"),
    ("string", "a string"),
    ("key", "a string"),
    ("float", "a number"),
    ("f64", "a number"),
    ("integer", "an integer"),
    ("unit", "nothing"),
];

/// Describes the expected value to the user; `None` if there is nothing helpful to say.
pub fn plainly(expected: &str) -> Option<String> {
    let first = expected.trim_start_matches("a ").split(' ').next()?;
    let plain = EXPECTED.iter().find(|(word, _)| *word == first);
    match (plain, first.strip_prefix(['u', 'i'])) {
        _ if expected.is_empty() => None,
        (Some((_, plain)), _) => Some((*plain).to_owned()),
        (None, Some(bits)) if bits.chars().all(|c| c.is_ascii_digit()) => Some("an integer".to_owned()),
        (None, _) => Some(expected.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_plain_names() {
        for (expected, plain) in [
            ("a string", Some("a string")),
            ("struct Pod", Some("a mapping")),
            ("i32", Some("an integer")),
            ("u64", Some("an integer")),
            ("a sequence", Some("a list")),
            ("int or string", Some("int or string")),
            ("", None),
        ] {
            assert_eq!(plainly(expected).as_deref(), plain, "{expected}");
        }
    }
}
