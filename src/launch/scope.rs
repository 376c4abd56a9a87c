//! What a line of a launch file sees: launch configurations, environment, parameters and remappings for all nodes.
//!
//! A group copies the scope and puts the copy back at its end; nothing else does, an include least of all.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::value::Value;

/// Name of the configuration that holds the pushed namespace.
pub(super) const NAMESPACE: &str = "ros_namespace";

/// A parameter source that counts for every node.
#[derive(Clone, Debug)]
pub(super) enum GlobalParameter {
    /// `set_parameter`.
    Value(String, Value),
    /// `set_parameters_from_file`.
    File(String),
}

/// A list that, like ROS's own, is shared between a scope and its copies once it exists: what a group adds to a list
/// begun outside of it stays.
type Shared<T> = Option<Rc<RefCell<Vec<T>>>>;

/// What a line sees.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Launch configurations: arguments, `let`, and the pushed namespace.
    pub(super) configurations: BTreeMap<String, String>,
    /// Environment.
    pub(super) environment: Environment,
    parameters: Shared<GlobalParameter>,
    remappings: Shared<(String, String)>,
}

/// The environment: what podbay's caller has, and what the launch file made of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    outer: Rc<BTreeMap<String, String>>,
    set: BTreeMap<String, String>,
    unset: BTreeSet<String>,
}

impl Scope {
    /// The scope a launch starts with.
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

    /// Forgets every configuration, and with it namespace, parameters and remappings.
    pub(super) fn clear_configurations(&mut self) {
        self.configurations.clear();
        self.parameters = None;
        self.remappings = None;
    }

    /// Adds a parameter source for every node.
    pub(super) fn add_parameter(&mut self, parameter: GlobalParameter) {
        self.parameters
            .get_or_insert_default()
            .borrow_mut()
            .push(parameter);
    }

    /// Adds a remapping for every node.
    pub(super) fn add_remapping(&mut self, from: String, to: String) {
        self.remappings
            .get_or_insert_default()
            .borrow_mut()
            .push((from, to));
    }

    /// Parameter sources for every node, in order.
    pub(super) fn parameters(&self) -> Vec<GlobalParameter> {
        self.parameters
            .as_ref()
            .map(|list| list.borrow().clone())
            .unwrap_or_default()
    }

    /// Remappings for every node, in order.
    pub(super) fn remappings(&self) -> Vec<(String, String)> {
        self.remappings
            .as_ref()
            .map(|list| list.borrow().clone())
            .unwrap_or_default()
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
        self.unset.remove(&name);
        self.set.insert(name, value);
    }

    /// Takes a variable away.
    pub(super) fn unset(&mut self, name: String) {
        self.set.remove(&name);
        self.unset.insert(name);
    }

    /// Undoes everything the launch file did.
    pub(super) fn reset(&mut self) {
        self.set.clear();
        self.unset.clear();
    }

    /// Whether the launch file set this variable.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// The variables the launch file set.
    pub(super) fn own(&self) -> &BTreeMap<String, String> {
        &self.set
    }
}
