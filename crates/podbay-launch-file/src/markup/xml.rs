//! XML, as ROS's `launch_xml` reads it: attributes are text, converted to the requested type; text between
//! elements, comments and processing instructions are ignored.

use std::sync::Arc;

use roxmltree::{Attribute, Document, Node, ParsingOptions, TextPos};

use super::malformed::malformed;
use super::{Element, Entity, Markup, ReadParts, Sole, Unread, guard};
use crate::limits;
use crate::place::{Outcome, shown};
use crate::substitution::{CALL, COUNTED};
use crate::value::{Kind, Texts, Value};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::lines::Lines;
use podbay_text::yaml::Position;

/// Passes the root element of `text` to `use_root`; `untrusted` means that a ROS caller sent the text.
pub(crate) fn with_root<T>(
    text: &str,
    file: &Arc<str>,
    untrusted: bool,
    use_root: impl FnOnce(&Entity<'_>) -> Result<T, Vec<Diagnostic>>,
) -> Result<T, Vec<Diagnostic>> {
    let lines = Lines::of(text);
    let place = |offset: usize| lines.position(offset).in_file(Arc::clone(file));
    if let Some(offset) = text.find('\0') {
        let what = "the file contains the character NUL (\\0), which XML does not allow";
        return Err(vec![Code::Nul.says(what).help("remove it").at(&place(offset))]);
    }
    guard::check(text, untrusted).map_err(|(offset, wrong)| vec![wrong.at(&place(offset))])?;
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: limits::NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let (offset, wrong) = malformed(&error, text, offset(text, error.pos()));
        vec![wrong.at(&place(offset))]
    })?;
    let root = Xml {
        node: document.root_element(),
        lines: &lines,
    };
    if let Some((offset, name)) = namespaced(&document) {
        let what = format!(
            "'{}' is in an XML namespace, which launch files do not use",
            shown(name)
        );
        let wrong = Code::XmlNamespace.says(what).help("remove the namespace");
        return Err(vec![wrong.at(&place(offset))]);
    }
    use_root(&Entity::new(Box::new(root), file))
}

/// The offset of a position of the parser, for which only LF ends a line.
fn offset(text: &str, position: TextPos) -> usize {
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0)
        .chain(ends)
        .nth(number(position.row).saturating_sub(1));
    let start = start.unwrap_or(text.len());
    let column = text[start..]
        .char_indices()
        .nth(number(position.col).saturating_sub(1));
    column.map_or(text.len(), |(at, _)| start + at)
}

/// The first element, or attribute below the root, in a namespace: its place and name. Attributes of the root
/// are not checked, since some name a schema.
fn namespaced<'a>(document: &'a Document<'_>) -> Option<(usize, &'a str)> {
    document.descendants().filter(Node::is_element).find_map(|node| {
        let tag = node.tag_name();
        if tag.namespace().is_some() {
            return Some((node.range().start, tag.name()));
        }
        let mut attributes = node.attributes().filter(|_| node != document.root_element());
        let attribute = attributes.find(|attribute| attribute.namespace().is_some())?;
        Some((attribute.range().start, attribute.name()))
    })
}

struct Xml<'a> {
    node: Node<'a, 'a>,
    lines: &'a Lines<'a>,
}

impl Xml<'_> {
    fn child<'b>(&'b self, node: Node<'b, 'b>) -> Element<'b> {
        let lines = self.lines;
        Box::new(Xml { node, lines })
    }

    fn elements(&self) -> impl Iterator<Item = Node<'_, '_>> {
        self.node.children().filter(Node::is_element)
    }
}

/// The offset in `written` of the substitution at `offset` in `text`, which are the same without references.
fn same_substitution(text: &str, offset: usize, written: &str) -> Option<usize> {
    // counted for each substitution, so only in short texts
    let before = text.get(..offset).filter(|_| text.len() <= COUNTED)?;
    let index = before.matches(CALL).count();
    let is_same = text.matches(CALL).count() == written.matches(CALL).count();
    let mut all = written.match_indices(CALL).filter(|_| is_same);
    all.nth(index).map(|(at, _)| at)
}

fn coerce(text: &str, separator: Option<&str>, kind: Kind) -> Outcome<Value> {
    match separator {
        None => kind.coerce(text, Texts::Allowed),
        Some("") => Err(Code::WrongValue
            .says("the separator is empty")
            .help("set the separator of the values")),
        Some(separator) => kind.coerce_each(&text.split(separator).collect::<Vec<_>>(), Texts::Allowed),
    }
}

impl Markup for Xml<'_> {
    fn tag(&self) -> &str {
        self.node.tag_name().name()
    }

    fn position(&self) -> Position {
        self.lines.position(self.node.range().start)
    }

    fn attribute(&self, name: &str, kind: Kind) -> Outcome<Option<Value>> {
        let Some(attribute) = self.node.attribute_node(name) else {
            return Ok(None);
        };
        let of_separator =
            |attribute: &Attribute<'_, '_>| attribute.name().strip_suffix("-sep") == Some(name);
        let separator = self.node.attributes().find(of_separator);
        let separator = separator.map(|separator| separator.value());
        match coerce(attribute.value(), separator, kind) {
            Ok(value) => Ok(Some(value)),
            Err(wrong) => Err(wrong
                .within(&format!("attribute '{name}' of <{}>", shown(self.tag())))
                .at_position(self.written(name))),
        }
    }

    fn written(&self, name: &str) -> Position {
        match self.node.attribute_node(name) {
            Some(attribute) => self.lines.position(attribute.range_value().start - 1),
            None => Position::default(),
        }
    }

    fn written_at(&self, name: &str, offset: usize) -> Position {
        let attribute = self.node.attribute_node(name);
        let found = attribute.and_then(|attribute| {
            let written = attribute.range_value();
            // references such as &amp; shift the offsets
            let offset = match written.len() == attribute.value().len() {
                true => offset,
                false => same_substitution(
                    attribute.value(),
                    offset,
                    &self.node.document().input_text()[written.clone()],
                )?,
            };
            Some(self.lines.position(written.start + offset))
        });
        found.unwrap_or_else(|| self.written(name))
    }

    fn nested(&self, name: &str) -> Outcome<Option<Vec<Element<'_>>>> {
        let found: Vec<_> = self
            .elements()
            .filter(|element| element.tag_name().name() == name)
            .map(|node| self.child(node))
            .collect();
        Ok(if found.is_empty() { None } else { Some(found) })
    }

    fn children(&self) -> Outcome<Vec<Element<'_>>> {
        Ok(self.elements().map(|node| self.child(node)).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.node.has_attribute(name) || self.elements().any(|element| element.tag_name().name() == name)
    }

    fn sole(&self) -> Option<Sole> {
        let mut attributes = self.node.attributes();
        let only = attributes.next().filter(|_| attributes.next().is_none())?;
        self.elements().next().is_none().then(|| Sole {
            name: only.name().to_owned(),
            value: only.value().to_owned(),
        })
    }

    fn assignment(&self, name: &str, value: &str) -> String {
        format!("{name}=\"{value}\"")
    }

    fn with(&self, attributes: &[(&str, &str)]) -> String {
        let attributes = attributes
            .iter()
            .map(|(name, value)| format!(" {}", self.assignment(name, value)));
        format!("<{}{}/>", shown(self.tag()), attributes.collect::<String>())
    }

    fn unread(&self, read_parts: &ReadParts) -> Vec<Unread> {
        let read = |name: &str| {
            let base = name
                .strip_suffix("-sep")
                .filter(|base| self.node.has_attribute(*base));
            read_parts.attributes.contains(name)
                || base.is_some_and(|base| read_parts.attributes.contains(base))
        };
        let unread = self.node.attributes().filter(|attribute| !read(attribute.name()));
        let attributes = unread.map(|attribute| Unread {
            what: "attribute",
            name: attribute.name().to_owned(),
            position: self.lines.position(attribute.range().start),
            known: read_parts.attributes.iter().copied().collect(),
        });
        let read = |name: &str| read_parts.children || read_parts.nested.contains(name);
        let unread = self.elements().filter(|element| !read(element.tag_name().name()));
        let elements = unread.map(|element| Unread {
            what: "element",
            name: element.tag_name().name().to_owned(),
            position: self.lines.position(element.range().start),
            known: read_parts.nested.iter().copied().collect(),
        });
        attributes.chain(elements).collect()
    }
}
