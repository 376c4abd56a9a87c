//! The backend `embedded`: the requirements for every cluster, and those for this one only.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "conformance/mod.rs"]
#[macro_use]
mod conformance;
#[path = "embedded/host.rs"]
mod host;
#[path = "embedded/processes.rs"]
mod processes;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::Fixture;
use conformance::ending::stays;
use conformance::seen::{Seen, termination};
use host::{fixture, options, scratch, with_options};
use podbay_core::cluster::{Cluster, Error, Exec, LogQuery};
use podbay_core::object::Object;
use podbay_core::pod::{Phase, Pod};
use podbay_embedded::{EmbeddedCluster, Program, ProgramError};
use processes::{Marked, until};
use serde_json::json;

conformance_tests!(fixture);

/// A pod with one container `main` that runs this script; `args` alone, as for an image with an entrypoint.
fn script(name: &str, script: &str) -> Object {
    Object(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "robots"},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 5,
            "containers": [{"name": "main", "image": "ignored", "args": ["sh", "-c", script]}],
        },
    }))
}

/// The log of a pod that runs this script successfully.
async fn output(fixture: &Fixture, name: &str, text: &str) -> String {
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&script(name, text)).await;
    let over = |pod: &Pod| matches!(pod.phase, Phase::Succeeded | Phase::Failed);
    let pod = seen.pod(&fixture.key(name), "over", over).await;
    let query = LogQuery {
        key: fixture.key(name),
        container: String::new(),
        tail_lines: 0,
        previous: false,
    };
    let log = fixture.cluster.logs(&query).await.unwrap();
    assert_eq!(pod.phase, Phase::Succeeded, "{log}");
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_stands_in_for_the_image() {
    let fixture = fixture("machine").await;
    let log = output(
        &fixture,
        "machine",
        "command -v podbay; pwd; echo $CARGO_MANIFEST_DIR",
    )
    .await;
    let here = std::env::current_dir().unwrap();
    let inherited = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    assert_eq!(
        log,
        format!(
            "{}\n{}\n{inherited}\n",
            options("machine").podbay.unwrap().display(),
            here.display()
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mounts_are_seen_by_their_container_only() {
    let fixture = fixture("mounts").await;
    let mut pod = script(
        "mounts",
        "echo hello > /etc/podbay-test/x && cat /etc/podbay-test/x && test -e /etc/passwd",
    );
    pod.0["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
    pod.0["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/etc/podbay-test"}]);
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&pod).await;
    seen.pod(&fixture.key("mounts"), "succeeded", |pod| {
        pod.phase == Phase::Succeeded
    })
    .await;
    assert!(!PathBuf::from("/etc/podbay-test").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_mount_cannot_be_written() {
    let fixture = fixture("read-only").await;
    let mut pod = script("read-only", "! touch /podbay-test/x");
    pod.0["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
    let mount = json!({"name": "v", "mountPath": "/podbay-test", "readOnly": true});
    pod.0["spec"]["containers"][0]["volumeMounts"] = json!([mount]);
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&pod).await;
    seen.pod(&fixture.key("read-only"), "succeeded", |pod| {
        pod.phase == Phase::Succeeded
    })
    .await;
}

/// A pod with an emptyDir `outer` and a ConfigMap `inner`, in this order, at these paths. Its script reads the
/// file `x` of the ConfigMap and writes beside it.
async fn with_volumes_at(fixture: &Fixture, outer: &Path, inner: &Path) -> Object {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"x": "hello"},
        "metadata": {"name": "map", "namespace": "robots"}});
    fixture.cluster.create(&Object(map), false).await.unwrap();
    let [outer, inner] = [outer, inner].map(|path| path.to_str().unwrap());
    let mut pod = script(
        "nested",
        &format!("cat {inner}/x && touch {outer}/y && test -e {outer}/y"),
    );
    pod.0["spec"]["volumes"] = json!([
        {"name": "outer", "emptyDir": {}},
        {"name": "inner", "configMap": {"name": "map"}},
    ]);
    pod.0["spec"]["containers"][0]["volumeMounts"] = json!([
        {"name": "inner", "mountPath": inner},
        {"name": "outer", "mountPath": outer},
    ]);
    pod
}

async fn succeeds(fixture: &Fixture, pod: &Object) {
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(pod).await;
    let key = fixture.key(pod.name());
    seen.pod(&key, "succeeded", |pod| pod.phase == Phase::Succeeded)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_may_hide_the_files_of_others() {
    let fixture = fixture("hidden").await;
    // both volumes of the machine are below the outer path
    let outer = scratch("hidden").parent().unwrap().to_owned();
    let pod = with_volumes_at(&fixture, &outer, &outer.join("inner")).await;
    succeeds(&fixture, &pod).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mounts_a_volume_may_hide_the_files_of_others() {
    let fixture = unmounted("unmounted-hidden");
    let outer = scratch("unmounted-hidden").parent().unwrap().to_owned();
    let pod = with_volumes_at(&fixture, &outer, &outer.join("inner")).await;
    succeeds(&fixture, &pod).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_whose_volumes_cannot_be_mounted_changes_nothing_for_others() {
    let fixture = fixture("no-directory").await;
    let mut wrong = script("wrong", "true");
    wrong.0["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
    // a folder on a file
    wrong.0["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/etc/passwd"}]);
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&wrong).await;
    let key = fixture.key("wrong");
    let wrong = seen.pod(&key, "failed", |pod| pod.phase == Phase::Failed).await;
    let why = format!("{:?}", wrong.containers);
    assert!(
        why.contains("cannot mount /etc/passwd: it is a file, but the volume is a folder"),
        "{why}"
    );
    let mut right = script("right", "! touch /podbay-test/x");
    right.0["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
    let mount = json!({"name": "v", "mountPath": "/podbay-test", "readOnly": true});
    right.0["spec"]["containers"][0]["volumeMounts"] = json!([mount]);
    succeeds(&fixture, &right).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_volume_stays_so_around_another() {
    let fixture = fixture("around").await;
    let mut pod = script("around", "! touch /around/x && touch /around/a/x /around/b/x");
    pod.0["spec"]["volumes"] = json!([
        {"name": "outer", "emptyDir": {}}, {"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}},
    ]);
    pod.0["spec"]["containers"][0]["volumeMounts"] = json!([
        {"name": "outer", "mountPath": "/around", "readOnly": true},
        {"name": "a", "mountPath": "/around/a"},
        {"name": "b", "mountPath": "/around/b"},
    ]);
    succeeds(&fixture, &pod).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_around_another_is_still_shared() {
    let fixture = fixture("shared").await;
    let mut pod = script("shared", "touch /around/inner/x /around/y");
    pod.0["spec"]["volumes"] = json!([{"name": "outer", "emptyDir": {}}, {"name": "inner", "emptyDir": {}}]);
    pod.0["spec"]["containers"][0]["volumeMounts"] = json!([
        {"name": "outer", "mountPath": "/around"},
        {"name": "inner", "mountPath": "/around/inner"},
    ]);
    let other = "until test -e /around/y; do sleep 0.05; done; ! test -e /around/inner/x";
    let other = json!({"name": "other", "image": "ignored", "args": ["sh", "-c", other],
        "volumeMounts": [{"name": "outer", "mountPath": "/around"}]});
    pod.0["spec"]["containers"].as_array_mut().unwrap().push(other);
    succeeds(&fixture, &pod).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_volume_is_mounted_once() {
    let fixture = fixture("once").await;
    let names: Vec<_> = (0..10).map(|index| format!("v{index}")).collect();
    let volumes = names.iter().map(|name| json!({"name": name, "emptyDir": {}}));
    let mounts = names
        .iter()
        .map(|name| json!({"name": name, "mountPath": format!("/{name}/x")}));
    let mut pod = script("once", "test $(grep -c ' /v[0-9]/x ' /proc/self/mountinfo) = 10");
    pod.0["spec"]["volumes"] = volumes.collect();
    pod.0["spec"]["containers"][0]["volumeMounts"] = mounts.collect();
    succeeds(&fixture, &pod).await;
}

fn unmounted(test: &'static str) -> Fixture {
    with_options(podbay_embedded::EmbeddedOptions {
        mount: false,
        ..options(test)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mounts_configuration_reaches_the_container() {
    conformance::running::configuration_reaches_the_container(&unmounted("unmounted-configuration")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mounts_init_containers_run_first() {
    conformance::running::init_containers_run_first(&unmounted("unmounted-init")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mounts_readiness_follows_an_exec_probe() {
    conformance::running::readiness_follows_an_exec_probe(&unmounted("unmounted-probe")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_container_started_ends_even_if_its_shim_is_killed() {
    let fixture = fixture("shimless").await;
    let marked = Marked::new("shimless");
    let killed = script("shimless", &marked.daemons("kill -9 $PPID; exec sleep 600"));
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&killed).await;
    let failed = |pod: &Pod| pod.phase == Phase::Failed;
    seen.pod(&fixture.key("shimless"), "failed", failed).await;
    assert_eq!(marked.alive(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_container_started_ends_with_it() {
    let fixture = fixture("daemons").await;
    let marked = Marked::new("daemons");
    let text = marked.daemons("exit 0");
    output(&fixture, "daemons", &text).await;
    assert_eq!(marked.alive(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutting_down_stops_everything_within_the_grace() {
    let directory = scratch("shutdown");
    let cluster = Arc::new(EmbeddedCluster::new(options("shutdown")).unwrap());
    let fixture = Fixture {
        cluster: Arc::clone(&cluster) as Arc<dyn Cluster>,
        ..fixture("unused").await
    };
    let marked = Marked::new("shutdown");
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture
        .create(&script("polite", &marked.daemons("trap 'exit 0' TERM; wait")))
        .await;
    fixture
        .create(&fixture.pod_with(
            "stubborn",
            &["stubborn"],
            &[("/spec/terminationGracePeriodSeconds", json!(1))],
        ))
        .await;
    for name in ["polite", "stubborn"] {
        seen.pod(&fixture.key(name), "ready", |pod| pod.ready).await;
    }
    until("the daemons run", || marked.alive() == Marked::DAEMONS);
    assert!(directory.exists());
    let start = Instant::now();
    cluster.shutdown().await;
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "the graces are 5 s and 1 s"
    );
    assert_eq!(marked.alive(), 0);
    assert!(!directory.exists());
    let late = cluster.create(&fixture.pod("late", &["print"]), false).await;
    assert!(matches!(late, Err(Error::Refused(_))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grace_can_be_shortened() {
    let fixture = fixture("shortened").await;
    let mut seen = Seen::start(&fixture.cluster).await;
    let (pod, key) = stays(&fixture, &mut seen).await;
    fixture.cluster.delete(&pod.reference(), None).await.unwrap();
    seen.pod(&key, "leaving", |pod| pod.deleting.is_some()).await;
    let sooner = Some(Duration::from_secs(1));
    fixture.cluster.delete(&pod.reference(), sooner).await.unwrap();
    seen.gone(&key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pre_stop_hook_runs_before_sigterm() {
    let fixture = fixture("hook").await;
    let file = scratch("hook").with_extension("txt");
    let text = format!(
        "trap 'echo term >> {0}; exit 0' TERM; touch {0}; while :; do sleep 0.1; done",
        file.display()
    );
    let mut pod = script("hook", &text);
    let hook = [
        "sh".to_owned(),
        "-c".to_owned(),
        // The hook may run before the shell has set its trap.
        format!(
            "until [ -e {0} ]; do sleep 0.02; done; echo hook >> {0}",
            file.display()
        ),
    ];
    pod.0["spec"]["containers"][0]["lifecycle"] = json!({"preStop": {"exec": {"command": hook}}});
    let mut seen = Seen::start(&fixture.cluster).await;
    let pod = fixture.create(&pod).await;
    seen.pod(&fixture.key("hook"), "ready", |pod| pod.ready).await;
    fixture.cluster.delete(&pod.reference(), None).await.unwrap();
    seen.gone(&fixture.key("hook")).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "hook\nterm\n");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_ends_with_its_container() {
    let fixture = fixture("exec-ends").await;
    let marked = Marked::new("exec-ends");
    let mut seen = Seen::start(&fixture.cluster).await;
    let pod = fixture.create(&fixture.pod("host", &["print"])).await;
    seen.pod(&fixture.key("host"), "ready", |pod| pod.ready).await;
    let command = ["sh".to_owned(), "-c".to_owned(), marked.daemons("wait")].to_vec();
    let timeout = Duration::from_secs(600);
    let exec = Exec {
        key: fixture.key("host"),
        container: String::new(),
        command,
        timeout,
    };
    let cluster = Arc::clone(&fixture.cluster);
    let ran = tokio::spawn(async move { cluster.exec(&exec).await });
    tokio::task::block_in_place(|| until("the command runs", || marked.alive() == Marked::DAEMONS));
    fixture
        .cluster
        .delete(&pod.reference(), Some(Duration::ZERO))
        .await
        .unwrap();
    let ran = ran.await.unwrap();
    assert!(matches!(ran, Err(Error::Refused(_))), "{ran:?}");
    tokio::task::block_in_place(|| until("the command is gone", || marked.alive() == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_without_a_result_is_reported_with_its_place_and_the_way_out() {
    let fixture = fixture("exec-errors").await;
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&fixture.pod("host", &["print"])).await;
    seen.pod(&fixture.key("host"), "ready", |pod| pod.ready).await;
    let error = async |command: &[&str], timeout| {
        let exec = Exec {
            key: fixture.key("host"),
            container: String::new(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            timeout,
        };
        fixture.cluster.exec(&exec).await.unwrap_err().to_string()
    };
    let start = format!("of pod {}: the command ", fixture.key("host"));
    let text = error(&["sleep", "600"], Duration::from_millis(1)).await;
    let expected = "timed out after 0.001 s and was stopped; increase the timeout";
    assert!(text.ends_with(&format!("{start}{expected}")), "{text}");
    let text = error(&["/no/such/program"], Duration::from_secs(600)).await;
    assert!(
        text.contains(&format!("{start}cannot be run: ")) && text.contains("/no/such/program"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grace_longer_than_any_clock_is_a_long_one() {
    let fixture = fixture("grace").await;
    let mut seen = Seen::start(&fixture.cluster).await;
    let mut failing = script("failing", "sleep 1000");
    failing.0["spec"]["terminationGracePeriodSeconds"] = json!(i64::MAX);
    let mut patient = failing.clone();
    patient.0["metadata"]["name"] = json!("patient");
    failing.0["spec"]["containers"][0]["livenessProbe"] = json!({
        "exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1,
        "terminationGracePeriodSeconds": i64::MAX,
    });
    fixture.create(&failing).await;
    seen.pod(&fixture.key("failing"), "stopped by its probe", |pod| {
        pod.phase == Phase::Failed
    })
    .await;
    for grace in [None, Some(Duration::MAX)] {
        fixture.create(&patient).await;
        seen.pod(&fixture.key("patient"), "running", |pod| {
            pod.phase == Phase::Running
        })
        .await;
        fixture
            .cluster
            .delete(&fixture.pod_ref("patient"), grace)
            .await
            .unwrap();
        seen.gone(&fixture.key("patient")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_directory_that_is_not_there_is_a_start_error() {
    let fixture = fixture("cwd").await;
    let mut seen = Seen::start(&fixture.cluster).await;
    let cwd = ("/spec/containers/0/workingDir", json!("/no/such/place"));
    fixture.create(&fixture.pod_with("cwd", &["print"], &[cwd])).await;
    let pod = seen
        .pod(&fixture.key("cwd"), "failed", |pod| pod.phase == Phase::Failed)
        .await;
    let end = termination(&pod).unwrap();
    assert!(
        end.reason == "StartError" && end.message.contains("/no/such/place"),
        "{end:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_kinds_are_refused_with_the_way_out() {
    let fixture = fixture("kinds").await;
    let meta = json!({"name": "a", "namespace": "robots"});
    let service = Object(json!({"apiVersion": "v1", "kind": "Service", "metadata": meta}));
    for refused in [
        fixture.cluster.create(&service, false).await,
        fixture.cluster.apply(&service, true).await,
    ] {
        let Err(Error::Refused(message)) = refused else {
            panic!("{refused:?}")
        };
        assert!(
            message.contains("Service") && message.contains("--cluster kube"),
            "{message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn annotations_have_the_bound_of_kubernetes() {
    let fixture = fixture("annotations").await;
    let mut pod = script("large", "true");
    let mut annotate = |length| {
        pod.0["metadata"]["annotations"] = json!({"a": "x".repeat(length)});
        pod.clone()
    };
    let (fits, too_long) = (annotate(256 * 1024 - 1), annotate(256 * 1024));
    fixture.cluster.create(&fits, true).await.unwrap();
    let mut capitals = script("capitals", "true");
    capitals.0["metadata"]["annotations"] = json!({"Example.com/owner": "me"});
    fixture.cluster.create(&capitals, true).await.unwrap();
    let refused = fixture.cluster.create(&too_long, true).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Pod robots/large is invalid: metadata.annotations: exceeds the limit of 262144 bytes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_has_a_name_although_nobody_looks_it_up() {
    let fixture = fixture("accounts").await;
    let mut pod = script("account", "true");
    pod.0["spec"]["serviceAccountName"] = json!("Foo_");
    let refused = fixture.cluster.create(&pod, true).await.unwrap_err();
    let expected =
        "spec.serviceAccountName: \"Foo_\" is not a DNS subdomain (lower-case letters, digits, '-' and '.')";
    assert!(refused.to_string().ends_with(expected), "{refused}");
}

#[test]
fn nothing_outlives_podbay_that_was_killed() {
    let marked = Marked::new("killed");
    if host::is_asked_for() {
        return host::run(script("daemons", &marked.daemons("wait")));
    }
    let (mut podbay, _folder) = host::start("nothing_outlives_podbay_that_was_killed", &marked);
    until("the daemons run", || marked.alive() == Marked::DAEMONS);
    podbay.kill().unwrap();
    podbay.wait().unwrap();
    until("everything is gone", || marked.alive() == 0);
}

#[test]
#[ignore = "needs root, to become somebody else"]
fn a_plain_user_has_all_of_it_too() {
    let output = host::run_all_as_nobody("a_plain_user_has_all_of_it_too");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[tokio::test]
async fn nothing_of_a_program_remains_that_exceeds_its_time() {
    let marked = Marked::new("program-time");
    let folder = scratch("program-time");
    std::fs::create_dir_all(&folder).unwrap();
    let started = folder.join("started");
    let script = marked.daemons(&format!("touch {}; wait", started.display()));
    // on a busy machine, the first times may be too short for it to start
    let mut time = Duration::from_millis(50);
    while !started.exists() {
        time *= 2;
        assert!(time < Duration::from_secs(60), "it does not start");
        let program = Program {
            podbay: Some(env!("CARGO_BIN_EXE_podbay").into()),
            argv: ["sh", "-c", &script].map(str::to_owned).to_vec(),
            env: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
            time,
            ..Program::default()
        };
        let error = program.run().await.unwrap_err();
        assert!(
            matches!(error, ProgramError::TooLong(limit) if limit == time),
            "{error}"
        );
        until("no process of the program is running", || marked.alive() == 0);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
