//! Every service: its request as an operation, and the reply of the bridge as its response.

use std::time::Duration;

use podbay::operation::{
    CreatePod, Created, DeletePod, Done, ExecInPod, Exited, GetLogs, GetPod, LaunchRequest, Launches,
    ListLaunches, ListPods, Log, Pods, RestartPod, StartLaunch, Started, StopLaunch, TranslateLaunch,
    Translated,
};
use podbay_core::cluster::{Exec, ExecOutput, LogQuery};
use podbay_core::launch::{LaunchState, LaunchSummary};
use podbay_core::model::{Page, PodQuery};
use podbay_core::object::ObjectRef;
use podbay_core::part::Part;
use podbay_core::workload::WorkloadKind;
use podbay_interfaces::podbay_msgs::srv;
use podbay_launch_file::Source;

use super::{Podbay, found, key, report};

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn services_about_pods_take_their_requests_to_the_bridge_and_its_answers_back() {
    let mut podbay = Podbay::open();
    let (pod_namespace, name) = ("b".to_owned(), "a".to_owned());
    let done = || Done("done".to_owned());
    let request = srv::CreatePod::Request {
        manifest: "kind: Pod".to_owned(),
        dry_run: true,
        ..Default::default()
    };
    let expected = CreatePod {
        namespace: String::new(),
        manifest: "kind: Pod".to_owned(),
        dry_run: true,
    };
    let created = Created {
        message: "created".to_owned(),
        report: report(),
    };
    let response = podbay.check::<srv::CreatePod::Service, _>(request, expected, created);
    assert_eq!((response.success, response.message.as_str()), (true, "created"));
    assert_eq!(
        (response.pod.pod_namespace, response.pod.name),
        (pod_namespace.clone(), name.clone())
    );

    let request = srv::DeletePod::Request {
        pod_namespace: pod_namespace.clone(),
        name: name.clone(),
        grace_period: 5,
    };
    let (key, grace) = (key(), Some(Duration::from_secs(5)));
    let expected = DeletePod {
        key: key.clone(),
        grace,
    };
    let response = podbay.check::<srv::DeletePod::Service, _>(request, expected, done());
    assert_eq!((response.success, response.message.as_str()), (true, "done"));

    let request = srv::RestartPod::Request {
        pod_namespace: pod_namespace.clone(),
        name: name.clone(),
        ..Default::default()
    };
    let expected = RestartPod {
        key: key.clone(),
        grace: None,
    };
    let response = podbay.check::<srv::RestartPod::Service, _>(request, expected, done());
    assert_eq!((response.success, response.message.as_str()), (true, "done"));

    let request = srv::GetPod::Request {
        pod_namespace: pod_namespace.clone(),
        name: name.clone(),
    };
    let response = podbay.check::<srv::GetPod::Service, _>(request, GetPod { key: key.clone() }, found());
    assert_eq!((response.success, response.message.as_str()), (true, "Pod b/a"));
    assert_eq!(
        (response.pod.name.as_str(), response.pod.reason.as_str()),
        ("a", "Running")
    );

    let request = srv::ListPods::Request {
        limit: 7,
        ..Default::default()
    };
    let expected = ListPods(PodQuery {
        limit: 7,
        ..Default::default()
    });
    let page = Pods(Page {
        pods: vec![report()],
        continue_token: "more".to_owned(),
    });
    let response = podbay.check::<srv::ListPods::Service, _>(request, expected, page);
    assert!(response.success && response.pods.len() == 1 && response.continue_token == "more");

    let request = srv::GetLogs::Request {
        pod_namespace: pod_namespace.clone(),
        name: name.clone(),
        tail_lines: 3,
        ..Default::default()
    };
    let expected = GetLogs(LogQuery {
        key: key.clone(),
        container: String::new(),
        tail_lines: 3,
        previous: false,
    });
    let response = podbay.check::<srv::GetLogs::Service, _>(request, expected, Log("x\n".to_owned()));
    assert_eq!((response.success, response.log.as_str()), (true, "x\n"));

    let command = vec!["ls".to_owned()];
    let request = srv::ExecInPod::Request {
        pod_namespace,
        name,
        command: command.clone(),
        ..Default::default()
    };
    let expected = ExecInPod(Exec {
        key,
        container: String::new(),
        command,
        timeout: Duration::from_secs(30),
    });
    let exited = Exited(ExecOutput {
        exit_code: 3,
        stdout: "o".to_owned(),
        stderr: "e".to_owned(),
    });
    let response = podbay.check::<srv::ExecInPod::Service, _>(request, expected, exited);
    assert_eq!((response.success, response.exit_code), (true, 3));
    assert_eq!((response.stdout.as_str(), response.stderr.as_str()), ("o", "e"));
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn services_about_launches_take_their_requests_to_the_bridge_and_its_answers_back() {
    let mut podbay = Podbay::open();
    let launch = |file: &str| LaunchRequest::new(Source::File(file.into()));
    let request = srv::StartLaunch::Request {
        file: "x.launch.xml".to_owned(),
        ..Default::default()
    };
    let started = Started {
        message: "started".to_owned(),
        launch_id: "x".to_owned(),
        parts: vec![Part {
            object: ObjectRef::pod("b", "x-a"),
            workload: WorkloadKind::Pod,
            launch: "x".to_owned(),
            node: "a".to_owned(),
        }],
        problems: Vec::new(),
    };
    let response =
        podbay.check::<srv::StartLaunch::Service, _>(request, StartLaunch(launch("x.launch.xml")), started);
    assert_eq!((response.success, response.launch_id.as_str()), (true, "x"));
    assert_eq!(response.pods, ["b/x-a"]);

    let launch_id = "x".to_owned();
    let request = srv::StopLaunch::Request {
        launch_id: launch_id.clone(),
    };
    let done = Done("done".to_owned());
    let response = podbay.check::<srv::StopLaunch::Service, _>(request, StopLaunch { launch_id }, done);
    assert_eq!((response.success, response.message.as_str()), (true, "done"));

    let launches = Launches(vec![LaunchSummary {
        id: "x".to_owned(),
        source: "x.launch.xml".to_owned(),
        state: LaunchState::Degraded,
        pods: 2,
        ready: 1,
    }]);
    let request = srv::ListLaunches::Request {};
    let response = podbay.check::<srv::ListLaunches::Service, _>(request, ListLaunches, launches);
    assert!(response.success && response.launches.len() == 1);
    assert_eq!(response.launches[0].state, "degraded");

    let request = srv::TranslateLaunch::Request {
        package: "p".to_owned(),
        file: "y".to_owned(),
        ..Default::default()
    };
    let (package, file) = ("p".to_owned(), "y".to_owned());
    let expected = TranslateLaunch(LaunchRequest::new(Source::Package { package, file }));
    let translated = Translated {
        manifests: vec!["kind: Pod\n".to_owned()],
        description: "{}".to_owned(),
        problems: Vec::new(),
    };
    let response = podbay.check::<srv::TranslateLaunch::Service, _>(request, expected, translated);
    assert!(response.success && response.manifests == ["kind: Pod\n"] && response.description == "{}");
}
