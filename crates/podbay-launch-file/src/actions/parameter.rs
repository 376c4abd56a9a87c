//! `param`, in nodes and components, and the parameters that a node gets.

use std::rc::Rc;

use super::super::markup::Entity;
use super::super::packages;
use super::super::place::{At, Outcome, Place, shown};
use super::super::python;
use super::super::run::Run;
use super::super::scope::{ENTRY, GlobalParameter};
use super::super::substitution::{Template, perform};
use super::super::typed::Typed;
use super::super::value::{Kind, Scalar, Value};
use super::super::yaml;
use super::parameter_source::{file_source, left_out, no_file_for_all, note_refused, substituted};
use podbay_description::scalar::Schema;
use podbay_description::{ParameterSource, ParameterValue, Values};
use podbay_text::diagnostic::{Code, Diagnostic};

/// One `param` of a node.
#[derive(Clone, Debug)]
pub(super) enum ParameterSpec {
    /// A file.
    File { path: Template, substitute: bool },
    /// Values by name; nested ones have dotted names.
    Values(Vec<(Rc<Name>, Typed)>),
}

/// The name of a parameter: nested names are joined with dots.
#[derive(Debug)]
pub(super) struct Name {
    outer: Option<Rc<Name>>,
    own: Template,
}

impl Name {
    fn perform(&self, run: &mut Run<'_>) -> Outcome<String> {
        let own = perform(&self.own, run)?;
        let Some(outer) = &self.outer else {
            return Ok(own);
        };
        let name = outer.perform(run)? + "." + &own;
        run.spend_bytes(name.len())?;
        Ok(name)
    }
}

/// Reads the `param` elements of an element.
pub(super) fn read(entity: &Entity<'_>) -> Result<Vec<ParameterSpec>, Diagnostic> {
    let params = entity.nested("param")?.unwrap_or_default();
    let read = |param| Entity::recover(param, read_one(param).map(Some));
    Ok(params.iter().filter_map(read).collect())
}

fn read_one(param: &Entity<'_>) -> Result<ParameterSpec, Diagnostic> {
    let from = param.template("from")?;
    let substitute = param.attribute("allow_substs", Kind::One(Scalar::Bool))?;
    let named = param.text("name")?.is_some();
    match from {
        Some(_) if named => {
            let what = "'name' and 'from' exclude each other";
            Err(param
                .problem_in("from", Code::Conflict, what)
                .help("remove one of them"))
        }
        Some(path) => {
            param.finish();
            let substitute = match substitute {
                None => false,
                Some(Value::Bool(value)) => value,
                Some(_) => {
                    let what = "'allow_substs' must be a literal true or false";
                    return Err(param.problem_in("allow_substs", Code::WrongType, what));
                }
            };
            Ok(ParameterSpec::File { path, substitute })
        }
        None if !named && let Some(wrong) = param.pair("name", "value") => Err(wrong),
        None if !named => {
            param.finish_but(&["value", "type"], &["param"]);
            Err(param.problem(Code::Parameter, "<param> requires 'name', or 'from' for a file"))
        }
        None if substitute.is_some() => {
            let what = "'allow_substs' requires a parameter file, 'from'";
            Err(param
                .problem_in("allow_substs", Code::Parameter, what)
                .help("remove it"))
        }
        None => {
            let mut values = Vec::new();
            read_nested(param, None, &mut values)?;
            Ok(ParameterSpec::Values(values))
        }
    }
}

fn read_nested(
    param: &Entity<'_>,
    outer: Option<&Rc<Name>>,
    values: &mut Vec<(Rc<Name>, Typed)>,
) -> Result<(), Diagnostic> {
    let name = Rc::new(Name {
        outer: outer.cloned(),
        own: param.required_template("name")?,
    });
    let kind = read_kind(param)?;
    let value = param.attribute("value", kind.unwrap_or(Kind::Any));
    let value = value.map_err(|wrong| convertible(wrong, kind))?;
    let nested = param.nested("param")?;
    param.finish();
    match (value, nested) {
        (Some(_), Some(_)) => {
            let what = "'value' and nested parameters exclude each other";
            Err(param
                .problem_in("value", Code::Parameter, what)
                .help("remove one of them"))
        }
        (None, None) => {
            let what = "<param> requires a 'value' or nested parameters";
            Err(param.problem(Code::Parameter, what).help(param.addition("value")))
        }
        (None, Some(_)) if kind.is_some_and(|kind| kind != Kind::Any) => {
            let what = "'type' requires a 'value'";
            Err(param
                .problem_in("type", Code::Parameter, what)
                .help(format!("remove it, or {}", param.addition("value"))))
        }
        (Some(value), None) => {
            let typed = param.typed_value("value", &value, kind.unwrap_or(Kind::Any));
            let typed = typed.map_err(|wrong| match wrong.code {
                Code::WrongType => convertible(wrong.with_code(Code::ParameterCoercion), kind),
                _ => wrong,
            })?;
            values.push((name, typed));
            Ok(())
        }
        (None, Some(nested)) => nested
            .iter()
            .try_for_each(|nested| read_nested(nested, Some(&name), values)),
    }
}

/// The error for a value that is not of the `kind` of the parameter, with help.
fn convertible(wrong: Diagnostic, kind: Option<Kind>) -> Diagnostic {
    match kind {
        _ if wrong.code != Code::ParameterCoercion || !wrong.help.is_empty() => wrong,
        Some(Kind::One(_)) => wrong.help("correct it, or use the type str"),
        _ => wrong,
    }
}

fn read_kind(param: &Entity<'_>) -> Result<Option<Kind>, Diagnostic> {
    let Some(value) = param.attribute("type", Kind::Any)? else {
        return Ok(None);
    };
    let name = python::text(&value);
    let kind = Kind::named(&name).ok_or_else(|| {
        param
            .problem_in(
                "type",
                Code::Parameter,
                format!("unknown parameter type '{}'", shown(&name)),
            )
            .help("use str, bool, int, float, yaml, or a list such as list_of_float")
    });
    kind.map(Some)
}

/// Parameter sources of a node: those for all nodes, then its own.
pub(super) fn sources(
    specs: &[ParameterSpec],
    run: &mut Run<'_>,
    place: &Place,
) -> Result<Vec<ParameterSource>, Diagnostic> {
    let mut sources = Vec::new();
    run.charge(run.scope.parameter_bytes()).at(place)?;
    for global in run.scope.parameters() {
        match &*global {
            GlobalParameter::Value(name, value) => sources.push(rule(name.clone(), value).at(place)?),
            GlobalParameter::File(file) => {
                let file = packages::absolute(file);
                let source = file_source(&file, run, place).at(place)?;
                sources.push(source.ok_or_else(|| no_file_for_all(&file, run).at(place))?);
            }
        }
    }
    for spec in specs {
        match spec {
            ParameterSpec::File {
                path: template,
                substitute,
            } => {
                let path = perform(template, run).at(place)?;
                let at = template.place(place);
                if *substitute {
                    let content = substituted(&path, run).in_path(template).of_action(place)?;
                    note_refused(&path, Some(&content), run, &at);
                    run.charge(ENTRY + path.len() + content.len()).at(place)?;
                    sources.push(ParameterSource::File {
                        file: path,
                        content: Some(content),
                    });
                } else {
                    let source = file_source(&path, run, &at).in_path(template).at(place)?;
                    if source.is_none() {
                        let warning = left_out(&path, run);
                        run.warn(&at, warning);
                    }
                    sources.extend(source);
                }
            }
            ParameterSpec::Values(values) => sources.push(ParameterSource::Values {
                values: perform_each(values, run, node_value).at(place)?,
                all_nodes: false,
            }),
        }
    }
    Ok(sources)
}

/// `-p name:=value`: the value is printed like in Python, and parsed by rcl.
fn rule(name: String, value: &Value) -> Outcome<ParameterSource> {
    let text = python::text(value);
    let read = yaml::parse_as(&text, Schema::Rcl).ok().map(|node| node.value());
    let value = read
        .and_then(|value| value.of_parameter())
        .unwrap_or_else(|| text.into());
    Ok(ParameterSource::Values {
        values: Values::from_iter([(name, value)]),
        all_nodes: true,
    })
}

/// Values by name, all evaluated here.
pub(super) fn perform_values(values: &[(Rc<Name>, Typed)], run: &mut Run<'_>) -> Outcome<Values> {
    perform_each(values, run, value)
}

/// Values by name; the last of equal names counts.
fn perform_each(
    values: &[(Rc<Name>, Typed)],
    run: &mut Run<'_>,
    perform_value: impl Fn(&str, &Typed, &mut Run<'_>) -> Outcome<ParameterValue>,
) -> Outcome<Values> {
    let mut map = Values::new();
    for (name, value) in values {
        let name = name.perform(run)?;
        run.charge(ENTRY + name.len())?;
        let value = perform_value(&name, value, run)
            .map_err(|wrong| wrong.within(&format!("parameter '{}'", shown(&name))))?;
        map.insert(name, value);
    }
    Ok(map)
}

fn value(_: &str, value: &Typed, run: &mut Run<'_>) -> Outcome<ParameterValue> {
    let value = value.perform(run)?;
    run.charge(value.bytes())?;
    carried(&value)
}

/// The value for a node, whose container can run xacro.
fn node_value(name: &str, typed: &Typed, run: &mut Run<'_>) -> Outcome<ParameterValue> {
    let Some(printed) = typed.left_to_container(run)? else {
        return value(name, typed, run);
    };
    run.charge(printed.command.iter().map(|word| word.len() + ENTRY).sum())?;
    let what = format!(
        "the container runs {} for the parameter '{name}', because podbay may not run commands without --allow-command",
        printed.command.join(" ")
    );
    let help = "the image must contain the files that it uses";
    let warning = Code::NotCarriedOver.says(what).help(help);
    run.warn_here(warning.or_position(typed.position()));
    Ok(ParameterValue::Printed(printed))
}

/// The value of a parameter.
pub(super) fn parameter_value(name: &str, value: &Value) -> Outcome<ParameterValue> {
    carried(value).map_err(|wrong| wrong.within(&format!("parameter '{}'", shown(name))))
}

fn carried(value: &Value) -> Outcome<ParameterValue> {
    let unfit = || Code::ParameterType.says(format!("{} is not a valid parameter value", value.what()));
    value.of_parameter().ok_or_else(unfit)
}

/// How ROS parses the text of a parameter for all nodes, or of an extra argument: as YAML.
pub(super) fn by_yaml_rules(name: &str, text: &str) -> Outcome<Value> {
    if text.is_empty() {
        return Ok(Value::Text(String::new()));
    }
    let node = yaml::parse(text).map_err(|wrong| {
        let what = format!(
            "the value of '{}' is not valid YAML: {}",
            shown(name),
            wrong.message
        );
        let help = "for a string, quote it within the value: \"'…'\"";
        Code::ParameterCoercion.says(what).help(help)
    })?;
    match node.value() {
        Value::List(items) if uniform(&items) => Ok(Value::Tuple(items)),
        Value::List(_) => Err(Code::ParameterType.says(format!(
            "'{}' must be a non-empty list of values of one type",
            shown(name)
        ))),
        value if value.scalar().is_some() => Ok(value),
        other => Err(Code::ParameterType
            .says(format!("'{}' must not be {}", shown(name), other.what()))
            .help("quote it for a string")),
    }
}

/// The type of the first value counts; booleans are accepted as integers.
fn uniform(items: &[Value]) -> bool {
    let Some(first) = items.first().and_then(Value::scalar) else {
        return false;
    };
    let fits = |item: &Value| {
        item.scalar() == Some(first) || first == Scalar::Int && item.scalar() == Some(Scalar::Bool)
    };
    items.iter().all(fits)
}
