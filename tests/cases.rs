//! Output of podbay's commands as cases: the folders of `tests/scenarios`, `tests/show_args` and `tests/python`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "cases/python.rs"]
mod python;
#[path = "cases/scenarios.rs"]
mod scenarios;
#[path = "cases/show_args.rs"]
mod show_args;
#[path = "cases/translate.rs"]
mod translate;

use std::process::ExitCode;

use podbay_testing::Cases;

fn main() -> ExitCode {
    podbay_testing::run([scenarios(), show_args(), python()])
}

fn scenarios() -> Cases {
    let cluster = Some("needs KUBECONFIG (tests/control-plane/up)");
    let kubectl = Some("needs kubectl of KUBECONFIG (tests/control-plane/up)");
    Cases::folders("tests/scenarios", 11, scenarios::output)
        .check("reads_back", None, scenarios::reads_back)
        .check("an_api_server_takes_it", cluster, scenarios::is_accepted)
        .check("kustomize_takes_it", kubectl, scenarios::is_a_resource)
}

fn show_args() -> Cases {
    let ros = Some("needs a ROS 2 installation (/opt/ros/*/setup.bash)");
    Cases::folders("tests/show_args", 4, show_args::output).check(
        "ros_shows_it",
        ros,
        show_args::is_what_ros_shows,
    )
}

fn python() -> Cases {
    Cases::folders("tests/python", 23, python::output).where_there_is("needs ROS's launch (tests/run)")
}
