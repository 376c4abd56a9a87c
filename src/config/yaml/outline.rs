//! Where everything of a YAML file stands: each key, each entry of a list, and what it holds.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Error as Yaml, NonFiniteFloatPolicy, Spanned, options};

use super::Place;
use crate::domain::lengths;

/// Where everything of a YAML file stands, by paths such as `rules[1].env.A`.
#[derive(Debug, Default)]
pub(in crate::config) struct Outline(Vec<Entry>);

/// A key, or an entry of a list.
#[derive(Debug)]
struct Entry {
    steps: Vec<Step>,
    /// Of the key; of the value where it is an entry of a list.
    place: Place,
    /// Of the value.
    value: Place,
    holds: String,
    /// Whether key or value has the character NUL.
    nul: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Entry(usize),
}

impl Outline {
    /// Of `text`; empty where that is no YAML.
    pub(in crate::config) fn of(text: &str) -> Self {
        Self::read(text).unwrap_or_default()
    }

    /// Of `text`, if it is YAML.
    pub(super) fn read(text: &str) -> Result<Self, Yaml> {
        let lenient = options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        };
        let mut outline = Self::default();
        let tree: Tree = serde_saphyr::from_str_with_options(text, lenient)?;
        outline.add(tree.0.value, &[]);
        Ok(outline)
    }

    /// Where the key of the path stands, or else the nearest above it that there is.
    pub(in crate::config) fn key(&self, path: &str) -> Place {
        self.nearest(path).map_or(Place::default(), |entry| entry.place)
    }

    /// Where the value at the path stands, or else the nearest key above it that there is.
    pub(in crate::config) fn value(&self, path: &str) -> Place {
        let found = self.nearest(path);
        found.map_or(Place::default(), |entry| match written(&entry.steps) == path {
            true => entry.value,
            false => entry.place,
        })
    }

    /// The first key or value with the character NUL.
    pub(in crate::config) fn nul(&self) -> Option<(String, Place)> {
        let found = self.0.iter().find(|entry| entry.nul);
        found.map(|entry| (written(&entry.steps), entry.value))
    }

    /// What the mistake at `place` is in.
    pub(super) fn steps_at(&self, place: Place) -> &[Step] {
        let before = self.0.iter().filter(|entry| entry.place <= place);
        let last = before.max_by_key(|entry| (entry.place, entry.steps.len()));
        last.map_or(&[], |entry| &entry.steps)
    }

    /// What a value is, for a person.
    pub(super) fn holds(&self, steps: &[Step]) -> Option<&str> {
        let found = self.0.iter().find(|entry| entry.steps == steps);
        found.map(|entry| entry.holds.as_str())
    }

    fn nearest(&self, path: &str) -> Option<&Entry> {
        let above = |entry: &&Entry| {
            path.strip_prefix(&written(&entry.steps))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let found = self.0.iter().filter(above);
        found.max_by_key(|entry| written(&entry.steps).len())
    }

    fn add(&mut self, content: Content, above: &[Step]) {
        let below = |step| above.iter().cloned().chain([step]).collect::<Vec<_>>();
        match content {
            Content::Scalar(_) | Content::Empty => {}
            Content::Keys(keys) => {
                for (key, value) in keys {
                    self.enter(below(Step::Key(key.value)), key.referenced.into(), value);
                }
            }
            Content::List(entries) => {
                for (index, value) in entries.into_iter().enumerate() {
                    let place = value.0.referenced.into();
                    self.enter(below(Step::Entry(index)), place, value);
                }
            }
        }
    }

    fn enter(&mut self, steps: Vec<Step>, place: Place, Tree(value): Tree) {
        let key = matches!(steps.last(), Some(Step::Key(key)) if key.contains('\0'));
        self.0.push(Entry {
            nul: key || matches!(&value.value, Content::Scalar(text) if text.contains('\0')),
            steps: steps.clone(),
            place,
            value: value.referenced.into(),
            holds: value.value.to_string(),
        });
        self.add(value.value, &steps);
    }
}

/// `steps` as people write them.
pub(super) fn written(steps: &[Step]) -> String {
    let text = steps.iter().fold(String::new(), |text, step| match step {
        Step::Key(key) => format!("{text}.{key}"),
        Step::Entry(index) => format!("{text}[{index}]"),
    });
    text.trim_start_matches('.').to_owned()
}

/// A value and where it stands.
struct Tree(Spanned<Content>);

enum Content {
    Empty,
    Scalar(String),
    List(Vec<Tree>),
    Keys(Vec<(Spanned<String>, Tree)>),
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Scalar(text) => write!(f, "`{}`", lengths::short(text)),
            Self::List(_) => f.write_str("a list"),
            Self::Keys(_) => f.write_str("keys and values"),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut keys = Vec::new();
        while let Some(entry) = map.next_entry()? {
            keys.push(entry);
        }
        Ok(Content::Keys(keys))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Content::List(entries))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Scalar(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        Ok(Content::Scalar(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_a_place() {
        let outline = Outline::of("a: 1\nb:\n  - c: {d.e: .nan}\n  - [x, y]\na: 2\n");
        let place = |line, column| Place { line, column };
        assert_eq!(outline.key("a"), place(5, 1));
        assert_eq!(outline.key("b[0].c.d.e"), place(3, 9));
        assert_eq!(outline.value("b[0].c.d.e"), place(3, 14));
        assert_eq!(outline.value("b[1][1]"), place(4, 9));
        assert_eq!(outline.value("b[1].none.such"), place(4, 5));
        assert_eq!(outline.key("none"), Place::default());
        assert_eq!(written(outline.steps_at(place(3, 10))), "b[0].c.d.e");
        assert_eq!(written(outline.steps_at(place(4, 5))), "b[1]");
        assert_eq!(Outline::of("a: [").key("a"), Place::default());
    }
}
