//! YAML, as ROS's `launch_yaml` reads it: values keep their type and are checked, but never converted.

use std::rc::Rc;
use std::sync::Arc;

use super::{Element, Entity, LIST, Markup, ReadParts, Unread};
use crate::place::{Outcome, shown};
use crate::substitution::no_nul;
use crate::value::{Kind, Scalar, Texts, Value};
use crate::yaml::{self, Content, Key, Node};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::Position;

/// Passes the root element of `text` to `use_root`, with warnings.
pub(crate) fn with_root<T>(
    text: &str,
    file: &Arc<str>,
    use_root: impl FnOnce(&Entity<'_>, Vec<Diagnostic>) -> Result<T, Vec<Diagnostic>>,
) -> Result<T, Vec<Diagnostic>> {
    let (document, warnings) = yaml::parse_and_warn(text).map_err(|mut wrong| {
        wrong.message.insert_str(0, "invalid YAML: ");
        vec![wrong.in_file(Arc::clone(file))]
    })?;
    match only_entry(&document) {
        Some((tag, node)) => {
            let in_file = |warning: Diagnostic| warning.in_file(Arc::clone(file));
            let root = Entity::new(element(tag, node, document.position), file);
            use_root(&root, warnings.into_iter().map(in_file).collect())
        }
        None => {
            let what = "the root of a launch file must be the single key 'launch:' with a list of actions";
            Err(vec![
                Code::NotALaunchFile
                    .says(what)
                    .at(&document.position.in_file(Arc::clone(file))),
            ])
        }
    }
}

struct Yaml<'a> {
    tag: &'a str,
    node: &'a Node,
    position: Position,
}

fn element<'a>(tag: &'a str, node: &'a Node, position: Position) -> Element<'a> {
    Box::new(Yaml { tag, node, position })
}

/// All texts in `value`.
fn texts(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Text(text) => Box::new(std::iter::once(text.as_str())),
        Value::List(items) | Value::Tuple(items) => Box::new(items.iter().flat_map(texts)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Key and value of a mapping with exactly one entry.
fn only_entry(node: &Node) -> Option<(&str, &Node)> {
    match &node.content {
        Content::Map(entries) => match entries.as_slice() {
            [(key, value)] => Some((&key.name, value)),
            _ => None,
        },
        _ => None,
    }
}

/// How to make one action of `item`.
fn split_action(item: &Node) -> String {
    match &item.content {
        Content::Map(entries) => match entries.as_slice() {
            [(first, value), _, ..] if matches!(value.content, Content::Scalar(Value::Null)) => {
                format!(
                    "indent the attributes below '{}' further than it",
                    shown(&first.name)
                )
            }
            _ => "begin each action with '- '".to_owned(),
        },
        _ => "write - ACTION: {ATTRIBUTE: VALUE}".to_owned(),
    }
}

impl Yaml<'_> {
    /// The entry of that name; a list of actions has none.
    fn entry(&self, name: &str) -> Outcome<Option<(&Key, &Node)>> {
        match &self.node.content {
            Content::Map(entries) => {
                let found = entries.iter().find(|(key, _)| key.name == name);
                Ok(found.map(|(key, node)| (key, &**node)))
            }
            Content::List(_) => Ok(None),
            Content::Scalar(value) => {
                let found = value.what();
                let what = format!("requires a mapping of attributes, found {found}");
                let help = match (self.tag, value) {
                    ("push-ros-namespace" | "push_ros_namespace", Value::Text(name)) => {
                        format!("write {}: {{namespace: {}}}", self.tag, shown(name))
                    }
                    _ => "write {name: …}, or the attributes below it, indented".to_owned(),
                };
                let wrong = self.wrong(self.position, Code::WrongShape, what);
                wrong.map_err(|wrong| wrong.help(help))
            }
        }
    }

    fn wrong<T>(&self, position: Position, code: Code, what: impl std::fmt::Display) -> Outcome<T> {
        let wrong = code.says(format!("'{}' {what}", shown(self.tag)));
        Err(wrong.at_position(position))
    }
}

impl Markup for Yaml<'_> {
    fn tag(&self) -> &str {
        self.tag
    }

    fn position(&self) -> Position {
        self.position
    }

    fn attribute(&self, name: &str, kind: Kind) -> Outcome<Option<Value>> {
        let Some((_, node)) = self.entry(name)? else {
            return Ok(None);
        };
        let value = node.value();
        if let Err(wrong) = texts(&value).try_for_each(no_nul) {
            return Err(wrong
                .within(&format!("attribute '{name}' of '{}'", shown(self.tag)))
                .at_position(node.position));
        }
        if kind.holds(&value, Texts::Allowed) {
            return Ok(Some(value));
        }
        let advice = match (kind, value.scalar()) {
            (Kind::One(Scalar::Text), Some(_)) => "quote it: YAML launch files keep the type of a value",
            (Kind::One(Scalar::Float), Some(Scalar::Int)) => {
                "add '.0': YAML launch files keep the type of a value"
            }
            _ => "",
        };
        let (kind, found) = (kind.name(), value.what());
        let what = format!(
            "attribute '{name}' of '{}' must be {kind}, found {found}",
            shown(self.tag)
        );
        let wrong = Code::WrongType.says(what).help(advice);
        Err(wrong.at_position(node.position))
    }

    fn written(&self, name: &str) -> Position {
        match self.entry(name) {
            Ok(Some((_, node))) => node.position,
            _ => Position::default(),
        }
    }

    fn written_at(&self, name: &str, offset: usize) -> Position {
        match self.entry(name) {
            Ok(Some((_, node))) => node.locate(offset),
            _ => Position::default(),
        }
    }

    fn nested(&self, name: &str) -> Outcome<Option<Vec<Element<'_>>>> {
        let Some((key, node)) = self.entry(name)? else {
            return Ok(None);
        };
        let items = match &node.content {
            Content::List(items) if !items.is_empty() => items,
            _ => {
                let what = format!("requires '{name}' to be a list of mappings");
                return self.wrong(key.position, Code::WrongShape, what);
            }
        };
        let is_map = |item: &&Rc<Node>| matches!(item.content, Content::Map(_));
        if let Some(other) = items.iter().find(|item| !is_map(item)) {
            let what = format!("requires '{name}' to be a list of mappings; this item is not a mapping");
            return self.wrong(other.position, Code::WrongShape, what);
        }
        Ok(Some(
            items
                .iter()
                .map(|item| element(&key.name, item, item.position))
                .collect(),
        ))
    }

    fn children(&self) -> Outcome<Vec<Element<'_>>> {
        let list = match &self.node.content {
            Content::Map(_) => self.entry("children")?.map(|(_, node)| node),
            _ => Some(self.node),
        };
        let items = match list.map(|list| &list.content) {
            Some(Content::List(items)) => items,
            _ => {
                let what = "requires actions: a list, or a mapping with a list 'children'";
                let wrong = self.wrong(self.position, Code::WrongShape, what);
                return wrong.map_err(|wrong| wrong.help("begin each action with '- ', such as - node: …"));
            }
        };
        let action = |item| match only_entry(item) {
            Some((tag, node)) => Ok(element(tag, node, item.position)),
            None => {
                let what = "requires each action to be a mapping with one key, the name of the action";
                let wrong = self.wrong(item.position, Code::WrongShape, what);
                wrong.map_err(|wrong| wrong.help(split_action(item)))
            }
        };
        items.iter().map(|item| action(&**item)).collect()
    }

    fn has(&self, name: &str) -> bool {
        matches!(self.entry(name), Ok(Some(_)))
    }

    fn unread(&self, read_parts: &ReadParts) -> Vec<Unread> {
        let read = |name: &str| {
            read_parts.attributes.contains(name)
                || read_parts.nested.contains(name)
                || (read_parts.children && name == "children")
        };
        let known: Rc<[_]> = read_parts
            .attributes
            .iter()
            .chain(&read_parts.nested)
            .copied()
            .collect();
        let unread = |what, name: &str, position| Unread {
            what,
            name: name.to_owned(),
            position,
            known: Rc::clone(&known),
        };
        match &self.node.content {
            Content::Map(entries) => {
                let others = entries.iter().filter(|(key, _)| !read(&key.name));
                others
                    .map(|(key, _)| unread("key", &key.name, key.position))
                    .collect()
            }
            Content::List(_) if !read_parts.children => vec![unread(LIST, self.tag, self.position)],
            _ => Vec::new(),
        }
    }
}
