//! Reads a profile from YAML: every key belongs to a section; an unknown one is an error that suggests the
//! nearest.

use std::fmt;
use std::sync::LazyLock;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::section::Section;
use super::takes::PROFILE;
use super::{Container, Grouping, Network, Pod, Profile, Workload};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::{self, Outline, Position};

/// Keys outside of sections.
const OWN: &[&str] = &["match", "rules"];

/// All keys of a profile, by section.
pub(super) static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    [
        OWN,
        Container::KEYS,
        Pod::KEYS,
        Grouping::KEYS,
        Workload::KEYS,
        Network::KEYS,
    ]
    .concat()
});

impl Profile {
    /// Reads a profile file.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let profile: Self = yaml::read(text, &PROFILE)?;
        profile
            .check("")
            .map_err(|found| found.located(&Outline::of(text)))?;
        nul(text)?;
        Ok(profile)
    }

    /// Reads the value of `key`, which is a known one.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "match" => self.matches = map.next_value()?,
            "rules" => {
                self.rules = map
                    .next_value::<Vec<Spanned<Self>>>()?
                    .into_iter()
                    .map(placed)
                    .collect()
            }
            key => {
                let _known = self.container.take(key, map)?
                    || self.pod.take(key, map)?
                    || self.grouping.take(key, map)?
                    || self.workload.take(key, map)?
                    || self.network.take(key, map)?;
            }
        }
        Ok(())
    }
}

/// No object may contain NUL. It is rare, so it is searched for only if the text may contain it.
fn nul(text: &str) -> Result<(), Diagnostic> {
    if !text.contains(['\0', '\\']) {
        return Ok(());
    }
    let Some((path, position)) = Outline::of(text).nul() else {
        return Ok(());
    };
    let what = format!("`{path}` contains a NUL character, which Kubernetes does not accept");
    Err(Code::ProfileValue
        .says(what)
        .help("remove it")
        .at_position(position))
}

/// A rule with its line.
fn placed(rule: Spanned<Profile>) -> Profile {
    Profile {
        line: u32::try_from(rule.referenced.line()).unwrap_or(0),
        ..rule.value
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Profile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a profile, which is a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Profile, A::Error> {
        let mut profile = Profile::default();
        while let Some((key, position)) = map.next_key_seed(Known)? {
            profile.keys.insert(key, position);
            profile.take(key, &mut map)?;
        }
        Ok(profile)
    }
}

/// A key of a profile, and its position. An unknown one is refused here, so that its line is reported.
struct Known;

impl<'de> DeserializeSeed<'de> for Known {
    type Value = (&'static str, Position);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let key = Spanned::<String>::deserialize(deserializer)?;
        let known = KEYS.iter().find(|known| **known == key.value);
        let unknown = || D::Error::unknown_field(&key.value, &KEYS);
        Ok((known.ok_or_else(unknown)?, key.referenced.into()))
    }
}
