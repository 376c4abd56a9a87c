//! Tags and substitutions that packages add to ROS's own launch (entry points
//! `launch.frontend.launch_extension`). They are implemented in Python, so a file that uses them is evaluated
//! completely by ROS's own engine.

use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::near::akin;

/// Well-known packages that add tags.
const TAGS: &[(&str, &str)] = &[
    ("autoware_global_parameters", "autoware_utils_launch"),
    ("configured_node", "config_utilities_launch"),
    ("gz_server", "ros_gz_sim"),
    ("gz_spawn_model", "ros_gz_sim"),
    ("node_remote_ssh", "launch_remote_ssh"),
    ("ros_gz_bridge", "ros_gz_bridge"),
    ("scoped_include", "launch_scoped_include"),
    ("spawn-controller", "launch_ros2_control"),
    ("spawn_controller", "launch_ros2_control"),
    ("trace", "tracetools_launch"),
];

/// Well-known packages that add substitutions.
const SUBSTITUTIONS: &[(&str, &str)] = &[
    ("current-ros-namespace", "autoware_utils_launch"),
    ("find-package-prefix-remote", "launch_remote_ssh"),
];

/// Ends each message about an extension.
const WAY_OUT: &str = "let ROS evaluate the file: --evaluate here, with ROS 2 and the package sourced, or \
 --evaluate image, in a pod of the profile's image";

/// The error for a tag of a well-known package.
pub(super) fn known_tag(tag: &str) -> Option<Diagnostic> {
    Some(known(&format!("<{tag}>"), package(TAGS, tag)?))
}

/// The error for a substitution of a well-known package.
pub(super) fn known_substitution(name: &str) -> Option<Diagnostic> {
    Some(known(&format!("$({name})"), package(SUBSTITUTIONS, name)?))
}

/// The error for something that is not one of the `known`, and may be misspelt or come from any package. `written` is
/// how its name is written.
pub(super) fn unknown(what: String, name: &str, known: &[&str], written: fn(&str) -> String) -> Diagnostic {
    let known = match akin(name, known.iter().copied()) {
        Some(near) => format!("did you mean {}?", written(near)),
        None => format!("supported: {}.", known.join(", ")),
    };
    let help = format!("{known} If a package provides it, {WAY_OUT}");
    Code::Extension.says(what).help(help)
}

fn package(list: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    let found = list.iter().find(|(known, _)| *known == name);
    found.map(|(_, package)| *package)
}

fn known(written: &str, package: &str) -> Diagnostic {
    let what = format!("{written} is a launch extension of the package {package}");
    Code::Extension.says(what).help(WAY_OUT)
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Source, evaluate, needs_ros};
    use super::*;

    fn errors(body: &str) -> Vec<Diagnostic> {
        let source = Source::Text {
            name: "description".to_owned(),
            text: format!("<launch>{body}</launch>"),
            format: None,
        };
        evaluate(&source, &Options::default()).unwrap_err()
    }

    #[test]
    fn only_extensions_need_ros_not_texts_that_mention_one() {
        for body in [
            "<gz_server/>",
            "<some_tag_of_a_package/>",
            "<let name='a' value='$(current-ros-namespace)'/>",
            "<node pkg='p' exec='e'><param name='a' value='$(some-function-of-a-package)'/></node>",
        ] {
            assert!(needs_ros(&errors(body)), "{body}");
        }
        let text = WAY_OUT.replace('\'', "&apos;");
        for body in [
            format!("<let name='a' value=\"$(env '{text}')\"/>"),
            format!("<let name='a' value=\"$(var '{text}')\"/>"),
            "<gz_server/><let name='a'/>".to_owned(),
        ] {
            let errors = errors(&body);
            assert!(!needs_ros(&errors), "{body}: {errors:?}");
        }
    }
}
