//! podbay's log as peers of other DDS implementations read it.

use super::support::{Podbay, VENDORS, next_domain, pod};

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn loggers_have_the_name_of_the_node_and_the_module_with_dots() {
    let podbay = Podbay::start(
        next_domain(),
        &["serve", "--ros-args", "-r", "__ns:=/robot1", "--"],
    );
    for dds in VENDORS {
        let name = format!("logged-{dds}");
        let mut log = podbay.listen(dds, "/rosout", "rcl_interfaces/msg/Log", &["--latched"]);
        let call = ["call", "/robot1/podbay/create_pod", "podbay_msgs/srv/CreatePod"];
        let manifest = pod(&name, "exec sleep 1000");
        let created = podbay.ask(dds, &[&call[..], &[&manifest]].concat());
        assert_eq!(created["success"], true, "{created}");

        let line = log.until(|line| {
            let logger = line["name"].as_str().unwrap();
            let (node, module) = logger.split_at("robot1.podbay".len());
            assert!(node == "robot1.podbay" && !module.contains([':', '/']), "{line}");
            line["msg"]
                .as_str()
                .unwrap()
                .contains(&format!("Pod default/{name}"))
        });
        assert_eq!(line["name"], "robot1.podbay.operation.perform", "{line}");
        assert_eq!(line["level"], 20, "{line}");
    }
}
