//! Whether rcl reads a parameter file: it supports less than YAML, and only one structure.
//!
//! ```yaml
//! /namespace:              # names of nodes and namespaces
//!   talker:
//!     ros__parameters:     # below are parameters
//!       rate: 10
//! ```

use granit_parser::{Event, ScalarStyle, Span};

use super::breaks::Breaks;
use super::reader::{Reader, fail, is_missing};
use crate::place::{Outcome, shown};
use crate::value::{Scalar, Value};
use podbay_description::scalar::Schema;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::near::nearest;

/// The key below which parameters are. rcl compares only the beginning of a key.
pub(crate) const MARK: &str = "ros__parameters";

/// A key, and its place.
type Key = (String, Span);

/// The first thing in `text` for which rcl refuses the file, so that a node with it ends at its start.
///
/// # Errors
///
/// With its position.
pub(crate) fn check(text: &str) -> Outcome<()> {
    let breaks = Breaks::of(text);
    let mut reader = Reader::new(&breaks, Schema::Rcl);
    document(&mut reader).map_err(|wrong| breaks.located(wrong))
}

fn document(reader: &mut Reader<'_>) -> Outcome<()> {
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(()),
            (Event::MappingStart(..), _) => nodes(reader, None)?,
            (Event::SequenceStart(..), span) => return Err(fail(&span, "it is a list, not a mapping")),
            (Event::Alias(_), span) => return Err(alias(&span)),
            _ => {}
        }
    }
}

/// The names of nodes below `outer`.
fn nodes(reader: &mut Reader<'_>, outer: Option<&Key>) -> Outcome<()> {
    while let Some(key) = next_key(reader)? {
        let (name, span) = &key;
        let is_mark = name.starts_with(MARK);
        match reader.next()? {
            _ if is_mark && outer.is_none() => {
                let what = format!("{MARK} has no name of a node above it");
                return Err(fail(span, &what).help("write /**: above it for all nodes"));
            }
            (Event::MappingStart(..), _) if is_mark => parameters(reader)?,
            (Event::MappingStart(..), _) => nodes(reader, Some(&key))?,
            _ if is_mark => {
                let what = format!("{MARK} is not a mapping");
                return Err(fail(span, &what).help("write parameters below it, or remove it"));
            }
            (Event::Alias(_), at) => return Err(alias(&at)),
            _ => return Err(outside(&key, outer)),
        }
    }
    Ok(())
}

/// A value that no `ros__parameters` is above.
fn outside(key: &Key, outer: Option<&Key>) -> Diagnostic {
    let misspelt = outer.filter(|(name, _)| nearest(name, [MARK]).is_some());
    if let Some((name, span)) = misspelt {
        let what = format!("'{}' must be {MARK}", shown(name));
        return fail(span, &what).help("write it with two underscores");
    }
    let (name, span) = key;
    let what = format!("the value of '{}' is not below {MARK}", shown(name));
    fail(span, &what).help("write parameters below the name of a node, or /**, and ros__parameters")
}

/// The parameters of a node, or of a group of them.
fn parameters(reader: &mut Reader<'_>) -> Outcome<()> {
    while next_key(reader)?.is_some() {
        match reader.next()? {
            (Event::MappingStart(..), _) => parameters(reader)?,
            (event, span) => value(reader, &event, &span)?,
        }
    }
    Ok(())
}

/// A value or a list of values that begins with `event`.
fn value(reader: &mut Reader<'_>, event: &Event<'_>, span: &Span) -> Outcome<()> {
    match event {
        event if is_missing(event, span) => {
            Err(fail(span, "a value is missing").help("add it, or remove the key"))
        }
        Event::Alias(_) => Err(alias(span)),
        Event::SequenceStart(..) => list(reader),
        _ => Ok(()),
    }
}

/// The rest of a list. rcl also reads lists that contain others.
fn list(reader: &mut Reader<'_>) -> Outcome<()> {
    let (mut depth, mut first) = (1, None);
    while depth > 0 {
        let (event, span) = reader.next()?;
        match &event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            Event::Scalar(text, style, ..) if depth == 1 => {
                let kind = match style {
                    ScalarStyle::Plain => Value::from(Schema::Rcl.resolve(text)).scalar(),
                    _ => None,
                };
                let kind = kind.unwrap_or(Scalar::Text);
                if *first.get_or_insert(kind) != kind {
                    return Err(fail(&span, "a list must have values of one type")
                        .help("integers and floats differ: write 1.0 instead of 1"));
                }
                value(reader, &event, &span)?;
            }
            _ => value(reader, &event, &span)?,
        }
    }
    Ok(())
}

/// The next key of a mapping; `None` at its end.
fn next_key(reader: &mut Reader<'_>) -> Outcome<Option<Key>> {
    match reader.next()? {
        (Event::MappingEnd, _) => Ok(None),
        (Event::Scalar(name, ..), span) => Ok(Some((name.into_owned(), span))),
        (Event::Alias(_), span) => Err(alias(&span)),
        (_, span) => Err(fail(&span, "a list or mapping cannot be a key")),
    }
}

fn alias(span: &Span) -> Diagnostic {
    fail(span, "rcl does not support aliases").help("write the value again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rcl_of_jazzy_reads_is_accepted() {
        for text in [
            "",
            "# nothing\n",
            "/**:\n  ros__parameters:\n    a: [1, 2]\n    b: {c: '', d: x}\n",
            "/ns:\n  talker: {ros__parameters: {rate: 10}}\n  listener:\n    ros__parameters: {}\n",
            "a: {ros__parameters: {b: [[1, x]], c: [1, 2], d: [on, no], e: [~, x], f: []}}\n",
            "a: {x: {ros__parameters: {b: 1}}, ros__parameters: {b: 1}}\n",
            "talker: {ros__parameters: {a: !!str 5, 0: 7}}\n---\n/**: {ros__parameters: {b: 1}}\n",
        ] {
            assert_eq!(check(text).map_err(|wrong| wrong.text()), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_rcl_of_jazzy_refuses_is_named_with_its_position() {
        for (text, line, column, what) in [
            (
                "talker:\n  ros_parameters:\n    rate: 1\n",
                2,
                3,
                "'ros_parameters' must be",
            ),
            ("talker:\n  rate: 1\n", 2, 3, "value of 'rate'"),
            ("rate: 1\n", 1, 1, "value of 'rate'"),
            ("ros__parameters:\n  rate: 1\n", 1, 1, "no name of a node"),
            ("a:\n  ros__parameters:\n    rate:\n", 3, 9, "a value is missing"),
            ("a:\n  ros__parameters: {b: &x 1, c: *x}\n", 2, 33, "aliases"),
            ("a:\n  ros__parameters: {b: [1, x]}\n", 2, 28, "one type"),
            ("a:\n  ros__parameters: {b: [1, 2.5]}\n", 2, 28, "one type"),
            ("a:\n  ros__parameters: {? [x] : 2}\n", 2, 23, "cannot be a key"),
            ("a:\n  ros__parameters:\n", 2, 3, "is not a mapping"),
            ("a:\n", 1, 1, "value of 'a'"),
            ("- a\n", 1, 1, "a list"),
            ("a:\n  ros__parameters: {b: 1\n", 2, 20, "unclosed"),
        ] {
            let wrong = check(text).unwrap_err();
            assert!(wrong.message.contains(what), "{text}: {wrong}");
            assert_eq!(
                (wrong.place.line, wrong.place.column),
                (line, column),
                "{text}: {wrong}"
            );
        }
    }
}
