//! podbay as seen by the tools of a real ROS 2: each backend, with each middleware of ROS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "ros2/podbay.rs"]
mod podbay;

use podbay::Podbay;

const WORKER: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "worker"}, "spec": {"containers":
    [{"name": "main", "image": "none", "command": ["sh", "-c", "while :; do sleep 1; done"]}]}}"#;

const TALK: &str = include_str!("../launch/talker_listener.launch.xml");

/// Everything with one podbay, since each `ros2` takes seconds to start.
fn check(backend: &str, rmw: &str) {
    let mut podbay = Podbay::serve(backend, rmw);
    graph(&podbay);
    parameters(&podbay);
    services(&podbay);
    topics(&podbay);
    launches(&podbay);
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}

fn graph(podbay: &Podbay) {
    podbay.ros2_until("node list", &["/podbay\n"]);
    podbay.ros2_until(
        "node info /podbay",
        &[
            "/diagnostics: diagnostic_msgs/msg/DiagnosticArray",
            "/podbay/pods: podbay_msgs/msg/PodArray",
            "/podbay/pod_events: podbay_msgs/msg/PodEvent",
            "/rosout: rcl_interfaces/msg/Log",
            "/podbay/list_pods: podbay_msgs/srv/ListPods",
            "/podbay/start_launch: podbay_msgs/srv/StartLaunch",
            "/podbay/list_parameters: rcl_interfaces/srv/ListParameters",
        ],
    );
}

fn parameters(podbay: &Podbay) {
    podbay.ros2_until("param list /podbay", &["answer"]);
    podbay.ros2_until("param get /podbay answer", &["Integer value is: 42"]);
}

fn services(podbay: &Podbay) {
    let manifest = serde_json::json!({ "manifest": WORKER }).to_string();
    podbay.call(
        "create_pod",
        "CreatePod",
        &manifest,
        &["success=True", "name='worker'"],
    );
    podbay.call("list_pods", "ListPods", "{}", &["success=True", "name='worker'"]);
    podbay.call(
        "get_pod",
        "GetPod",
        "{name: worker}",
        &["success=True", "name='worker'"],
    );
    podbay.call(
        "get_pod",
        "GetPod",
        "{name: nosuch}",
        &["success=False", "nosuch"],
    );
    podbay.call("list_launches", "ListLaunches", "{}", &["success=True"]);
}

fn topics(podbay: &Podbay) {
    podbay.ros2_until(
        "topic echo --once /podbay/pods",
        &["name: worker", "cluster: embedded"],
    );
    podbay.ros2_until("topic echo --once /diagnostics", &["/worker", "hardware_id:"]);
}

/// The demo nodes use the same backend: podbay discovers them, and ROS receives their messages.
fn launches(podbay: &Podbay) {
    let request = serde_json::json!({"launch_id": "talk", "description": TALK, "format": "xml"}).to_string();
    podbay.call("start_launch", "StartLaunch", &request, &["success=True"]);
    let present = ["'/demo/talker', present=True", "'/demo/listener', present=True"];
    podbay.call_until("list_pods", "ListPods", "{launch: talk}", &present);
    podbay.ros2_until("topic echo --once /demo/chatter", &["data: 'Hello World:"]);
    podbay.call(
        "stop_launch",
        "StopLaunch",
        "{launch_id: talk}",
        &["success=True"],
    );
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn dds_with_cyclone() {
    check("dds", "rmw_cyclonedds_cpp");
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn dds_with_fastrtps() {
    check("dds", "rmw_fastrtps_cpp");
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn r2r_with_cyclone() {
    check("r2r", "rmw_cyclonedds_cpp");
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn r2r_with_fastrtps() {
    check("r2r", "rmw_fastrtps_cpp");
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn a_middleware_that_is_not_there_is_named() {
    let mut podbay = Podbay::serve("r2r", "rmw_nosuch_cpp");
    assert_eq!(podbay.ended(), Some(1));
    assert!(podbay.output().contains("rmw_nosuch_cpp"), "{}", podbay.output());
}
