//! Launches that the tests render.

use podbay_description::{Description, ParameterSource, Process, ProcessKind};
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use serde_json::Value;

pub(crate) fn target() -> Target {
    Target {
        launch_id: "demo".parse().unwrap(),
        namespace: "default".to_owned(),
        source: "demo.launch.xml".to_owned(),
        arguments: vec!["a:=b".to_owned()],
        environment: vec![("ROS_DOMAIN_ID".to_owned(), "7".to_owned())],
        one_host: false,
        multicast_only: false,
        ..Target::default()
    }
}

pub(crate) fn node(parameters: Vec<ParameterSource>) -> Process {
    Process {
        kind: ProcessKind::Node,
        package: "demo".to_owned(),
        executable: "show".to_owned(),
        parameters,
        ..Process::default()
    }
}

/// Parameters with these values.
pub(crate) fn values(values: Value) -> ParameterSource {
    ParameterSource::Values {
        values: serde_json::from_value(values).unwrap(),
        all_nodes: false,
    }
}

pub(crate) fn rendered(processes: Vec<Process>) -> Rendered {
    let description = Description {
        processes,
        ..Description::default()
    };
    render::launch(&description, &Profile::default(), &target()).unwrap()
}

/// A whole description, for its picture.
pub(crate) fn described(description: &Description, profile: &str) -> Rendered {
    let target = Target {
        launch_id: "demo".parse().unwrap(),
        namespace: "robots".to_owned(),
        ..Target::default()
    };
    render::launch(description, &Profile::parse(profile).unwrap(), &target).unwrap()
}
