//! YAML, as ROS's `launch_yaml` reads it: values keep their type and are checked, but never converted.

use std::rc::Rc;
use std::sync::Arc;

use super::forms::{ACTIONS, OF_PROFILE, flow, form, listed, plain, split_action};
use super::{Element, Entity, LIST, Markup, ReadParts, Sole, Unread};
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
        None => Err(vec![not_a_launch_file(&document).in_file(Arc::clone(file))]),
    }
}

/// The error for a root that has not exactly one key.
fn not_a_launch_file(document: &Node) -> Diagnostic {
    let what = "the root of a launch file must be the single key 'launch:' with a list of actions";
    let wrong = |position, help: &str| Code::NotALaunchFile.says(what).help(help).at_position(position);
    let begin = "begin the file with 'launch:', and indent the list of actions below it";
    let Content::Map(entries) = &document.content else {
        return wrong(document.position, begin);
    };
    let has = |names: &[&str]| entries.iter().any(|(key, _)| names.contains(&&*key.name));
    match entries.iter().find(|(key, _)| key.name != "launch") {
        Some((other, _)) if has(&["launch"]) => {
            let help = format!("remove '{}', or move it below 'launch:'", shown(&other.name));
            wrong(other.position, &help)
        }
        Some(_) if has(&OF_PROFILE) => wrong(document.position, "if this is a profile, use --profile"),
        _ => wrong(document.position, begin),
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
                let text = match value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                };
                let help = format!("write {}", form(self.tag, text));
                let wrong = self.wrong(self.position, Code::WrongShape, what);
                wrong.map_err(|wrong| wrong.help(help))
            }
        }
    }

    /// How a list of words is written as the text of `name`.
    fn joined(&self, name: &str, value: &Value) -> String {
        let Value::List(words) = value else {
            return String::new();
        };
        let words: Vec<_> = words.iter().map(crate::python::text).collect();
        match ["args", "cmd", "launch-prefix", "ros_args"].contains(&name) {
            true => format!("write {name}: {}", plain(&words.join(" "))),
            false => String::new(),
        }
    }

    /// Actions that are not in the list of actions.
    fn misplaced(&self) -> Option<Diagnostic> {
        let Content::Map(entries) = &self.node.content else {
            return None;
        };
        let is_attribute = |node: &Node| matches!(node.content, Content::Scalar(_));
        let mut others = entries.iter().filter(|(key, _)| key.name != "keep");
        let (key, node) = others.find(|(_, node)| self.tag != "launch" && !is_attribute(node))?;
        let name = shown(&key.name);
        let help = match &node.content {
            Content::List(_) => format!("rename '{name}' to '{ACTIONS}', the list of actions"),
            _ => format!("put it into the list of actions, {ACTIONS}: [{{{name}: …}}]"),
        };
        let what = format!("unexpected key '{name}' in <{}>", shown(self.tag));
        let wrong = Code::UnexpectedAttribute.says(what).help(help);
        Some(wrong.at_position(key.position))
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
            (Kind::One(Scalar::Text), None) => &self.joined(name, &value),
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
                let wrong = self.wrong(key.position, Code::WrongShape, what);
                return wrong.map_err(|wrong| wrong.help(format!("write {}", listed(name, node))));
            }
        };
        let is_map = |item: &&Rc<Node>| matches!(item.content, Content::Map(_));
        if let Some(other) = items.iter().find(|item| !is_map(item)) {
            let what = format!("requires '{name}' to be a list of mappings; this item is not a mapping");
            let wrong = self.wrong(other.position, Code::WrongShape, what);
            return wrong.map_err(|wrong| wrong.help(format!("write {}", listed(name, other))));
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
            Content::Map(_) => self.entry(ACTIONS)?.map(|(_, node)| node),
            _ => Some(self.node),
        };
        let items = match list.map(|list| &list.content) {
            Some(Content::List(items)) => items,
            _ if let Some(misplaced) = self.misplaced() => return Err(misplaced),
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
                let (index, help) = split_action(item);
                let position = match &item.content {
                    Content::Map(entries) => index.and_then(|index| entries.get(index)),
                    _ => None,
                };
                let position = position.map_or(item.position, |(key, _)| key.position);
                let wrong = self.wrong(position, Code::WrongShape, what);
                wrong.map_err(|wrong| wrong.help(help))
            }
        };
        items.iter().map(|item| action(&**item)).collect()
    }

    fn has(&self, name: &str) -> bool {
        matches!(self.entry(name), Ok(Some(_)))
    }

    fn sole(&self) -> Option<Sole> {
        let (name, node) = only_entry(self.node)?;
        matches!(node.content, Content::Scalar(_)).then(|| Sole {
            name: plain(name),
            value: flow(node),
        })
    }

    fn assignment(&self, name: &str, value: &str) -> String {
        format!("{name}: {value}")
    }

    fn with(&self, attributes: &[(&str, &str)]) -> String {
        let attributes = attributes
            .iter()
            .map(|(name, value)| self.assignment(name, value));
        format!("{{{}}}", attributes.collect::<Vec<_>>().join(", "))
    }

    fn unread(&self, read_parts: &ReadParts) -> Vec<Unread> {
        let read = |name: &str| {
            read_parts.attributes.contains(name)
                || read_parts.nested.contains(name)
                || (read_parts.children && name == ACTIONS)
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
