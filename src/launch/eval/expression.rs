//! What an expression consists of.

use crate::launch::value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// A number, a text, `True`, `False`, `None`.
    Value(Value),
    /// A name.
    Name(String),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `(a, b)`
    Tuple(Vec<Expression>),
    /// `not a`
    Not(Box<Expression>),
    /// `-a`; `+a` for true.
    Sign(bool, Box<Expression>),
    /// `a + b` and the like.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `a < b <= c`
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    /// `a and b`
    And(Box<Expression>, Box<Expression>),
    /// `a or b`
    Or(Box<Expression>, Box<Expression>),
    /// `then if condition else otherwise`, as condition, then, otherwise.
    If(Box<[Expression; 3]>),
    /// `a[b]`
    Index(Box<Expression>, Box<Expression>),
    /// `a.name`
    Attribute(Box<Expression>, String),
    /// `a(b, c)`
    Call(Box<Expression>, Vec<Expression>),
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

/// An operator that gives a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}
