//! The processes to which a rule applies.

use std::fmt;

use serde::Deserialize;

use podbay_description::Process;

/// The processes to which a rule applies: those that match all given patterns. `*` matches any text and `?`
/// one character.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Match {
    /// Package of the executable.
    pub(crate) package: Option<String>,
    /// Name of the executable; without a package, the first word of the command.
    pub(crate) executable: Option<String>,
    /// Fully qualified node name.
    pub(crate) node: Option<String>,
    /// Namespace of the node, `/` for none.
    pub(crate) namespace: Option<String>,
}

/// The property that a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trait {
    Package,
    Executable,
    Node,
    Namespace,
}

impl Trait {
    /// The key in a profile.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Executable => "executable",
            Self::Node => "node",
            Self::Namespace => "namespace",
        }
    }

    /// The property of `process`; "" for none.
    pub(crate) fn of(self, process: &Process) -> String {
        match self {
            Self::Package => process.package.clone(),
            Self::Executable => process.program().to_owned(),
            Self::Node => process.node_name().unwrap_or_default(),
            Self::Namespace => format!("/{}", process.namespace.trim_matches('/')),
        }
    }

    /// Whether the property of `process` matches `pattern`.
    pub(crate) fn fits(self, pattern: &str, process: &Process) -> bool {
        glob(pattern, &self.of(process))
    }
}

impl Match {
    /// The given patterns.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (Trait, &str)> {
        let all = [
            (Trait::Package, &self.package),
            (Trait::Executable, &self.executable),
            (Trait::Node, &self.node),
            (Trait::Namespace, &self.namespace),
        ];
        all.into_iter()
            .filter_map(|(what, pattern)| Some((what, pattern.as_deref()?)))
    }

    /// Whether this applies to `process`.
    pub(crate) fn applies_to(&self, process: &Process) -> bool {
        self.patterns().all(|(what, pattern)| what.fits(pattern, process))
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.patterns().map(|(what, pattern)| match pattern {
            "" => format!("{}: \"\"", what.key()),
            pattern => format!("{}: {pattern}", what.key()),
        });
        f.write_str(&given.collect::<Vec<_>>().join(", "))
    }
}

/// Whether the whole of `text` matches `pattern`. Backtracks only to the last `*`, so the time is limited by
/// the product of both lengths.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_texts() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("*ab*ab", "abxabab"),
            ("/r*/**", "/r1/x"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("a", ""),
            ("", "a"),
            ("a*c", "abcd"),
            ("a?c", "ac"),
            ("*ab", "aba"),
        ] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_namespace_is_matched_with_its_slash() {
        let rule = |namespace: &str| Match {
            namespace: Some(namespace.to_owned()),
            ..Match::default()
        };
        let process = |namespace: &str| Process {
            namespace: namespace.to_owned(),
            ..Process::default()
        };
        assert!(rule("/robot?").applies_to(&process("robot1")));
        assert!(rule("/robot?/*").applies_to(&process("/robot1/arm")));
        assert!(rule("/").applies_to(&process("")));
        assert!(!rule("/").applies_to(&process("/robot1")));
    }
}
