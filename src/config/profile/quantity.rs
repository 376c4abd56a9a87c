//! Kubernetes quantities: `500m`, `1.5Gi`, `1e3`. Checked where a profile is read, rather than by the API server
//! when the pod is made.

/// What may stand after the number, besides an exponent.
const SUFFIXES: [&str; 16] = [
    "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
];

/// Whether `text` is a quantity of a resource; those are never below zero.
pub(super) fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let points = number.matches('.').count();
    number.len() > points && points <= 1 && (SUFFIXES.contains(&suffix) || is_exponent(suffix))
}

/// `e3`, `E-2`.
fn is_exponent(suffix: &str) -> bool {
    suffix.strip_prefix(['e', 'E']).is_some_and(|digits| {
        let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_the_rest() {
        for good in [
            "0", "2", "+1", "0.5", ".5", "1.", "500m", "1.5Gi", "512Mi", "1E", "1e3", "1E-2",
        ] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in [
            "", ".", "1.2.3", "-1", "512Q", "512mi", "512 Mi", "512MB", "Mi", "1e", "1e+", "1e3.5", "0x10",
        ] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
