//! Kubernetes quantities: `500m`, `1.5Gi`, `1e3`. Checked where a profile is read, rather than by the API server
//! when the pod is made.

/// What may stand after the number, besides an exponent, and how much it is.
const SUFFIXES: [(&str, f64); 16] = [
    ("", 1.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];

/// Kubernetes keeps a quantity in 63 bits, and silently makes a larger one that large.
const LARGEST: f64 = 9_223_372_036_854_775_807.0;

/// Whether `text` is a quantity of a resource; those are never below zero.
pub(super) fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let points = number.matches('.').count();
    let size = number.parse::<f64>().ok().zip(factor(suffix));
    number.len() > points && points <= 1 && size.is_some_and(|(number, factor)| number * factor <= LARGEST)
}

fn factor(suffix: &str) -> Option<f64> {
    let known = SUFFIXES.iter().find(|(known, _)| *known == suffix);
    known.map_or_else(|| exponent(suffix), |(_, factor)| Some(*factor))
}

/// `e3`, `E-2`.
fn exponent(suffix: &str) -> Option<f64> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let plain = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let good = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
    good.then(|| format!("1e{digits}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_the_rest() {
        for good in [
            "0",
            "2",
            "+1",
            "0.5",
            ".5",
            "1.",
            "500m",
            "1.5Gi",
            "512Mi",
            "1E",
            "1e3",
            "1E-2",
            "7Ei",
            "1e-99999999",
            "0e99",
        ] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "1.2.3",
            "-1",
            "512Q",
            "512mi",
            "512 Mi",
            "512MB",
            "Mi",
            "1e",
            "1e+",
            "1e3.5",
            "0x10",
            "1e99999999",
            "999999999999Ei",
            "9.3E",
        ] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
