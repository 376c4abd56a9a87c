//! XML, as ROS's `launch_xml` reads it: attributes are text, converted to the requested type; text between
//! elements, comments and processing instructions are ignored.

use std::rc::Rc;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Asked, Element, Entity, Found, Markup, Misfit, Unread, guard};
use crate::limits;
use crate::place::{Fault, Outcome, Place, shown};
use crate::value::{Kind, Texts, Value};
use podbay_text::problem::Problem;

/// Passes the root element of `text` to `use_root`; `strange` means that a ROS caller sent the text.
pub(crate) fn with_root<T>(
    text: &str,
    file: &Rc<str>,
    strange: bool,
    use_root: impl FnOnce(&Entity<'_>) -> Result<T, Vec<Problem>>,
) -> Result<T, Vec<Problem>> {
    let lines = Lines::of(text);
    let problem_at = |at: usize, what: String| {
        let place = Place {
            file: Rc::clone(file),
            line: lines.line_at(at),
        };
        vec![place.problem(what)]
    };
    guard::check(text, strange).map_err(|(at, what)| problem_at(at, what))?;
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: limits::NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let place = Place {
            file: Rc::clone(file),
            line: error.pos().row,
        };
        let most = limits::NODES;
        vec![place.problem(match error {
            roxmltree::Error::NodesLimitReached => {
                format!("more than {most} elements, texts and comments; split the file up, and <include> its parts")
            }
            error => format!(
                "this is no well-formed XML: {}{}",
                shown(&error.to_string()),
                hint(&error)
            ),
        })]
    })?;
    let root = Xml {
        node: document.root_element(),
        lines: &lines,
    };
    if let Some((at, name)) = namespaced(&document) {
        let what = format!(
            "'{}' is in an XML namespace, where launch files have nothing; leave the namespace out",
            shown(name)
        );
        return Err(problem_at(at, what));
    }
    use_root(&Entity::new(Box::new(root), file))
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

fn hint(error: &roxmltree::Error) -> &'static str {
    match error {
        roxmltree::Error::MalformedEntityReference(_) => "; write &amp; for &, or 'and' for && in $(eval …)",
        _ => "",
    }
}

struct Xml<'a> {
    node: Node<'a, 'a>,
    lines: &'a Lines,
}

/// The ends of a text's lines; the document itself would count them anew for every element.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn line_at(&self, offset: usize) -> u32 {
        let before = self.0.partition_point(|&end| end < offset);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}

impl Xml<'_> {
    fn line_at(&self, offset: usize) -> u32 {
        self.lines.line_at(offset)
    }

    fn child<'b>(&'b self, node: Node<'b, 'b>) -> Element<'b> {
        let lines = self.lines;
        Box::new(Xml { node, lines })
    }

    fn elements(&self) -> impl Iterator<Item = Node<'_, '_>> {
        self.node.children().filter(Node::is_element)
    }
}

fn coerce(text: &str, separator: Option<&str>, kind: Kind) -> Outcome<Value> {
    match separator {
        None => kind.coerce(text, Texts::Allowed),
        Some("") => Err("its separator is empty; name what separates the values".into()),
        Some(separator) => kind.coerce_each(&text.split(separator).collect::<Vec<_>>(), Texts::Allowed),
    }
}

impl Markup for Xml<'_> {
    fn tag(&self) -> &str {
        self.node.tag_name().name()
    }

    fn line(&self) -> u32 {
        self.line_at(self.node.range().start)
    }

    fn attribute(&self, name: &str, kind: Kind) -> Found<Option<Value>> {
        let Some(attribute) = self.node.attribute_node(name) else {
            return Ok(None);
        };
        let separator = self.node.attribute(format!("{name}-sep").as_str());
        match coerce(attribute.value(), separator, kind) {
            Ok(value) => Ok(Some(value)),
            Err(Fault { what, .. }) => Err(Misfit {
                line: self.line_at(attribute.range().start),
                what: format!("attribute '{name}' of <{}>: {what}", shown(self.tag())),
            }),
        }
    }

    fn nested(&self, name: &str) -> Found<Option<Vec<Element<'_>>>> {
        let found: Vec<_> = self
            .elements()
            .filter(|element| element.tag_name().name() == name)
            .map(|node| self.child(node))
            .collect();
        Ok(if found.is_empty() { None } else { Some(found) })
    }

    fn children(&self) -> Found<Vec<Element<'_>>> {
        Ok(self.elements().map(|node| self.child(node)).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.node.has_attribute(name) || self.elements().any(|element| element.tag_name().name() == name)
    }

    fn unread(&self, asked: &Asked) -> Vec<Unread> {
        let read = |name: &str| {
            let base = name
                .strip_suffix("-sep")
                .filter(|base| self.node.has_attribute(*base));
            asked.attributes.contains(name) || base.is_some_and(|base| asked.attributes.contains(base))
        };
        let unread = self.node.attributes().filter(|attribute| !read(attribute.name()));
        let attributes = unread.map(|attribute| Unread {
            what: "attribute",
            name: attribute.name().to_owned(),
            line: self.line_at(attribute.range().start),
            known: asked.attributes.iter().copied().collect(),
        });
        let read = |name: &str| asked.children || asked.nested.contains(name);
        let unread = self.elements().filter(|element| !read(element.tag_name().name()));
        let elements = unread.map(|element| Unread {
            what: "element",
            name: element.tag_name().name().to_owned(),
            line: self.line_at(element.range().start),
            known: asked.nested.iter().copied().collect(),
        });
        attributes.chain(elements).collect()
    }
}
