//! `for` and `for_each`: actions that run several times, with variables for `$(index …)` and `$(for-var …)`.

use super::super::limits;
use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place};
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use super::super::yaml::{self, Content};
use super::super::{python, value::Value};
use super::Action;
use super::read::{Read, Reader};
use crate::domain::description::Problem;

/// Actions and what to run them for.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    over: Over,
    actions: Vec<Action>,
}

#[derive(Clone, Debug)]
enum Over {
    /// So many times, with the number of each in a variable.
    Count { length: Template, name: String },
    /// YAML mappings with `;` between them.
    Values(Template),
}

/// Variables of one round.
type Variables = Vec<(String, String)>;

impl Repeat {
    /// Reads the element by its tag.
    pub(super) fn read(entity: &Entity<'_>, reader: &mut Reader) -> Read<Self> {
        let over = Over::read(entity).map_err(|problem| vec![problem])?;
        Ok(Self {
            over,
            actions: reader.children(entity)?,
        })
    }

    /// Runs its actions as often as there is something to run them for.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Problem> {
        for variables in self.over.rounds(run).at(place)? {
            let before = run.current.clone();
            run.current.variables.extend(variables);
            run.actions(&self.actions)?;
            run.current = before;
        }
        Ok(())
    }
}

impl Over {
    fn read(entity: &Entity<'_>) -> Result<Self, Problem> {
        if entity.tag() == "for_each" {
            return entity.required_template("values").map(Self::Values);
        }
        Ok(Self::Count {
            length: entity.required_template("len")?,
            name: entity.text("name")?.ok_or_else(|| entity.missing("name"))?,
        })
    }

    fn rounds(&self, run: &mut Run<'_>) -> Outcome<Vec<Variables>> {
        match self {
            Self::Count { length, name } => {
                let length = count(&perform(length, run)?)?;
                let round = |index: usize| vec![(name.clone(), index.to_string())];
                Ok((0..length).map(round).collect())
            }
            Self::Values(values) => {
                let values = perform(values, run)?;
                let sets = values.trim().split(';').filter(|set| !set.is_empty());
                sets.filter_map(|set| variables(set.trim()).transpose()).collect()
            }
        }
    }
}

fn count(text: &str) -> Outcome<usize> {
    let length = python::parse_int(text).ok_or_else(|| format!("'{text}' is no whole number of rounds"))?;
    let length = usize::try_from(length).unwrap_or(0);
    match length > limits::ACTIONS {
        true => Err(format!("more than {} rounds", limits::ACTIONS).into()),
        false => Ok(length),
    }
}

/// One set of variables; unset where it is null.
fn variables(set: &str) -> Outcome<Option<Variables>> {
    let node = yaml::parse(set).map_err(|error| format!("'{set}' is no YAML: {}", error.what))?;
    let Content::Map(entries) = &node.content else {
        return match node.value() {
            Value::Null => Ok(None),
            other => Err(format!(
                "a round needs a mapping such as {{name: a}}, found {}",
                other.what()
            )
            .into()),
        };
    };
    let variables = entries
        .iter()
        .map(|(name, node)| (name.clone(), python::text(&node.value())));
    Ok(Some(variables.collect()))
}
