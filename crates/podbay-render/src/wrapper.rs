//! Programs that wrap the main program of a container. Kubernetes sends SIGTERM only to the container's first
//! process; if a wrapper does not forward it, the node is killed at the end of the grace period.
//!
//! `ros2 run` is replaced by what it runs. It may be wrapped in programs that become the program they start
//! (`env`, `nice`, …).

use super::names::base_name;
use podbay_description::symbolic::Reference;

/// Become the program they start, so that signals reach it.
const TRANSPARENT: [&str; 10] = [
    "env", "nice", "ionice", "stdbuf", "taskset", "chrt", "nohup", "setpriv", "numactl", "setarch",
];

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

const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// `words` with `ros2 run` replaced by the executable. A shell that only runs it is removed; with other
/// options, such as for a login shell, it may be what sources ROS, so it stays until it becomes `ros2 run`.
pub(super) fn unwrapped(mut words: Vec<String>) -> Vec<String> {
    let at = program(&words);
    let rest = words.get(at..).unwrap_or_default();
    let Some((option, script)) = script(rest).filter(|(_, script)| is_simple(script)) else {
        return match of_ros2_run(rest) {
            Some(direct) => [&words[..at], &direct[..]].concat(),
            None => words,
        };
    };
    let run: Vec<_> = script.split_whitespace().map(str::to_owned).collect();
    match of_ros2_run(&run) {
        Some(direct) if option == 1 && rest[option] == "-c" => [&words[..at], &direct[..]].concat(),
        Some(_) => {
            let becoming = format!("exec {script}");
            words[at + option + 1] = becoming;
            words
        }
        None => words,
    }
}

/// The wrapper in `words` that does not forward SIGTERM, and the alternative.
pub(super) fn note(words: &[String]) -> Option<String> {
    note_of(&unwrapped(words.to_vec()))
}

fn note_of(words: &[String]) -> Option<String> {
    let rest = words.get(program(words)..)?;
    let name = base_name(rest.first()?);
    let what = match name {
        "ros2" => of_ros2(rest.get(1).map_or("", String::as_str)),
        _ if BESIDE.contains(&name) => format!(
            "{name} is its main process and does not pass SIGTERM on, so the program is killed when the pod is deleted; \
             leave {name} out, or attach it to the running container"
        ),
        _ => {
            let last = last_command(script(rest)?.1)?;
            let own: Vec<_> = last.split_whitespace().map(str::to_owned).collect();
            if own.first().is_some_and(|word| word == "exec") {
                return note_of(&own[1..]);
            }
            format!(
                "{name} is its main process and may not pass SIGTERM on, so the program is killed at the end of the grace \
                 period; write `exec` before the last command"
            )
        }
    };
    Some(what)
}

fn of_ros2(verb: &str) -> String {
    let instead = match verb {
        "launch" => "include that launch file instead, so that its nodes become pods",
        "bag" => {
            "a bag that is recorded is then not closed; take the nodes recorder and player of rosbag2_transport, or send \
             SIGINT by lifecycle.preStop"
        }
        "run" => "name package and executable, as in `ros2 run PACKAGE EXECUTABLE`, or take a node",
        _ => "take a node, or send SIGINT by lifecycle.preStop",
    };
    format!(
        "`ros2 {verb}` is its main process and may not heed SIGTERM, so it is killed at the end of the grace period; {instead}"
    )
}

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

/// What `ros2 run [--prefix PREFIX] PACKAGE EXECUTABLE …` would run.
fn of_ros2_run(words: &[String]) -> Option<Vec<String>> {
    let [ros2, run, rest @ ..] = words else {
        return None;
    };
    if base_name(ros2) != "ros2" || run != "run" {
        return None;
    }
    let (prefix, rest) = match rest {
        [option, prefix, rest @ ..] if option == "--prefix" => (prefix.as_str(), rest),
        [option, rest @ ..] => match option.strip_prefix("--prefix=") {
            Some(prefix) => (prefix, rest),
            None => ("", &words[2..]),
        },
        [] => return None,
    };
    let [package, executable, arguments @ ..] = rest else {
        return None;
    };
    let is_name =
        |name: &String| !name.starts_with('-') && !name.is_empty() && is_simple(name) && !name.contains(' ');
    if !is_name(package) || !is_name(executable) {
        return None;
    }
    let direct = Reference::Executable {
        name: executable,
        package,
    }
    .to_string();
    let prefix = prefix.split_whitespace().map(str::to_owned);
    Some(prefix.chain([direct]).chain(arguments.iter().cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn ros2_run_is_replaced_by_what_it_runs() {
        let direct = "$(exec-in-pkg talker demo)";
        for (given, expected) in [
            (
                vec!["ros2", "run", "demo", "talker", "-x", "--ros-args"],
                vec![direct, "-x", "--ros-args"],
            ),
            (
                vec!["/opt/ros/jazzy/bin/ros2", "run", "demo", "talker"],
                vec![direct],
            ),
            (
                vec!["ros2", "run", "--prefix", "nice -n 5", "demo", "talker"],
                vec!["nice", "-n", "5", direct],
            ),
            (
                vec!["ros2", "run", "--prefix=gdb --args", "demo", "talker"],
                vec!["gdb", "--args", direct],
            ),
            (
                vec!["env", "A=b", "ros2", "run", "demo", "talker"],
                vec!["env", "A=b", direct],
            ),
            (
                vec![
                    "nice", "-n", "5", "stdbuf", "-o", "L", "ros2", "run", "demo", "talker",
                ],
                vec!["nice", "-n", "5", "stdbuf", "-o", "L", direct],
            ),
            (
                vec!["sh", "-c", "ros2 run demo talker a:=b"],
                vec![direct, "a:=b"],
            ),
            // login scripts may be what sources ROS
            (
                vec!["bash", "-lc", "ros2 run demo talker"],
                vec!["bash", "-lc", "exec ros2 run demo talker"],
            ),
            (
                vec!["nice", "/bin/bash", "--login", "-c", "ros2 run demo talker", "x"],
                vec![
                    "nice",
                    "/bin/bash",
                    "--login",
                    "-c",
                    "exec ros2 run demo talker",
                    "x",
                ],
            ),
            (
                vec!["taskset", "-c", "0-3", "ros2", "run", "demo", "talker"],
                vec!["taskset", "-c", "0-3", direct],
            ),
            (
                vec!["taskset", "0xf,ff", "nice", "ros2", "run", "demo", "talker"],
                vec!["taskset", "0xf,ff", "nice", direct],
            ),
        ] {
            assert_eq!(unwrapped(words(&given)), words(&expected), "{given:?}");
        }
        for same in [
            vec!["ros2", "launch", "demo", "a.launch.xml"],
            vec!["ros2", "run", "-h", "demo"],
            vec!["sh", "-c", "ros2 run demo talker; true"],
            vec!["python3", "-m", "ros2", "run", "demo", "talker"],
            vec!["./driver", "ros2", "run", "demo", "talker"],
        ] {
            assert_eq!(unwrapped(words(&same)), words(&same), "{same:?}");
        }
    }

    #[test]
    fn what_does_not_pass_sigterm_on_is_said() {
        for (given, expected) in [
            (
                vec!["ros2", "launch", "demo", "a.launch.py"],
                "include that launch file",
            ),
            (vec!["ros2", "bag", "record", "-a"], "recorder and player"),
            (
                vec!["env", "A=b", "ros2", "topic", "pub"],
                "`ros2 topic` is its main process",
            ),
            (
                vec!["sh", "-c", "cd /opt; ./driver --fast"],
                "write `exec` before the last command",
            ),
            (vec!["bash", "-lc", "source a.sh && ./driver"], "write `exec`"),
            (
                vec!["bash", "-lc", "ros2 run demo talker"],
                "`ros2 run` is its main process",
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
                "xterm is its main process",
            ),
            (vec!["nice", "gdb", "--args", "./node"], "gdb is its main process"),
        ] {
            let note = note(&words(&given)).unwrap_or_default();
            assert!(note.contains(expected), "{given:?}: {note}");
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
            assert_eq!(note(&words(&fine)), None, "{fine:?}");
        }
    }
}
