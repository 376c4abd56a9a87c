//! Why a request is denied, and what would allow it.

use std::fmt;

use serde_json::Value;

use podbay_text::shown;

/// Number of denials in one reply.
const MOST: usize = 20;

/// Characters of a caller's text in a denial.
pub(super) const LONG: usize = 300;

/// One violated rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Name of the rule.
    pub rule: &'static str,
    /// The subject and its place.
    pub what: String,
    /// What would allow it, or the alternative.
    pub help: String,
}

/// Why a request is denied. Retrying unchanged does not help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denied(pub Vec<Denial>);

/// A denial that `setting` of the policy would lift.
pub(super) fn allowed_by(rule: &'static str, what: String, setting: impl fmt::Display) -> Denial {
    let help = format!("`{setting}` under `policy` in podbay's configuration would allow it");
    Denial { rule, what, help }
}

/// The entry that `name` needs in the list `key`, as YAML.
pub(super) fn entry(key: &str, name: &str) -> String {
    let name = shown::beginning(name, LONG);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    match !name.is_empty() && name.chars().all(plain) {
        true => format!("{key}: [{name}]"),
        false => format!("{key}: [{}]", Value::from(name.as_ref())),
    }
}

/// A denial that no setting lifts.
pub(super) fn never(rule: &'static str, what: String) -> Denial {
    let help = "remove it".to_owned();
    Denial { rule, what, help }
}

impl fmt::Display for Denial {
    /// Shortens the caller's own names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = shown::beginning(&self.what, LONG);
        write!(f, "{what} (rule {}): {}", self.rule, self.help)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("denied by podbay's policy: ")?;
        for (index, denial) in self.0.iter().take(MOST).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{denial}")?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Denied {}
