//! Parses the API server's message about a quota, to find out if deleting the old pod leaves enough room for
//! the next one.

use std::collections::BTreeMap;

use podbay_core::quantity;

/// Whether `message` is about a quota that is not exceeded without the next pod, so that deleting the old one
/// suffices.
pub(super) fn is_freed_by_the_old(message: &str) -> bool {
    let Some((_, numbers)) = message.split_once("exceeded quota: ") else {
        return false;
    };
    let (used, limited) = (part(numbers, "used: "), part(numbers, "limited: "));
    !limited.is_empty()
        && limited.iter().all(|(name, limit)| {
            let used = used.get(name).copied();
            used.is_some_and(|used| used <= *limit)
        })
}

/// Parses `used: pods=1,cpu=100m, limited: …` by name.
fn part(numbers: &str, title: &str) -> BTreeMap<String, f64> {
    let text = numbers.split_once(title).map_or("", |(_, rest)| rest);
    let text = text.split(", ").next().unwrap_or_default();
    let entries = text.split(',').filter_map(|entry| entry.trim().split_once('='));
    entries
        .filter_map(|(name, amount)| Some((name.to_owned(), quantity::value(amount)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_quota_has_room_once_the_old_pod_is_gone() {
        let said = |used: &str, limited: &str| {
            format!(
                "pods \"a\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=1, used: {used}, limited: {limited}"
            )
        };
        for (used, limited, fits) in [
            ("pods=2,requests.cpu=1500m", "pods=2,requests.cpu=2", true),
            ("pods=2", "pods=1", false),
            ("pods=1,requests.cpu=3", "pods=1,requests.cpu=2500m", false),
            ("requests.memory=1Gi", "requests.memory=1024Mi", true),
            ("", "", false),
        ] {
            assert_eq!(
                is_freed_by_the_old(&said(used, limited)),
                fits,
                "{used} {limited}"
            );
        }
        assert!(!is_freed_by_the_old(
            "pods is forbidden: User \"eve\" cannot create resource \"pods\""
        ));
    }
}
