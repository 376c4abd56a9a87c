//! Rendering: `tests/render/<case>/description.json` and `profile.yaml` become `expected.yaml`; a file `target` names
//! what is so where it runs (`one_host`, `multicast_only`). Run with
//! `UPDATE_EXPECT=1` to write what comes out, and read the difference before keeping it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podbay::config::profile::Profile;
use podbay::domain::description::{Description, ParameterSource, Problem, Process, ProcessKind};
use podbay::domain::object::Object;
use podbay::render::{self, Rendered, Target};
use serde_json::{Value, json};

fn target() -> Target {
    Target {
        launch_id: "demo".to_owned(),
        namespace: "default".to_owned(),
        source: "demo.launch.xml".to_owned(),
        arguments: vec!["a:=b".to_owned()],
        environment: vec![("ROS_DOMAIN_ID".to_owned(), "7".to_owned())],
        one_host: false,
        multicast_only: false,
        ..Target::default()
    }
}

/// The script would stand in every expected file; there is one copy of it to read already.
fn shorten_script(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("set -efu\npb_end") => *value = json!("<peers.sh, run.sh>"),
        Value::String(text) if text.starts_with("set -efu\npb_newline") => {
            *value = json!("<print.sh, run.sh>")
        }
        Value::String(text) if text.starts_with("set -efu\n") => *value = json!("<run.sh>"),
        Value::Array(list) => list.iter_mut().for_each(shorten_script),
        Value::Object(fields) => fields.values_mut().for_each(shorten_script),
        _ => {}
    }
}

fn lines(kind: &str, problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("# {kind} {}:{}: {}\n", problem.file, problem.line, problem.what);
    problems.iter().map(line).collect()
}

fn output(folder: &Path) -> String {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let description: Description = serde_json::from_str(&read("description.json").unwrap()).unwrap();
    let profile = Profile::parse(&read("profile.yaml").unwrap_or_default()).unwrap();
    let facts = read("target").unwrap_or_default();
    let target = Target {
        one_host: facts.contains("one_host"),
        multicast_only: facts.contains("multicast_only"),
        ..target()
    };
    let first = render::launch(&description, &profile, &target);
    assert_eq!(
        first,
        render::launch(&description, &profile, &target),
        "not deterministic"
    );
    match first {
        Ok(Rendered {
            mut objects,
            problems,
            ..
        }) => {
            objects
                .iter_mut()
                .for_each(|object| shorten_script(&mut object.0));
            lines("problem", &problems) + &render::to_yaml(&objects)
        }
        Err(errors) => lines("error", &errors),
    }
}

fn check(folder: &Path) {
    let expected = folder.join("expected.yaml");
    let output = output(folder);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &output).unwrap();
    }
    let expected = fs::read_to_string(expected).unwrap_or_default();
    assert!(
        output == expected,
        "{}: got\n{output}\nexpected\n{expected}",
        folder.display()
    );
}

#[test]
fn cases() {
    let folders = folders();
    assert!(folders.len() >= 20, "only {} cases", folders.len());
    folders.iter().for_each(|folder| check(folder));
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render");
    fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Whether the API server would take the objects in `yaml` as they are.
fn accepted(yaml: &Path) -> Result<(), String> {
    let arguments = ["apply", "--dry-run=server", "--validate=strict", "-f"];
    let output = Command::new("kubectl")
        .args(arguments)
        .arg(yaml)
        .output()
        .unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
fn an_api_server_takes_what_is_rendered() {
    let cluster = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/cluster.yaml");
    let there = Command::new("kubectl").args(["apply", "-f", cluster]).status();
    assert!(there.unwrap().success());
    let record = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record.yaml");
    fs::write(
        &record,
        render::to_yaml(&[rendered(vec![node(Vec::new())]).record]),
    )
    .unwrap();
    let expected = folders().into_iter().map(|folder| folder.join("expected.yaml"));
    let full = expected.filter(|file| fs::read_to_string(file).unwrap().contains("kind:"));
    for file in full.chain([record]) {
        assert_eq!(accepted(&file), Ok(()), "{}", file.display());
    }
}

fn node(parameters: Vec<ParameterSource>) -> Process {
    Process {
        kind: ProcessKind::Node,
        package: "demo".to_owned(),
        executable: "show".to_owned(),
        parameters,
        ..Process::default()
    }
}

fn rendered(processes: Vec<Process>) -> Rendered {
    let description = Description {
        processes,
        ..Description::default()
    };
    render::launch(&description, &Profile::default(), &target()).unwrap()
}

#[test]
fn the_record_holds_what_was_launched_and_can_own_it() {
    let values = json!({"a": 1}).as_object().cloned().unwrap();
    let parameters = vec![ParameterSource::Values {
        values,
        all_nodes: false,
    }];
    let Rendered {
        mut record,
        mut objects,
        ..
    } = rendered(vec![node(parameters)]);
    assert_eq!(record.name(), "podbay-demo");
    assert_eq!(record.label("podbay.dev/launch"), "demo");
    assert_eq!(render::record::source(&record), "demo.launch.xml");
    assert_eq!(record.text("/data/arguments"), r#"["a:=b"]"#);
    assert_eq!(
        record.text("/data/objects"),
        "v1/ConfigMap *-params, v1/Pod *: -show\n"
    );
    let made: Vec<_> = objects.iter().map(Object::reference).collect();
    assert_eq!(render::record::objects(&record), made);
    record.0["metadata"]["uid"] = json!("u-1");
    render::record::own(&mut objects[0], &record);
    let owner = objects[0].0.pointer("/metadata/ownerReferences/0").unwrap();
    assert_eq!(
        owner,
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "podbay-demo", "uid": "u-1"})
    );
}

#[test]
fn what_no_cluster_stores_is_refused() {
    let description = Description {
        processes: vec![node(Vec::new())],
        ..Description::default()
    };
    let with_id = |id: &str| {
        let target = Target {
            launch_id: id.to_owned(),
            ..target()
        };
        render::launch(&description, &Profile::default(), &target).unwrap_err()
    };
    assert!(with_id("Not_an_id")[0].what.contains("not-an-id"));
    let values = json!({"a": "x".repeat(1 << 20)}).as_object().cloned().unwrap();
    let large = node(vec![ParameterSource::Values {
        values,
        all_nodes: false,
    }]);
    let description = Description {
        processes: vec![large],
        ..Description::default()
    };
    let errors = render::launch(&description, &Profile::default(), &target()).unwrap_err();
    let named: Vec<_> = errors
        .iter()
        .map(|error| error.what.split(" would").next().unwrap())
        .collect();
    assert_eq!(named, ["ConfigMap default/demo-show-params"]);
}

/// A node `name` with parameters.
fn tuned(name: &str, values: &Value) -> Process {
    Process {
        name: name.to_owned(),
        ..node(vec![ParameterSource::Values {
            values: values.as_object().unwrap().clone(),
            all_nodes: false,
        }])
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
    assert_eq!(render::applied::note(launch.all()), None);
    let mut made: Vec<_> = launch.objects.iter().map(Object::reference).collect();
    let mut listed = render::record::objects(&launch.record);
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
    assert_eq!(render::applied::note(one.all()), None);
}

#[test]
fn launches_that_the_cluster_takes_are_not_refused() {
    let urdf = "<link name=\"a\"/>\n".repeat(17_000);
    let five: Vec<_> = (0..5)
        .map(|n| tuned(&format!("n{n}"), &json!({"robot_description": urdf})))
        .collect();
    let five = rendered(five);
    assert_eq!(config_maps(&five).len(), 5);
    let note = render::applied::note(five.all()).unwrap().what;
    assert!(
        note.starts_with("ConfigMap default/demo-n0-params (and 4 more) is larger")
            && note.ends_with("kubectl apply --server-side -f -"),
        "{note}"
    );
    let values = json!({"a": "x".repeat(12_000)});
    let ninety = rendered((0..90).map(|n| tuned(&format!("n{n}"), &values)).collect());
    assert_eq!(render::applied::note(ninety.all()), None);
}

#[test]
fn many_parameters_are_put_into_several_config_maps() {
    let value = |n: usize| (format!("p{n}"), json!("<&> ".repeat(1000)));
    let values: serde_json::Map<_, _> = (0..200).map(value).collect();
    let launch = rendered(vec![tuned("n", &Value::Object(values.clone()))]);
    assert_eq!(render::applied::note(launch.all()), None);
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
fn a_namespace_that_is_left_open_is_nowhere() {
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
            render::to_yaml(&launch.all().cloned().collect::<Vec<_>>())
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
        let said = render::applied::note(&objects).is_none();
        let applied = accepted(&file);
        assert_eq!(
            (said, applied.is_ok()),
            (by_client, by_client),
            "{name}: {applied:?}"
        );
        let by_server = Command::new("kubectl")
            .args(["apply", "--dry-run=server", "--server-side", "-f"])
            .arg(&file)
            .status();
        assert!(by_server.unwrap().success(), "{name}");
    }
}

/// What is said of so many processes that share too little.
fn said_of_a_crowd(nodes: usize, profile: &str, one_host: bool) -> Vec<String> {
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
    let about = problems.into_iter().map(|problem| problem.what);
    about.filter(|what| what.contains("processes with")).collect()
}

#[test]
fn processes_beyond_the_participant_indices_are_said() {
    const CYCLONE: &str = "env: {RMW_IMPLEMENTATION: rmw_cyclonedds_cpp}\n";
    const ENDS: &str =
        "has participant indices for 33: the others will not start; give env: {CYCLONEDDS_URI: ";
    const LOST: &str = "at 32 ports: the others will not find one another";
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
        let said = said_of_a_crowd(nodes, &format!("{CYCLONE}{profile}"), one_host);
        assert_eq!(
            said.len(),
            usize::from(expected.is_some()),
            "{nodes} {profile}: {said:?}"
        );
        assert!(
            said.iter().all(|what| what.contains(expected.unwrap())),
            "{said:?}"
        );
    }
    let more = "<CycloneDDS><Domain><Discovery><MaxAutoParticipantIndex>50</MaxAutoParticipantIndex></Discovery></Domain></CycloneDDS>";
    let uri = |uri: &str| {
        let env = format!("env: {{RMW_IMPLEMENTATION: rmw_cyclonedds_cpp, CYCLONEDDS_URI: \"{uri}\"}}\n");
        said_of_a_crowd(40, &format!("{env}group: launch\n"), false).len()
    };
    assert_eq!(
        (uri(more), uri("file:///etc/cyclone.xml"), uri("<CycloneDDS/>")),
        (0, 0, 1)
    );
    let fast =
        |discovery: &str| said_of_a_crowd(40, &format!("group: launch\ndiscovery: {discovery}\n"), false);
    assert!(fast("localhost")[0].contains(LOST), "{:?}", fast("localhost"));
    assert_eq!(fast("multicast"), Vec::<String>::new());
}

#[test]
fn arguments_that_linux_does_not_take_are_refused_or_become_files() {
    let mut process = node(vec![ParameterSource::Values {
        values: json!({"robot_description": "x".repeat(200_000)})
            .as_object()
            .cloned()
            .unwrap(),
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
            .what
            .clone()
    };
    let of_variable = Process {
        environment: [("LONG".to_owned(), "z".repeat(128 * 1024))].into(),
        ..node(Vec::new())
    };
    assert!(refused(of_variable).contains("its variable LONG has 131077 bytes"));
    process.arguments = vec!["y".repeat(128 * 1024)];
    let what = refused(process);
    assert!(
        what.contains("an argument of 131072 bytes (\"yyyyyyyyyyyyyyyyyyyy…\")"),
        "{what}"
    );
}

#[test]
fn yaml_reads_back_as_what_was_written() {
    let odd = [
        "yes",
        "1e3",
        "010",
        "1:30",
        "~",
        "",
        " x",
        "a: b",
        "a #b",
        "- a",
        "tab\t",
        "two\nlines\n",
        "\n",
        "é",
        "=",
        "2001-01-01",
    ];
    let object =
        Object(json!({"odd": odd, "/**": {"f": 1.0, "i": 7, "n": null}, "long": "word ".repeat(100)}));
    let text = render::to_yaml(&[object.clone(), object.clone()]);
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    assert_eq!(documents, [object.0.clone(), object.0]);
}

/// Runs what the only pod of `rendered` would run, with a package `demo` in the second of two prefixes; its
/// program prints its arguments, and the variable `SEEN`. ConfigMaps are in a folder, programs in `bin` there are found.
fn run_script(rendered: &Rendered, prefixes: &str, name: &str) -> Output {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let program = root.join("b/lib/demo/show");
    fs::create_dir_all(root.join("b/share/demo")).unwrap();
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let code = "#!/bin/sh\nfor a do case $a in */podbay-*) a=$(cat \"$a\") ;; esac; printf '<%s>\\n' \"$a\"; done\necho \"$SEEN $$\"\n";
    fs::write(&program, code).unwrap();
    let mut permissions = fs::metadata(&program).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&program, permissions).unwrap();
    let pod = &rendered
        .objects
        .iter()
        .find(|object| object.kind() == "Pod")
        .unwrap()
        .0;
    let container = pod.pointer("/spec/containers/0").unwrap();
    let params = mounted(rendered, &root);
    let words: Vec<_> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap().replace("/etc/podbay/params", &params))
        .collect();
    let mut command = Command::new(&words[0]);
    let path = format!(
        "{}:{}",
        root.join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    command
        .env("PATH", path)
        .args(&words[1..])
        .env_remove("AMENT_PREFIX_PATH")
        .env("TMPDIR", &root)
        .current_dir(&root);
    for variable in container["env"].as_array().unwrap() {
        command.env(
            variable["name"].as_str().unwrap(),
            variable["value"].as_str().unwrap(),
        );
    }
    if !prefixes.is_empty() {
        command.env(
            "AMENT_PREFIX_PATH",
            prefixes.replace("ROOT", &root.display().to_string()),
        );
    }
    command.output().unwrap()
}

/// The files of the ConfigMaps, in a folder below `root`.
fn mounted(rendered: &Rendered, root: &Path) -> String {
    let folder = root.join("params");
    fs::create_dir_all(&folder).unwrap();
    for object in &rendered.objects {
        for (name, text) in object.0["data"].as_object().into_iter().flatten() {
            fs::write(folder.join(name), text.as_str().unwrap()).unwrap();
        }
    }
    folder.display().to_string()
}

/// Runs a node whose parameter is what a stand-in for xacro prints: `text`, after the shell code `first`.
fn run_with_xacro(name: &str, on_stderr: &str, first: &str, text: &str) -> Output {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let xacro = root.join("bin/xacro");
    fs::create_dir_all(xacro.parent().unwrap()).unwrap();
    fs::write(root.join("text"), text).unwrap();
    let code = format!("#!/bin/sh\nprintf '<%s>' \"$@\" >words\n{first}\ncat text\n");
    fs::write(&xacro, code).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&xacro, executable).unwrap();
    let words = [
        "xacro",
        "$(find-pkg-share demo)/a.xacro",
        "b:=c d",
        "",
        "$HOME `id` '\"",
    ];
    let value = json!({"command": words, "on_stderr": on_stderr});
    let values = json!({"robot_description": value}).as_object().cloned().unwrap();
    let parameters = vec![ParameterSource::Values {
        values,
        all_nodes: false,
    }];
    run_script(&rendered(vec![node(parameters)]), "ROOT/b", name)
}

#[test]
fn the_script_puts_what_xacro_prints_into_a_parameter_file() {
    let hostile = "  <?xml version=\"1.0\"?>\n\t<r a: b=\"c\" # 'd' \\n \\ $HOME $(id) `id` key: [x]>\n\n---\n...\n- a\n\r\n \
                   é \u{85} x\u{2028}y\u{2029} z \u{1f600} \t \n   \n</r>";
    let closed = hostile.to_owned() + "\n";
    for text in [
        hostile,
        &closed,
        &(closed.clone() + "\n"),
        "",
        "\n",
        "x",
        " ",
        "\t",
        "\"",
        "\\\n",
        "42",
    ] {
        let output = run_with_xacro("xacro", "fail", "", text);
        let printed = String::from_utf8(output.stdout).unwrap();
        let (before, rest) = printed.split_once("<--params-file>\n<").unwrap();
        let (file, _) = rest.rsplit_once(">\n").unwrap();
        let read: Value = serde_saphyr::from_str(file).unwrap();
        let expected = json!({"/**": {"ros__parameters": {"robot_description": text}}});
        assert_eq!((before, read), ("<--ros-args>\n", expected), "{file}");
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xacro");
    let words = format!(
        "<{}/b/share/demo/a.xacro><b:=c d><><$HOME `id` '\">",
        root.display()
    );
    assert_eq!(fs::read_to_string(root.join("words")).unwrap(), words);
}

#[test]
fn the_script_ends_where_xacro_fails() {
    let complains = "echo oops >&2";
    for (on_stderr, first, text, expected) in [
        ("fail", "", "<r/>", Ok("")),
        ("fail", complains, "<r/>", Err("oops\npodbay: 'xacro ")),
        ("warn", complains, "<r/>", Ok("oops\n")),
        ("ignore", complains, "<r/>", Ok("")),
        ("capture", complains, "<r/>", Ok("")),
        (
            "ignore",
            "echo oops >&2; exit 2",
            "<r/>",
            Err("oops\npodbay: 'xacro "),
        ),
        (
            "capture",
            "echo oops >&2; exit 2",
            "<r/>",
            Err("oops\npodbay: 'xacro "),
        ),
        ("fail", "", "<r\u{1}/>", Err("podbay: 'xacro ")),
    ] {
        let output = run_with_xacro("xacro_fails", on_stderr, first, text);
        let error = String::from_utf8(output.stderr).unwrap();
        let started = String::from_utf8(output.stdout).unwrap().contains("<r/>");
        match expected {
            Ok(expected) => assert!(error == expected && started, "{on_stderr}: {error}"),
            Err(expected) => {
                assert!(error.starts_with(expected) && !started, "{on_stderr}: {error}");
                assert_eq!(output.status.code(), Some(127));
            }
        }
    }
}

/// A folder of programs for the script: of all names it knows `known` only, and every look at the clock takes long.
fn little_world(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let clock = folder.join("clock");
    let _none_yet = fs::remove_file(&clock);
    for (program, code) in [
        ("getent", "case $2 in known*) ;; *) exit 2 ;; esac".to_owned()),
        ("sleep", ":".to_owned()),
        (
            "date",
            format!("echo x >>{0}; echo $(($(wc -l <{0}) * 40))", clock.display()),
        ),
    ] {
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\n{code}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    folder
}

/// What the process finds in its environment, and what is said, when it waits as `environment` says.
fn after_waiting(name: &str, environment: &[(&str, &str)]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/render/discovery/peers.sh");
    let path = format!(
        "{}:{}",
        little_world(name).display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!(". {script}; exec env")])
        .env_clear()
        .env("PATH", path)
        .envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn the_script_takes_the_peers_that_are_known() {
    let peers = ("PODBAY_PEERS", "known1 late known2");
    let output = after_waiting("peers", &[peers, ("ROS_STATIC_PEERS", "10.0.0.7")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("ROS_STATIC_PEERS=10.0.0.7;known1;known2\n"),
        "{text}"
    );
    assert!(!text.contains("PODBAY_") && !text.contains("pb_"), "{text}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "podbay: the peer late has no address yet; it will look for this pod\n"
    );
}

#[test]
fn the_script_tells_cyclone_of_humble_by_its_configuration() {
    let common = [("PODBAY_PEERS", "known1 known2"), ("ROS_DISTRO", "humble")];
    let cyclone = [
        ("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp"),
        ("CYCLONEDDS_URI", "own.xml"),
    ];
    let output = after_waiting("humble", &[common.as_slice(), &cyclone].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let peers = r#"<Peer address="localhost"/><Peer address="known1"/><Peer address="known2"/>"#;
    assert!(
        text.contains(peers) && text.contains("</CycloneDDS>,own.xml\n"),
        "{text}"
    );
    let output = after_waiting("humble-fast", &common);
    assert_eq!(output.status.code(), Some(127));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("rmw_cyclonedds_cpp") && said.contains("discoveryServer"),
        "{said}"
    );
}

#[test]
fn the_script_does_not_start_without_the_server() {
    assert!(
        after_waiting("server", &[("PODBAY_WAIT_FOR", "known-server")])
            .status
            .success()
    );
    let output = after_waiting("no-server", &[("PODBAY_WAIT_FOR", "server")]);
    assert_eq!(output.status.code(), Some(127));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the name server stands for no address"), "{said}");
}

#[test]
fn the_script_finds_the_program_and_resolves_packages() {
    let mut process = node(Vec::new());
    process.arguments = [
        "a b",
        "$(find-pkg-share demo)/x:$(find-pkg-prefix demo)",
        "$(",
        "",
        "*",
        "$(find-pkg-share demo",
    ]
    .map(str::to_owned)
    .to_vec();
    process
        .environment
        .insert("SEEN".to_owned(), "'$(find-pkg-share demo)'".to_owned());
    let output = run_script(&rendered(vec![process]), "ROOT/a:ROOT/b", "resolve");
    let text = String::from_utf8(output.stdout).unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("resolve/b")
        .display()
        .to_string();
    let text = text.replace(&root, "B");
    let expected = "<a b>\n<B/share/demo/x:B>\n<$(>\n<>\n<*>\n<$(find-pkg-share demo>\n'B/share/demo' ";
    assert!(
        text.starts_with(expected),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs the script of a pod with the environment `variables` under `shell`, and returns what the process finds there.
fn environment_behind(shell: &[&str], variables: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
    let root =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{}", shell.concat().replace('/', "_")));
    let program = root.join("b/lib/demo/show");
    fs::create_dir_all(root.join("b/share/demo")).unwrap();
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&program);
    std::os::unix::fs::symlink("/usr/bin/env", &program).unwrap();
    let mut process = node(Vec::new());
    process.ros_arguments.clear();
    process.arguments = vec!["-0".to_owned()];
    process.environment.extend(
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let rendered = rendered(vec![process]);
    let pod = rendered
        .objects
        .iter()
        .find(|object| object.kind() == "Pod")
        .unwrap();
    let container = pod.0.pointer("/spec/containers/0").unwrap();
    let plain = |value: &Value| value.as_str().unwrap().replace("$$", "$");
    let args: Vec<_> = container["args"].as_array().unwrap().iter().map(plain).collect();
    let env = container["env"].as_array().unwrap();
    assert_eq!(args[0], "sh");
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .args(&args[1..])
        .env_clear()
        .envs(env.iter().map(|one| (plain(&one["name"]), plain(&one["value"]))))
        .env("PATH", "/usr/bin:/bin")
        .env("AMENT_PREFIX_PATH", root.join("b"))
        .current_dir(&root)
        .output()
        .unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    let found = found.split('\0').filter_map(|one| one.split_once('='));
    (
        found
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn every_name_of_a_variable_comes_through_every_shell_and_none_is_run() {
    let share = "$(find-pkg-share demo)";
    let hostile = "x$(touch hacked)";
    let names = [
        "PLAIN",
        "robot.name",
        "a-b",
        "1st",
        "-u",
        "--help",
        "a b",
        "x;touch${IFS}hacked",
        "x}$(touch hacked)${x",
        "$(touch hacked)",
        "`touch hacked`",
        "a'b\"c",
        "a\\b",
        "*",
        "/etc/podbay/params/0.yaml.run",
        "UID",
        "IFS",
        "PWD",
        "PPID",
        "OPTIND",
        "SHELLOPTS",
        "BASH_ENV",
        "_",
        "pb_name",
        "pb_rest",
        "RANDOM",
        "PS4",
    ];
    let shells: [&[&str]; 5] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"], &["mksh"]];
    let known = |shell: &&&[&str]| {
        Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", ":"])
            .output()
            .is_ok()
    };
    for shell in shells.iter().filter(known) {
        for value in [share, hostile, "a\nb", "in.yaml.in", ""] {
            let variables: Vec<_> = names.iter().map(|name| (*name, value)).collect();
            let (found, said) = environment_behind(shell, &variables);
            let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{}", shell.concat()));
            let expected = match value {
                value if value == share => root.join("b/share/demo").display().to_string(),
                value => value.to_owned(),
            };
            for name in names {
                assert_eq!(found.get(name), Some(&expected), "{name} under {shell:?}: {said}");
            }
            assert!(!root.join("hacked").exists(), "{shell:?} ran a name or a value");
        }
    }
}

#[test]
fn names_that_are_not_a_shells_are_not_evaluated() {
    for name in ["x;touch${IFS}hacked", "1x", "a-b", "x}$(echo)"] {
        let (_, said) = environment_behind(&["sh"], &[("PODBAY_RESOLVE", name)]);
        assert!(said.contains("which is no variable of a shell"), "{name}: {said}");
    }
}

#[test]
fn names_that_kubernetes_does_not_take_are_refused() {
    for (name, shown) in [
        ("", "\"\""),
        ("a=b", "\"a=b\""),
        ("é", "\"é\""),
        ("a\nb", "\"a\\nb\""),
    ] {
        let mut process = node(Vec::new());
        process.environment.insert(name.to_owned(), "1".to_owned());
        let description = Description {
            processes: vec![process],
            ..Description::default()
        };
        let refused = render::launch(&description, &Profile::default(), &target()).unwrap_err();
        let text = refused.iter().map(ToString::to_string).collect::<String>();
        assert!(
            text.contains(&format!("the environment variable {shown} cannot be set")),
            "{text}"
        );
    }
}

#[test]
fn the_script_resolves_parameter_files() {
    let mut process = node(Vec::new());
    process.arguments = vec!["in.yaml.in".to_owned()];
    let rendered = rendered(vec![process]);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
    fs::create_dir_all(&root).unwrap();
    fs::write(
        root.join("in.yaml.in"),
        "a: \"$(find-pkg-share demo)/m\"\nb: \\n  1",
    )
    .unwrap();
    let output = run_script(&rendered, "ROOT/b", "files");
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .replace(&root.display().to_string(), "ROOT");
    assert!(
        text.starts_with("<a: \"ROOT/b/share/demo/m\"\nb: \\n  1>\n"),
        "{text}"
    );
}

#[test]
fn the_script_enters_a_folder_of_a_package() {
    let process = Process {
        kind: ProcessKind::Executable,
        cmd: ["sh", "-c", "pwd; env"].map(str::to_owned).to_vec(),
        cwd: "$(find-pkg-share demo)".to_owned(),
        ..Process::default()
    };
    let output = run_script(&rendered(vec![process.clone()]), "ROOT/b", "enter");
    let text = String::from_utf8(output.stdout).unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("enter");
    let folder = root.join("b/share/demo").display().to_string();
    assert_eq!(text.lines().next(), Some(folder.as_str()));
    assert!(!text.contains("PODBAY_CWD"), "{text}");
    let cwd = process.cwd.clone() + "/none";
    let missing = rendered(vec![Process { cwd, ..process }]);
    let output = run_script(&missing, "ROOT/b", "enter");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains(&format!("the working directory {folder}/none")),
        "{error}"
    );
    assert_eq!(output.status.code(), Some(127));
}

#[test]
fn the_script_says_what_it_cannot_find() {
    let mut other = node(Vec::new());
    other.executable = "other".to_owned();
    let mut share = node(Vec::new());
    share.arguments = vec!["$(find-pkg-share nothing)".to_owned()];
    for (process, prefixes, expected) in [
        (
            node(Vec::new()),
            "",
            "podbay: AMENT_PREFIX_PATH is not set, so lib/demo/show cannot be found",
        ),
        (other, "ROOT/b", "podbay: lib/demo/other is in none of "),
        (share, "ROOT/b", "podbay: share/nothing is in none of "),
    ] {
        let output = run_script(&rendered(vec![process]), prefixes, "missing");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(output.status.code(), Some(127));
    }
}

#[test]
fn the_scripts_are_clean() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render");
    let scripts = ["run.sh", "print.sh", "discovery/peers.sh"].map(|name| source.join(name));
    match Command::new("shellcheck").args(scripts).output() {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        ),
        Err(error) => eprintln!("shellcheck was not run: {error}"),
    }
}
