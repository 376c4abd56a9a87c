//! Passes environment variables through a shell.
//!
//! Kubernetes accepts `robot.name` and `a-b` as names of variables, but a shell does not keep them, and sets
//! others such as `IFS` and `UID` itself. Where podbay's script starts a process, these are passed to `env`
//! as arguments: `env -- robot.name=r2d2 PROGRAM …`.

use serde_json::Value;

use super::problem;
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown;

/// Set by a POSIX shell, bash, BusyBox or mksh, regardless of the environment.
const SET_BY_SHELLS: [&str; 23] = [
    "COLUMNS",
    "COMP_WORDBREAKS",
    "EUID",
    "HISTCMD",
    "IFS",
    "LINENO",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "PGRP",
    "PPID",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
    "_",
];

/// The same, by prefix; `pb_` is reserved for the script.
const FAMILIES: [&str; 5] = ["BASH", "EPOCH", "KSH", "USER_ID", "pb_"];

/// Starts a program with the variables that follow.
const ENV: [&str; 2] = ["env", "--"];

/// Refuses a variable `name` of `process` that no container can have.
pub(super) fn refuse(process: &Process, name: &str) -> Result<(), Diagnostic> {
    let valid = |c: char| matches!(c, ' '..='~') && c != '=';
    if !name.is_empty() && name.chars().all(valid) {
        return Ok(());
    }
    let what = format!(
        "the environment variable \"{}\" cannot be set in a container",
        shown::line(name)
    );
    Err(problem(Code::EnvironmentName, process, what).help("use printable ASCII characters other than '='"))
}

/// Removes from `env` the variables that do not pass through a shell, and returns them as arguments.
pub(super) fn around(env: &mut Vec<(String, String)>) -> Vec<String> {
    let (through, around): (Vec<_>, Vec<_>) = std::mem::take(env)
        .into_iter()
        .partition(|(name, _)| comes_through(name));
    *env = through;
    if around.is_empty() {
        return Vec::new();
    }
    let words = around.into_iter().map(|(name, value)| format!("{name}={value}"));
    ENV.map(str::to_owned).into_iter().chain(words).collect()
}

/// The arguments `NAME=VALUE` in a container's `args` that pass variables around the shell.
pub fn handed_on(args: &mut [Value]) -> impl Iterator<Item = &mut Value> {
    let is = |word: Option<&Value>, text: &str| word.is_some_and(|word| word == text);
    let around = is(args.first(), "sh")
        && is(args.get(3), super::command::SCRIPT_NAME)
        && is(args.get(4), ENV[0])
        && is(args.get(5), ENV[1]);
    let words = args.get_mut(6..).filter(|_| around).unwrap_or_default();
    let is_variable = |word: &&mut Value| word.as_str().is_some_and(|word| word.contains('='));
    words.iter_mut().take_while(is_variable)
}

fn comes_through(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let identifier = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    identifier && !SET_BY_SHELLS.contains(&name) && !FAMILIES.iter().any(|family| name.starts_with(family))
}
