//! YAML as PyYAML reads it: one document, YAML 1.1 types, a line for every node.
//!
//! serde loses what ROS uses (whether a scalar was quoted, how it was written, its place), so this reads the
//! events of the parser below serde-saphyr.

mod breaks;
mod entries;
pub(super) mod rcl;
mod reader;
mod tabs;

use std::rc::Rc;

use granit_parser::Event;

use super::limits;
use super::substitution::{CALL, COUNTED};
use super::value::Value;
use breaks::Breaks;
use podbay_description::scalar::Schema;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::Position;
use reader::Reader;

/// A node of a document.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it starts.
    pub(super) position: Position,
    /// Its content.
    pub(super) content: Content,
    /// Where each `$(` of a text is written in the file; empty if that is not known.
    substitutions: Box<[Position]>,
    /// Number of nodes in it, with aliases expanded.
    size: u32,
    /// Bytes of texts and keys in it, with aliases expanded.
    bytes: usize,
}

/// The content of a node.
#[derive(Debug)]
pub(super) enum Content {
    /// One value.
    Scalar(Value),
    /// A list.
    List(Vec<Rc<Node>>),
    /// Keys and values in order; the last of equal keys.
    Map(Vec<(Key, Rc<Node>)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Its text.
    pub(super) name: String,
    /// Where it starts.
    pub(super) position: Position,
}

impl Node {
    /// Position of the substitution at `offset` of a text, as far as it is known.
    pub(super) fn locate(&self, offset: usize) -> Position {
        let Content::Scalar(Value::Text(text)) = &self.content else {
            return self.position;
        };
        // counted for each substitution, so only near the start of a text
        let before = text.get(..offset).filter(|before| before.len() <= COUNTED);
        let index = before.map(|before| before.matches(CALL).count());
        let position = index.and_then(|index| self.substitutions.get(index));
        position.copied().unwrap_or(self.position)
    }

    /// As a value; no launch file can use a mapping as a value.
    pub(super) fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::List(items.iter().map(|item| item.value()).collect()),
            Content::Map(_) => Value::Other("a mapping"),
        }
    }
}

/// Parses the single document in `text`, with PyYAML's types.
pub(super) fn parse(text: &str) -> Result<Rc<Node>, Diagnostic> {
    parse_as(text, Schema::Python)
}

/// Parses the single document in `text` like [`parse`], with a warning for each key that occurs twice in a mapping.
pub(super) fn parse_and_warn(text: &str) -> Result<(Rc<Node>, Vec<Diagnostic>), Diagnostic> {
    let breaks = Breaks::of(text);
    document(&breaks, Schema::Python).map_err(|wrong| breaks.located(wrong))
}

/// Parses the single document in `text`, with the types of `schema`; an empty text is null.
pub(super) fn parse_as(text: &str, schema: Schema) -> Result<Rc<Node>, Diagnostic> {
    let breaks = Breaks::of(text);
    let read = document(&breaks, schema).map_err(|wrong| breaks.located(wrong));
    read.map(|(root, _)| root)
}

/// The document, and its duplicate keys.
fn document(breaks: &Breaks<'_>, schema: Schema) -> Result<(Rc<Node>, Vec<Diagnostic>), Diagnostic> {
    let text = breaks.text();
    ends_first(text)?;
    let mut reader = Reader::new(breaks, schema);
    reader.expect_start()?;
    let (event, span) = reader.next()?;
    if matches!(event, Event::StreamEnd) {
        let empty = Node {
            position: Position { line: 1, column: 1 },
            content: Content::Scalar(Value::Null),
            substitutions: Box::default(),
            size: 1,
            bytes: 0,
        };
        return Ok((Rc::new(empty), Vec::new()));
    }
    let (event, span) = match event {
        Event::DocumentStart(..) => reader.next()?,
        other => (other, span),
    };
    let root = reader.value(event, &span)?;
    reader.expect_end()?;
    tabs::check(text, &reader.written)?;
    Ok((root, reader.duplicates))
}

/// In YAML 1.1, a document may end with `...` only after it has begun.
fn ends_first(text: &str) -> Result<(), Diagnostic> {
    let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let Some((at, line)) = text.lines().enumerate().find(|(_, line)| !empty(line)) else {
        return Ok(());
    };
    match line.strip_prefix("...") {
        Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => {
            let ended = Code::NotYaml.says("the document ends before it begins");
            Err(ended.at_position(position(at + 1, 0)))
        }
        _ => Ok(()),
    }
}

/// The parser counts lines from 1 and columns from 0.
fn position(line: usize, column: usize) -> Position {
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: number(line),
        column: number(column.saturating_add(1)),
    }
}
