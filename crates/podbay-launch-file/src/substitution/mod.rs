//! Text with substitutions, `$(…)`: their kinds, syntax and evaluation.

mod equals;
mod functions;
mod parse;
mod perform;

pub(super) use functions::Function;
pub(super) use perform::{no_nul, perform};

use std::sync::Arc;

use super::place::{Outcome, Place};
use podbay_text::yaml::Position;

/// How a substitution starts.
pub(super) const CALL: &str = "$(";

/// In how many bytes of a text the substitutions are counted to find where one of them is written.
pub(super) const COUNTED: usize = 10_000;

/// Text with substitutions in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Template {
    parts: Vec<Part>,
    /// Position in the file; unknown for texts that are not written there.
    position: Position,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Literal text.
    Text(String),
    /// A substitution.
    Call(Call),
}

/// One substitution.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    name: &'static str,
    function: Function,
    arguments: Vec<Template>,
    /// Position in the file, as far as it is known.
    position: Position,
}

/// The position of an offset of a text in its file.
pub(super) type Locate<'a> = dyn Fn(usize) -> Position + 'a;

/// `position` in the file of an action; the action itself if it is unknown.
fn placed(position: Position, action: &Place) -> Place {
    match position {
        Position { line: 0, .. } => action.clone(),
        position => position.in_file(Arc::clone(&action.file)),
    }
}

impl Template {
    /// Parses `text`, whose substitutions are at the positions that `locate` returns.
    pub(super) fn parse(text: &str, locate: &Locate<'_>) -> Outcome<Self> {
        parse::parse(text, locate)
    }

    /// Sets the position in the file.
    pub(super) fn at(mut self, position: Position) -> Self {
        self.position = position;
        self
    }

    /// Position in the file; unknown for texts that are not written there.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Its place, if it is in an action at `action`.
    pub(super) fn place(&self, action: &Place) -> Place {
        placed(self.position, action)
    }

    /// The place of [`package_position`](Self::package_position), if it is in an action at `action`.
    pub(super) fn package_place(&self, action: &Place) -> Place {
        placed(self.package_position(), action)
    }

    /// Position of the first reference to a package in it, or of all of it.
    pub(super) fn package_position(&self) -> Position {
        let names_package = |part: &&Part| match part {
            Part::Text(_) => false,
            Part::Call(call) => call.function.names_package(),
        };
        match self.parts.iter().find(names_package) {
            Some(Part::Call(call)) => call.position,
            _ => self.position,
        }
    }

    /// A template of these parts.
    pub(super) fn of(mut parts: Vec<Part>) -> Self {
        // there may be very many of one short word each
        parts.shrink_to_fit();
        Self {
            parts,
            position: Position::default(),
        }
    }

    /// Text without substitutions.
    pub(super) fn literal(text: impl Into<String>) -> Self {
        Self::of(vec![Part::Text(text.into())])
    }

    /// Its parts.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, if there is no substitution.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The substitution, if there is nothing else.
    pub(super) fn as_call(&self) -> Option<&Call> {
        match self.parts.as_slice() {
            [Part::Call(call)] => Some(call),
            _ => None,
        }
    }
}

/// Removes the backslash before each escaped character.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(&next) if c == '\\' && next != '\n' => {
                out.push(next);
                rest.next();
            }
            _ => out.push(c),
        }
    }
    out
}
