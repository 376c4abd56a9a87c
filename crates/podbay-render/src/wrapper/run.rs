//! Replaces `ros2 run` by what it runs.

use super::{is_simple, program, script};
use crate::names::base_name;
use podbay_description::symbolic::Reference;

/// `words` with `ros2 run` replaced by the executable. A shell that only runs it is removed; with other
/// options, such as for a login shell, it may be what sources ROS, so it stays until it becomes `ros2 run`.
pub(crate) fn unwrapped(mut words: Vec<String>) -> Vec<String> {
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
    use super::super::words;
    use super::*;

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
}
