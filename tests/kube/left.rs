//! What an interrupted `podbay launch` leaves in the cluster, and the command that it names for it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use podbay_core::cluster::Cluster;

use crate::proxy::{Proxy, Wire};
use crate::support::{Namespace, connect_in, kubeconfig, kubectl};

/// Starts a launch with two pods, whose id is the name of the namespace.
fn launch(ns: &Namespace, kubeconfig: Option<&PathBuf>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    command
        .args(["launch", "launch/talker_listener.launch.xml", "--cluster=kube"])
        .args(["--namespace", &ns.name, "--id", &ns.name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs(kubeconfig.map(|path| ("KUBECONFIG", path)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
}

/// Presses Ctrl-C until podbay has ended, and checks its last message; returns the command in it.
fn insist(mut child: Child, ns: &Namespace) -> String {
    while child.try_wait().unwrap().is_none() {
        interrupt(&child);
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let command = format!("podbay stop {0} --namespace {0}", ns.name);
    let left = format!(
        "error: interrupted again before {} had ended; clean up with: {command}\n",
        ns.name
    );
    assert!(said.ends_with(&left), "{said}");
    assert_eq!(output.status.code(), Some(1));
    command
}

/// Runs a command of podbay; returns its output.
fn run(command: &str) -> String {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("podbay"));
    let output = Command::new(env!("CARGO_BIN_EXE_podbay"))
        .args(words)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert!(std::time::Instant::now() < end, "{what} did not happen");
    }
}

fn set_finalizers(ns: &Namespace, pod: &str, finalizers: &str) {
    let patch = format!("{{\"metadata\": {{\"finalizers\": {finalizers}}}}}");
    kubectl(&["patch", pod, "-n", &ns.name, "--type=merge", "-p", &patch], "");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn the_command_removes_what_an_interrupted_launch_left() {
    let ns = Namespace::new("left").await;
    let server = connect_in(&ns).await.name().replace("kube https://", "");
    let proxy = Proxy::start(server.clone()).await;
    let address = proxy.address.to_string();
    let path = kubeconfig("left", |line| Some(line.replace(&server, &address)));
    let child = launch(&ns, Some(&path));
    until("the launch", || !ns.of_launches("configmaps").is_empty());
    proxy.set(Wire::Silent);
    let command = insist(child, &ns);
    assert_ne!(ns.of_launches("configmaps"), [""; 0]);
    assert_eq!(run(&command), format!("launch {} has ended\n", ns.name));
    assert_eq!(ns.of_launches("pods,configmaps"), [""; 0]);
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn the_command_reports_pods_of_an_interrupted_launch_that_are_still_ending() {
    let ns = Namespace::new("still-ending").await;
    let child = launch(&ns, None);
    until("the launch", || ns.of_launches("pods").len() == 2);
    let pods = ns.of_launches("pods");
    for pod in &pods {
        set_finalizers(&ns, pod, "[\"podbay.test/kept\"]");
    }
    interrupt(&child);
    until("the end of the record", || {
        ns.of_launches("configmaps").is_empty()
    });
    let command = insist(child, &ns);
    let still = format!(
        "launch {} was already stopped; 2 of its pods are still ending\n",
        ns.name
    );
    assert_eq!(run(&command), still);
    for pod in &pods {
        set_finalizers(&ns, pod, "null");
    }
    until("the end of the pods", || ns.of_launches("pods").is_empty());
}
