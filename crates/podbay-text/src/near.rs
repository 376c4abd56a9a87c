//! Suggestions for misspelt names.

use strsim::osa_distance;

/// Longest name for which suggestions are searched.
const LONGEST: usize = 64;

/// The one of `known` of which `typed` is most likely a misspelling; of equally similar ones, one with the same
/// first letter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_within(usize::MAX, typed, known)
}

/// Like [`nearest`], with at most `most` different letters.
pub fn nearest_within<'a>(
    most: usize,
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = letters(typed)?;
    let limit = match typed.chars().count() {
        // any other letter would be as near
        0 | 1 => 0,
        count => (count / 3).max(1).min(most),
    };
    known
        .into_iter()
        .filter_map(|name| Some((osa_distance(&typed, &letters(name)?), name)))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|(distance, name)| {
            (
                *distance,
                letters(name).is_some_and(|name| name.chars().next() != typed.chars().next()),
            )
        })
        .map(|(_, name)| name)
}

/// Lists longer than this are sorted; shorter ones may have an order of their own.
const GLANCE: usize = 20;

/// Alternatives to the unknown name `typed`.
pub fn instead<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<_> = known.into_iter().collect();
    if known.len() > GLANCE {
        known.sort_unstable();
    }
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of {}", known.join(", ")),
    }
}

/// The letters of a name, with `-` and `_` treated alike; `None` if it is too long.
fn letters(name: &str) -> Option<String> {
    let fits = name.chars().nth(LONGEST).is_none();
    let letter = |c: char| if c == '-' { '_' } else { c.to_ascii_lowercase() };
    fits.then(|| name.chars().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_decides_between_equally_similar_names() {
        assert_eq!(nearest("vr", ["or", "var", "if"]), Some("var"));
        assert_eq!(nearest("orr", ["var", "or"]), Some("or"));
        assert_eq!(nearest("nothing", ["or", "var"]), None);
    }

    #[test]
    fn long_lists_are_sorted_and_short_ones_keep_their_order() {
        assert_eq!(
            instead("x", ["warn", "info", "debug"]),
            "use one of warn, info, debug"
        );
        let names: Vec<_> = (0..=GLANCE)
            .rev()
            .map(|number| format!("name{number:02}"))
            .collect();
        let listed = instead("x", names.iter().map(String::as_str));
        assert!(listed.starts_with("use one of name00, name01, "), "{listed}");
    }
}
