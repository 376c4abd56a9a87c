//! Comprehensions and generators.

use ruff_python_ast::{self as ast, Expr};

use super::super::arguments::items;
use super::super::collections;
use super::super::value::Value;
use super::Run;
use crate::place::Outcome;
use podbay_text::diagnostic::Code;

impl Run<'_> {
    /// The value of a comprehension; any other expression is not supported.
    pub(super) fn comprehension(&self, expression: &Expr) -> Outcome<Value> {
        let mut made = Vec::new();
        match expression {
            Expr::ListComp(of) => {
                self.each(&of.generators, &mut || self.add(&of.elt, &mut made))?;
                Ok(Value::List(made))
            }
            Expr::SetComp(of) => {
                self.each(&of.generators, &mut || self.add(&of.elt, &mut made))?;
                collections::set(made, self.work)
            }
            Expr::DictComp(of) => {
                let mut pairs = Vec::new();
                self.each(&of.generators, &mut || {
                    pairs.push((self.value(&of.key)?, self.value(&of.value)?));
                    Ok(())
                })?;
                collections::dict(pairs, self.work)
            }
            Expr::Generator(of) => {
                self.each_inside(&of.generators, &mut || self.add(&of.elt, &mut made))?;
                Ok(Value::Iterator("generator", made))
            }
            other => self.outside(other),
        }
    }

    fn add(&self, element: &Expr, to: &mut Vec<Value>) -> Outcome<()> {
        to.push(self.value(element)?);
        Ok(())
    }

    /// Runs `body` for each iteration of the `for … in … if …` clauses of a comprehension.
    fn each(&self, clauses: &[ast::Comprehension], body: &mut dyn FnMut() -> Outcome<()>) -> Outcome<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            return body();
        };
        let over = items(&self.value(&clause.iter)?, self.work)?;
        self.rounds(over, clause, rest, body)
    }

    /// The same for a generator: its outermost iterable is evaluated outside, the rest inside.
    fn each_inside(
        &self,
        clauses: &[ast::Comprehension],
        body: &mut dyn FnMut() -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            return body();
        };
        let over = items(&self.value(&clause.iter)?, self.work)?;
        let before = self.inside.replace(true);
        let done = self.rounds(over, clause, rest, body);
        self.inside.set(before);
        done
    }

    fn rounds(
        &self,
        over: Vec<Value>,
        clause: &ast::Comprehension,
        rest: &[ast::Comprehension],
        body: &mut dyn FnMut() -> Outcome<()>,
    ) -> Outcome<()> {
        let outer = self.variables.borrow().len();
        for item in over {
            self.work.spend(1)?;
            self.bind(&clause.target, item)?;
            if self.all(&clause.ifs)? {
                self.each(rest, body)?;
            }
            self.variables.borrow_mut().truncate(outer);
        }
        Ok(())
    }

    fn all(&self, conditions: &[Expr]) -> Outcome<bool> {
        for condition in conditions {
            if !self.value(condition)?.truth() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn bind(&self, target: &Expr, value: Value) -> Outcome<()> {
        let targets = match target {
            Expr::Name(name) => {
                self.variables.borrow_mut().push((name.id.to_string(), value));
                return Ok(());
            }
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            other => return self.outside(other),
        };
        let values = items(&value, self.work)?;
        if values.len() != targets.len() {
            return Err(Code::ExpressionType.says(format!(
                "{} values for {} names",
                values.len(),
                targets.len()
            )));
        }
        let pairs = targets.iter().zip(values);
        pairs
            .into_iter()
            .try_for_each(|(target, value)| self.bind(target, value))
    }
}
