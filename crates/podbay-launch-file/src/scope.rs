//! What a line of a launch file sees: launch configurations, environment, parameters and remappings for all
//! nodes.
//!
//! A group copies the scope and restores the copy at its end, and a timer may keep one; nothing else does, in
//! particular not an include. Copies share their content, so copying is cheap.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use rpds::{RedBlackTreeMap, RedBlackTreeSet};

use super::value::Value;
use podbay_description::limits::EACH;

/// The launch configuration with the pushed namespace.
pub(super) const NAMESPACE: &str = "ros_namespace";

/// A parameter source for all nodes.
#[derive(Debug)]
pub(super) enum GlobalParameter {
    /// `set_parameter`.
    Value(String, Value),
    /// `set_parameters_from_file`.
    File(String),
}

/// A list that, as in ROS, is shared between a scope and its copies once it exists: items that a group adds
/// to an outer list remain.
#[derive(Debug)]
struct List<T> {
    items: Vec<Rc<T>>,
    /// Bytes of the items in a description.
    bytes: usize,
    /// The first item of each name.
    first: HashMap<String, usize>,
}

type Shared<T> = Option<Rc<RefCell<List<T>>>>;

/// Texts by name. Copies share their content.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    map: RedBlackTreeMap<String, String>,
    /// Bytes of all texts in a description.
    bytes: usize,
}

/// The scope of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Launch configurations: arguments, `let`, and the pushed namespace.
    pub(super) configurations: Texts,
    /// Environment.
    pub(super) environment: Environment,
    parameters: Shared<GlobalParameter>,
    remappings: Shared<(String, String)>,
}

/// The environment: that of podbay's caller, and the changes by the launch file.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    outer: Rc<BTreeMap<String, String>>,
    set: Texts,
    unset: RedBlackTreeSet<String>,
}

/// Bytes of an entry in a description, in addition to name and value.
pub(super) const ENTRY: usize = EACH;

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            bytes: 0,
            first: HashMap::new(),
        }
    }
}

impl<T> List<T> {
    fn push(&mut self, name: &str, bytes: usize, item: T) {
        self.first.entry(name.to_owned()).or_insert(self.items.len());
        self.bytes += ENTRY + name.len() + bytes;
        self.items.push(Rc::new(item));
    }
}

impl Texts {
    /// The text of that name.
    pub(super) fn get(&self, name: &str) -> Option<&String> {
        self.map.get(name)
    }

    /// Whether there is one of that name.
    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Sets the text of that name.
    pub(super) fn insert(&mut self, name: String, text: String) {
        self.remove(&name);
        self.bytes += ENTRY + name.len() + text.len();
        self.map.insert_mut(name, text);
    }

    /// Removes the text of that name.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(text) = self.map.get(name) {
            self.bytes -= ENTRY + name.len() + text.len();
            self.map.remove_mut(name);
        }
    }

    /// Bytes of all texts in a description.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Names, sorted.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.map.keys()
    }

    /// A copy that shares nothing.
    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        let entries = self.map.iter();
        entries.map(|(name, text)| (name.clone(), text.clone())).collect()
    }
}

impl Extend<(String, String)> for Texts {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, texts: I) {
        for (name, text) in texts {
            self.insert(name, text);
        }
    }
}

impl Scope {
    /// The initial scope of a launch.
    pub(super) fn new(environment: &BTreeMap<String, String>) -> Self {
        let environment = Environment {
            outer: Rc::new(environment.clone()),
            ..Environment::default()
        };
        Self {
            environment,
            ..Self::default()
        }
    }

    /// Clears all launch configurations, including namespace, parameters and remappings.
    pub(super) fn clear_configurations(&mut self) {
        self.configurations = Texts::default();
        self.parameters = None;
        self.remappings = None;
    }

    /// Adds the parameter `name` for all nodes.
    pub(super) fn add_parameter(&mut self, name: String, value: Value) {
        let list = self.parameters.get_or_insert_default();
        let (key, bytes) = (name.clone(), value.bytes());
        list.borrow_mut()
            .push(&key, bytes, GlobalParameter::Value(name, value));
    }

    /// Adds a parameter file for all nodes.
    pub(super) fn add_parameter_file(&mut self, path: String) {
        let list = self.parameters.get_or_insert_default();
        // a key that cannot be a parameter name
        let key = format!("\0{path}");
        list.borrow_mut()
            .push(&key, path.len(), GlobalParameter::File(path));
    }

    /// Adds a remapping for all nodes.
    pub(super) fn add_remapping(&mut self, from: String, to: String) {
        let list = self.remappings.get_or_insert_default();
        let (key, bytes) = (from.clone(), to.len());
        list.borrow_mut().push(&key, bytes, (from, to));
    }

    /// Parameter sources for all nodes, in order.
    pub(super) fn parameters(&self) -> Vec<Rc<GlobalParameter>> {
        let list = self.parameters.as_ref();
        list.map(|list| list.borrow().items.clone()).unwrap_or_default()
    }

    /// The first value of the parameter `name` for all nodes.
    pub(super) fn parameter(&self, name: &str) -> Option<Rc<GlobalParameter>> {
        let list = self.parameters.as_ref()?.borrow();
        list.first.get(name).map(|at| Rc::clone(&list.items[*at]))
    }

    /// Remappings for all nodes, in order.
    pub(super) fn remappings(&self) -> Vec<(String, String)> {
        let list = self.remappings.as_ref();
        let copied = |list: &Rc<RefCell<List<(String, String)>>>| {
            let list = list.borrow();
            list.items.iter().map(|pair| (**pair).clone()).collect()
        };
        list.map(copied).unwrap_or_default()
    }

    /// Bytes of the parameters for all nodes in a node's description; for files, only their paths.
    pub(super) fn parameter_bytes(&self) -> usize {
        self.parameters.as_ref().map_or(0, |list| list.borrow().bytes)
    }

    /// The same for remappings.
    pub(super) fn remapping_bytes(&self) -> usize {
        self.remappings.as_ref().map_or(0, |list| list.borrow().bytes)
    }
}

impl Environment {
    /// A variable's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let inherited = || self.outer.get(name).filter(|_| !self.unset.contains(name));
        self.set.get(name).or_else(inherited).map(String::as_str)
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: String, value: String) {
        self.unset.remove_mut(&name);
        self.set.insert(name, value);
    }

    /// Removes a variable.
    pub(super) fn unset(&mut self, name: String) {
        self.set.remove(&name);
        self.unset.insert_mut(name);
    }

    /// Undoes all changes by the launch file.
    pub(super) fn reset(&mut self) {
        self.set = Texts::default();
        self.unset = RedBlackTreeSet::default();
    }

    /// Whether the launch file set this variable.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// The variables the launch file set.
    pub(super) fn own(&self) -> &Texts {
        &self.set
    }
}
