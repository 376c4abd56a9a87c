//! Builds nodes from the events of the parser.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::breaks::Breaks;
use super::entries::Entries;
use super::{Content, Key, Node, limits, position, tabs};
use crate::substitution::CALL;
use crate::value::Value;
use podbay_description::scalar::{self, Schema};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::beginning;
use podbay_text::yaml::{self, Position};

/// Prefix of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

pub(super) struct Reader<'a> {
    text: &'a str,
    breaks: &'a Breaks<'a>,
    events: Parser<'a, granit_parser::StrInput<'a>>,
    schema: Schema,
    anchors: HashMap<usize, Rc<Node>>,
    /// Places of scalars in which all characters are text.
    pub(super) written: Vec<Range<usize>>,
    /// Bytes added by merge keys, counted at each use.
    merged: usize,
    /// Warnings of duplicate keys.
    pub(super) duplicates: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(breaks: &'a Breaks<'a>, schema: Schema) -> Self {
        let text = breaks.text();
        let options = granit_parser::options! {
            emit_comments: false,
            block_scalar_eof_without_line_feed: true,
        };
        Self {
            text,
            breaks,
            events: Parser::new_from_str_with_options(text, options),
            schema,
            anchors: HashMap::new(),
            written: Vec::new(),
            merged: 0,
            duplicates: Vec::new(),
        }
    }

    pub(super) fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let (marker, info) = (error.marker(), error.info());
                let place = position(marker.line(), marker.col());
                let tab = info
                    .contains("tab")
                    .then(|| tabs::indentation(self.text, place.line));
                let wrong = Code::NotYaml.says(parser_message(&info));
                let wrong = wrong.help(yaml::advice(&info));
                Err(wrong.at_position(tab.flatten().unwrap_or(place)))
            }
            None => Err(Code::NotYaml
                .says("unexpected end of the text")
                .at_position(position(1, 0))),
        }
    }

    pub(super) fn expect_start(&mut self) -> Result<(), Diagnostic> {
        self.next().map(|_| ())
    }

    pub(super) fn expect_end(&mut self) -> Result<(), Diagnostic> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    return Err(
                        fail(&span, "a second document starts here").help("put it in a file of its own")
                    );
                }
            }
        }
    }

    /// A node that is not a key.
    pub(super) fn value(&mut self, event: Event<'a>, span: &Span) -> Result<Rc<Node>, Diagnostic> {
        let node = self.node(event, span)?;
        match node.content {
            Content::Scalar(Value::Other(what @ (scalar::MERGE | scalar::EQUALS))) => {
                Err(fail(span, &format!("{what} is not a valid value")).help("quote it"))
            }
            _ => Ok(node),
        }
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Rc<Node>, Diagnostic> {
        let (anchor, content) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.keep(style, span);
                (
                    anchor,
                    Content::Scalar(self.scalar(&text, style, tag.as_deref(), span)?),
                )
            }
            Event::SequenceStart(_, anchor, tag) => {
                let list = Content::List(self.list()?);
                (anchor, tagged(list, tag.as_deref(), "seq", span)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                let map = Content::Map(self.map()?);
                (anchor, tagged(map, tag.as_deref(), "map", span)?)
            }
            Event::Alias(id) => return self.alias(id, span),
            _ => return Err(fail(span, "a value is missing")),
        };
        let substitutions = self.substitutions(&content, span);
        let node = Rc::new(Node {
            position: self.breaks.in_file(position_of(span)),
            substitutions,
            ..finish(content, span)?
        });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    /// Where each `$(` of a text is written, if there are as many of them in the file.
    fn substitutions(&self, content: &Content, span: &Span) -> Box<[Position]> {
        let Content::Scalar(Value::Text(text)) = content else {
            return Box::default();
        };
        let count = text.matches(CALL).count();
        if count == 0 {
            return Box::default();
        }
        let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else {
            return Box::default();
        };
        let written = self.text.get(start..end).unwrap_or_default();
        if written.matches(CALL).count() != count {
            return Box::default();
        }
        let mut place = position_of(span);
        let mut last = 0;
        let each = written.match_indices(CALL).map(|(at, _)| {
            place = moved(place, &written[last..at]);
            last = at;
            self.breaks.in_file(place)
        });
        each.collect()
    }

    fn alias(&self, id: usize, span: &Span) -> Result<Rc<Node>, Diagnostic> {
        let known = self.anchors.get(&id);
        known
            .cloned()
            .ok_or_else(|| fail(span, "an alias refers to a value that contains it"))
    }

    fn keep(&mut self, style: ScalarStyle, span: &Span) {
        if style != ScalarStyle::Plain
            && let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset())
        {
            self.written.push(start..end);
        }
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<Value, Diagnostic> {
        match tag {
            // PyYAML ignores a lone '!'.
            Some(tag) if tag.handle().is_empty() && tag.suffix() == "!" => {
                self.scalar(text, style, None, span)
            }
            Some(tag) => scalar::tagged(text, &tag.suffix_in_namespace(CORE).unwrap_or_default())
                .map(Value::from)
                .ok_or_else(|| fail(span, "unsupported tag").help("remove it")),
            None if style == ScalarStyle::Plain => Ok(self.schema.resolve(text).into()),
            None => Ok(Value::Text(text.to_owned())),
        }
    }

    fn list(&mut self) -> Result<Vec<Rc<Node>>, Diagnostic> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.value(event, &span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Key, Rc<Node>)>, Diagnostic> {
        let mut entries = Entries::default();
        loop {
            let (key, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries.finish()),
                (event, span) if is_missing(&event, &span) => {
                    return Err(fail(&span, "a ':' without a key"));
                }
                (event, span) => (self.node(event, &span)?, span),
            };
            let (event, value_span) = self.next()?;
            let value = self.value(event, &value_span)?;
            match &key.content {
                Content::Scalar(Value::Other(scalar::MERGE)) => {
                    entries.merge(&value, &span, &mut self.merged)?
                }
                Content::Scalar(name) => {
                    let (name, position) = (crate::python::text(name), key.position);
                    let key = Key { name, position };
                    if let Some(first) = entries.set(key, value)
                        && self.duplicates.len() < limits::ERRORS
                    {
                        self.duplicates.push(duplicate(&first.name, position));
                    }
                }
                _ => return Err(fail(&span, "a list or mapping cannot be a key")),
            }
        }
    }
}

fn duplicate(name: &str, position: Position) -> Diagnostic {
    let what = format!(
        "duplicate key '{}': ROS uses the last one",
        beginning(name, limits::SHOWN)
    );
    let warning = Code::DuplicateKey.says(what).warning();
    warning.help("remove one").at_position(position)
}

fn finish(content: Content, span: &Span) -> Result<Node, Diagnostic> {
    let sum = |(size, bytes): (u32, usize), node: &Node| (size.saturating_add(node.size), bytes + node.bytes);
    let (below, bytes) = match &content {
        Content::Scalar(Value::Text(text)) => (0, text.len()),
        Content::Scalar(_) => (0, 0),
        Content::List(items) => items.iter().fold((0, 0), |all, item| sum(all, item)),
        Content::Map(entries) => {
            let keys = entries.iter().map(|(key, _)| key.name.len()).sum();
            entries.iter().fold((0, keys), |all, (_, node)| sum(all, node))
        }
    };
    let size = below.saturating_add(1);
    let exceeded = |limit: &str| {
        let what = format!("more than {limit}, counting each use of an alias");
        let exceeded = Code::YamlTooLarge
            .says(what)
            .help("split it into several files or values");
        exceeded.at_position(position_of(span))
    };
    if size > limits::NODES {
        return Err(exceeded(&format!("{} values", limits::NODES)));
    }
    if bytes > limits::YAML_BYTES {
        return Err(exceeded(&format!("{} bytes", limits::YAML_BYTES)));
    }
    Ok(Node {
        position: position_of(span),
        content,
        substitutions: Box::default(),
        size,
        bytes,
    })
}

/// A list or mapping with a tag; no launch file can use what PyYAML makes of some tags.
fn tagged(content: Content, tag: Option<&Tag>, expected: &str, span: &Span) -> Result<Content, Diagnostic> {
    let suffix = tag.map(|tag| tag.suffix_in_namespace(CORE).unwrap_or_default());
    match suffix.as_deref() {
        None => Ok(content),
        Some(suffix) if suffix == expected => Ok(content),
        Some("set" | "omap" | "pairs") => Ok(Content::Scalar(Value::Other("a set or list of pairs"))),
        Some(_) => Err(fail(span, "unsupported tag").help("remove it")),
    }
}

/// Whether a key or a value is missing. PyYAML accepts no missing key, and rcl no missing value.
pub(super) fn is_missing(event: &Event<'_>, span: &Span) -> bool {
    matches!(event, Event::Scalar(_, ScalarStyle::Plain, 0, None)) && span.start.index() == span.end.index()
}

pub(super) fn fail(span: &Span, what: &str) -> Diagnostic {
    Code::NotYaml.says(what).at_position(position_of(span))
}

/// The parser's message, rephrased for the author.
fn parser_message(info: &str) -> String {
    match info {
        "recursion limit exceeded" => {
            format!(
                "lists and mappings are nested deeper than {} levels",
                limits::NESTING
            )
        }
        _ => beginning(info, limits::SHOWN).into_owned(),
    }
}

/// The position after `text`, which starts at `from`.
fn moved(from: Position, text: &str) -> Position {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let breaks = text.matches('\n').count() + text.replace("\r\n", "").matches('\r').count();
    match text.rfind(['\n', '\r']) {
        None => Position {
            column: from.column.saturating_add(number(text.chars().count())),
            ..from
        },
        Some(at) => Position {
            line: from.line.saturating_add(number(breaks)),
            column: number(text[at + 1..].chars().count() + 1),
        },
    }
}

fn position_of(span: &Span) -> Position {
    position(span.start.line(), span.start.col())
}
