//! Attributes and parameters of a specific type that may contain substitutions.

use super::place::Outcome;
use super::run::Run;
use super::substitution::{Locate, Template, perform};
use super::value::{Kind, Scalar, Texts, Value};
use podbay_description::printed::Printed;
use podbay_text::diagnostic::Code;
use podbay_text::yaml::Position;

/// A value with substitutions. Its type is checked as far as it is known, and completely after substitution.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    form: Form,
    kind: Kind,
    position: Position,
}

#[derive(Clone, Debug)]
enum Form {
    One(Item),
    List(Vec<Item>),
}

#[derive(Clone, Debug)]
enum Item {
    Value(Value),
    Template(Template),
}

impl Typed {
    /// Parses the value of an attribute at `position`, whose texts may contain substitutions. `locate` returns
    /// the positions of these in a single text.
    pub(super) fn new(value: &Value, kind: Kind, position: Position, locate: &Locate<'_>) -> Outcome<Self> {
        Self::parse(value, kind, position, locate).map_err(|wrong| wrong.or_position(position))
    }

    fn parse(value: &Value, kind: Kind, position: Position, locate: &Locate<'_>) -> Outcome<Self> {
        let form = match value {
            Value::List(items) => {
                let item = |value| item(value, &|_| position);
                let items = items.iter().map(item).collect::<Outcome<Vec<_>>>()?;
                check_list(&items, kind)?;
                Form::List(items)
            }
            other => {
                let item = item(other, locate)?;
                check_one(&item, kind)?;
                Form::One(item)
            }
        };
        Ok(Self { form, kind, position })
    }

    /// Where it is written.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// The value after substitution, with the right type.
    pub(super) fn perform(&self, run: &mut Run<'_>) -> Outcome<Value> {
        let value = match &self.form {
            Form::One(item) => item.perform(self.kind, run),
            Form::List(items) => self.perform_list(items, run),
        };
        value.map_err(|wrong| wrong.or_position(self.position))
    }

    /// The command to run in the container, if the value is its output as text.
    pub(super) fn left_to_container(&self, run: &mut Run<'_>) -> Outcome<Option<Printed>> {
        let (Form::One(Item::Template(template)), Kind::Any | Kind::One(Scalar::Text)) =
            (&self.form, self.kind)
        else {
            return Ok(None);
        };
        template
            .as_call()
            .map_or(Ok(None), |call| call.left_to_container(run))
    }

    fn perform_list(&self, items: &[Item], run: &mut Run<'_>) -> Outcome<Value> {
        let each = match self.kind {
            Kind::ListOf(scalar) => Kind::One(scalar),
            other => other,
        };
        let items = items
            .iter()
            .map(|item| item.perform(each, run))
            .collect::<Outcome<Vec<_>>>()?;
        let list = Value::List(items);
        match self.kind.holds(&list, Texts::Strict) {
            true => Ok(list),
            false => mixed(self.kind).map_err(|mut wrong| {
                wrong.code = Code::ParameterType;
                wrong
            }),
        }
    }
}

impl Item {
    fn perform(&self, kind: Kind, run: &mut Run<'_>) -> Outcome<Value> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Template(template) => kind.coerce(&perform(template, run)?, Texts::Strict),
        }
    }
}

/// A text without substitutions is an unescaped value, any other a template.
fn item(value: &Value, locate: &Locate<'_>) -> Outcome<Item> {
    let Value::Text(text) = value else {
        return Ok(Item::Value(value.clone()));
    };
    let template = Template::parse(text, locate)?;
    Ok(match template.as_literal() {
        Some(literal) => Item::Value(Value::Text(literal.to_owned())),
        None => Item::Template(template),
    })
}

fn check_one(item: &Item, kind: Kind) -> Outcome<()> {
    match item {
        Item::Value(value) if !kind.holds(value, Texts::Strict) => {
            Err(Code::WrongType.says(format!("expected {}, found {}", kind.name(), value.what())))
        }
        _ => Ok(()),
    }
}

/// All values of a list must have the same type, whatever the results of its substitutions.
fn check_list(items: &[Item], kind: Kind) -> Outcome<()> {
    let scalar = match kind {
        Kind::Any => None,
        Kind::ListOf(scalar) => Some(scalar),
        Kind::One(_) => return Err(Code::WrongType.says(format!("expected {}, found a list", kind.name()))),
    };
    let mut types: Vec<Option<Scalar>> = Vec::new();
    for item in items {
        if let Item::Value(value) = item
            && !types.contains(&value.scalar())
        {
            types.push(value.scalar());
        }
    }
    match types.as_slice() {
        [] if items.is_empty() && !matches!(scalar, None | Some(Scalar::Text)) => mixed(kind),
        [] => Ok(()),
        [Some(only)] if scalar.is_none_or(|scalar| scalar == *only) => Ok(()),
        _ => other_than(items, kind),
    }
}

/// The error for the first of `items` that is not of the type of the list.
fn other_than(items: &[Item], kind: Kind) -> Outcome<()> {
    let Kind::ListOf(scalar) = kind else {
        return mixed(kind);
    };
    let other = items.iter().find_map(|item| match item {
        Item::Value(value) if value.scalar() != Some(scalar) => Some(value),
        _ => None,
    });
    other.map_or(mixed(kind), |value| {
        let what = format!("expected {}, found {} in it", kind.name(), value.what());
        Err(Code::WrongType.says(what))
    })
}

fn mixed<T>(kind: Kind) -> Outcome<T> {
    match kind {
        Kind::Any => Err(Code::ParameterType
            .says("all values of a list must have the same type")
            .help("for a list of strings, quote each value")),
        kind => Err(Code::WrongType.says(format!("expected {}, found values of other types", kind.name()))),
    }
}
