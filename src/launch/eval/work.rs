//! How much one expression may do.

use std::cell::Cell;

use super::value::Value;
use crate::launch::limits;
use crate::launch::place::Outcome;

/// What is left of an expression's share of work. A value costs its size, each time it is made.
pub(super) struct Work(Cell<usize>);

impl Work {
    /// The share of one expression.
    pub(super) fn new() -> Self {
        Self(Cell::new(limits::EXPRESSION_WORK))
    }

    /// Takes `amount`; asked before the work is done.
    pub(super) fn spend(&self, amount: usize) -> Outcome<()> {
        match self.0.get().checked_sub(amount) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err("the expression asks for too much work, or makes too large a value".into()),
        }
    }

    /// Takes what a list of `count` values like `item` costs.
    pub(super) fn spend_copies(&self, item: &Value, count: usize) -> Outcome<()> {
        self.spend(item.weight().saturating_mul(count))
    }
}
