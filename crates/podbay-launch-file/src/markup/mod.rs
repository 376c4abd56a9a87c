//! One element of a launch file, whichever markup it is written in.
//!
//! An [`Entity`] remembers what was asked of it. What was written but never asked for is an error, so an action
//! that does not know an attribute can never skip it.

mod declaration;
mod guard;
mod habits;
mod xml;
mod yaml;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::limits;
use super::place::{At, Place, shown};
use super::substitution::Template;
use super::value::{Kind, Scalar, Value};
use podbay_text::problem::Problem;

pub(super) use podbay_text::near::nearest;
pub(super) use xml::with_root as with_xml_root;
pub(super) use yaml::with_root as with_yaml_root;

/// What an adapter for a markup language provides.
trait Markup {
    /// Name of the element.
    fn tag(&self) -> &str;
    /// Line it starts at.
    fn line(&self) -> u32;
    /// An attribute as `kind`; text stands for any type, since it may hold a substitution.
    fn attribute(&self, name: &str, kind: Kind) -> Found<Option<Value>>;
    /// The elements of one name in it.
    fn nested(&self, name: &str) -> Found<Option<Vec<Element<'_>>>>;
    /// Every element in it.
    fn children(&self) -> Found<Vec<Element<'_>>>;
    /// Whether it has an attribute or elements of that name.
    fn has(&self, name: &str) -> bool;
    /// What was written and not asked for.
    fn unread(&self, asked: &Asked) -> Vec<Unread>;
}

type Element<'a> = Box<dyn Markup + 'a>;

/// Something of an element, or what is wrong with it and where.
type Found<T> = Result<T, Misfit>;

/// What is wrong in an element.
struct Misfit {
    line: u32,
    what: String,
}

/// What was asked of an element.
#[derive(Default)]
struct Asked {
    attributes: BTreeSet<&'static str>,
    nested: BTreeSet<&'static str>,
    children: bool,
}

/// Something written that nobody asked for.
struct Unread {
    what: &'static str,
    name: String,
    line: u32,
    known: Rc<[&'static str]>,
}

/// One element.
pub(super) struct Entity<'a> {
    markup: Element<'a>,
    place: Place,
    /// How many elements are around it.
    depth: usize,
    asked: RefCell<Asked>,
    /// Attributes that must be there and are not.
    missing: RefCell<Vec<&'static str>>,
    /// What is wrong in the file and lets its reader go on.
    mistakes: Rc<RefCell<Vec<Problem>>>,
}

impl<'a> Entity<'a> {
    fn new(markup: Element<'a>, file: &Rc<str>) -> Self {
        let place = Place {
            file: Rc::clone(file),
            line: markup.line(),
        };
        Self {
            markup,
            place,
            depth: 0,
            asked: RefCell::default(),
            missing: RefCell::default(),
            mistakes: Rc::default(),
        }
    }

    /// Name of the element.
    pub(super) fn tag(&self) -> &str {
        self.markup.tag()
    }

    /// Where it stands.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// A problem with it.
    pub(super) fn problem(&self, what: impl Into<String>) -> Problem {
        self.place.problem(what)
    }

    /// Whether it has an attribute or elements of that name; this asks for neither.
    pub(super) fn has(&self, name: &str) -> bool {
        self.markup.has(name)
    }

    /// An attribute as `kind`.
    pub(super) fn attribute(&self, name: &'static str, kind: Kind) -> Result<Option<Value>, Problem> {
        self.asked.borrow_mut().attributes.insert(name);
        self.placed(self.markup.attribute(name, kind))
    }

    /// An attribute that is text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, Problem> {
        let value = self.attribute(name, Kind::One(Scalar::Text))?;
        Ok(value.as_ref().map(super::python::text))
    }

    /// An attribute that may hold substitutions.
    pub(super) fn template(&self, name: &'static str) -> Result<Option<Template>, Problem> {
        match self.text(name)? {
            Some(text) => Template::parse(&text).at(&self.place).map(Some),
            None => Ok(None),
        }
    }

    /// An attribute that may hold substitutions and must be there; where it is not, that is told later.
    pub(super) fn required_template(&self, name: &'static str) -> Result<Template, Problem> {
        Ok(self.template(name)?.unwrap_or_else(|| {
            self.missing.borrow_mut().push(name);
            Template::literal("")
        }))
    }

    /// What `read` gives; a problem is told later, so that others are found as well.
    pub(super) fn lenient<T: Default>(&self, read: Result<T, Problem>) -> T {
        read.unwrap_or_else(|problem| {
            self.tell(problem);
            T::default()
        })
    }

    /// Keeps a problem that lets its reader go on; not more than are told.
    pub(super) fn tell(&self, problem: Problem) {
        if !self.has_enough_mistakes() {
            self.mistakes.borrow_mut().push(problem);
        }
    }

    /// Whether more mistakes were found than are told of a file: each further one takes its time.
    pub(super) fn has_enough_mistakes(&self) -> bool {
        self.mistakes.borrow().len() > limits::MISTAKES
    }

    /// What was told of the file.
    pub(super) fn mistakes(&self) -> Vec<Problem> {
        self.mistakes.take()
    }

    /// The problem that an attribute is not there.
    pub(super) fn missing(&self, name: &str) -> Problem {
        self.problem(format!(
            "<{}> needs the attribute '{name}'; add {name}=\"…\"",
            shown(self.tag())
        ))
    }

    /// The elements named `name` in it; unset when there are none.
    pub(super) fn nested(&self, name: &'static str) -> Result<Option<Vec<Entity<'_>>>, Problem> {
        self.asked.borrow_mut().nested.insert(name);
        let found = self.placed(self.markup.nested(name))?;
        found.map(|elements| self.entities(elements)).transpose()
    }

    /// Every element in it.
    pub(super) fn children(&self) -> Result<Vec<Entity<'_>>, Problem> {
        self.asked.borrow_mut().children = true;
        let elements = self.placed(self.markup.children())?;
        self.entities(elements)
    }

    fn placed<T>(&self, found: Found<T>) -> Result<T, Problem> {
        found.map_err(|Misfit { line, what }| self.place.at_line(line).problem(what))
    }

    fn entities<'b>(&self, elements: Vec<Element<'b>>) -> Result<Vec<Entity<'b>>, Problem> {
        if self.depth >= limits::NESTING && !elements.is_empty() {
            return Err(self.problem(format!(
                "elements nest deeper than {}; put the inner ones into a file of their own (<include>, a parameter file)",
                limits::NESTING
            )));
        }
        let of = |element| Entity {
            depth: self.depth + 1,
            mistakes: Rc::clone(&self.mistakes),
            ..Entity::new(element, &self.place.file)
        };
        Ok(elements.into_iter().map(of).collect())
    }

    /// Tells what was written and not asked for, and what is missing.
    pub(super) fn finish(&self) {
        if self.has_enough_mistakes() {
            return;
        }
        let mut unread = self.markup.unread(&self.asked.borrow());
        unread.truncate(limits::MISTAKES + 1);
        self.missing.borrow_mut().retain(|missing| {
            let meant = |unread: &Unread| self.meant(unread) == Some(missing);
            !unread.iter().any(meant)
        });
        self.finish_missing();
        for unread in &unread {
            self.tell(self.unexpected(unread));
        }
    }

    /// Like [`Entity::finish`], where these attributes and elements would have been asked for later.
    pub(super) fn finish_but(&self, attributes: &[&'static str], nested: &[&'static str]) {
        let mut asked = self.asked.take();
        asked.attributes.extend(attributes);
        asked.nested.extend(nested);
        self.asked.replace(asked);
        self.finish();
    }

    /// Tells what is missing, where the rest cannot be told.
    pub(super) fn finish_missing(&self) {
        for name in self.missing.take() {
            self.tell(self.missing(name));
        }
    }

    /// The problem with the first thing that was written and not asked for.
    pub(super) fn unread(&self) -> Option<Problem> {
        let unread = self.markup.unread(&self.asked.borrow());
        unread.first().map(|unread| self.unexpected(unread))
    }

    /// The name that was likely meant.
    fn meant<'b>(&self, unread: &'b Unread) -> Option<&'b str> {
        let known = unread.known.iter().copied();
        match habits::renamed(&unread.name) {
            Some(name) if unread.known.contains(&name) => Some(name),
            _ => nearest(&unread.name, known),
        }
    }

    fn unexpected(&self, unread: &Unread) -> Problem {
        let hint = match (habits::instead(self.tag(), &unread.name), self.meant(unread)) {
            (Some(instead), _) => instead.to_owned(),
            (_, Some(near)) => format!("did you mean '{near}'?"),
            _ if unread.known.is_empty() => "remove it".to_owned(),
            _ => format!("it takes {}", unread.known.join(", ")),
        };
        let (kind, name, tag) = (unread.what, shown(&unread.name), shown(self.tag()));
        let what = format!("unexpected {kind} '{name}' in <{tag}>; {hint}");
        self.place.at_line(unread.line).problem(what)
    }
}
