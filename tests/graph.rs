//! podbay as seen by other DDS implementations: the real program on the embedded cluster, used by
//! peers with Cyclone DDS and Fast DDS (tests/peers).

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "graph/ending.rs"]
mod ending;
#[path = "graph/noise.rs"]
mod noise;
#[path = "graph/refusals.rs"]
mod refusals;
#[path = "graph/rosout.rs"]
mod rosout;
#[path = "graph/support.rs"]
mod support;

use serde_json::Value;
use support::{Podbay, VENDORS, next_domain, pod, poll};

const DESCRIPTION: &str =
    r#"description=<launch><node pkg="podbay_demo" exec="talker" name="chatty"/></launch>"#;
const LONG_RUNNING: &str = "echo hello from the pod; exec sleep 1000";

fn ready(reply: &Value) -> bool {
    reply["pod"]["ready"] == true
}

fn names(pods: &Value) -> Vec<&str> {
    let pods = pods.as_array().unwrap();
    pods.iter().map(|pod| pod["name"].as_str().unwrap()).collect()
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn every_pod_service_answers_both_vendors() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        let name = format!("name=from-{dds}");
        let created = podbay.succeed(dds, "create_pod", &[&pod(&name[5..], LONG_RUNNING)]);
        assert_eq!(created["pod"]["name"], name[5..]);

        let first = podbay.call_until(dds, "get_pod", &[&name], ready);
        assert_eq!(first["pod"]["phase"], "Running");
        let listed = podbay.succeed(dds, "list_pods", &[]);
        assert_eq!(names(&listed["pods"]), [&name[5..]]);
        podbay.call_until(dds, "get_logs", &[&name], |reply| {
            reply["log"] == "hello from the pod\n"
        });

        podbay.succeed(dds, "restart_pod", &[&name]);
        let uid = first["pod"]["uid"].clone();
        podbay.call_until(dds, "get_pod", &[&name], |reply| {
            ready(reply) && reply["pod"]["uid"] != uid
        });

        podbay.succeed(dds, "delete_pod", &[&name]);
        podbay.call_until(dds, "get_pod", &[&name], |reply| reply["success"] == false);
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_launch_goes_on_when_its_only_pod_is_restarted() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/restarted.launch.xml");
    let command = format!("sh -c '{LONG_RUNNING}'");
    let text = format!(r#"<launch><executable cmd="{command}" name="only"/></launch>"#);
    std::fs::write(file, text).unwrap();
    let mut podbay = Podbay::start(next_domain(), &["launch", file, "--id", "again"]);
    let name = "name=again-only";
    let first = podbay.call_until("cyclone", "get_pod", &[name], ready);
    for _ in 0..3 {
        podbay.succeed("cyclone", "restart_pod", &[name]);
    }
    let uid = first["pod"]["uid"].clone();
    podbay.call_until("cyclone", "get_pod", &[name], |reply| {
        ready(reply) && reply["pod"]["uid"] != uid
    });
    assert!(!podbay.output().contains("stopping again"), "{}", podbay.output());
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn every_launch_service_answers_both_vendors() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        let id = format!("launch_id=from-{dds}");
        let fields = [&id, DESCRIPTION, "format=xml"];
        let translated = podbay.succeed(dds, "translate_launch", &fields);
        assert!(
            translated["manifests"].to_string().contains("chatty"),
            "{translated}"
        );

        let started = podbay.succeed(dds, "start_launch", &fields);
        assert_eq!(started["launch_id"], id[10..]);
        assert_eq!(started["pods"].as_array().unwrap().len(), 1, "{started}");
        let listed = podbay.call_until(dds, "list_launches", &[], |reply| {
            reply["launches"][0]["ready"] == 1
        });
        assert_eq!(listed["launches"][0]["id"], id[10..]);

        podbay.succeed(dds, "stop_launch", &[&id]);
        podbay.call_until(dds, "list_launches", &[], |reply| {
            reply["launches"] == Value::Array(vec![])
        });
        podbay.call_until(dds, "list_pods", &[], |reply| names(&reply["pods"]).is_empty());
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn exec_is_refused_unless_the_configuration_allows_it() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        let reply = podbay.call(dds, "exec_in_pod", &["name=anything", r#"command=["true"]"#]);
        assert_eq!(reply["success"], false);
        assert!(reply["message"].as_str().unwrap().contains("exec"), "{reply}");
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_late_joiner_gets_all_pods_at_once() {
    let podbay = Podbay::serve();
    podbay.succeed("cyclone", "create_pod", &[&pod("early", LONG_RUNNING)]);
    podbay.call_until("cyclone", "get_pod", &["name=early"], ready);
    for dds in VENDORS {
        let pods = podbay.ask(
            dds,
            &["echo", "/podbay/pods", "podbay_msgs/msg/PodArray", "--latched"],
        );
        assert_eq!(names(&pods["pods"]), ["early"], "{dds}");
        assert_eq!(pods["pods"][0]["ready"], true, "{dds}");
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn diagnostics_follow_a_pod_that_keeps_dying() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        let name = format!("dying-{dds}");
        let mut diagnostics = podbay.listen(dds, "/diagnostics", "diagnostic_msgs/msg/DiagnosticArray", &[]);
        let mut events = podbay.listen(dds, "/podbay/pod_events", "podbay_msgs/msg/PodEvent", &[]);
        diagnostics.until(|_| true);
        podbay.succeed(dds, "create_pod", &[&pod(&name, "sleep 1; exit 1")]);

        diagnostics.until(|sample| level(sample, &name) == Some(0));
        let event = events
            .until(|event| event["pod"]["name"] == *name && event["pod"]["reason"] == "CrashLoopBackOff");
        assert_eq!(event["pod"]["health"], 2);
        let told = diagnostics.until(|sample| message(sample, &name).starts_with("CrashLoopBackOff"));
        assert_eq!(level(&told, &name), Some(2));
        let delay = seconds(&told["header"]["stamp"]) - seconds(&event["stamp"]);
        assert!(delay < 1.0, "told {delay} s after podbay learned of it");
        podbay.succeed(dds, "delete_pod", &[&format!("name={name}")]);
    }
}

/// The status of the pod in a DiagnosticArray.
fn status<'a>(array: &'a Value, pod: &str) -> Option<&'a Value> {
    let mut all = array["status"].as_array()?.iter();
    all.find(|status| {
        status["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(&format!("/{pod}")))
    })
}

fn level(array: &Value, pod: &str) -> Option<u64> {
    status(array, pod)?["level"].as_u64()
}

fn message<'a>(array: &'a Value, pod: &str) -> &'a str {
    status(array, pod)
        .and_then(|status| status["message"].as_str())
        .unwrap_or_default()
}

fn seconds(stamp: &Value) -> f64 {
    stamp["sec"].as_f64().unwrap() + stamp["nanosec"].as_f64().unwrap() / 1e9
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn two_podbays_of_one_name_say_so_once_and_one_of_another_name_does_not() {
    let domain = next_domain();
    let other = Podbay::start(domain, &["serve", "--ros-args", "-r", "__node:=other", "--"]);
    assert!(
        poll(|| other.output().contains("joined the ROS graph as /other")),
        "{}",
        other.output()
    );
    let podbays = [(); 2].map(|()| Podbay::start(domain, &["serve"]));
    let said = |podbay: &Podbay| podbay.output().matches("so calls reach both").count();
    for podbay in &podbays {
        assert!(poll(|| said(podbay) > 0), "{}", podbay.output());
    }
    for podbay in &podbays {
        assert_eq!(said(podbay), 1, "{}", podbay.output());
        assert!(
            podbay.output().contains("is also named /podbay"),
            "{}",
            podbay.output()
        );
        assert!(podbay.output().contains("-r __node:=NAME"), "{}", podbay.output());
    }
    // It receives its own name as well.
    assert_eq!(said(&other), 0, "{}", other.output());
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_node_that_no_longer_works_after_ctrl_z_is_told_with_the_way_out() {
    let mut podbay = Podbay::serve();
    assert!(
        poll(|| podbay.output().contains("joined the ROS graph")),
        "{}",
        podbay.output()
    );
    // A topic that is renewed without RustDDS's threads must not prevent the process from ending.
    podbay.succeed("cyclone", "create_pod", &[&pod("steady", LONG_RUNNING)]);
    podbay.suspend();
    let told = || {
        let output = podbay.output();
        output.contains("podbay's ROS node no longer works")
            && output.contains("restart podbay")
            && output.contains("a latched topic keeps old samples")
    };
    assert!(poll(told), "{}", podbay.output());
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn random_bytes_on_the_dds_ports_do_not_disturb() {
    let podbay = Podbay::start(0, &["serve"]);
    podbay.succeed("cyclone", "create_pod", &[&pod("steady", LONG_RUNNING)]);
    noise::make(7400..=7420, 2000);
    for dds in VENDORS {
        podbay.call_until(dds, "get_pod", &["name=steady"], ready);
        let pods = podbay.ask(
            dds,
            &["echo", "/podbay/pods", "podbay_msgs/msg/PodArray", "--latched"],
        );
        assert_eq!(names(&pods["pods"]), ["steady"]);
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn no_first_reply_is_lost() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        let call = [
            "first-reply",
            "/podbay/list_pods",
            "podbay_msgs/srv/ListPods",
            "--count",
            "100",
        ];
        let result = podbay.ask(dds, &call);
        assert_eq!(result["lost"], 0, "{dds}: {result}");
    }
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_launched_talker_and_listener_are_seen_and_stopped_by_ctrl_c() {
    let launch = ["launch", "launch/talker_listener.launch.xml"];
    let mut podbay = Podbay::start(next_domain(), &launch);
    let heard = || {
        podbay
            .output()
            .lines()
            .any(|line| line.starts_with("[demo-listener]") && line.contains("heard"))
    };
    assert!(poll(heard), "{}", podbay.output());
    for dds in VENDORS {
        let graph = podbay.ask(dds, &["nodes", "--count", "3"]);
        for node in ["/podbay", "/demo/talker", "/demo/listener"] {
            assert!(
                graph.as_array().unwrap().contains(&node.into()),
                "{dds} sees {graph}"
            );
        }
        podbay.ask(dds, &["echo", "/demo/chatter", "std_msgs/msg/String"]);
    }
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn nodes_that_share_a_pod_are_seen_followed_and_stopped_one_by_one() {
    let options = [
        "--cluster=embedded",
        "--http=off",
        "--profile=tests/graph/grouped.profile.yaml",
    ];
    let launch = ["launch", "launch/talker_listener.launch.xml", "--id=one"];
    let mut podbay = Podbay::on(&options, next_domain(), &launch);
    let says = |text: &str| poll(|| podbay.output().contains(text));
    for text in [
        "[podbay] one-all: OK Running",
        "[demo-talker] Publishing",
        "[demo-listener] I heard",
    ] {
        assert!(says(text), "{text}: {}", podbay.output());
    }
    let pod = podbay.succeed("fastdds", "get_pod", &["name=one-all"])["pod"].clone();
    let nodes = pod["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str());
    assert_eq!(
        nodes.collect::<Vec<_>>(),
        [Some("/demo/talker"), Some("/demo/listener")],
        "{pod}"
    );
    let launches = podbay.succeed("cyclone", "list_launches", &[])["launches"].clone();
    assert_eq!(
        (&launches[0]["pods"], &launches[0]["state"]),
        (&1.into(), &"running".into()),
        "{launches}"
    );
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}
