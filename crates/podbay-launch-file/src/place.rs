//! Places in launch files, and errors.

use std::borrow::Cow;

use super::limits;
use super::substitution::Template;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::beginning;

pub(super) use podbay_text::diagnostic::Place;

/// A result whose error has no place yet.
pub(super) type Outcome<T> = Result<T, Diagnostic>;

/// `text` of a launch file for a message: in one line, and shortened if it is long, such as a robot
/// description.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.contains(['\n', '\r']) {
        true => {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            beginning(&line, limits::SHOWN).into_owned().into()
        }
        false => beginning(text, limits::SHOWN),
    }
}

/// A warning about something `unexpected` that ROS does not check.
pub(super) fn ignored(mut unexpected: Diagnostic) -> Diagnostic {
    unexpected.code = Code::IgnoredByRos;
    unexpected.message.push_str(", which ROS ignores");
    unexpected.warning()
}

/// Adds a place to an error.
pub(super) trait At<T> {
    /// The same error at `place`, unless it has a place.
    fn at(self, place: &Place) -> Result<T, Diagnostic>;

    /// The same error at the attribute that `template` was read from, unless it has a position.
    fn in_template(self, template: &Template) -> Outcome<T>;

    /// Like [`At::in_template`], for the path of a file: if its package is not found, at the reference to it.
    fn in_path(self, template: &Template) -> Outcome<T>;

    /// The same error of an action at `place`. If it is in a parameter file, `place` is its include.
    fn of_action(self, place: &Place) -> Result<T, Diagnostic>;
}

impl<T> At<T> for Outcome<T> {
    fn at(self, place: &Place) -> Result<T, Diagnostic> {
        self.map_err(|diagnostic| diagnostic.at(place))
    }

    fn in_template(self, template: &Template) -> Outcome<T> {
        self.map_err(|diagnostic| diagnostic.or_position(template.position()))
    }

    fn in_path(self, template: &Template) -> Outcome<T> {
        self.map_err(|diagnostic| {
            let position = match diagnostic.code {
                Code::UnknownPackage => template.package_position(),
                _ => template.position(),
            };
            diagnostic.or_position(position)
        })
    }

    fn of_action(self, place: &Place) -> Result<T, Diagnostic> {
        self.map_err(|diagnostic| match diagnostic.place.file.is_empty() {
            true => diagnostic.at(place),
            false => included(diagnostic, place),
        })
    }
}

/// A problem in a file that is included at `place`, with the includes that lead to it.
pub(super) fn included(mut problem: Diagnostic, place: &Place) -> Diagnostic {
    // a file that includes itself passes the same place repeatedly
    let known = problem.included.places();
    if problem.place.file != place.file && !known.contains(place) {
        problem.included = [known, std::slice::from_ref(place)].concat().into();
    }
    problem
}
