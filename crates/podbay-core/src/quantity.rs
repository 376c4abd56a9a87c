//! Kubernetes quantities: `500m`, `1.5Gi`, `1e3`.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// Valid suffixes, besides an exponent, and their factors.
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

/// Kubernetes stores quantities in 63 bits, and silently clamps larger ones.
const LARGEST: f64 = 9_223_372_036_854_775_807.0;

/// Whether `text` is a valid resource quantity, which is never negative.
pub fn is_quantity(text: &str) -> bool {
    value(text).is_some_and(|value| value <= LARGEST && !text.starts_with('-'))
}

/// Whether both are quantities, and `amount` is more than `limit`.
pub fn is_above(amount: &str, limit: &str) -> bool {
    value(amount)
        .zip(value(limit))
        .is_some_and(|(amount, limit)| amount > limit)
}

/// The number of a quantity, or `None`.
pub fn value(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let points = number.matches('.').count();
    if number.len() <= points || points > 1 {
        return None;
    }
    Some(sign * number.parse::<f64>().ok()? * factor(suffix)?)
}

fn factor(suffix: &str) -> Option<f64> {
    let known = SUFFIXES.iter().find(|(known, _)| *known == suffix);
    known.map(|(_, factor)| *factor).or_else(|| exponent(suffix))
}

/// `e3`, `E-2`.
fn exponent(suffix: &str) -> Option<f64> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let plain = !unsigned.is_empty() && unsigned.chars().all(|c| c.is_ascii_digit());
    plain.then(|| format!("1e{digits}").parse().ok())?
}

/// An amount of memory in the configuration: `1Gi`, or a number of bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    text: String,
    /// The amount in bytes.
    pub bytes: f64,
}

impl Eq for Memory {}

impl Memory {
    /// Parses an amount.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = value(text).filter(|_| is_quantity(text))?;
        let text = text.to_owned();
        Some(Self { text, bytes })
    }

    /// An amount of bytes, formatted like Kubernetes does.
    pub fn of(bytes: f64) -> Self {
        let units = [("Gi", 1_073_741_824.0), ("Mi", 1_048_576.0), ("Ki", 1024.0)];
        let unit = units.iter().find(|(_, unit)| bytes > 0.0 && bytes % unit == 0.0);
        let (suffix, unit) = unit.unwrap_or(&("", 1.0));
        let text = format!("{:.0}{suffix}", bytes / unit);
        Self { text, bytes }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Accepts an amount of memory as a number or a text.
struct Written;

impl Visitor<'_> for Written {
    type Value = Memory;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount of memory, such as 512Mi or 2Gi")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Memory, E> {
        Memory::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Memory, E> {
        self.visit_str(&bytes.to_string())
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Memory, E> {
        self.visit_str(&bytes.to_string())
    }

    // `1e9` is also a YAML number
    fn visit_f64<E: Error>(self, bytes: f64) -> Result<Memory, E> {
        match bytes.fract() == 0.0 {
            true => self.visit_str(&bytes.to_string()),
            false => Err(E::invalid_value(Unexpected::Float(bytes), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_recognized() {
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
        for (text, expected) in [
            ("-1", -1.0),
            ("1.5Gi", 1_610_612_736.0),
            ("250m", 0.25),
            ("1e3", 1000.0),
            ("1E", 1e18),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
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
