//! `group` and `reset`: the only actions that restore or clear a scope.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place};
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::substitution::{Template, perform};
use super::Action;
use super::read::{Read, Reader, switch};
use podbay_text::diagnostic::Diagnostic;

/// A group of actions.
#[derive(Clone, Debug)]
pub(super) struct Group {
    scoped: bool,
    forwarding: bool,
    keep: Keep,
    actions: Vec<Action>,
}

/// Launch configurations to set (`keep`).
#[derive(Clone, Debug, Default)]
pub(super) struct Keep(Vec<(Template, Template)>);

impl Group {
    /// Reads `group`.
    pub(super) fn read(entity: &Entity<'_>, reader: &mut Reader) -> Read<Self> {
        let single = |problem| vec![problem];
        Ok(Self {
            scoped: switch(entity, "scoped", reader).map_err(single)?.unwrap_or(true),
            forwarding: switch(entity, "forwarding", reader)
                .map_err(single)?
                .unwrap_or(true),
            keep: Keep::read(entity).map_err(single)?,
            actions: reader.children_except(entity, &["keep"])?,
        })
    }

    /// Whether its actions see the outer launch configurations.
    pub(super) fn forwards(&self) -> bool {
        self.forwarding || !self.scoped
    }

    /// Its actions.
    pub(super) fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Runs its actions, in their own scope if it is scoped.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let outer = self.scoped.then(|| run.scope.clone());
        if self.forwards() {
            self.keep.set(run).at(place)?;
        } else {
            run.scope.environment.reset();
            self.keep.reset(run).at(place)?;
        }
        let first = run.output.processes.len();
        let group = run.group(place);
        run.deepen(1, place)?;
        run.actions(&self.actions)?;
        run.rise(1);
        let members = run.output.processes.len() - first;
        let bytes = group.place.file.len() + ENTRY;
        run.charge(bytes.saturating_mul(members)).at(place)?;
        for process in &mut run.output.processes[first..] {
            process.groups.insert(0, group.clone());
        }
        if let Some(outer) = outer {
            run.scope = outer;
        }
        Ok(())
    }
}

impl Keep {
    /// Reads the `keep` elements of an element.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let mut pairs = Vec::new();
        for keep in entity.nested("keep")?.unwrap_or_default() {
            pairs.push((keep.required_template("name")?, keep.required_template("value")?));
            keep.finish();
        }
        Ok(Self(pairs))
    }

    fn set(&self, run: &mut Run<'_>) -> Outcome<()> {
        for (name, value) in &self.0 {
            let value = perform(value, run)?;
            let name = perform(name, run)?;
            run.scope.configurations.insert(name, value);
        }
        Ok(())
    }

    /// Clears all launch configurations except these, whose values are evaluated first.
    pub(super) fn reset(&self, run: &mut Run<'_>) -> Outcome<()> {
        let mut kept = Vec::new();
        for (name, value) in &self.0 {
            kept.push((perform(name, run)?, perform(value, run)?));
        }
        run.scope.clear_configurations();
        run.scope.configurations.extend(kept);
        Ok(())
    }
}
