//! Text with paths into packages. The paths stay symbolic and are resolved in the container, which has its
//! own packages.
//!
//! ```text
//!   $(find-pkg-share nav2_bringup)/params/nav2.yaml    $(exec-in-pkg talker demo_nodes_cpp)
//! ```

use std::fmt;

use super::python::{self, SplitError};

/// A part that the container resolves. Written by [`Display`](fmt::Display), parsed by [`pieces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// The share folder of a package.
    Share(&'a str),
    /// The prefix of an installed package.
    Prefix(&'a str),
    /// An executable of a package.
    Executable {
        /// Its name in the package's `lib` folder.
        name: &'a str,
        /// The package.
        package: &'a str,
    },
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that needs no resolving.
    Text(&'a str),
    /// To be resolved.
    Reference(Reference<'a>),
}

const SHARE: &str = "$(find-pkg-share ";
const PREFIX: &str = "$(find-pkg-prefix ";
const EXECUTABLE: &str = "$(exec-in-pkg ";

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(package) => write!(f, "{SHARE}{package})"),
            Self::Prefix(package) => write!(f, "{PREFIX}{package})"),
            Self::Executable { name, package } => write!(f, "{EXECUTABLE}{name} {package})"),
        }
    }
}

impl fmt::Display for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Reference(reference) => reference.fmt(f),
        }
    }
}

/// The pieces of `text`, in order; written one after the other they are `text` again.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    Pieces {
        rest: text,
        tail: text.len() - text.rfind(')').unwrap_or(0),
    }
}

struct Pieces<'a> {
    rest: &'a str,
    /// Bytes from the last `)` on. Nothing begins there, so it is not looked for an end again and again.
    tail: usize,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some((reference, rest)) = beginning(self.rest) {
            self.rest = rest;
            return Some(Piece::Reference(reference));
        }
        let begins = |at: &usize| beginning(&self.rest[*at..]).is_some();
        let last = self.rest.len().saturating_sub(self.tail);
        let mut places = self.rest[..last].match_indices("$(").map(|(at, _)| at);
        let (text, rest) = self.rest.split_at(places.find(begins).unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(Piece::Text(text))
    }
}

/// The reference that `text` begins with, and what follows it.
fn beginning(text: &str) -> Option<(Reference<'_>, &str)> {
    let known = [SHARE, PREFIX, EXECUTABLE];
    let function = known.into_iter().find(|function| text.starts_with(function))?;
    let (inner, rest) = text[function.len()..].split_once(')')?;
    let reference = match function {
        SHARE => Reference::Share(inner),
        PREFIX => Reference::Prefix(inner),
        _ => {
            let (name, package) = inner.rsplit_once(' ')?;
            Reference::Executable { name, package }
        }
    };
    Some((reference, rest))
}

/// Whether `text` holds something to resolve.
pub fn is_symbolic(text: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Reference(_)))
}

/// The reference that `text` begins with, and what follows it.
pub fn begins_with(text: &str) -> Option<(Reference<'_>, &str)> {
    beginning(text)
}

/// Splits a command line into words like Python's `shlex.split`; spaces within a reference do not separate
/// words.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let joined: String = pieces(line)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Reference(reference) => reference.to_string().replace(' ', "\0"),
        })
        .collect();
    let words = python::shell_split(&joined)?;
    Ok(words.iter().map(|word| word.replace('\0', " ")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_pieces() {
        let share = |package| Piece::Reference(Reference::Share(package));
        for (text, expected) in [
            ("", vec![]),
            ("plain", vec![Piece::Text("plain")]),
            (
                "file://$(find-pkg-share a)/b$(find-pkg-share c)",
                vec![Piece::Text("file://"), share("a"), Piece::Text("/b"), share("c")],
            ),
            (
                "$(exec-in-pkg talker demo)",
                vec![Piece::Reference(Reference::Executable {
                    name: "talker",
                    package: "demo",
                })],
            ),
            (
                "$(find-pkg-prefix p)/lib",
                vec![Piece::Reference(Reference::Prefix("p")), Piece::Text("/lib")],
            ),
            ("$(find-pkg-path a)", vec![Piece::Text("$(find-pkg-path a)")]),
            ("$(exec-in-pkg a)", vec![Piece::Text("$(exec-in-pkg a)")]),
            ("$(find-pkg-share a", vec![Piece::Text("$(find-pkg-share a")]),
            ("$(x) $(find-pkg-share a)", vec![Piece::Text("$(x) "), share("a")]),
        ] {
            let found: Vec<_> = pieces(text).collect();
            assert_eq!(found, expected, "{text}");
            let written: String = found.iter().map(Piece::to_string).collect();
            assert_eq!(written, text);
        }
    }

    #[test]
    fn a_command_line_is_split_around_its_references() {
        for (line, expected) in [
            ("", vec![]),
            ("gdb -ex run --args", vec!["gdb", "-ex", "run", "--args"]),
            (
                "x -e 'a b' \"c\\\"d\" e\\ f ''",
                vec!["x", "-e", "a b", "c\"d", "e f", ""],
            ),
            (
                "$(find-pkg-prefix p)/lib/p/wrap --to '$(find-pkg-share q)/a b'",
                vec![
                    "$(find-pkg-prefix p)/lib/p/wrap",
                    "--to",
                    "$(find-pkg-share q)/a b",
                ],
            ),
        ] {
            assert_eq!(split(line).unwrap(), expected, "{line}");
        }
        assert_eq!(split("a 'b"), Err(SplitError::UnclosedQuote));
    }

    #[test]
    fn many_beginnings_without_an_end_take_no_time() {
        let text = "$(find-pkg-share ".repeat(1 << 16);
        assert!(!is_symbolic(&text));
        assert_eq!(pieces(&(text + ")")).count(), 1);
    }
}
