//! An element of a launch file, independent of the markup language.
//!
//! An [`Entity`] keeps track of what was read. Attributes and elements that were never read are an error, so
//! no action can silently ignore an attribute.

mod declaration;
mod forms;
mod guard;
mod habits;
mod malformed;
mod pair;
mod xml;
mod yaml;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::limits;
use super::place::{At, Outcome, Place, shown};
use super::substitution::Template;
use super::typed::Typed;
use super::value::{Kind, Scalar, Value};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::Position;

pub(super) use forms::OF_PROFILE;
pub(super) use podbay_text::near::nearest;
pub(super) use xml::with_root as with_xml_root;
pub(super) use yaml::with_root as with_yaml_root;

/// The adapter of a markup language. Its errors have their position in the file, but not its name.
trait Markup {
    /// Name of the element.
    fn tag(&self) -> &str;
    /// Where it starts.
    fn position(&self) -> Position;
    /// An attribute as `kind`; text is accepted for any type, since it may contain a substitution.
    fn attribute(&self, name: &str, kind: Kind) -> Outcome<Option<Value>>;
    /// Where the value of an attribute is written; unknown if there is no such attribute.
    fn written(&self, name: &str) -> Position;
    /// Where the byte at `offset` of an attribute's text is written, as far as it is known.
    fn written_at(&self, name: &str, offset: usize) -> Position;
    /// The nested elements named `name`.
    fn nested(&self, name: &str) -> Outcome<Option<Vec<Element<'_>>>>;
    /// All nested elements.
    fn children(&self) -> Outcome<Vec<Element<'_>>>;
    /// Whether it has an attribute or elements of that name.
    fn has(&self, name: &str) -> bool;
    /// Its only attribute, if it has no other and no elements.
    fn sole(&self) -> Option<Sole>;
    /// How an attribute is written.
    fn assignment(&self, name: &str, value: &str) -> String;
    /// How it is written with only these attributes.
    fn with(&self, attributes: &[(&str, &str)]) -> String;
    /// What was written but not read.
    fn unread(&self, read_parts: &ReadParts) -> Vec<Unread>;
}

type Element<'a> = Box<dyn Markup + 'a>;

/// The parts of an element that were read.
#[derive(Default)]
struct ReadParts {
    attributes: BTreeSet<&'static str>,
    nested: BTreeSet<&'static str>,
    children: bool,
}

/// A list in YAML where attributes are expected.
const LIST: &str = "list";

/// The only attribute of an element.
struct Sole {
    name: String,
    value: String,
}

/// Something that was written but not read.
struct Unread {
    what: &'static str,
    name: String,
    position: Position,
    known: Rc<[&'static str]>,
}

/// One element.
pub(super) struct Entity<'a> {
    markup: Element<'a>,
    place: Place,
    /// Number of surrounding elements.
    depth: usize,
    read_parts: RefCell<ReadParts>,
    /// Missing required attributes.
    missing: RefCell<Vec<&'static str>>,
    /// Errors in the file that do not stop the reader.
    errors: Rc<RefCell<Vec<Diagnostic>>>,
}

impl<'a> Entity<'a> {
    fn new(markup: Element<'a>, file: &Arc<str>) -> Self {
        let place = markup.position().in_file(Arc::clone(file));
        Self {
            markup,
            place,
            depth: 0,
            read_parts: RefCell::default(),
            missing: RefCell::default(),
            errors: Rc::default(),
        }
    }

    /// Name of the element.
    pub(super) fn tag(&self) -> &str {
        self.markup.tag()
    }

    /// Its place.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// A problem with it.
    pub(super) fn problem(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        code.says(message).at(&self.place)
    }

    /// Whether it has an attribute or elements of that name; does not count as reading them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.markup.has(name)
    }

    /// An attribute as `kind`.
    pub(super) fn attribute(&self, name: &'static str, kind: Kind) -> Result<Option<Value>, Diagnostic> {
        self.read_parts.borrow_mut().attributes.insert(name);
        self.placed(self.markup.attribute(name, kind))
    }

    /// A problem with the value of an attribute.
    pub(super) fn problem_in(&self, name: &str, code: Code, message: impl Into<String>) -> Diagnostic {
        let position = self.markup.written(name);
        code.says(message).or_position(position).at(&self.place)
    }

    /// An attribute as `kind` that may contain substitutions.
    pub(super) fn typed(&self, name: &'static str, kind: Kind) -> Result<Option<Typed>, Diagnostic> {
        let value = self.attribute(name, kind)?;
        value
            .map(|value| self.typed_value(name, &value, kind))
            .transpose()
    }

    /// `value` of an attribute as `kind`.
    pub(super) fn typed_value(&self, name: &str, value: &Value, kind: Kind) -> Result<Typed, Diagnostic> {
        let position = self.markup.written(name);
        Typed::new(value, kind, position, &|offset| {
            self.markup.written_at(name, offset)
        })
        .map_err(|wrong| wrong.within(&format!("attribute '{name}' of <{}>", shown(self.tag()))))
        .at(&self.place)
    }

    /// An attribute that is text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, Diagnostic> {
        let value = self.attribute(name, Kind::One(Scalar::Text))?;
        Ok(value.as_ref().map(super::python::text))
    }

    /// An attribute that may contain substitutions.
    pub(super) fn template(&self, name: &'static str) -> Result<Option<Template>, Diagnostic> {
        match self.text(name)? {
            Some(text) => {
                let locate = |offset| self.markup.written_at(name, offset);
                let template = Template::parse(&text, &locate).at(&self.place)?;
                Ok(Some(template.at(self.markup.written(name))))
            }
            None => Ok(None),
        }
    }

    /// A required attribute that may contain substitutions; if missing, the error is reported later.
    pub(super) fn required_template(&self, name: &'static str) -> Result<Template, Diagnostic> {
        Ok(self.template(name)?.unwrap_or_else(|| {
            self.missing.borrow_mut().push(name);
            Template::literal("")
        }))
    }

    /// The result of `read`; an error is reported later, so that others are found as well.
    pub(super) fn recover<T: Default>(&self, read: Result<T, Diagnostic>) -> T {
        read.unwrap_or_else(|problem| {
            self.report(problem);
            T::default()
        })
    }

    /// Adds an error that does not stop the reader, up to the limit. The same error can be found for each
    /// attribute, and is reported once.
    pub(super) fn report(&self, problem: Diagnostic) {
        let is_new = !self.errors.borrow().contains(&problem);
        if is_new && !self.has_too_many_errors() {
            self.errors.borrow_mut().push(problem);
        }
    }

    /// Whether the limit of errors is exceeded: each further one takes time.
    pub(super) fn has_too_many_errors(&self) -> bool {
        self.errors.borrow().len() > limits::ERRORS
    }

    /// The errors so far.
    pub(super) fn take_errors(&self) -> Vec<Diagnostic> {
        self.errors.take()
    }

    /// The error for a missing attribute.
    pub(super) fn missing(&self, name: &str) -> Diagnostic {
        self.problem(
            Code::MissingAttribute,
            format!("<{}> requires the attribute '{name}'", shown(self.tag())),
        )
        .help(self.addition(name))
    }

    /// The help for a missing attribute.
    pub(super) fn addition(&self, name: &str) -> String {
        format!("add {}", self.markup.assignment(name, "…"))
    }

    /// The elements named `name`; `None` if there are none.
    pub(super) fn nested(&self, name: &'static str) -> Result<Option<Vec<Entity<'_>>>, Diagnostic> {
        self.read_parts.borrow_mut().nested.insert(name);
        let found = self.placed(self.markup.nested(name))?;
        found.map(|elements| self.entities(elements)).transpose()
    }

    /// All nested elements.
    pub(super) fn children(&self) -> Result<Vec<Entity<'_>>, Diagnostic> {
        self.read_parts.borrow_mut().children = true;
        let elements = self.placed(self.markup.children())?;
        self.entities(elements)
    }

    fn placed<T>(&self, found: Outcome<T>) -> Result<T, Diagnostic> {
        found.map_err(|wrong| wrong.in_file(Arc::clone(&self.place.file)))
    }

    fn entities<'b>(&self, elements: Vec<Element<'b>>) -> Result<Vec<Entity<'b>>, Diagnostic> {
        if self.depth >= limits::NESTING && !elements.is_empty() {
            return Err(self
                .problem(
                    Code::NestedTooDeep,
                    format!("elements are nested deeper than {} levels", limits::NESTING),
                )
                .help("move the inner ones to another file (<include>, a parameter file)"));
        }
        let of = |element| Entity {
            depth: self.depth + 1,
            errors: Rc::clone(&self.errors),
            ..Entity::new(element, &self.place.file)
        };
        Ok(elements.into_iter().map(of).collect())
    }

    /// Reports what was not read, and what is missing.
    pub(super) fn finish(&self) {
        if self.has_too_many_errors() {
            return;
        }
        let mut unread = self.markup.unread(&self.read_parts.borrow());
        unread.truncate(limits::ERRORS + 1);
        if let Some(wrong) = self.misread_pair(&unread) {
            self.missing.take();
            return self.report(wrong);
        }
        let is_list = unread.iter().any(|unread| unread.what == LIST);
        self.missing.borrow_mut().retain(|missing| {
            let meant = |unread: &Unread| self.meant(unread) == Some(missing);
            !is_list && !unread.iter().any(meant)
        });
        self.finish_missing();
        for unread in &unread {
            self.report(self.unexpected(unread));
        }
    }

    /// Like [`Entity::finish`], if these attributes and elements would have been read later.
    pub(super) fn finish_but(&self, attributes: &[&'static str], nested: &[&'static str]) {
        let mut read_parts = self.read_parts.take();
        read_parts.attributes.extend(attributes);
        read_parts.nested.extend(nested);
        self.read_parts.replace(read_parts);
        self.finish();
    }

    /// Reports only what is missing, if the rest is not known.
    pub(super) fn finish_missing(&self) {
        for name in self.missing.take() {
            self.report(self.missing(name));
        }
    }

    /// The error for the first thing that was not read.
    pub(super) fn unread(&self) -> Option<Diagnostic> {
        let unread = self.markup.unread(&self.read_parts.borrow());
        unread.first().map(|unread| self.unexpected(unread))
    }

    /// The name that was probably meant.
    fn meant<'b>(&self, unread: &'b Unread) -> Option<&'b str> {
        let known = unread.known.iter().copied();
        match habits::renamed(&unread.name) {
            Some(name) if unread.known.contains(&name) => Some(name),
            _ => nearest(&unread.name, known),
        }
    }

    fn unexpected(&self, unread: &Unread) -> Diagnostic {
        if unread.what == LIST {
            let what = format!(
                "'{}' requires a mapping of attributes, found a list",
                shown(&unread.name)
            );
            let form = forms::form(&unread.name, None);
            let help = format!("write {form}, or the attributes below it, indented and without '- '");
            let place = unread.position.in_file(Arc::clone(&self.place.file));
            return Code::WrongShape.says(what).help(help).at(&place);
        }
        let help = match (habits::instead(self.tag(), &unread.name), self.meant(unread)) {
            (Some(instead), _) => instead.to_owned(),
            (_, Some(near)) => format!("did you mean '{near}'?"),
            _ if unread.known.is_empty() => "remove it".to_owned(),
            _ => format!("supported: {}", unread.known.join(", ")),
        };
        let (kind, name, tag) = (unread.what, shown(&unread.name), shown(self.tag()));
        let what = format!("unexpected {kind} '{name}' in <{tag}>");
        let unexpected = Code::UnexpectedAttribute.says(what).help(help);
        unexpected.at(&unread.position.in_file(Arc::clone(&self.place.file)))
    }
}
