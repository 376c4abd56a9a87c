//! Timers of an evaluation: they are evaluated in the order in which they are due, without waiting.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;

use super::super::actions::{Action, Timer, settle_terminals};
use super::super::place::{At, Place};
use super::super::release;
use super::super::scope::Scope;
use super::{Current, Run};
use podbay_text::diagnostic::Diagnostic;

/// Timers that are not due yet.
#[derive(Default)]
pub(super) struct Waiting {
    /// Timers of the current actions: their due time is known once these have run.
    met: Vec<Met>,
    due: BinaryHeap<Reverse<Due>>,
    /// Number of earlier timers.
    count: usize,
}

/// A timer and its context.
struct Met {
    timer: Rc<Timer>,
    place: Place,
    current: Current,
    /// The scope of its actions, in releases where it is that of the timer's place.
    scope: Option<Scope>,
}

/// A timer and the second at which it is due; equal ones are in the order of the file.
struct Due {
    second: f64,
    number: usize,
    met: Met,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        let seconds = self.second.total_cmp(&other.second);
        seconds.then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}

impl Run<'_> {
    /// Schedules a timer.
    pub(crate) fn wait(&mut self, timer: &Rc<Timer>, place: &Place) {
        self.waiting.met.push(Met {
            timer: Rc::clone(timer),
            place: place.clone(),
            current: self.current.clone(),
            scope: self
                .release
                .does(&release::TIMER_KEEPS_SCOPE)
                .then(|| self.scope.clone()),
        });
    }

    /// Evaluates timers in the order in which they are due. Up to Jazzy, they see the scope that remains by
    /// then.
    pub(super) fn timers(&mut self) -> Result<(), Diagnostic> {
        let mut settled = 0;
        loop {
            settle_terminals(settled, self)?;
            settled = self.output.processes.len();
            // the end of a launch cancels its timers
            if self.output.shutdown.is_some() {
                return Ok(());
            }
            self.set_due()?;
            let Some(Reverse(Due { second, met, .. })) = self.waiting.due.pop() else {
                return Ok(());
            };
            self.now = self.now.max(second);
            self.current = met.current;
            match met.scope {
                Some(scope) => self.actions_in(scope, met.timer.actions())?,
                None => self.actions(met.timer.actions())?,
            }
        }
    }

    /// Evaluates a timer's actions in the scope of the timer's place.
    fn actions_in(&mut self, mut scope: Scope, actions: &[Action]) -> Result<(), Diagnostic> {
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

    fn set_due(&mut self) -> Result<(), Diagnostic> {
        for met in std::mem::take(&mut self.waiting.met) {
            let period = met.timer.period(self).at(&met.place)?;
            self.waiting.count += 1;
            self.waiting.due.push(Reverse(Due {
                second: self.now + period,
                number: self.waiting.count,
                met,
            }));
        }
        Ok(())
    }
}
