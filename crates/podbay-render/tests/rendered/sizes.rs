//! Limits of the size of a launch, and their errors.

use std::fs;
use std::path::Path;

use podbay_core::object::Object;
use podbay_description::{Description, ParameterSource, Process, Values};
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use podbay_text::diagnostic::Place;
use serde_json::{Value, json};

use crate::api_server::{accepted, apply};
use crate::demo::{node, rendered, target};

/// A node `name` with parameters.
fn tuned(name: &str, values: &Value) -> Process {
    Process {
        name: name.to_owned(),
        ..node(vec![crate::demo::values(values.clone())])
    }
}

fn config_maps(rendered: &Rendered) -> Vec<&Object> {
    let objects = rendered.objects.iter();
    objects.filter(|object| object.kind() == "ConfigMap").collect()
}

/// Many nodes with long names, a workload that needs a Service, and parameters.
fn crowd(nodes: usize) -> Rendered {
    let name = |n: usize| format!("a_node_with_a_long_name_and_even_longer_ending_{n}");
    let description = Description {
        processes: (0..nodes).map(|n| tuned(&name(n), &json!({"a": n}))).collect(),
        ..Description::default()
    };
    let profile = Profile::parse("image: r\nports: {http: 80}\n").unwrap();
    render::launch(&description, &profile, &target()).unwrap()
}

#[test]
fn a_record_stays_small_and_names_everything() {
    let launch = crowd(2000);
    assert_eq!(render::applied::warning(launch.all()), None);
    let mut made: Vec<_> = launch.objects.iter().map(Object::reference).collect();
    let mut listed = render::record::objects(&launch.record).unwrap();
    assert_eq!(listed.len(), 6000);
    made.sort();
    listed.sort();
    assert_eq!(listed, made);
    let long = Target {
        arguments: vec!["é".repeat(1 << 20); 1000],
        source: "s".repeat(1 << 20),
        ..target()
    };
    let one = render::launch(&Description::default(), &Profile::default(), &long).unwrap();
    assert_eq!(render::applied::warning(one.all()), None);
}

#[test]
fn launches_that_the_cluster_accepts_are_not_refused() {
    let urdf = "<link name=\"a\"/>\n".repeat(17_000);
    let five: Vec<_> = (0..5)
        .map(|n| tuned(&format!("n{n}"), &json!({"robot_description": urdf})))
        .collect();
    let five = rendered(five);
    assert_eq!(config_maps(&five).len(), 5);
    let warning = render::applied::warning(five.all()).unwrap().text();
    assert!(
        warning.starts_with("ConfigMap default/demo-n0-params (and 4 more) is too large")
            && warning.ends_with("kubectl apply --server-side -f -"),
        "{warning}"
    );
    let values = json!({"a": "x".repeat(12_000)});
    let ninety = rendered((0..90).map(|n| tuned(&format!("n{n}"), &values)).collect());
    assert_eq!(render::applied::warning(ninety.all()), None);
}

#[test]
fn many_parameters_are_put_into_several_config_maps() {
    let value = |n: usize| (format!("p{n}"), json!("<&> ".repeat(1000)));
    let values: serde_json::Map<_, _> = (0..200).map(value).collect();
    let launch = rendered(vec![tuned("n", &Value::Object(values.clone()))]);
    assert_eq!(render::applied::warning(launch.all()), None);
    let maps = config_maps(&launch);
    let names: Vec<_> = maps.iter().map(|map| map.name()).collect();
    assert_eq!(names[..2], ["demo-n-params", "demo-n-params-2"]);
    let pod = &launch.objects.last().unwrap().0["spec"];
    let read = |path: &str| -> Value {
        let (folder, file) = path.rsplit_once('/').unwrap();
        let mounts = pod["containers"][0]["volumeMounts"].as_array().unwrap().iter();
        let mount = mounts.clone().find(|mount| mount["mountPath"] == folder).unwrap();
        let mut volumes = pod["volumes"].as_array().unwrap().iter();
        let volume = volumes.find(|volume| volume["name"] == mount["name"]).unwrap();
        let map = maps
            .iter()
            .find(|map| map.name() == volume["configMap"]["name"])
            .unwrap();
        serde_saphyr::from_str(map.0["data"][file].as_str().unwrap()).unwrap()
    };
    let words: Vec<_> = pod["containers"][0]["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let files = words.iter().filter(|word| word.starts_with("/etc/podbay/params"));
    let sections = files.map(|file| read(file)["/**"]["ros__parameters"].as_object().unwrap().clone());
    let all: serde_json::Map<_, _> = sections.flatten().collect();
    assert_eq!(all, values);
}

#[test]
fn other_parameters_make_another_template() {
    let template = |workload: &str, value: u32| {
        let description = Description {
            processes: vec![tuned("n", &json!({"a": value}))],
            ..Description::default()
        };
        let profile = Profile::parse(&format!("image: r\nworkload: {workload}\n")).unwrap();
        let launch = render::launch(&description, &profile, &target()).unwrap();
        launch.objects.last().unwrap().0.clone()
    };
    for workload in ["Deployment", "StatefulSet", "DaemonSet", "Pod"] {
        assert_eq!(template(workload, 1), template(workload, 1), "{workload}");
        assert_ne!(template(workload, 1), template(workload, 2), "{workload}");
    }
    assert_eq!(
        template("Job", 1),
        template("Job", 2),
        "its template cannot be changed"
    );
}

#[test]
fn without_a_namespace_no_object_has_one() {
    let description = Description {
        processes: vec![tuned("n", &json!({"a": 1})), tuned("m", &json!({"a": 1}))],
        ..Description::default()
    };
    for profile in [
        "",
        "workload: Deployment\nports: {http: 80}\n",
        "discovery: discoveryServer\n",
        "discovery: staticPeers\n",
    ] {
        let open = Target {
            namespace: String::new(),
            ..target()
        };
        let named = Target {
            namespace: "robots".to_owned(),
            ..target()
        };
        let profile = Profile::parse(profile).unwrap();
        let yaml = |target: &Target| {
            let launch = render::launch(&description, &profile, target).unwrap();
            render::to_yaml(launch.all())
        };
        assert!(!yaml(&open).contains("namespace"), "{}", yaml(&open));
        assert_eq!(yaml(&named).replace("  namespace: robots\n", ""), yaml(&open));
    }
}

#[test]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
fn kubectl_applies_a_large_launch() {
    let crowd = crowd(2000);
    let value = |n: usize| (format!("p{n}"), json!("<&> ".repeat(1000)));
    let many = rendered(vec![tuned("n", &Value::Object((0..200).map(value).collect()))]);
    let urdf = "<link name=\"a\"/>\n".repeat(17_000);
    let large = rendered(vec![tuned("n", &json!({"robot_description": urdf}))]);
    for (name, objects, by_client) in [
        ("crowd", vec![crowd.record], true),
        ("many", many.all().cloned().collect(), true),
        ("large", large.all().cloned().collect(), false),
    ] {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
        fs::write(&file, render::to_yaml(&objects)).unwrap();
        let small = render::applied::warning(&objects).is_none();
        let applied = accepted(&file);
        assert_eq!(
            (small, applied.is_ok()),
            (by_client, by_client),
            "{name}: {applied:?}"
        );
        let by_server = apply(&file, &["--dry-run=server", "--server-side"]);
        assert_eq!(by_server, Ok(()), "{name}");
    }
}

/// The warnings about so many processes with too few participant indices or ports.
fn warnings_of_a_crowd(nodes: usize, profile: &str, one_host: bool) -> Vec<String> {
    let named = |n: usize| Process {
        name: format!("n{n}"),
        ..node(Vec::new())
    };
    let description = Description {
        processes: (0..nodes).map(named).collect(),
        ..Description::default()
    };
    let target = Target { one_host, ..target() };
    let profile = Profile::parse(&format!("image: r\n{profile}")).unwrap();
    let problems = render::launch(&description, &profile, &target).unwrap().problems;
    let about = problems.into_iter().map(|problem| problem.text());
    about.filter(|what| what.contains("processes with")).collect()
}

#[test]
fn processes_beyond_the_participant_indices_are_noted() {
    const CYCLONE: &str = "env: {RMW_IMPLEMENTATION: rmw_cyclonedds_cpp}\n";
    const ENDS: &str =
        "has only 33 participant indices: the others will not start; set env: {CYCLONEDDS_URI: ";
    const LOST: &str = "only 32 ports: some will not be discovered";
    for (nodes, profile, one_host, expected) in [
        (40, "group: launch\ndiscovery: localhost\n", false, Some(ENDS)),
        (40, "group: launch\ndiscovery: staticPeers\n", false, Some(ENDS)),
        (40, "group: launch\n", false, Some(ENDS)),
        (40, "discovery: hostNetwork\n", false, Some(ENDS)),
        (40, "", true, Some(ENDS)),
        (
            200,
            "discovery: hostNetwork\n",
            false,
            Some("put at most 120 of them together"),
        ),
        (40, "discovery: staticPeers\n", false, None),
        (33, "group: launch\ndiscovery: localhost\n", false, None),
        (
            40,
            "group: launch\nrules: [{match: {}, image: \"ros:humble\"}]\n",
            false,
            None,
        ),
    ] {
        let warnings = warnings_of_a_crowd(nodes, &format!("{CYCLONE}{profile}"), one_host);
        assert_eq!(
            warnings.len(),
            usize::from(expected.is_some()),
            "{nodes} {profile}: {warnings:?}"
        );
        assert!(
            warnings.iter().all(|what| what.contains(expected.unwrap())),
            "{warnings:?}"
        );
    }
    let more = "<CycloneDDS><Domain><Discovery><MaxAutoParticipantIndex>50</MaxAutoParticipantIndex></Discovery></Domain></CycloneDDS>";
    let uri = |uri: &str| {
        let env = format!("env: {{RMW_IMPLEMENTATION: rmw_cyclonedds_cpp, CYCLONEDDS_URI: \"{uri}\"}}\n");
        warnings_of_a_crowd(40, &format!("{env}group: launch\n"), false).len()
    };
    assert_eq!(
        (uri(more), uri("file:///etc/cyclone.xml"), uri("<CycloneDDS/>")),
        (0, 0, 1)
    );
    let fast =
        |discovery: &str| warnings_of_a_crowd(40, &format!("group: launch\ndiscovery: {discovery}\n"), false);
    assert!(fast("localhost")[0].contains(LOST), "{:?}", fast("localhost"));
    assert_eq!(fast("multicast"), Vec::<String>::new());
}

#[test]
fn arguments_that_linux_does_not_accept_are_refused_or_become_files() {
    let mut process = node(vec![ParameterSource::Values {
        values: Values::from_iter([("robot_description".to_owned(), "x".repeat(200_000).into())]),
        all_nodes: true,
    }]);
    let words =
        rendered(vec![process.clone()]).objects.pop().unwrap().0["spec"]["containers"][0]["args"].to_string();
    assert!(
        words.contains("--params-file") && !words.contains("xxx"),
        "{words}"
    );
    process.arguments = vec!["y".repeat(128 * 1024 - 1)];
    rendered(vec![process.clone()]);
    let refused = |process: Process| {
        let description = Description {
            processes: vec![process],
            ..Description::default()
        };
        render::launch(&description, &Profile::default(), &target()).unwrap_err()[0]
            .message
            .clone()
    };
    let of_variable = Process {
        environment: [("LONG".to_owned(), "z".repeat(128 * 1024))].into(),
        ..node(Vec::new())
    };
    assert!(refused(of_variable).contains("it has a variable of 131077 bytes (LONG)"));
    process.arguments = vec!["y".repeat(128 * 1024)];
    let what = refused(process);
    assert!(
        what.contains("an argument of 131072 bytes (word 6 of 9)") && !what.contains("yyy"),
        "it may be a secret: {what}"
    );
}

#[test]
fn an_object_that_no_cluster_stores_is_reported_with_its_place() {
    let of = |line: u32, process: Process| Process {
        source: Place {
            column: 3,
            ..Place::file("a.xml").at_line(line)
        },
        ..process
    };
    let large = json!({"a": "x".repeat(1_100_000)});
    let long = Process {
        arguments: vec!["y".repeat(100_000); 16],
        ..node(Vec::new())
    };
    for (group, pod) in [("node", "demo-show"), ("launch", "demo-all")] {
        let description = Description {
            processes: vec![of(2, long.clone()), of(3, tuned("n", &large))],
            ..Description::default()
        };
        let profile = Profile::parse(&format!("group: {group}\n")).unwrap();
        let errors = render::launch(&description, &profile, &target()).unwrap_err();
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        for start in [
            format!("a.xml:2:3: error[PB0604]: Pod default/{pod} would have 16"),
            "a.xml:3:3: error[PB0604]: ConfigMap default/demo-n-params would have 1100".to_owned(),
        ] {
            assert!(lines.iter().any(|line| line.starts_with(&start)), "{lines:?}");
        }
    }
}
