//! Warns of programs that do not forward SIGTERM to the program they start.

use super::{program, script, unwrapped};
use crate::names::base_name;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Remain the parent of the program they start.
const BESIDE: [&str; 12] = [
    "gdb",
    "lldb",
    "xterm",
    "gnome-terminal",
    "konsole",
    "screen",
    "tmux",
    "strace",
    "ltrace",
    "perf",
    "script",
    "xvfb-run",
];

/// Words of the shell that `exec` cannot run.
const SHELLS_OWN: [&str; 12] = [
    "done", "fi", "esac", "}", ")", "exit", "return", "wait", "cd", "export", "unset", ":",
];

/// A warning about the wrapper in `words` that does not forward SIGTERM.
pub(crate) fn warning(words: &[String]) -> Option<Diagnostic> {
    let (what, help) = note_of(&unwrapped(words.to_vec()))?;
    Some(Code::SigtermLost.says(what).help(help))
}

/// What is lost, and the alternative.
fn note_of(words: &[String]) -> Option<(String, String)> {
    let rest = words.get(program(words)..)?;
    let name = base_name(rest.first()?);
    if name == "ros2" {
        return Some(of_ros2(rest.get(1).map_or("", String::as_str)));
    }
    if BESIDE.contains(&name) {
        return Some((
            format!(
                "{name} is the main process of its container and does not forward SIGTERM, so the program is killed when the pod is deleted"
            ),
            format!("remove {name}, or attach it to the running container"),
        ));
    }
    let last = last_command(script(rest)?.1)?;
    let own: Vec<_> = last.split_whitespace().map(str::to_owned).collect();
    if own.first().is_some_and(|word| word == "exec") {
        return note_of(&own[1..]);
    }
    Some((
        format!(
            "{name} is the main process of its container and may not forward SIGTERM, so the program is killed at the end of the grace \
             period"
        ),
        match SHELLS_OWN.contains(&own.first().map_or("", String::as_str)) {
            true => "handle SIGTERM in the script with `trap`, or end it with `exec` and the program",
            false => "write `exec` before the last command",
        }
        .to_owned(),
    ))
}

fn of_ros2(verb: &str) -> (String, String) {
    let (lost, instead) = match verb {
        "launch" => ("", "include that launch file, so that its nodes become pods"),
        "bag" => (
            " without closing the bag",
            "use the nodes recorder and player of rosbag2_transport, or send SIGINT in lifecycle.preStop",
        ),
        "run" => (
            "",
            "name package and executable, as in `ros2 run PACKAGE EXECUTABLE`, or use a node",
        ),
        _ => ("", "use a node, or send SIGINT in lifecycle.preStop"),
    };
    let what = format!(
        "`ros2 {verb}` is the main process of its container and may ignore SIGTERM, so it is killed at the end of the grace period{lost}"
    );
    (what, instead.to_owned())
}

/// The last of several commands. `None` for a single one, which shells become, and if the script handles
/// signals.
fn last_command(script: &str) -> Option<String> {
    let script = &bare(script);
    if script.contains("trap ") {
        return None;
    }
    let commands = script.split([';', '\n', '&', '|']).map(str::trim);
    let commands: Vec<_> = commands.filter(|command| !command.is_empty()).collect();
    match commands.as_slice() {
        [] => None,
        [only] if only.starts_with("exec ") => Some((*only).to_owned()),
        [only] => only.starts_with("ros2 ").then(|| (*only).to_owned()),
        [.., last] => Some((*last).to_owned()),
    }
}

/// `script` without quoted text, and without `&` in redirections.
fn bare(script: &str) -> String {
    let mut quote = None;
    let outside = script.chars().filter(|&c| match quote {
        Some(open) if c == open => quote.take().is_none(),
        Some(_) => false,
        None if c == '"' || c == '\'' => quote.replace(c).is_some(),
        None => true,
    });
    outside.collect::<String>().replace(">&", ">").replace("&>", ">")
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    #[test]
    fn programs_that_do_not_forward_sigterm_are_noted() {
        for (given, expected) in [
            (
                vec!["ros2", "launch", "demo", "a.launch.py"],
                "include that launch file",
            ),
            (vec!["ros2", "bag", "record", "-a"], "recorder and player"),
            (
                vec!["env", "A=b", "ros2", "topic", "pub"],
                "`ros2 topic` is the main process of its container",
            ),
            (
                vec!["sh", "-c", "cd /opt; ./driver --fast"],
                "write `exec` before the last command",
            ),
            (vec!["bash", "-lc", "source a.sh && ./driver"], "write `exec`"),
            (
                vec!["sh", "-c", "for i in 1 2; do ./driver $i; done"],
                "handle SIGTERM in the script with `trap`",
            ),
            (
                vec!["sh", "-c", "./driver; exit 3"],
                "handle SIGTERM in the script with `trap`",
            ),
            (
                vec!["bash", "-lc", "ros2 run demo talker"],
                "`ros2 run` is the main process of its container",
            ),
            (
                vec!["bash", "-c", "source a.sh && exec ros2 run demo talker"],
                "name package and executable",
            ),
            (
                vec!["taskset", "-c", "0,2-5", "ros2", "bag", "record", "-a"],
                "recorder and player",
            ),
            (
                vec!["taskset", "-c", "0-10:2", "ros2", "bag", "record", "-a"],
                "recorder and player",
            ),
            (
                vec!["bash", "-c", "source a.sh && exec ros2 launch demo a"],
                "include that launch file",
            ),
            (vec!["sh", "-c", "ros2 bag record \"$X\""], "write `exec`"),
            (
                vec!["xterm", "-e", "gdb", "--args", "./node"],
                "xterm is the main process of its container",
            ),
            (
                vec!["nice", "gdb", "--args", "./node"],
                "gdb is the main process of its container",
            ),
        ] {
            let warning = warning(&words(&given)).unwrap().text();
            assert!(warning.contains(expected), "{given:?}: {warning}");
        }
        for fine in [
            vec!["ros2", "run", "demo", "talker"],
            vec!["./driver", "--fast"],
            vec!["nice", "-n", "5", "./driver"],
            vec!["python3", "-m", "driver"],
            vec!["valgrind", "./node"],
            vec!["sh", "-c", "./driver --fast"],
            vec!["sh", "-c", "./driver 'a; b' \"c|d\" >log 2>&1"],
            vec!["sh", "-c", "cd /opt && exec ./driver"],
            vec!["sh", "-c", "trap 'kill $p' TERM; ./driver & p=$!; wait"],
            vec!["sh", "script.sh"],
            vec![],
        ] {
            assert_eq!(warning(&words(&fine)), None, "{fine:?}");
        }
    }
}
