//! Limits for the work of expressions.

use std::cell::Cell;

use super::value::Value;
use crate::limits;
use crate::place::Outcome;
use podbay_description::cancel::{CANCELLED, Cancel};
use podbay_text::diagnostic::Code;

/// The remaining work, for one expression and for all expressions of an evaluation. A value costs its size,
/// each time it is created.
#[derive(Debug)]
pub(crate) struct Work {
    all: Cell<usize>,
    one: Cell<usize>,
    cancel: Cancel,
}

impl Work {
    /// The complete budget of an evaluation, which may be cancelled.
    pub(crate) fn new(cancel: Cancel) -> Self {
        Self {
            all: Cell::new(limits::ALL_EXPRESSION_WORK),
            one: Cell::new(0),
            cancel,
        }
    }

    /// Begins an expression of `length` bytes, with a new budget for one expression.
    pub(super) fn begin(&self, length: usize) -> Outcome<()> {
        self.one.set(limits::EXPRESSION_WORK);
        self.spend(limits::LEAST_EXPRESSION_WORK + length)
    }

    /// Spends `amount`; call before doing the work.
    pub(super) fn spend(&self, amount: usize) -> Outcome<()> {
        if self.cancel.is_cancelled() {
            return Err(Code::Cancelled.says(CANCELLED));
        }
        let Some(one) = self.one.get().checked_sub(amount) else {
            return Err(Code::ExpressionTooLarge
                .says("the expression needs too much work, or creates too large a value")
                .help("split it with <let>, or compute it in the node"));
        };
        let Some(all) = self.all.get().checked_sub(amount) else {
            return Err(Code::ExpressionTooLarge
                .says("all $(eval …) of the launch together need too much work")
                .help("compute common parts once with <let>, or in the nodes"));
        };
        self.one.set(one);
        self.all.set(all);
        Ok(())
    }

    /// Spends the cost of a list of `count` values like `item`.
    pub(super) fn spend_copies(&self, item: &Value, count: usize) -> Outcome<()> {
        self.spend(item.weight().saturating_mul(count))
    }
}
