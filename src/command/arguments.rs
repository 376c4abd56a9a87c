//! `podbay launch --show-args`: the arguments of a launch file, printed like `ros2 launch --show-args`.

use anyhow::Result;

use super::errors::explain;
use super::launch::request;
use super::out;
use super::signals::unless_interrupted;
use crate::app;
use podbay_config::Settings;
use podbay_config::cli::Source;
use podbay_core::request::Caller;
use podbay_description::Argument;
use podbay_text::shown;

/// Prints to standard output; includes that could not be read are reported to standard error.
pub(super) async fn run(settings: &Settings, words: &Source) -> Result<u8> {
    let request = request(words, None)?;
    let mut translator = app::translator(settings, Vec::new());
    translator.evaluator.progress = |line| out::note(line);
    let print = async {
        let arguments = translator.arguments(&Caller::Local, &request);
        let arguments = arguments.await.map_err(explain)?;
        out::whole(&shown::lines(&list(&arguments.declared)))?;
        out::problems(&arguments.problems);
        Ok(0)
    };
    unless_interrupted(print, translator.evaluator.end()).await
}

fn list(declared: &[(Argument, bool)]) -> String {
    let mut text = String::from("Arguments (pass arguments as '<name>:=<value>'):\n");
    for (argument, conditional) in declared {
        text.push_str(&entry(argument, *conditional));
    }
    if declared.is_empty() {
        text.push_str("\n  No arguments.\n");
    } else if declared.iter().any(|(_, conditional)| *conditional) {
        text.push_str("\n* argument(s) which are only used if specific conditions occur\n");
    }
    text
}

fn entry(argument: &Argument, conditional: bool) -> String {
    let star = if conditional { "*" } else { "" };
    let (name, description) = (&argument.name, description(argument));
    let default = argument.default.as_ref();
    let default = default.map_or(String::new(), |text| format!("        (default: '{text}')\n"));
    format!("\n    '{name}':{star}\n        {description}\n{default}")
}

fn description(argument: &Argument) -> String {
    let (text, choices) = (argument.description.as_str(), choices(&argument.choices));
    match (text, argument.choices.is_empty()) {
        ("", true) => "no description given".to_owned(),
        ("", false) => format!("One of: {choices}"),
        (text, true) => text.to_owned(),
        (text, false) => format!(
            "{}. Valid choices are: {choices}",
            text.strip_suffix('.').unwrap_or(text)
        ),
    }
}

fn choices(choices: &[String]) -> String {
    let quoted = |choice: &String| match choice.contains('\'') {
        true => format!("\"{choice}\""),
        false => format!("'{choice}'"),
    };
    let quoted: Vec<_> = choices.iter().map(quoted).collect();
    format!("[{}]", quoted.join(", "))
}
