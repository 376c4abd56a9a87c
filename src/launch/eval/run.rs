//! An expression into a value.

use super::expression::{Comparison, Expression};
use super::{functions, methods, operators};
use crate::launch::place::Outcome;
use crate::launch::value::Value;

/// The value of `expression`.
pub(super) fn run(expression: &Expression) -> Outcome<Value> {
    match expression {
        Expression::Value(value) => Ok(value.clone()),
        Expression::Name(name) => functions::constant(name),
        Expression::List(items) => Ok(Value::List(run_all(items)?)),
        Expression::Tuple(items) => Ok(Value::Tuple(run_all(items)?)),
        Expression::Not(of) => Ok(Value::Bool(!truth(&run(of)?))),
        Expression::Sign(plus, of) => operators::sign(*plus, &run(of)?),
        Expression::Binary(operator, left, right) => operators::binary(*operator, &run(left)?, &run(right)?),
        Expression::Compare(first, chain) => compare(run(first)?, chain),
        Expression::And(left, right) => either(left, right, false),
        Expression::Or(left, right) => either(left, right, true),
        Expression::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            run(if truth(&run(condition)?) { then } else { otherwise })
        }
        Expression::Index(of, index) => operators::index(&run(of)?, &run(index)?),
        Expression::Attribute(of, name) => match &**of {
            Expression::Name(module) if module == "math" => functions::constant(name),
            _ => Err(format!("'.{name}' must be a method that is called").into()),
        },
        Expression::Call(callee, arguments) => call(callee, arguments),
    }
}

fn run_all(items: &[Expression]) -> Outcome<Vec<Value>> {
    items.iter().map(run).collect()
}

fn call(callee: &Expression, arguments: &[Expression]) -> Outcome<Value> {
    match callee {
        Expression::Name(name) => functions::call(name, &run_all(arguments)?),
        Expression::Attribute(of, name) => match &**of {
            Expression::Name(module) if module == "math" => functions::math(name, &run_all(arguments)?),
            of => methods::call(&run(of)?, name, &run_all(arguments)?),
        },
        _ => Err("this cannot be called".into()),
    }
}

/// `and` and `or` give the operand that decides.
fn either(left: &Expression, right: &Expression, decides: bool) -> Outcome<Value> {
    let left = run(left)?;
    if truth(&left) == decides {
        Ok(left)
    } else {
        run(right)
    }
}

fn compare(first: Value, chain: &[(Comparison, Expression)]) -> Outcome<Value> {
    let mut left = first;
    for (comparison, right) in chain {
        let right = run(right)?;
        if !operators::compare(*comparison, &left, &right)? {
            return Ok(Value::Bool(false));
        }
        left = right;
    }
    Ok(Value::Bool(true))
}

/// Whether Python takes a value for true.
pub(super) fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) | Value::Tuple(items) => !items.is_empty(),
        Value::Other(_) => true,
    }
}
