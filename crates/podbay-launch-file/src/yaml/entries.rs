//! The entries of a mapping, with merge keys.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::Span;

use super::reader::fail;
use super::{Content, Key, Node, limits};
use podbay_text::diagnostic::Diagnostic;

/// Bytes of a mapping entry in addition to its name.
const ENTRY: usize = 32;

/// The entries of a mapping while it is parsed.
#[derive(Default)]
pub(super) struct Entries {
    own: Vec<(Key, Rc<Node>)>,
    index: HashMap<String, usize>,
    merged: Vec<(Key, Rc<Node>)>,
    /// Names in `merged`.
    known: HashSet<String>,
}

impl Entries {
    /// Sets the value of a key; returns the same key if it was set before.
    pub(super) fn set(&mut self, key: Key, value: Rc<Node>) -> Option<Key> {
        match self.index.get(&key.name) {
            Some(&at) => {
                let (before, _) = std::mem::replace(&mut self.own[at], (key, value));
                Some(before)
            }
            None => {
                self.index.insert(key.name.clone(), self.own.len());
                self.own.push((key, value));
                None
            }
        }
    }

    /// Merges `<<: value`; the mapping's own entries override it, and of several merges the first wins.
    pub(super) fn merge(
        &mut self,
        value: &Rc<Node>,
        span: &Span,
        merged: &mut usize,
    ) -> Result<(), Diagnostic> {
        let sources = match &value.content {
            Content::List(items) => items.clone(),
            _ => vec![Rc::clone(value)],
        };
        for source in sources {
            let Content::Map(entries) = &source.content else {
                return Err(fail(span, "<< requires a mapping or a list of mappings"));
            };
            for (key, node) in entries {
                *merged += key.name.len() + ENTRY;
                if *merged > limits::YAML_BYTES {
                    return Err(fail(
                        span,
                        &format!(
                            "values merged by << exceed the limit of {} bytes in total",
                            limits::YAML_BYTES
                        ),
                    ));
                }
                if self.known.insert(key.name.clone()) {
                    self.merged.push((key.clone(), Rc::clone(node)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<(Key, Rc<Node>)> {
        let index = self.index;
        let mut all: Vec<_> = self.merged;
        all.retain(|(key, _)| !index.contains_key(&key.name));
        all.extend(self.own);
        all
    }
}
