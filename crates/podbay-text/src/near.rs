//! Suggestions for misspelt names.

use strsim::osa_distance;

/// Longest name for which suggestions are searched.
const LONGEST: usize = 64;

/// The one of `known` of which `typed` is most likely a misspelling.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = letters(typed)?;
    let limit = (typed.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter_map(|name| Some((osa_distance(&typed, &letters(name)?), name)))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Alternatives to the unknown name `typed`.
pub fn instead<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
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
