//! `executable`, and the attributes of every process.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place, shown};
use super::super::python;
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::substitution::{Template, perform};
use super::super::value::{Kind, Scalar, Texts, Value};
use super::command_line::command_line;
use podbay_description::limits::EACH;
use podbay_description::process::{InvalidCommandLine, OnExit, Output, Prefix, Restart};
use podbay_description::{Process, ProcessKind};
use podbay_text::diagnostic::{Code, Diagnostic};

/// A command to run.
#[derive(Clone, Debug)]
pub(super) struct Executable {
    cmd: Vec<Template>,
    name: Option<Template>,
    common: Common,
}

/// The attributes that nodes and executables have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    cwd: Option<Template>,
    prefix: Option<Template>,
    output: Option<Template>,
    respawn: Option<Template>,
    respawn_delay: Option<f64>,
    respawn_max_retries: Option<u32>,
    sigterm_timeout: Option<f64>,
    sigkill_timeout: Option<f64>,
    shell: bool,
    emulate_tty: bool,
    on_exit: OnExit,
    environment: Vec<(Template, Template)>,
}

impl Executable {
    /// Reads `executable`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let cmd = command_line(entity, "cmd")?.ok_or_else(|| entity.missing("cmd"))?;
        Ok(Self {
            cmd,
            name: entity.template("name")?,
            common: Common::read(entity),
        })
    }

    /// Adds the process.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        run.charge_process(place)?;
        let mut process = Process {
            kind: ProcessKind::Executable,
            cmd: perform_all(&self.cmd, run).at(place)?,
            name: perform_or_empty(self.name.as_ref(), run).at(place)?,
            ..Process::default()
        };
        let program = process.cmd.first().cloned().unwrap_or_default();
        if program.is_empty() {
            let position = self.cmd.first().map(Template::position).unwrap_or_default();
            let wrong = Code::CommandLine.says("'cmd' is empty");
            return Err(wrong.or_position(position).at(place));
        }
        self.common.fill(&mut process, &program, run, place)?;
        run.output.processes.push(process);
        Ok(())
    }
}

impl Common {
    /// Reads the attributes of every process.
    pub(super) fn read(entity: &Entity<'_>) -> Self {
        Self {
            cwd: entity.recover(entity.template("cwd")),
            on_exit: entity.recover(read_on_exit(entity)),
            prefix: entity.recover(entity.template("launch-prefix")),
            output: entity.recover(entity.template("output")),
            respawn: entity.recover(entity.template("respawn")),
            respawn_max_retries: entity.recover(read_retries(entity)),
            respawn_delay: entity.recover(read_seconds(entity, "respawn_delay")),
            sigkill_timeout: entity.recover(read_seconds(entity, "sigkill_timeout")),
            sigterm_timeout: entity.recover(read_seconds(entity, "sigterm_timeout")),
            shell: entity.recover(read_flag(entity, "shell")),
            emulate_tty: entity.recover(read_flag(entity, "emulate_tty")),
            environment: entity.recover(read_environment(entity)),
        }
    }

    /// Sets the common attributes of `process`; a prefix applies to `program`.
    pub(super) fn fill(
        &self,
        process: &mut Process,
        program: &str,
        run: &mut Run<'_>,
        place: &Place,
    ) -> Result<(), Diagnostic> {
        process.prefix = read_prefix(self.prefix(program, run).at(place)?)
            .in_template(self.prefix.as_ref().unwrap_or(&Template::default()))
            .at(place)?;
        process.cwd = perform_or_empty(self.cwd.as_ref(), run).at(place)?;
        process.output = match &self.output {
            Some(output) => {
                let name = perform(output, run).at(place)?;
                read_output(&name).in_template(output).at(place)?
            }
            None => Output::Log,
        };
        run.charge(run.scope.environment.own().bytes()).at(place)?;
        process.environment = run.scope.environment.own().to_map();
        for (name, value) in &self.environment {
            let name = perform(name, run).at(place)?;
            let value = perform(value, run).at(place)?;
            run.charge(ENTRY + name.len() + value.len()).at(place)?;
            process.environment.insert(name, value);
        }
        process.restart = Restart {
            wanted: self.respawns(run).at(place)?,
            delay: self.respawn_delay.unwrap_or(0.0),
            max_retries: self.respawn_max_retries,
        };
        process.sigterm_timeout = self.sigterm_timeout;
        process.sigkill_timeout = self.sigkill_timeout;
        process.shell = self.shell;
        process.emulate_tty = self.emulate_tty;
        process.on_exit = self.on_exit;
        process.delay = run.now;
        process.source = place.clone();
        run.charge_texts(process).at(place)
    }

    /// Its own prefix, or that of the launch configuration `launch-prefix`.
    fn prefix(&self, program: &str, run: &mut Run<'_>) -> Outcome<String> {
        if let Some(prefix) = &self.prefix {
            return perform(prefix, run);
        }
        let get = |name: &str| run.scope.configurations.get(name).cloned().unwrap_or_default();
        let (prefix, filter) = (get("launch-prefix"), get("launch-prefix-filter"));
        if prefix.is_empty() || filter.is_empty() {
            return Ok(prefix);
        }
        // the pattern matches at the start of the program's name
        let pattern = regex::Regex::new(&format!("^(?:{filter})")).map_err(|error| {
            let what = format!(
                "the launch configuration launch-prefix-filter is not a valid regular expression: {error}"
            );
            Code::WrongValue.says(what)
        })?;
        let name = program.rsplit('/').next().unwrap_or(program);
        Ok(if pattern.is_match(name) {
            prefix
        } else {
            String::new()
        })
    }

    fn respawns(&self, run: &mut Run<'_>) -> Outcome<bool> {
        let Some(respawn) = &self.respawn else {
            return Ok(false);
        };
        let text = perform(respawn, run)?;
        let value = Kind::One(Scalar::Bool).coerce(&text, Texts::Strict);
        let value = value.map_err(|wrong| wrong.with_code(Code::WrongType).within("attribute 'respawn'"));
        Ok(value.in_template(respawn)? == Value::Bool(true))
    }
}

/// ROS splits it into words when it starts the process.
fn read_prefix(prefix: String) -> Outcome<Prefix> {
    let shown = shown(&prefix).into_owned();
    Prefix::try_from(prefix).map_err(|InvalidCommandLine(why)| {
        Code::CommandLine.says(format!(
            "the launch prefix '{shown}' is not a valid command line: {why}"
        ))
    })
}

fn read_output(output: &str) -> Outcome<Output> {
    Output::named(output).map_err(|known| {
        let what = format!("invalid 'output' '{}'", shown(output));
        Code::WrongValue.says(what).help(known.to_string())
    })
}

fn read_on_exit(entity: &Entity<'_>) -> Result<OnExit, Diagnostic> {
    match entity.text("on_exit")?.as_deref() {
        None => Ok(OnExit::Nothing),
        Some("shutdown") => Ok(OnExit::Shutdown),
        Some(other) => Err(entity.problem_in(
            "on_exit",
            Code::WrongValue,
            format!("'on_exit' must be 'shutdown', found '{}'", shown(other)),
        )),
    }
}

fn read_retries(entity: &Entity<'_>) -> Result<Option<u32>, Diagnostic> {
    match entity.attribute("respawn_max_retries", Kind::One(Scalar::Int))? {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(value.into())),
        // a negative number means no limit
        Some(Value::Int(number)) => Ok(u32::try_from(number).ok()),
        Some(other) => Err(entity.problem_in(
            "respawn_max_retries",
            Code::WrongType,
            format!("'respawn_max_retries' must be an integer, found {}", other.what()),
        )),
    }
}

fn read_seconds(entity: &Entity<'_>, name: &'static str) -> Result<Option<f64>, Diagnostic> {
    match entity.attribute(name, Kind::One(Scalar::Float))? {
        None => Ok(None),
        Some(Value::Float(seconds)) if seconds >= 0.0 && seconds.is_finite() => Ok(Some(seconds)),
        Some(other) => Err(entity.problem_in(
            name,
            match other {
                Value::Float(_) => Code::WrongValue,
                _ => Code::WrongType,
            },
            format!(
                "'{name}' must be a number of seconds, not negative and without a substitution; found {}",
                other.what()
            ),
        )),
    }
}

/// ROS treats any text that is not empty as true.
fn read_flag(entity: &Entity<'_>, name: &'static str) -> Result<bool, Diagnostic> {
    Ok(match entity.attribute(name, Kind::One(Scalar::Bool))? {
        Some(Value::Bool(value)) => value,
        Some(Value::Text(text)) => !text.is_empty(),
        _ => false,
    })
}

fn read_environment(entity: &Entity<'_>) -> Result<Vec<(Template, Template)>, Diagnostic> {
    let mut variables = Vec::new();
    for env in entity.nested("env")?.unwrap_or_default() {
        variables.push((env.required_template("name")?, env.required_template("value")?));
        env.finish();
    }
    Ok(variables)
}

/// The results of all `templates`, for the description.
pub(super) fn perform_all(templates: &[Template], run: &mut Run<'_>) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    for template in templates {
        let text = perform(template, run)?;
        run.charge(text.len() + EACH)?;
        all.push(text);
    }
    Ok(all)
}

/// The result of `template`, or "".
pub(super) fn perform_or_empty(template: Option<&Template>, run: &mut Run<'_>) -> Outcome<String> {
    template.map_or(Ok(String::new()), |template| perform(template, run))
}

/// The launch configuration `emulate_tty` applies to all processes started by the current actions, with its
/// value after they have run.
pub(crate) fn settle_terminals(from: usize, run: &mut Run<'_>) -> Result<(), Diagnostic> {
    let started = &mut run.output.processes[from..];
    let (Some(text), Some(first)) = (run.scope.configurations.get("emulate_tty"), started.first()) else {
        return Ok(());
    };
    let emulate = super::condition::truth(text).ok_or_else(|| {
        let what = format!(
            "the launch configuration emulate_tty must be true or false, found '{}'",
            shown(text)
        );
        Code::WrongValue.says(what).at(&first.source)
    })?;
    started
        .iter_mut()
        .for_each(|process| process.emulate_tty = emulate);
    Ok(())
}

/// Default timeouts are launch configurations, with their values at the end of the evaluation.
pub(crate) fn default_timeouts(run: &mut Run<'_>) {
    let get = |name: &str| {
        run.scope
            .configurations
            .get(name)
            .and_then(|text| python::parse_float(text))
    };
    let (term, kill) = (get("sigterm_timeout"), get("sigkill_timeout"));
    for process in &mut run.output.processes {
        process.sigterm_timeout = process.sigterm_timeout.or(term);
        process.sigkill_timeout = process.sigkill_timeout.or(kill);
    }
}
