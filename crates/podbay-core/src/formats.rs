//! The formats that Kubernetes requires of names, labels and images.

/// Whether `name` is a DNS label (RFC 1123), as for namespaces, containers and volumes.
pub fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether `name` is a DNS subdomain (RFC 1123), as for most other objects.
pub fn is_subdomain(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

/// Whether `key` is a valid key of a label, an annotation or a resource: `example.com/owner`.
pub fn is_key(key: &str) -> bool {
    let (prefix, name) = key
        .split_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_subdomain) && is_word(name)
}

/// Whether `key` is a valid annotation key. Kubernetes checks it in lower case, so `Example.com/owner` is
/// valid.
pub fn is_annotation(key: &str) -> bool {
    is_key(&key.to_ascii_lowercase())
}

/// Whether `name` is a valid sysctl for Kubernetes: `net.core.rmem_max`, or with `/` for any `.`.
pub(crate) fn is_sysctl(name: &str) -> bool {
    let alphanumeric = |c: char| matches!(c, 'a'..='z' | '0'..='9');
    let inner = |c: char| alphanumeric(c) || matches!(c, '-' | '_');
    let segment = |part: &str| {
        part.chars().all(inner) && part.starts_with(alphanumeric) && part.ends_with(alphanumeric)
    };
    name.len() <= 253 && name.split(['.', '/']).all(segment)
}

/// Whether `value` is a valid label value.
pub fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_word(value)
}

/// Whether `name` is a valid image name. A plain number is considered an error. Only registry, tag and digest may have
/// capital letters.
pub fn is_image(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    name.len() <= 512
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        && name.contains(|c: char| c.is_ascii_alphabetic())
        && !repository(name).contains(|c: char| c.is_ascii_uppercase())
}

/// The repository in the name of an image: without registry, tag and digest.
fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let is_registry =
        |first: &str| first.contains(['.', ':']) || first == "localhost" || first != first.to_lowercase();
    let name = match name.split_once('/') {
        Some((first, rest)) if is_registry(first) => rest,
        _ => name,
    };
    name.split_once(':').map_or(name, |(name, _)| name)
}

fn is_word(word: &str) -> bool {
    let ends = |c: char| !c.is_ascii_alphanumeric();
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=63).contains(&word.len())
        && word.chars().all(inner)
        && !word.starts_with(ends)
        && !word.ends_with(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_kubernetes() {
        assert_eq!(["a", "0-b"].map(is_label), [true; 2]);
        assert_eq!(["", "A", "a.b", "-a", "a-", "a b", "é"].map(is_label), [false; 7]);
        assert!(!is_label(&"a".repeat(64)));
        assert_eq!(["a", "a-b.c0", "0"].map(is_subdomain), [true; 3]);
        assert_eq!(["", "a..b", "a_b", "a/b"].map(is_subdomain), [false; 4]);
        assert_eq!(["a", "podbay.dev/launch", "A_b.c"].map(is_key), [true; 3]);
        assert_eq!(["", "/a", "a/", "a/b/c", "B_d/a"].map(is_key), [false; 5]);
        assert_eq!(["", "A-1", "a.b"].map(is_label_value), [true; 3]);
        assert_eq!(["-a", "a b", "/x"].map(is_label_value), [false; 3]);
    }

    #[test]
    fn images_are_recognized() {
        for good in [
            "ros",
            "ros:jazzy",
            "registry.example.com:5000/team/robot:1.2",
            "ros@sha256:0123abcd",
        ] {
            assert!(is_image(good), "{good}");
        }
        for bad in [
            "",
            "5",
            "1.2",
            "a b",
            "a:",
            "/a",
            "a\u{1b}[31m",
            "a\0",
            "{a}",
            "é",
        ] {
            assert!(!is_image(bad), "{bad:?}");
        }
    }
}
