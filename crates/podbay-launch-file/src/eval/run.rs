//! Evaluates a syntax tree.

mod comprehension;

use std::cell::{Cell, RefCell};

use ruff_python_ast::{self as ast, BoolOp, Expr, Number};
use ruff_text_size::Ranged;

use super::arguments::{Arguments, items};
use super::value::Value;
use super::work::Work;
use super::{collections, format, functions, math, methods, operators, slice};
use crate::place::{Outcome, shown};
use podbay_text::diagnostic::{Code, Diagnostic};

/// The value of `expression`, whose text is `source`.
pub(super) fn run(expression: &Expr, source: &str, work: &Work) -> Outcome<Value> {
    let run = Run {
        source: source.trim_start_matches([' ', '\t']),
        work,
        variables: RefCell::default(),
        inside: Cell::new(false),
    };
    run.value(expression)
}

pub(super) struct Run<'a> {
    source: &'a str,
    work: &'a Work,
    /// Variables of the surrounding comprehensions, innermost last.
    variables: RefCell<Vec<(String, Value)>>,
    /// Whether a generator is around, inside of which the names provided by ROS are not visible.
    inside: Cell<bool>,
}

impl Run<'_> {
    /// The value of `expression`.
    pub(super) fn value(&self, expression: &Expr) -> Outcome<Value> {
        let value = self.compute(expression)?;
        self.work.spend(value.weight())?;
        Ok(value)
    }

    fn compute(&self, expression: &Expr) -> Outcome<Value> {
        match expression {
            Expr::NoneLiteral(_) => Ok(Value::None),
            Expr::BooleanLiteral(literal) => Ok(Value::Bool(literal.value)),
            Expr::NumberLiteral(literal) => self.number(literal),
            Expr::StringLiteral(literal) => Ok(Value::text(literal.value.to_str())),
            Expr::FString(text) => self.formatted(text),
            Expr::Name(name) => self.name(&name.id),
            Expr::List(list) => Ok(Value::List(self.values(&list.elts)?)),
            Expr::Tuple(tuple) => Ok(Value::Tuple(self.values(&tuple.elts)?)),
            Expr::Set(set) => collections::set(self.values(&set.elts)?, self.work),
            Expr::Dict(dict) => self.dict(&dict.items),
            Expr::UnaryOp(unary) => operators::unary(unary.op, &self.value(&unary.operand)?),
            Expr::BinOp(both) => {
                let (left, right) = (self.value(&both.left)?, self.value(&both.right)?);
                operators::binary(both.op, &left, &right, self.work)
            }
            Expr::BoolOp(several) => self.decide(several.op, &several.values),
            Expr::Compare(chain) => self.compare(chain),
            Expr::If(choice) => match self.value(&choice.test)?.truth() {
                true => self.value(&choice.body),
                false => self.value(&choice.orelse),
            },
            Expr::Subscript(part) => self.part(part),
            Expr::Attribute(of) => self.attribute(of),
            Expr::Call(call) => self.call(call),
            _ => self.comprehension(expression),
        }
    }

    fn number(&self, literal: &ast::ExprNumberLiteral) -> Outcome<Value> {
        match &literal.value {
            Number::Int(number) => match number.as_i64() {
                Some(number) => Ok(Value::Int(number)),
                None => Err(Code::ExpressionValue.says(operators::TOO_LARGE)),
            },
            Number::Float(number) => Ok(Value::Float(*number)),
            Number::Complex { .. } => Err(Code::UnsupportedPython.says("complex numbers are not supported")),
        }
    }

    fn name(&self, name: &str) -> Outcome<Value> {
        let variables = self.variables.borrow();
        if let Some((_, value)) = variables.iter().rev().find(|(known, _)| known == name) {
            return Ok(value.clone());
        }
        let of_math = if self.inside.get() { None } else { math::name(name) };
        let found = of_math.or_else(|| functions::name(name));
        found.ok_or_else(|| unknown_name(name))
    }

    fn values(&self, expressions: &[Expr]) -> Outcome<Vec<Value>> {
        let mut values = Vec::with_capacity(expressions.len());
        for expression in expressions {
            match expression {
                Expr::Starred(of) => values.extend(items(&self.value(&of.value)?, self.work)?),
                other => values.push(self.value(other)?),
            }
        }
        Ok(values)
    }

    fn dict(&self, entries: &[ast::DictItem]) -> Outcome<Value> {
        let mut pairs = Vec::new();
        for entry in entries {
            match (&entry.key, self.value(&entry.value)) {
                (Some(key), value) => pairs.push((self.value(key)?, value?)),
                (None, Ok(Value::Dict(more))) => pairs.extend(more),
                (None, _) => return Err(Code::ExpressionType.says("'**' requires a dict")),
            }
        }
        collections::dict(pairs, self.work)
    }

    /// `and` and `or` return the deciding operand.
    fn decide(&self, operator: BoolOp, operands: &[Expr]) -> Outcome<Value> {
        let mut last = Value::None;
        for operand in operands {
            last = self.value(operand)?;
            if last.truth() == (operator == BoolOp::Or) {
                break;
            }
        }
        Ok(last)
    }

    fn compare(&self, chain: &ast::ExprCompare) -> Outcome<Value> {
        let mut left = self.value(&chain.left)?;
        for (comparison, right) in chain.ops.iter().zip(&chain.comparators) {
            let right = self.value(right)?;
            if !operators::compare(*comparison, &left, &right, self.work)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn part(&self, part: &ast::ExprSubscript) -> Outcome<Value> {
        let of = self.value(&part.value)?;
        let Expr::Slice(bounds) = &*part.slice else {
            return slice::index(&of, &self.value(&part.slice)?, self.work);
        };
        let bound = |of: &Option<Box<Expr>>| of.as_ref().map(|of| self.value(of)).transpose();
        let bounds = [bound(&bounds.lower)?, bound(&bounds.upper)?, bound(&bounds.step)?];
        slice::slice(&of, bounds, self.work)
    }

    fn attribute(&self, of: &ast::ExprAttribute) -> Outcome<Value> {
        match self.is_math(&of.value) {
            true => math::name(&of.attr)
                .ok_or_else(|| Code::UnsupportedPython.says(format!("math.{} is not supported", of.attr))),
            false => Err(Code::UnsupportedPython.says(format!(
                "attribute '.{}' is not supported, except as a method call",
                of.attr
            ))),
        }
    }

    /// Whether `expression` is the name `math`, the only module.
    fn is_math(&self, expression: &Expr) -> bool {
        matches!(expression, Expr::Name(name) if name.id == "math") && !self.inside.get()
    }

    fn call(&self, call: &ast::ExprCall) -> Outcome<Value> {
        if let Expr::Attribute(of) = &*call.func
            && !self.is_math(&of.value)
        {
            let value = self.value(&of.value)?;
            return methods::call(&value, &of.attr, self.arguments(&call.arguments)?, self.work);
        }
        match self.value(&call.func)? {
            Value::Function(name) => functions::call(name, self.arguments(&call.arguments)?, self.work),
            other => Err(Code::ExpressionType.says(format!("{} cannot be called", other.what()))),
        }
    }

    fn arguments(&self, given: &ast::Arguments) -> Outcome<Arguments> {
        let mut named = Vec::new();
        for keyword in &given.keywords {
            match &keyword.arg {
                Some(name) => named.push((name.to_string(), self.value(&keyword.value)?)),
                None => {
                    return Err(Code::UnsupportedPython.says("'**' in a call is not supported"));
                }
            }
        }
        Ok(Arguments {
            values: self.values(&given.args)?,
            named,
        })
    }

    fn formatted(&self, text: &ast::ExprFString) -> Outcome<Value> {
        let mut out = String::new();
        for part in text.value.iter() {
            match part {
                ast::FStringPart::Literal(literal) => out.push_str(literal),
                ast::FStringPart::FString(string) => self.interpolate(&string.elements, &mut out)?,
            }
        }
        Ok(Value::Text(out))
    }

    fn interpolate(&self, elements: &ast::InterpolatedStringElements, out: &mut String) -> Outcome<()> {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => out.push_str(&literal.value),
                ast::InterpolatedStringElement::Interpolation(field) => self.field(field, out)?,
            }
        }
        Ok(())
    }

    fn field(&self, field: &ast::InterpolatedElement, out: &mut String) -> Outcome<()> {
        if field.debug_text.is_some() {
            return Err(Code::UnsupportedPython.says("'=' in an f-string is not supported"));
        }
        let value = self.value(&field.expression)?;
        let value = format::convert(value, field.conversion.to_char())?;
        let mut form = String::new();
        if let Some(spec) = &field.format_spec {
            self.interpolate(&spec.elements, &mut form)?;
        }
        out.push_str(&format::format(&value, &form, self.work)?);
        Ok(())
    }

    fn outside<T>(&self, expression: &Expr) -> Outcome<T> {
        let range = expression.range();
        let text = self.source.get(range.start().to_usize()..range.end().to_usize());
        let help = match expression {
            Expr::Lambda(_) => "; use a comprehension",
            _ => "",
        };
        let text = text.unwrap_or_default();
        Err(Code::UnsupportedPython.says(format!("unsupported Python '{}'{help}", shown(text))))
    }
}

fn unknown_name(name: &str) -> Diagnostic {
    let help = match name {
        "true" | "false" => "use True or False, or quotes for a string",
        "os" | "sys" | "re" | "random" => "only the module math is supported",
        _ => "use quotes for a string",
    };
    Code::UnknownName
        .says(format!("unknown name '{}'", shown(name)))
        .help(help)
        .about(name)
}
