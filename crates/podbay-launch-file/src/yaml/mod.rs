//! YAML as PyYAML reads it: one document, YAML 1.1 types, a line for every node.
//!
//! serde loses what ROS uses (whether a scalar was quoted, how it was written, its place), so this reads the
//! events of the parser below serde-saphyr.

mod tabs;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::limits;
use super::value::Value;
use podbay_description::scalar::{self, Schema};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::beginning;
use podbay_text::yaml::Position;

/// A node of a document.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it starts.
    pub(super) position: Position,
    /// What it holds.
    pub(super) content: Content,
    /// Column of a text's first character, if the text is written in the file unchanged and in one line.
    text_column: Option<u32>,
    /// Number of nodes in it, with aliases expanded.
    size: u32,
    /// Bytes of texts and keys in it, with aliases expanded.
    bytes: usize,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Content {
    /// One value.
    Scalar(Value),
    /// A list.
    List(Vec<Rc<Node>>),
    /// Keys and values in order; the last of equal keys.
    Map(Vec<(String, Rc<Node>)>),
}

impl Node {
    /// Position of an offset in a text, as far as it is known.
    pub(super) fn locate(&self, offset: usize) -> Position {
        let (Some(column), Content::Scalar(Value::Text(text))) = (self.text_column, &self.content) else {
            return self.position;
        };
        // counted for each substitution, so a long text is not counted
        let before = text.get(..offset).filter(|before| before.len() <= COUNTED);
        let Some(before) = before.and_then(|before| u32::try_from(before.chars().count()).ok()) else {
            return self.position;
        };
        Position {
            column: column.saturating_add(before),
            ..self.position
        }
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

/// Parses the single document in `text`, with the types of `schema`; an empty text is null.
pub(super) fn parse_as(text: &str, schema: Schema) -> Result<Rc<Node>, Diagnostic> {
    let text = &with_breaks(text);
    ends_first(text)?;
    let mut reader = Reader::new(text, schema);
    reader.expect_start()?;
    let (event, span) = reader.next()?;
    if matches!(event, Event::StreamEnd) {
        return Ok(Rc::new(Node {
            position: Position { line: 1, column: 1 },
            content: Content::Scalar(Value::Null),
            text_column: None,
            size: 1,
            bytes: 0,
        }));
    }
    let (event, span) = match event {
        Event::DocumentStart(..) => reader.next()?,
        other => (other, span),
    };
    let root = reader.value(event, &span)?;
    reader.expect_end()?;
    tabs::check(text, &reader.written)?;
    Ok(root)
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

/// `text` with the line breaks of YAML 1.1; the parser implements YAML 1.2, where only LF and CR break lines.
fn with_breaks(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(['\u{2028}', '\u{2029}']);
    match text.contains('\u{85}') {
        true => Cow::Owned(text.replace('\u{85}', "\n")),
        false => Cow::Borrowed(text),
    }
}
/// How many bytes of a text are counted for a column.
const COUNTED: usize = 1000;

/// Bytes of a mapping entry in addition to its name.
const ENTRY: usize = 32;

/// Prefix of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, granit_parser::StrInput<'a>>,
    schema: Schema,
    anchors: HashMap<usize, Rc<Node>>,
    /// Places of scalars in which all characters are text.
    written: Vec<Range<usize>>,
    /// Bytes added by merge keys, counted at each use.
    merged: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, schema: Schema) -> Self {
        let options = granit_parser::options! {
            emit_comments: false,
            block_scalar_eof_without_line_feed: true,
        };
        Self {
            text,
            events: Parser::new_from_str_with_options(text, options),
            schema,
            anchors: HashMap::new(),
            written: Vec::new(),
            merged: 0,
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let marker = error.marker();
                let wrong = Code::NotYaml.says(parser_message(error.info()));
                Err(wrong.at_position(position(marker.line(), marker.col())))
            }
            None => Err(Code::NotYaml
                .says("unexpected end of the text")
                .at_position(position(1, 0))),
        }
    }

    fn expect_start(&mut self) -> Result<(), Diagnostic> {
        self.next().map(|_| ())
    }

    fn expect_end(&mut self) -> Result<(), Diagnostic> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    return Err(fail(&span, "a second document starts here").help("only one is allowed"));
                }
            }
        }
    }

    /// A node that is not a key.
    fn value(&mut self, event: Event<'a>, span: &Span) -> Result<Rc<Node>, Diagnostic> {
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
        let text_column = self.text_column(&content, span);
        let node = Rc::new(Node {
            text_column,
            ..finish(content, span)?
        });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    /// Column of the first character of a text that is written in the file unchanged and in one line.
    fn text_column(&self, content: &Content, span: &Span) -> Option<u32> {
        let Content::Scalar(Value::Text(text)) = content else {
            return None;
        };
        let written = self
            .text
            .get(span.start.byte_offset()?..span.end.byte_offset()?)?;
        let quote = match written.len() - text.len().min(written.len()) {
            0 if written == text => 0,
            2 if written.get(1..1 + text.len()) == Some(text) => 1,
            _ => return None,
        };
        (!text.contains('\n')).then(|| position_of(span).column + quote)
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

    fn map(&mut self) -> Result<Vec<(String, Rc<Node>)>, Diagnostic> {
        let mut entries = Entries::default();
        loop {
            let (key, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries.finish()),
                (event, span) if names_nothing(&event, &span) => {
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
                Content::Scalar(name) => entries.set(super::python::text(name), value),
                _ => return Err(fail(&span, "a list or mapping cannot be a key")),
            }
        }
    }
}

/// The entries of a mapping while it is parsed.
#[derive(Default)]
struct Entries {
    own: Vec<(String, Rc<Node>)>,
    index: HashMap<String, usize>,
    merged: Vec<(String, Rc<Node>)>,
    /// Names in `merged`.
    known: HashSet<String>,
}

impl Entries {
    fn set(&mut self, name: String, value: Rc<Node>) {
        match self.index.get(&name) {
            Some(&at) => self.own[at].1 = value,
            None => {
                self.index.insert(name.clone(), self.own.len());
                self.own.push((name, value));
            }
        }
    }

    /// Merges `<<: value`; the mapping's own entries override it, and of several merges the first wins.
    fn merge(&mut self, value: &Rc<Node>, span: &Span, merged: &mut usize) -> Result<(), Diagnostic> {
        let sources = match &value.content {
            Content::List(items) => items.clone(),
            _ => vec![Rc::clone(value)],
        };
        for source in sources {
            let Content::Map(entries) = &source.content else {
                return Err(fail(span, "<< requires a mapping or a list of mappings"));
            };
            for (name, node) in entries {
                *merged += name.len() + ENTRY;
                if *merged > limits::YAML_BYTES {
                    return Err(fail(
                        span,
                        &format!(
                            "values merged by << exceed the limit of {} bytes in total",
                            limits::YAML_BYTES
                        ),
                    ));
                }
                if self.known.insert(name.clone()) {
                    self.merged.push((name.clone(), Rc::clone(node)));
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Vec<(String, Rc<Node>)> {
        let index = self.index;
        let mut all: Vec<_> = self.merged;
        all.retain(|(name, _)| !index.contains_key(name));
        all.extend(self.own);
        all
    }
}

fn finish(content: Content, span: &Span) -> Result<Node, Diagnostic> {
    let sum = |(size, bytes): (u32, usize), node: &Node| (size.saturating_add(node.size), bytes + node.bytes);
    let (below, bytes) = match &content {
        Content::Scalar(Value::Text(text)) => (0, text.len()),
        Content::Scalar(_) => (0, 0),
        Content::List(items) => items.iter().fold((0, 0), |all, item| sum(all, item)),
        Content::Map(entries) => {
            let keys = entries.iter().map(|(key, _)| key.len()).sum();
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
        text_column: None,
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

/// Whether a key is missing, which PyYAML does not accept.
fn names_nothing(event: &Event<'_>, span: &Span) -> bool {
    matches!(event, Event::Scalar(_, ScalarStyle::Plain, 0, None)) && span.start.index() == span.end.index()
}

fn fail(span: &Span, what: &str) -> Diagnostic {
    Code::NotYaml.says(what).at_position(position_of(span))
}

/// The parser's message, rephrased for the author.
fn parser_message(info: String) -> String {
    match info.as_str() {
        "recursion limit exceeded" => {
            format!(
                "lists and mappings are nested deeper than {} levels",
                limits::NESTING
            )
        }
        _ => beginning(&info, limits::SHOWN).into_owned(),
    }
}

fn position_of(span: &Span) -> Position {
    position(span.start.line(), span.start.col())
}

/// The parser counts lines from 1 and columns from 0.
fn position(line: usize, column: usize) -> Position {
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: number(line),
        column: number(column.saturating_add(1)),
    }
}
