//! Profiles: how ROS processes become containers. Written by the person who deploys, read by `render`.
//!
//! ```yaml
//! image: registry.example.com/robot:1.2
//! env: {RMW_IMPLEMENTATION: rmw_cyclonedds_cpp}
//! rules:
//!   - match: {package: "nav2_*"}
//!     resources: {limits: {memory: 512Mi}}
//! ```
//!
//! A rule is a profile of its own that counts only for what it matches. What comes later wins: single fields
//! replace, `env` and `resources` are merged key by key.

mod quantity;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::description::Process;

/// A profile, or a rule in one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Profile {
    /// Which processes this counts for; all of them when nothing is said.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Container image.
    pub image: Option<String>,
    /// When the host fetches the image.
    pub image_pull_policy: Option<PullPolicy>,
    /// Environment, below what the launch file sets.
    pub env: BTreeMap<String, String>,
    /// Resources of the container.
    pub resources: Resources,
    /// Command in place of the image's entrypoint and the search for the executable, with `{package}` and
    /// `{executable}` filled in; the arguments follow it.
    pub command: Option<Vec<String>>,
    /// Service account of the pod. Its token is not mounted.
    pub service_account_name: Option<String>,
    /// Profiles for some of the processes, in order.
    pub rules: Vec<Profile>,
}

/// Which processes a rule counts for: those that match every pattern given. In a pattern `*` stands for any
/// text and `?` for one character.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Package of the executable.
    pub package: Option<String>,
    /// Name of the executable; for an executable without a package, the first word of its command.
    pub executable: Option<String>,
    /// Fully qualified node name.
    pub node: Option<String>,
}

/// `imagePullPolicy` of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

/// `resources` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resources {
    /// At least so much is kept free for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, String>,
    /// More than this it does not get.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, String>,
}

/// Why a profile cannot be used. Reading it again unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("{0}")]
    Yaml(String),
    #[error("`command` is empty; name a program, or leave the key out")]
    EmptyCommand,
    #[error("`command` holds {{{0}}}, which is nothing known; it may hold {{package}} and {{executable}}")]
    UnknownPlaceholder(String),
    #[error(
        "`resources` has {key}: {value}, which is no Kubernetes quantity; write it as 500m, 2, 1.5Gi or 512Mi"
    )]
    Quantity { key: String, value: String },
}

impl Profile {
    /// Reads a profile file. The error names line and column.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let profile: Self =
            serde_saphyr::from_str(text).map_err(|error| Error::Yaml(error.without_snippet().to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    /// What counts for `process`: this profile with every rule that matches it, rules left out.
    pub fn resolve(&self, process: &Process) -> Self {
        let mut result = Self::default();
        self.lay_over(&mut result, process);
        result
    }

    /// True if `process` is one of those this counts for.
    pub fn counts_for(&self, process: &Process) -> bool {
        let fits =
            |pattern: &Option<String>, text: &str| pattern.as_ref().is_none_or(|pattern| glob(pattern, text));
        fits(&self.matches.package, &process.package)
            && fits(&self.matches.executable, process.program())
            && fits(&self.matches.node, &process.node_name().unwrap_or_default())
    }

    fn lay_over(&self, result: &mut Self, process: &Process) {
        if !self.counts_for(process) {
            return;
        }
        set(&mut result.image, &self.image);
        set(&mut result.image_pull_policy, &self.image_pull_policy);
        set(&mut result.command, &self.command);
        set(&mut result.service_account_name, &self.service_account_name);
        result.env.extend(self.env.clone());
        result.resources.requests.extend(self.resources.requests.clone());
        result.resources.limits.extend(self.resources.limits.clone());
        for rule in &self.rules {
            rule.lay_over(result, process);
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.command.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::EmptyCommand);
        }
        for word in self.command.iter().flatten() {
            check_placeholders(word)?;
        }
        self.resources.check()?;
        self.rules.iter().try_for_each(Self::check)
    }
}

impl Resources {
    fn check(&self) -> Result<(), Error> {
        let mut all = self.requests.iter().chain(&self.limits);
        match all.find(|(_, value)| !quantity::is_quantity(value)) {
            Some((key, value)) => Err(Error::Quantity {
                key: key.clone(),
                value: value.clone(),
            }),
            None => Ok(()),
        }
    }
}

fn set<T: Clone>(field: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        field.clone_from(value);
    }
}

fn check_placeholders(word: &str) -> Result<(), Error> {
    for part in word.split('{').skip(1) {
        match part.split_once('}') {
            Some(("package" | "executable", _)) => {}
            Some((name, _)) => return Err(Error::UnknownPlaceholder(name.to_owned())),
            None => return Err(Error::UnknownPlaceholder(part.to_owned())),
        }
    }
    Ok(())
}

/// Whether the whole of `text` fits `pattern`. Goes back to the last `*` only, so the time is bounded by the
/// product of both lengths.
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
    fn later_rules_win_and_maps_are_merged() {
        let profile = Profile::parse(
            "image: base\nenv: {A: 1, B: 2}\nrules:\n\
             - match: {package: nav*}\n  env: {B: 3}\n  rules:\n  - match: {node: /r/*}\n    image: inner\n\
             - match: {executable: x}\n  image: other\n",
        );
        let process = Process {
            package: "nav2".to_owned(),
            executable: "e".to_owned(),
            name: "n".to_owned(),
            namespace: "/r".to_owned(),
            ..Process::default()
        };
        let resolved = profile.unwrap().resolve(&process);
        assert_eq!(resolved.image.as_deref(), Some("inner"));
        assert_eq!(
            resolved.env,
            BTreeMap::from([("A".into(), "1".into()), ("B".into(), "3".into())])
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, expected) in [
            ("image: a\nimmage: b\n", "line 2"),
            ("image: a\nimmage: b\n", "immage"),
            ("imagePullPolicy: Sometimes\n", "Sometimes"),
            ("rules:\n- match: {pkg: a}\n", "pkg"),
            ("command: []\n", "`command` is empty"),
            ("rules:\n- command: [\"{exe}\"]\n", "{exe}"),
            ("- a\n", "line 1"),
            ("rules:\n- resources: {limits: {memory: 512Q}}\n", "memory: 512Q"),
        ] {
            let error = Profile::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        assert_eq!(Profile::parse("").unwrap(), Profile::default());
    }
}
