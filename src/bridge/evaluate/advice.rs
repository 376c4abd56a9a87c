//! Help for errors of what only ROS's own engine can evaluate. ROS callers are not advised to set podbay's options,
//! which they cannot.

use podbay_core::request::Caller;
use podbay_text::diagnostic::{Code, Diagnostic};

pub(super) const ONLY_NATIVE: &str =
    "podbay's configuration has `evaluate: native`, so ROS does not evaluate launch files";

pub(super) const OTHERS_FIRST: &str = "ROS's own engine evaluates the file once it has no other errors";

/// Help for `caller` after a timeout: ROS callers cannot set podbay's options.
pub(super) fn more_time(caller: &Caller) -> &'static str {
    match caller {
        Caller::Local => "; increase --evaluate-timeout SECONDS",
        Caller::Graph(_) => "",
    }
}

/// `errors` for `caller`. A ROS caller cannot choose what evaluates, so for what only ROS can evaluate, `help`
/// replaces options.
pub(super) fn without_options(mut errors: Vec<Diagnostic>, caller: &Caller, help: &str) -> Vec<Diagnostic> {
    if let Caller::Graph(_) = caller {
        let by_ros = |error: &&mut Diagnostic| matches!(error.code, Code::Python | Code::Extension);
        for error in errors.iter_mut().filter(by_ros) {
            help.clone_into(&mut error.help);
        }
    }
    errors
}

/// What needs ROS's own engine, and why it is not available in either place: on a terminal, one line each.
pub(super) fn unanswered(
    mut met: Vec<Diagnostic>,
    caller: &Caller,
    here: &str,
    image: &str,
) -> Vec<Diagnostic> {
    let last = met.pop();
    let last = last.unwrap_or_else(|| Code::Python.says("only ROS's own engine can evaluate it"));
    met.push(last.help(format!(
        "not available on this machine (--evaluate here): {here}\nnot available in a pod (--evaluate image): {image}"
    )));
    let help = format!("not available on podbay's machine: {here}; not available in a pod: {image}");
    without_options(met, caller, &help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_ros_has_its_line_and_only_the_local_user_has_options() {
        let met = || {
            vec![
                Code::Extension
                    .says("<trace> is a launch extension")
                    .help("let ROS evaluate it"),
            ]
        };
        let local = unanswered(met(), &Caller::Local, "not sourced", "no image");
        assert_eq!(
            local[0].help,
            "not available on this machine (--evaluate here): not sourced\nnot available in a pod (--evaluate \
             image): no image"
        );
        let graph = unanswered(met(), &Caller::Graph("a".into()), "denied", "no image");
        assert_eq!(graph[0].code, Code::Extension);
        let many = unanswered(
            [met(), met()].concat(),
            &Caller::Graph("a".into()),
            "denied",
            "no image",
        );
        assert_eq!([&many[0].help, &many[1].help], [&graph[0].help; 2]);
        assert_eq!(
            graph[0].help,
            "not available on podbay's machine: denied; not available in a pod: no image"
        );
    }
}
