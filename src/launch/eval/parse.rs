//! Words into an expression, by Python's precedence:
//! `if-else`, `or`, `and`, `not`, comparisons, `+ -`, `* / // %`, sign, `**`, then calls, indices and attributes.

use super::expression::{Comparison, Expression, Operator};
use super::lex::Token;
use crate::launch::limits;
use crate::launch::place::Outcome;
use crate::launch::value::Value;

/// Reads the one expression that `tokens` are.
pub(super) fn parse(tokens: Vec<Token>) -> Outcome<Expression> {
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
    };
    let expression = parser.expression()?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) => Err(format!("{} is not expected here", show(token)).into()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed = Outcome<Expression>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take_symbol(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Some(Token::Symbol(symbol)) if symbols.contains(symbol) => {
                let symbol = *symbol;
                self.at += 1;
                Some(symbol)
            }
            _ => None,
        }
    }

    fn is_name(&self, ahead: usize, name: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Name(found)) if found == name)
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(0, name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &'static str) -> Outcome<()> {
        match self.take_symbol(&[symbol]) {
            Some(_) => Ok(()),
            None => Err(format!("'{symbol}' is missing").into()),
        }
    }

    /// One level deeper; every recursion passes here.
    fn deeper(&mut self, read: fn(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(format!("the expression nests deeper than {}", limits::NESTING).into());
        }
        let expression = read(self)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn expression(&mut self) -> Parsed {
        self.deeper(|parser| {
            let then = parser.disjunction()?;
            if !parser.take_name("if") {
                return Ok(then);
            }
            let condition = parser.disjunction()?;
            if !parser.take_name("else") {
                return Err("'else' is missing after 'if'".into());
            }
            let otherwise = parser.expression()?;
            Ok(Expression::If(Box::new([condition, then, otherwise])))
        })
    }

    fn disjunction(&mut self) -> Parsed {
        let mut left = self.conjunction()?;
        while self.take_name("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed {
        let mut left = self.inversion()?;
        while self.take_name("and") {
            left = Expression::And(Box::new(left), Box::new(self.inversion()?));
        }
        Ok(left)
    }

    fn inversion(&mut self) -> Parsed {
        match self.take_name("not") {
            true => Ok(Expression::Not(Box::new(self.deeper(Self::inversion)?))),
            false => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Parsed {
        let first = self.sum()?;
        let mut chain = Vec::new();
        while let Some(comparison) = self.comparison_operator() {
            chain.push((comparison, self.sum()?));
        }
        Ok(match chain.is_empty() {
            true => first,
            false => Expression::Compare(Box::new(first), chain),
        })
    }

    fn comparison_operator(&mut self) -> Option<Comparison> {
        if let Some(symbol) = self.take_symbol(&["==", "!=", "<", "<=", ">", ">="]) {
            return Some(match symbol {
                "==" => Comparison::Equal,
                "!=" => Comparison::Different,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                _ => Comparison::GreaterOrEqual,
            });
        }
        if self.is_name(0, "not") && self.is_name(1, "in") {
            self.at += 2;
            return Some(Comparison::NotIn);
        }
        if self.take_name("is") {
            let not = self.take_name("not");
            return Some(if not { Comparison::IsNot } else { Comparison::Is });
        }
        self.take_name("in").then_some(Comparison::In)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(symbol) = self.take_symbol(&["+", "-"]) {
            let operator = if symbol == "+" {
                Operator::Add
            } else {
                Operator::Subtract
            };
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some(symbol) = self.take_symbol(&["*", "/", "//", "%"]) {
            let operator = match symbol {
                "*" => Operator::Multiply,
                "/" => Operator::Divide,
                "//" => Operator::FloorDivide,
                _ => Operator::Modulo,
            };
            left = binary(operator, left, self.signed()?);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        match self.take_symbol(&["+", "-"]) {
            Some(sign) => Ok(Expression::Sign(
                sign == "+",
                Box::new(self.deeper(Self::signed)?),
            )),
            None => self.power(),
        }
    }

    fn power(&mut self) -> Parsed {
        let base = self.postfix()?;
        match self.take_symbol(&["**"]) {
            Some(_) => Ok(binary(Operator::Power, base, self.deeper(Self::signed)?)),
            None => Ok(base),
        }
    }

    fn postfix(&mut self) -> Parsed {
        let mut of = self.atom()?;
        let mut links = 0;
        while let Some(symbol) = self.take_symbol(&["(", "[", "."]) {
            links += 1;
            if links > limits::NESTING {
                return Err("too many calls and indices in a row".into());
            }
            of = match symbol {
                "(" => Expression::Call(Box::new(of), self.items(")")?.0),
                "[" => {
                    let index = self.expression()?;
                    self.expect("]")?;
                    Expression::Index(Box::new(of), Box::new(index))
                }
                _ => Expression::Attribute(Box::new(of), self.attribute_name()?),
            };
        }
        Ok(of)
    }

    fn attribute_name(&mut self) -> Outcome<String> {
        match self.peek().cloned() {
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err("a name is missing after '.'".into()),
        }
    }

    fn atom(&mut self) -> Parsed {
        let token = self.peek().cloned().ok_or("the expression ends early")?;
        self.at += 1;
        match token {
            Token::Value(Value::Text(text)) => Ok(Expression::Value(Value::Text(self.joined(text)))),
            Token::Value(value) => Ok(Expression::Value(value)),
            Token::Name(name) => name_or_constant(name),
            Token::Symbol("[") => Ok(Expression::List(self.items("]")?.0)),
            Token::Symbol("(") => self.round(),
            other => Err(format!("{} is not expected here", show(&other)).into()),
        }
    }

    /// Texts that follow each other are one.
    fn joined(&mut self, mut text: String) -> String {
        while let Some(Token::Value(Value::Text(more))) = self.tokens.get(self.at) {
            text.push_str(more);
            self.at += 1;
        }
        text
    }

    fn round(&mut self) -> Parsed {
        let (mut items, commas) = self.items(")")?;
        match items.pop() {
            Some(only) if items.is_empty() && commas == 0 => Ok(only),
            Some(last) => {
                items.push(last);
                Ok(Expression::Tuple(items))
            }
            None => Ok(Expression::Tuple(items)),
        }
    }

    /// Expressions up to `close`, and how many commas stood among them.
    fn items(&mut self, close: &'static str) -> Outcome<(Vec<Expression>, usize)> {
        let mut items = Vec::new();
        let mut commas = 0;
        while self.take_symbol(&[close]).is_none() {
            if items.len() > commas {
                self.expect(close)
                    .map_err(|_| format!("',' or '{close}' is missing"))?;
                return Ok((items, commas));
            }
            items.push(self.expression()?);
            commas += usize::from(self.take_symbol(&[","]).is_some());
        }
        Ok((items, commas))
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn name_or_constant(name: String) -> Parsed {
    const KEYWORDS: &[&str] = &[
        "if", "else", "and", "or", "not", "in", "is", "lambda", "for", "import",
    ];
    Ok(match name.as_str() {
        "True" => Expression::Value(Value::Bool(true)),
        "False" => Expression::Value(Value::Bool(false)),
        "None" => Expression::Value(Value::Null),
        keyword if KEYWORDS.contains(&keyword) => {
            return Err(format!("'{name}' is not expected here").into());
        }
        _ => Expression::Name(name),
    })
}

fn show(token: &Token) -> String {
    match token {
        Token::Value(value) => value.what(),
        Token::Name(name) => format!("'{name}'"),
        Token::Symbol(symbol) => format!("'{symbol}'"),
    }
}
