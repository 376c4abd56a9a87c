//! The positions in a YAML file: of each key and each entry of a list, with what they contain.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Error as Yaml, NonFiniteFloatPolicy, Spanned, options};

use super::Position;
use crate::lengths;

/// Positions in a YAML file by path, such as `rules[1].env.A`.
#[derive(Debug, Default)]
pub struct Outline(Vec<Entry>);

/// A key, or an entry of a list.
#[derive(Debug)]
struct Entry {
    /// Index of its parent; parents come first. Paths are not stored, because together they can be far larger
    /// than the file.
    above: Option<usize>,
    step: Step,
    /// Number of ancestors.
    depth: usize,
    /// Position of the key; for an entry of a list, of the value.
    place: Position,
    /// Position of the value.
    value: Position,
    holds: Holds,
    /// Whether the key or the value contains the character NUL.
    nul: bool,
}

/// Kind of a value.
#[derive(Debug)]
enum Holds {
    Nothing,
    Scalar(String),
    Float(String),
    List,
    Keys,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Entry(usize),
}

impl Outline {
    /// The outline of `text`; empty if it is not valid YAML.
    pub fn of(text: &str) -> Self {
        Self::read(text).unwrap_or_default()
    }

    /// The outline of `text`, or why it is not valid YAML.
    pub(super) fn read(text: &str) -> Result<Self, Yaml> {
        let lenient = options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        };
        let mut outline = Self::default();
        let tree: Tree = serde_saphyr::from_str_with_options(text, lenient)?;
        outline.add(tree.0.value, None);
        Ok(outline)
    }

    /// Position of the key at `path`, or of its nearest existing ancestor.
    pub fn key(&self, path: &str) -> Position {
        self.nearest(path)
            .map_or(Position::default(), |(entry, _)| entry.place)
    }

    /// Position of the value at `path`, or of the key of its nearest existing ancestor.
    pub fn value(&self, path: &str) -> Position {
        self.nearest(path)
            .map_or(Position::default(), |found| match found {
                (entry, "") => entry.value,
                (entry, _) => entry.place,
            })
    }

    /// The first key or value that contains the character NUL.
    pub fn nul(&self) -> Option<(String, Position)> {
        let (index, found) = self.0.iter().enumerate().find(|(_, entry)| entry.nul)?;
        Some((written(&self.steps(index)), found.value))
    }

    /// The path of the entry that contains `place`.
    pub(super) fn steps_at(&self, place: Position) -> Vec<Step> {
        let before = self.0.iter().enumerate();
        let before = before.filter(|(_, entry)| entry.place <= place);
        let last = before.max_by_key(|(_, entry)| (entry.place, entry.depth));
        last.map_or(Vec::new(), |(index, _)| self.steps(index))
    }

    /// Describes the value at a path to the user.
    pub(super) fn holds(&self, steps: &[Step]) -> Option<String> {
        // for each entry, the number of steps that lead to it, or none
        let mut led: Vec<Option<usize>> = Vec::with_capacity(self.0.len());
        for entry in &self.0 {
            let above = entry.above.map_or(Some(0), |above| led[above]);
            let taken = above.filter(|above| steps.get(*above) == Some(&entry.step));
            let taken = taken.map(|above| above + 1);
            if taken == Some(steps.len()) {
                return Some(entry.holds.to_string());
            }
            led.push(taken);
        }
        None
    }

    /// The entry at `path` or its nearest existing ancestor, and the rest of the path.
    fn nearest<'p>(&self, path: &'p str) -> Option<(&Entry, &'p str)> {
        // for each entry, the part of the path below it, if the path leads there
        let mut left: Vec<Option<&str>> = Vec::with_capacity(self.0.len());
        let mut found: Option<(&Entry, &str)> = None;
        for entry in &self.0 {
            let above = entry.above.map_or(Some(path), |above| left[above]);
            let rest = above.and_then(|above| entry.step.leads(above, entry.above.is_none()));
            if let Some(rest) = rest
                && found.is_none_or(|(_, shortest)| rest.len() <= shortest.len())
            {
                found = Some((entry, rest));
            }
            left.push(rest);
        }
        found
    }

    /// The path of an entry.
    fn steps(&self, index: usize) -> Vec<Step> {
        let above = |index: &usize| self.0[*index].above;
        let mut steps: Vec<_> = std::iter::successors(Some(index), above)
            .map(|index| self.0[index].step.clone())
            .collect();
        steps.reverse();
        steps
    }

    fn add(&mut self, content: Content, above: Option<usize>) {
        match content {
            Content::Scalar(_) | Content::Float(_) | Content::Text(_) | Content::Empty => {}
            Content::Keys(keys) => {
                for (key, value) in keys {
                    self.enter(above, Step::Key(key.value), key.referenced.into(), value);
                }
            }
            Content::List(entries) => {
                for (index, value) in entries.into_iter().enumerate() {
                    let place = value.0.referenced.into();
                    self.enter(above, Step::Entry(index), place, value);
                }
            }
        }
    }

    fn enter(&mut self, above: Option<usize>, step: Step, place: Position, Tree(value): Tree) {
        let index = self.0.len();
        let key = matches!(&step, Step::Key(key) if key.contains('\0'));
        self.0.push(Entry {
            nul: key || matches!(&value.value, Content::Text(text) if text.contains('\0')),
            above,
            step,
            depth: above.map_or(0, |above| self.0[above].depth + 1),
            place,
            value: value.referenced.into(),
            holds: Holds::of(&value.value),
        });
        self.add(value.value, Some(index));
    }
}

impl Step {
    /// The rest of `path` after this step, or `None` if the path does not begin with it.
    fn leads<'p>(&self, path: &'p str, first: bool) -> Option<&'p str> {
        let rest = match self {
            Self::Key(key) if first => path.strip_prefix(key.as_str()),
            Self::Key(key) => path.strip_prefix('.')?.strip_prefix(key.as_str()),
            Self::Entry(index) => path.strip_prefix(&format!("[{index}]")),
        }?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
    }
}

/// Describes a key without a value.
pub(super) const NOTHING: &str = "no value";

impl Holds {
    fn of(content: &Content) -> Self {
        match content {
            Content::Empty => Self::Nothing,
            Content::Scalar(text) => Self::Scalar(lengths::short(text)),
            Content::Float(text) => Self::Float(lengths::short(text)),
            Content::Text(text) if is_quoted(text) => Self::Scalar(format!("\"{text}\"")),
            Content::Text(text) => Self::Scalar(lengths::short(text)),
            Content::List(_) => Self::List,
            Content::Keys(_) => Self::Keys,
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(NOTHING),
            Self::Scalar(text) if text.starts_with('"') => f.write_str(text),
            Self::Scalar(text) => write!(f, "`{text}`"),
            Self::Float(text) => write!(f, "the float {text}"),
            Self::List => f.write_str("a list"),
            Self::Keys => f.write_str("a mapping"),
        }
    }
}

/// Whether this string must have been quoted, since it would otherwise be a boolean or a number.
fn is_quoted(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    ) || text.parse::<i64>().is_ok()
}

/// `steps` as a path.
pub(super) fn written(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) => text.extend([".", key]),
            Step::Entry(index) => text += &format!("[{index}]"),
        }
    }
    text.trim_start_matches('.').to_owned()
}

/// A value and its position.
struct Tree(Spanned<Content>);

enum Content {
    Empty,
    /// An integer or a boolean.
    Scalar(String),
    Float(String),
    Text(String),
    List(Vec<Tree>),
    Keys(Vec<(Spanned<String>, Tree)>),
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
        Ok(Content::Text(text.to_owned()))
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
        // otherwise it looks like an integer
        Ok(Content::Float(match value.fract() == 0.0 {
            true => format!("{value:e}"),
            false => value.to_string(),
        }))
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
        let place = |line, column| Position { line, column };
        assert_eq!(outline.key("a"), place(5, 1));
        assert_eq!(outline.key("b[0].c.d.e"), place(3, 9));
        assert_eq!(outline.value("b[0].c.d.e"), place(3, 14));
        assert_eq!(outline.value("b[1][1]"), place(4, 9));
        assert_eq!(outline.value("b[1].none.such"), place(4, 5));
        assert_eq!(outline.key("none"), Position::default());
        assert_eq!(written(&outline.steps_at(place(3, 10))), "b[0].c.d.e");
        assert_eq!(written(&outline.steps_at(place(4, 5))), "b[1]");
        let holds = |place| outline.holds(&outline.steps_at(place));
        assert_eq!(holds(place(3, 14)).as_deref(), Some("`.nan`"));
        assert_eq!(holds(place(4, 5)).as_deref(), Some("a list"));
        assert_eq!(Outline::of("a: [").key("a"), Position::default());
    }
}
