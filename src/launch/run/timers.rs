//! Timers of an evaluation: nothing is waited for, they run one after another in the order they are due.

use super::super::actions::{Action, Timer, settle_terminals};
use super::super::place::{At, Place};
use super::super::release;
use super::super::scope::Scope;
use super::{Current, Run};
use crate::domain::description::Problem;

/// A timer, and what it is met with.
pub(super) struct Waiting {
    due: f64,
    timer: Timer,
    place: Place,
    current: Current,
    /// What its actions see, in releases where they do not see what is left by then.
    scope: Option<Scope>,
}

impl Run<'_> {
    /// Lets a timer run once everything before it has.
    pub(in crate::launch) fn wait(&mut self, timer: Timer, place: &Place) {
        self.waiting.push(Waiting {
            due: f64::NAN,
            timer,
            place: place.clone(),
            current: self.current.clone(),
            scope: self
                .release
                .does(&release::TIMER_KEEPS_SCOPE)
                .then(|| self.scope.clone()),
        });
    }

    /// Runs timers by the time they are due. Up to Jazzy the scope they see is the one that is left by then.
    pub(super) fn timers(&mut self) -> Result<(), Problem> {
        let mut settled = 0;
        loop {
            settle_terminals(settled, self)?;
            settled = self.output.processes.len();
            // The end of a launch takes its timers with it.
            if self.output.shutdown.is_some() {
                return Ok(());
            }
            self.set_due()?;
            let next =
                (0..self.waiting.len()).min_by(|&a, &b| self.waiting[a].due.total_cmp(&self.waiting[b].due));
            let Some(next) = next else {
                return Ok(());
            };
            let waiting = self.waiting.remove(next);
            self.now = waiting.due;
            self.current = waiting.current;
            match waiting.scope {
                Some(scope) => self.actions_in(scope, waiting.timer.actions())?,
                None => self.actions(waiting.timer.actions())?,
            }
        }
    }

    /// Runs a timer's actions in the scope that it was met in.
    fn actions_in(&mut self, mut scope: Scope, actions: &[Action]) -> Result<(), Problem> {
        let keeps_environment = self.release.does(&release::TIMER_KEEPS_ENVIRONMENT);
        if !keeps_environment {
            scope.environment = self.scope.environment.clone();
        }
        let mut outer = std::mem::replace(&mut self.scope, scope);
        self.actions(actions)?;
        if !keeps_environment {
            outer.environment = self.scope.environment.clone();
        }
        self.scope = outer;
        Ok(())
    }

    fn set_due(&mut self) -> Result<(), Problem> {
        for index in 0..self.waiting.len() {
            if self.waiting[index].due.is_nan() {
                let timer = self.waiting[index].timer.clone();
                let place = self.waiting[index].place.clone();
                let period = timer.period(self).at(&place)?;
                self.waiting[index].due = self.now + period;
            }
        }
        Ok(())
    }
}
