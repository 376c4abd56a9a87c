//! A name and its value that are written as an attribute: `rate: 10` instead of `name: rate, value: 10`.

use super::{Entity, Unread, habits};
use crate::place::shown;
use podbay_text::diagnostic::Diagnostic;

impl Entity<'_> {
    /// One error for two missing attributes and an unknown one, if these are a pair.
    pub(super) fn misread_pair(&self, unread: &[Unread]) -> Option<Diagnostic> {
        let ([key, value], [only]) = (&self.missing.borrow()[..], unread) else {
            return None;
        };
        let is_pair = matches!((*key, *value), ("name", "value") | ("from", "to"));
        is_pair.then(|| self.written_as_pair(key, value, only)).flatten()
    }

    /// The error for `rate: 10` instead of `name: rate, value: 10`: the name itself is the only attribute.
    pub(crate) fn pair(&self, key: &str, value: &str) -> Option<Diagnostic> {
        let unread = self.markup.unread(&self.read_parts.borrow());
        match unread.as_slice() {
            [only] => self.written_as_pair(key, value, only),
            _ => None,
        }
    }

    fn written_as_pair(&self, key: &str, value: &str, only: &Unread) -> Option<Diagnostic> {
        let known = [key, value, "type"].contains(&only.name.as_str()) || self.meant(only).is_some();
        let instead = habits::instead(self.tag(), &only.name);
        let sole = self.markup.sole().filter(|_| !known && instead.is_none())?;
        let pair = self
            .markup
            .with(&[(key, &shown(&sole.name)), (value, &shown(&sole.value))]);
        let mut wrong = self.unexpected(only);
        wrong.help = format!("write {pair}");
        Some(wrong)
    }
}
