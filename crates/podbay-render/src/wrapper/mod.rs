//! Programs that wrap the main program of a container. Kubernetes sends SIGTERM only to the container's first
//! process; if a wrapper does not forward it, the node is killed at the end of the grace period.
//!
//! `ros2 run` is replaced by what it runs. It may be wrapped in programs that become the program they start
//! (`env`, `nice`, …).

mod run;
mod sigterm;

pub(super) use run::unwrapped;
pub(super) use sigterm::warning;

use super::names::base_name;

/// Become the program they start, so that signals reach it.
const TRANSPARENT: [&str; 10] = [
    "env", "nice", "ionice", "stdbuf", "taskset", "chrt", "nohup", "setpriv", "numactl", "setarch",
];

const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// Index of the program behind transparent wrappers.
fn program(words: &[String]) -> usize {
    let mut at = 0;
    while words
        .get(at)
        .is_some_and(|word| TRANSPARENT.contains(&base_name(word)))
    {
        let options = words[at + 1..].iter().take_while(|word| is_setting(word));
        at += 1 + options.count();
    }
    at
}

/// Whether a word after `env`, `nice` and the like is an option.
fn is_setting(word: &str) -> bool {
    let begins = word.starts_with(|c: char| c.is_ascii_digit());
    let mask = |c: char| c.is_ascii_hexdigit() || ",.x".contains(c);
    // CPUs: `0-3`, `0,2-5`, `0-10:2`
    let range = |c: char| c.is_ascii_digit() || ",-:".contains(c);
    let number = begins && (word.chars().all(mask) || word.chars().all(range));
    word.starts_with('-') || word.contains('=') || number || word == "L"
}

/// The script of `sh -c SCRIPT` and the like, and the index of the option.
fn script(words: &[String]) -> Option<(usize, &str)> {
    let [shell, options @ ..] = words else { return None };
    let at = options.iter().position(|option| is_command_option(option))?;
    let only_options = options[..at].iter().all(|option| option.starts_with('-'));
    let script = options.get(at + 1)?;
    (SHELLS.contains(&base_name(shell)) && only_options).then_some((at + 1, script.as_str()))
}

fn is_command_option(option: &str) -> bool {
    option.starts_with('-') && !option.starts_with("--") && option.ends_with('c')
}

/// Whether a shell would only run `script`.
fn is_simple(script: &str) -> bool {
    script
        .chars()
        .all(|c| c.is_alphanumeric() || "_-./:=,@+ ".contains(c))
}

#[cfg(test)]
fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| (*word).to_owned()).collect()
}
