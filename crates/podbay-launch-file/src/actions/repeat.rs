//! `for` and `for_each`: actions that run several times, with variables for `$(index …)` and `$(for-var …)`.

use std::rc::Rc;

use super::super::limits;
use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place, shown};
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use super::super::yaml::{self, Content};
use super::super::{python, value::Value};
use super::Action;
use super::read::{Read, Reader};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Actions, and what they iterate over.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    over: Over,
    actions: Vec<Action>,
}

#[derive(Clone, Debug)]
enum Over {
    /// A number of iterations, with the index in a variable.
    Count { length: Template, name: Rc<str> },
    /// YAML mappings, separated by `;`.
    Values(Template),
}

/// Variables of one iteration.
type Variables = Vec<(Rc<str>, Rc<str>)>;

impl Repeat {
    /// Reads the element by its tag.
    pub(super) fn read(entity: &Entity<'_>, reader: &mut Reader) -> Read<Self> {
        let over = Over::read(entity).map_err(|problem| vec![problem])?;
        Ok(Self {
            over,
            actions: reader.children(entity)?,
        })
    }

    /// Runs its actions once per iteration.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        run.deepen(1, place)?;
        for variables in self.over.rounds(run, place)? {
            // an iteration without actions takes time as well
            run.spend_action(place)?;
            let before = run.current.clone();
            for (name, value) in variables {
                run.current.variables.insert_mut(name, value);
            }
            run.actions(&self.actions)?;
            run.current = before;
        }
        run.rise(1);
        Ok(())
    }
}

impl Over {
    fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        if entity.tag() == "for_each" {
            return entity.required_template("values").map(Self::Values);
        }
        Ok(Self::Count {
            length: entity.required_template("len")?,
            name: entity.text("name")?.ok_or_else(|| entity.missing("name"))?.into(),
        })
    }

    fn rounds(
        &self,
        run: &mut Run<'_>,
        place: &Place,
    ) -> Result<Box<dyn Iterator<Item = Variables>>, Diagnostic> {
        match self {
            Self::Count { length, name } => {
                let text = perform(length, run).at(place)?;
                let length = count(&text).in_template(length).at(place)?;
                let name = Rc::clone(name);
                let round = move |index: usize| vec![(Rc::clone(&name), index.to_string().into())];
                Ok(Box::new((0..length).map(round)))
            }
            Self::Values(values) => {
                let template = values;
                let values = perform(template, run).at(place)?;
                let sets = values.trim().split(';').filter(|set| !set.is_empty());
                let mut rounds = Vec::new();
                for set in sets {
                    let Some(variables) = variables(set.trim()).in_template(template).at(place)? else {
                        // an iteration without variables does not run, but was parsed
                        run.spend_action(place)?;
                        continue;
                    };
                    let bytes = variables.iter().map(|(name, value)| name.len() + value.len());
                    run.spend_bytes(bytes.sum()).at(place)?;
                    rounds.push(variables);
                }
                Ok(Box::new(rounds.into_iter()))
            }
        }
    }
}

fn count(text: &str) -> Outcome<usize> {
    let length = python::parse_int(text).ok_or_else(|| {
        Code::Loop.says(format!(
            "the number of iterations must be an integer, found '{}'",
            shown(text)
        ))
    })?;
    let length = usize::try_from(length).unwrap_or(0);
    match length > limits::ACTIONS {
        true => Err(Code::LaunchTooLarge
            .says(format!(
                "{length} iterations exceed the limit of {} actions per launch",
                limits::ACTIONS
            ))
            .help("start one node for several iterations, or split the launch")),
        false => Ok(length),
    }
}

/// One set of variables; `None` if it is null.
fn variables(set: &str) -> Outcome<Option<Variables>> {
    let node = yaml::parse(set)
        .map_err(|wrong| Code::Loop.says(format!("'{}' is not valid YAML: {}", shown(set), wrong.text())))?;
    let Content::Map(entries) = &node.content else {
        return match node.value() {
            Value::Null => Ok(None),
            other => Err(Code::Loop.says(format!(
                "an iteration must be a mapping such as {{name: a}}, found {}",
                other.what()
            ))),
        };
    };
    let variables = entries
        .iter()
        .map(|(key, node)| (key.name.as_str().into(), python::text(&node.value()).into()));
    Ok(Some(variables.collect()))
}
