//! What is wrong with the YAML of a profile, in the words of a profile: the key, what it takes, and the near miss.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error as Yaml, Spanned};

use super::check::{Error, Mistake};
use crate::domain::near::nearest;

/// What the keys take that are written in a way of podbay's own, with an example.
const TAKES: [(&str, &str, &str); 26] = [
    ("match", "patterns", "{package: \"nav2_*\"}"),
    (
        "rules",
        "a list of profiles",
        "[{match: {node: /talker}, gpu: 1}]",
    ),
    ("image", "the name of an image", "registry.example.com/robot:1.2"),
    ("imagePullPolicy", "a word", "IfNotPresent"),
    ("env", "names with a value each", "{ROS_LOG_DIR: /log}"),
    (
        "resources",
        "requests and limits",
        "{limits: {cpu: 2, memory: 1Gi}}",
    ),
    (
        "command",
        "a list of words",
        "[/opt/run, \"{package}\", \"{executable}\"]",
    ),
    ("gpu", "a number", "1"),
    ("devices", "a list of paths", "[/dev/video0, /dev/dri/]"),
    ("serviceAccountName", "a name", "monitor"),
    ("runtimeClassName", "a name", "nvidia"),
    (
        "nodeSelector",
        "labels with a value each",
        "{kubernetes.io/hostname: amr-1}",
    ),
    ("priorityClassName", "a name", "robot-critical"),
    ("hostNetwork", "true or false", "true"),
    ("hostIPC", "true or false", "true"),
    ("hostPID", "true or false", "true"),
    ("podSecurity", "a word", "restricted"),
    ("labels", "names with a value each", "{team: navigation}"),
    (
        "annotations",
        "names with a value each",
        "{example.com/owner: navigation}",
    ),
    ("group", "a word", "namespace"),
    ("sharedMemory", "a size", "1Gi"),
    ("shareProcessNamespace", "true or false", "true"),
    ("workload", "a kind of workload", "{Job: {backoffLimit: 3}}"),
    (
        "discovery",
        "a way of discovery",
        "{mode: zenohRouter, address: \"router:7447\"}",
    ),
    ("ports", "ports by name", "{websocket: 9090}"),
    (
        "service",
        "a type of Service",
        "{type: NodePort, name: rosbridge}",
    ),
];

/// Longest line that is repeated in a message.
const LONGEST_QUOTE: usize = 80;

/// A place in a file: line and column.
type Place = (u64, u64);

/// What is wrong with `text`, which could not be read because of `error`.
pub(super) fn of_yaml(error: &Yaml, text: &str) -> Error {
    let place = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    let line = u32::try_from(place.0).unwrap_or(0);
    let cause = cause(error);
    let what = worded(cause, key_at(text, place).as_deref()).unwrap_or_else(|| {
        let told = cause.to_string();
        let (what, _) = told.rsplit_once(" at line ").unwrap_or((&told, ""));
        format!("{what}{}", quoted(text, line, what))
    });
    Error {
        line,
        mistake: Mistake::Yaml(what),
    }
}

/// `error` without what is around it.
fn cause(error: &Yaml) -> &Yaml {
    match error.without_snippet() {
        Yaml::AliasError { error, .. } => cause(error),
        error => error,
    }
}

/// What `error`, at the value of `key`, means to who wrote the profile; none where the library says it well.
fn worded(error: &Yaml, key: Option<&str>) -> Option<String> {
    let owner = key.map_or("a profile".to_owned(), |key| format!("`{key}`"));
    Some(match error {
        Yaml::DuplicateMappingKey { key, .. } => {
            let key = key.as_ref().map_or("a key".to_owned(), |key| format!("`{key}`"));
            format!("{key} is given a second time; leave one out")
        }
        Yaml::SerdeUnknownField { field, expected, .. } => {
            format!("{owner} has no key `{field}`; {}", instead(field, expected))
        }
        Yaml::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            format!("{owner} cannot be `{variant}`; {}", instead(variant, expected))
        }
        Yaml::SerdeMissingField { field, .. } => {
            format!("{owner} lacks `{field}`{}", example(key).unwrap_or_default())
        }
        Yaml::SerdeInvalidType {
            unexpected, expected, ..
        }
        | Yaml::SerdeInvalidValue {
            unexpected, expected, ..
        } => {
            let example = example(key).unwrap_or_default();
            format!("{owner} has {unexpected} where it takes {expected}{example}")
        }
        Yaml::NullIntoString { .. } => {
            let example = example(key)?;
            format!("{owner} has a name or an entry without a value; give one, or leave it out{example}")
        }
        Yaml::Unexpected { .. } if key.is_none() => {
            "a profile is keys and values, such as `image: registry.example.com/robot:1.2`".to_owned()
        }
        Yaml::Message { .. } | Yaml::ExternalMessage { .. } | Yaml::Eof { .. } => return None,
        _ => {
            let (_, takes, _) = known(key?)?;
            format!("{owner} takes {takes}{}", example(key)?)
        }
    })
}

fn known(key: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    TAKES.iter().find(|(name, ..)| *name == key)
}

fn example(key: Option<&str>) -> Option<String> {
    let (key, _, example) = known(key?)?;
    Some(format!(", as in `{key}: {example}`"))
}

fn instead(typed: &str, known: &[&str]) -> String {
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// The line itself, unless what is said about it names its key.
fn quoted(text: &str, line: u32, what: &str) -> String {
    let index = usize::try_from(line).unwrap_or(0).checked_sub(1);
    let line = index
        .and_then(|index| text.lines().nth(index))
        .unwrap_or_default()
        .trim();
    let key = line
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_start_matches("- ");
    match what.contains(key) || line.chars().count() > LONGEST_QUOTE {
        true => String::new(),
        false => format!(", in `{line}`"),
    }
}

/// The key of the profile, or of a rule in it, that `place` is in.
fn key_at(text: &str, place: Place) -> Option<String> {
    let outline: Outline = serde_saphyr::from_str(text).ok()?;
    let before = outline.0.into_iter().filter(|(at, _)| *at <= place);
    before.max_by_key(|(at, _)| *at).map(|(_, key)| key)
}

/// Where each key stands. A mistake may be placed there, or anywhere in its value.
struct Outline(Vec<(Place, String)>);

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Outline {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a profile")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            if key.value == "rules" {
                self.0.extend(map.next_value::<Self>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            let place = key.referenced;
            self.0.push(((place.line(), place.column()), key.value));
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self, A::Error> {
        while let Some(entry) = list.next_element::<Self>()? {
            self.0.extend(entry.0);
        }
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profile::Profile;

    #[test]
    fn every_example_can_be_taken() {
        for (key, _, example) in TAKES {
            let read = Profile::parse(&format!("{key}: {example}\n"));
            assert!(read.is_ok(), "{key}: {read:?}");
        }
    }

    #[test]
    fn mistakes_name_the_key_and_what_it_takes() {
        for (text, line, expected) in [
            (
                "image: a\ndevices: /dev/video0\n",
                2,
                "`devices` takes a list of paths, as in `devices: [",
            ),
            (
                "ports: 9090\n",
                1,
                "`ports` takes ports by name, as in `ports: {websocket: 9090}`",
            ),
            ("env: [A=b]\n", 1, "`env` takes names with a value each"),
            ("image: {a: b}\n", 1, "`image` takes the name of an image"),
            ("gpu: one\n", 1, "`gpu` takes a number, as in `gpu: 1`"),
            ("hostNetwork: maybe\n", 1, "`hostNetwork` takes true or false"),
            (
                "image: a\ngpu: 1\nimage: b\n",
                3,
                "`image` is given a second time",
            ),
            (
                "env:\n  A: b\n  C:\n",
                3,
                "`env` has a name or an entry without a value",
            ),
            (
                "discovery: hostnetwork\n",
                1,
                "`discovery` cannot be `hostnetwork`; did you mean `hostNetwork`?",
            ),
            (
                "discovery: {mode: zenohRouter, adress: a}\n",
                1,
                "`discovery` has no key `adress`; did you mean `address`?",
            ),
            ("discovery: {address: a}\n", 1, "`discovery` lacks `mode`, as in"),
            (
                "ports: {web: high}\n",
                1,
                "`ports` has string \"high\" where it takes the number of a port",
            ),
            (
                "rules:\n- gpu: 1\n- match: {nod: a}\n",
                3,
                "`match` has no key `nod`; did you mean `node`?",
            ),
            (
                "rules:\n- rules:\n  - gpu: x\n  env: {}\n",
                3,
                "`gpu` takes a number",
            ),
            ("rules: {gpu: 1}\n", 1, "`rules` takes a list of profiles"),
        ] {
            let error = Profile::parse(text).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(expected), "{text:?}: {message}");
            assert_eq!(error.line, line, "{text:?}: {message}");
        }
    }
}
