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

/// The one of `known` that has most words in common with `typed`, where [`nearest`] finds none: one of them has all
/// words of the other, which may be misspelt or abbreviated. Of equally similar ones, the shortest.
pub fn akin<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = letters(typed)?;
    let common = |name: &str| {
        let known = letters(name)?;
        let [mut few, mut many] = [&typed, &known].map(|name| name.split('_').collect::<Vec<_>>());
        if few.len() > many.len() {
            std::mem::swap(&mut few, &mut many);
        }
        let fits = |part: &[&str]| part.iter().zip(&few).all(|(one, other)| is_like(one, other));
        let found = many.windows(few.len()).any(fits);
        found.then(|| many.len() - few.len())
    };
    known
        .into_iter()
        .filter_map(|name| Some((common(name)?, name.len(), name)))
        .min()
        .map(|(.., name)| name)
}

/// Whether two words are the same, or one is probably an abbreviation or misspelling of the other.
fn is_like(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    one == other
        || short.len() >= 3 && long.starts_with(short)
        || short.len() > 3 && osa_distance(short, long) <= short.len() / 3
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
    fn words_in_common_are_found() {
        let known = [
            "env",
            "find-exec",
            "find-pkg-prefix",
            "find-pkg-share",
            "log",
            "set_env",
            "set_parameter",
        ];
        for (typed, expected) in [
            ("set_enviroment", Some("set_env")),
            ("find-pkg", Some("find-pkg-share")),
            ("pkg_share", Some("find-pkg-share")),
            ("env-var", Some("env")),
            ("set_paramater_value", Some("set_parameter")),
            ("gz_server", None),
            ("", None),
            ("a_b", None),
        ] {
            assert_eq!(akin(typed, known), expected, "{typed}");
        }
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
