//! The command line of a process, as ROS's own launch builds it.

use super::discovery::peers;
use super::{names, parameters, problem, shell, wrapper};
use crate::profile::Profile;
use podbay_description::symbolic::{Reference, is_symbolic};
use podbay_description::{Process, ProcessKind};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Included in pods whose command names ROS packages.
const RUN: &str = include_str!("run.sh");

/// Precedes it if a command prints the value of a parameter.
const PRINT: &str = include_str!("print.sh");

/// Name of the script in its messages.
pub(super) const SCRIPT_NAME: &str = "podbay";

/// `command`, `args` and `env` of a container.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    /// Replaces the image's entrypoint; empty to keep it.
    pub(super) command: Vec<String>,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
}

/// How to run `process`, with the ROS arguments `parameters`.
pub(super) fn invocation(
    process: &Process,
    profile: &Profile,
    parameters: &[String],
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Invocation, Diagnostic> {
    let mut env: Vec<_> = env.into_iter().collect();
    for (name, _) in &env {
        shell::refuse(process, name)?;
    }
    let (program, arguments) = command_line(process, parameters)?;
    let (command, args) = match &profile.container.command {
        Some(template) => {
            peers::without_script(&mut env);
            (fill(template, process), arguments)
        }
        None => (Vec::new(), run(process, program, arguments, &mut env)),
    };
    let escaped = |words: Vec<String>| words.iter().map(|word| escape(word)).collect();
    Ok(Invocation {
        command: escaped(command),
        args: escaped(args),
        env: env
            .into_iter()
            .map(|(name, value)| (name, escape(&value)))
            .collect(),
    })
}

fn run(
    process: &Process,
    program: String,
    arguments: Vec<String>,
    env: &mut Vec<(String, String)>,
) -> Vec<String> {
    let mut words = process.prefix.words().to_vec();
    words.push(program);
    words.extend(arguments);
    let mut words = wrapper::unwrapped(words);
    if is_symbolic(&process.cwd) {
        env.push(("PODBAY_CWD".to_owned(), process.cwd.clone()));
    }
    let waits = peers::waits(env);
    let resolves =
        env.iter().any(|(_, value)| is_symbolic(value)) || words.iter().any(|word| is_symbolic(word));
    if !waits && !resolves {
        return words;
    }
    words.splice(0..0, shell::around(env));
    let to_resolve: Vec<_> = env
        .iter()
        .filter(|(_, value)| is_symbolic(value))
        .map(|(name, _)| name.as_str())
        .collect();
    if !to_resolve.is_empty() {
        env.push(("PODBAY_RESOLVE".to_owned(), to_resolve.join(" ")));
    }
    let prints = words.iter().any(|word| parameters::is_printed(word));
    let script = script(waits, prints);
    let script = ["sh", "-c", &script, SCRIPT_NAME].map(str::to_owned);
    script.into_iter().chain(words).collect()
}

/// The words that start `process`, as far as its wrappers can be parsed.
pub(super) fn words(process: &Process) -> Vec<String> {
    let mut words = process.prefix.words().to_vec();
    let command = command_line(process, &[]).map(|(program, arguments)| [vec![program], arguments].concat());
    words.extend(command.unwrap_or_default());
    words
}

fn script(waits: bool, prints: bool) -> String {
    let parts = [(waits, peers::SCRIPT), (prints, PRINT), (true, RUN)];
    let parts = parts.into_iter().filter(|(needed, _)| *needed);
    parts.map(|(_, part)| bare(part)).collect()
}

/// `script` without comments.
fn bare(script: &str) -> String {
    let code = script
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    code.fold(String::new(), |script, line| script + line + "\n")
}

/// The program and its arguments.
fn command_line(process: &Process, parameters: &[String]) -> Result<(String, Vec<String>), Diagnostic> {
    if process.kind == ProcessKind::Executable {
        let mut words = if process.shell {
            vec!["sh".to_owned(), "-c".to_owned(), process.cmd.join(" ")]
        } else {
            process.cmd.clone()
        };
        if words.is_empty() {
            let what = "an executable without a command cannot run";
            return Err(problem(Code::NotRunnable, process, what).help("add `cmd`"));
        }
        let program = words.remove(0);
        return Ok((program, words));
    }
    let program = match (process.package.as_str(), process.executable.as_str()) {
        (_, "") => {
            let what = "a node without an executable cannot run";
            return Err(problem(Code::NotRunnable, process, what).help("add `exec`"));
        }
        // as in ROS: a path, or a name in PATH
        ("", executable) => executable.to_owned(),
        (package, name) => Reference::Executable { name, package }.to_string(),
    };
    Ok((
        program,
        [process.arguments.clone(), ros_arguments(process, parameters)].concat(),
    ))
}

fn ros_arguments(process: &Process, parameters: &[String]) -> Vec<String> {
    let mut words = process.ros_arguments.clone();
    let mut remap = |from: &str, to: &str| words.extend(["-r".to_owned(), format!("{from}:={to}")]);
    if !process.name.is_empty() {
        remap("__node", &process.name);
    }
    if !process.namespace.is_empty() {
        remap("__ns", &process.namespace);
    }
    for (from, to) in &process.remappings {
        remap(from, to);
    }
    words.extend_from_slice(parameters);
    if !words.is_empty() {
        words.insert(0, "--ros-args".to_owned());
    }
    words
}

fn fill(template: &[String], process: &Process) -> Vec<String> {
    let fill = |word: &String| {
        word.replace("{package}", &process.package)
            .replace("{executable}", names::base_name(process.program()))
    };
    template.iter().map(fill).collect()
}

/// Escapes text for Kubernetes, which replaces `$(NAME)` in commands and environment, and reads `$$` as `$`.
/// `$(find-pkg-share p)` needs no escape, since no variable has a space in its name.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        escaped.extend([before, "$"]);
        if is_special(after) {
            escaped.push('$');
        }
        rest = after;
    }
    escaped + rest
}

fn is_special(rest: &str) -> bool {
    let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    rest.starts_with('$') || name.is_some_and(|(name, _)| !name.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_references_of_kubernetes_are_escaped() {
        for (text, expected) in [
            ("a$b", "a$b"),
            ("$(HOME)", "$$(HOME)"),
            ("$$", "$$$"),
            ("$$(A)", "$$$$(A)"),
            ("$(find-pkg-share a)/b", "$(find-pkg-share a)/b"),
            ("$(open", "$(open"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn the_scripts_in_pods_have_no_comments_and_no_escapes() {
        for script in [RUN, PRINT, peers::SCRIPT] {
            let script = bare(script);
            assert!(script.starts_with("set -efu\n") && !script.contains("\n#"));
            assert_eq!(
                escape(&script),
                script,
                "the script reads better when it needs no escapes"
            );
        }
        assert!(bare(RUN).ends_with("exec \"$@\"\n"));
    }
}
