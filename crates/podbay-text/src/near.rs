//! Suggestions for misspelt names.

/// Longest name for which suggestions are searched.
const LONGEST: usize = 64;

/// The one of `known` of which `typed` is most likely a misspelling.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = letters(typed)?;
    let limit = (typed.len() / 3).max(1);
    known
        .into_iter()
        .filter_map(|name| Some((distance(&typed, &letters(name)?), name)))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Alternatives to the unknown name `typed`.
pub fn instead<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// The letters of a name, with `-` and `_` treated alike; `None` if it is too long.
fn letters(name: &str) -> Option<Vec<char>> {
    let fits = name.chars().nth(LONGEST).is_none();
    let letter = |c: char| if c == '-' { '_' } else { c.to_ascii_lowercase() };
    fits.then(|| name.chars().map(letter).collect())
}

/// Edit distance: insertions, deletions, substitutions and swaps.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for i in 0..from.len() {
        let mut next = vec![i + 1];
        for j in 0..to.len() {
            let change = row[j] + usize::from(from[i] != to[j]);
            let mut best = change.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}
