//! What a person may have meant to type.

/// The one of `known` that `typed` is likely a misspelling of.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = typed.chars().count() / 3;
    known
        .into_iter()
        .map(|name| (distance(typed, name), name))
        .filter(|&(distance, _)| distance <= limit.max(1))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// How many letters to add, drop, change or swap to come from one to the other; `-` and `_` count as the same.
fn distance(from: &str, to: &str) -> usize {
    let letters = |text: &str| {
        text.to_ascii_lowercase()
            .replace('-', "_")
            .chars()
            .take(64)
            .collect::<Vec<_>>()
    };
    let (from, to) = (letters(from), letters(to));
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
