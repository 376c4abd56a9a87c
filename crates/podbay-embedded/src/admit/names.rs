//! Formats of names and labels, with the API server's messages.

/// The error of a name that is no RFC 1123 subdomain (objects).
pub(super) fn subdomain(name: &str) -> Option<String> {
    let fits = name.len() <= 253 && name.split('.').all(is_label);
    (!fits).then(|| {
        format!(
            "Invalid value: {name:?}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
             characters, '-' or '.', and must start and end with an alphanumeric character"
        )
    })
}

/// The error of a name that is no RFC 1123 label (containers, volumes, namespaces).
pub(crate) fn label(name: &str) -> Option<String> {
    let fits = name.len() <= 63 && is_label(name);
    (!fits).then(|| {
        format!(
            "Invalid value: {name:?}: a lowercase RFC 1123 label must consist of lower case alphanumeric \
             characters or '-', and must start and end with an alphanumeric character"
        )
    })
}

/// The error of the key of a label or an annotation.
pub(super) fn key(key: &str) -> Option<String> {
    let (prefix, name) = key
        .split_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let fits = prefix.is_none_or(|prefix| subdomain(prefix).is_none()) && is_word(name);
    (!fits).then(|| {
        format!(
            "Invalid value: {key:?}: name part must consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character, after an optional prefix that is a DNS subdomain and '/'"
        )
    })
}

/// The error of the value of a label.
pub(super) fn value(value: &str) -> Option<String> {
    (!value.is_empty() && !is_word(value)).then(|| {
        format!(
            "Invalid value: {value:?}: a valid label must be an empty string or consist of alphanumeric \
             characters, '-', '_' or '.', and must start and end with an alphanumeric character, and be no more \
             than 63 characters"
        )
    })
}

/// The error of a key of a ConfigMap or a Secret.
pub(super) fn data_key(key: &str) -> Option<String> {
    let fits = !key.is_empty() && key.len() <= 253 && !matches!(key, "." | "..") && key.chars().all(in_word);
    (!fits).then(|| {
        format!(
            "Invalid value: {key:?}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        )
    })
}

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

fn is_word(word: &str) -> bool {
    let ends = |c: char| !c.is_ascii_alphanumeric();
    (1..=63).contains(&word.len())
        && word.chars().all(in_word)
        && !word.starts_with(ends)
        && !word.ends_with(ends)
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            ["a", "a-b.c0", "0"].map(|name| subdomain(name).is_none()),
            [true; 3]
        );
        assert_eq!(
            ["", "A", "-a", "a-", "a..b", "a_b", "ä"].map(|name| subdomain(name).is_some()),
            [true; 7]
        );
        assert!(label("a.b").is_some() && label(&"a".repeat(64)).is_some() && label("a-b").is_none());
    }

    #[test]
    fn labels() {
        assert_eq!(
            ["a", "podbay.dev/launch", "A_b.c"].map(|text| key(text).is_none()),
            [true; 3]
        );
        assert_eq!(
            ["", "/a", "a/", "a/b/c", "-a", "B_d/a"].map(|text| key(text).is_some()),
            [true; 6]
        );
        assert_eq!(["", "A-1", "a.b"].map(|text| value(text).is_none()), [true; 3]);
        assert_eq!(["-a", "a b", "/x"].map(|text| value(text).is_some()), [true; 3]);
        assert!(data_key("a.yaml").is_none() && data_key("..").is_some() && data_key("a/b").is_some());
    }
}
