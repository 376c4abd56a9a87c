//! `podbay launch` with few permissions and over an unreliable network.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::lossy::Lossy;
use crate::support::{Namespace, kubeconfig, kubectl, with_token};

/// `podbay launch` in `ns` with the credentials in `kubeconfig`; once all pods exist, it is
/// interrupted. Returns whether it succeeded, and its output.
fn launched(ns: &Namespace, kubeconfig: &Path) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podbay"))
        .args([
            "launch",
            "launch/talker_listener.launch.xml",
            "--cluster",
            "kube",
            "--namespace",
            &ns.name,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("KUBECONFIG", kubeconfig)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        if kubectl(&["get", "pods", "-n", &ns.name, "-o", "name"], "")
            .lines()
            .count()
            == 2
        {
            let id = child.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-INT", &id])
                    .status()
                    .unwrap()
                    .success()
            );
            break;
        }
    }
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_launch_takes_a_role_in_its_namespace_and_no_more() {
    let ns = Namespace::new("role").await;
    let n = ["-n", &ns.name];
    kubectl(&[&["create", "serviceaccount", "pilot"], &n[..]].concat(), "");
    let token = kubectl(&[&["create", "token", "pilot"], &n[..]].concat(), "");
    let path = kubeconfig("role", |line| with_token(line, token.trim()));
    let (succeeded, said) = launched(&ns, &path);
    assert!(
        !succeeded && said.contains("grant it: a Role with get, list, watch on"),
        "{said}"
    );
    assert!(
        !said.contains("has ended") && !said.contains("started with"),
        "{said}"
    );

    let (verbs, resources) = (
        "--verb=get,list,watch,create,patch,delete",
        "--resource=pods,configmaps,pods/log",
    );
    kubectl(&[&["create", "role", "r", verbs, resources], &n[..]].concat(), "");
    let account = format!("--serviceaccount={}:pilot", ns.name);
    kubectl(
        &[&["create", "rolebinding", "r", "--role=r", &account], &n[..]].concat(),
        "",
    );
    let (succeeded, said) = launched(&ns, &path);
    assert!(succeeded && said.contains("has ended"), "{said}");
    assert_eq!(ns.of_launches("pods,configmaps"), [""; 0]);
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_launch_starts_and_stops_behind_a_proxy_that_loses_the_answer_of_every_write() {
    let ns = Namespace::new("lossy").await;
    let proxy = Lossy::start();
    let address = proxy.address.to_string();
    let path = kubeconfig("lossy", |line| match line.trim() {
        key if key.starts_with("certificate-authority-data:") => None,
        key if key.starts_with("server:") => Some(format!("    server: http://{address}")),
        _ => Some(line.to_owned()),
    });
    let (succeeded, said) = launched(&ns, &path);
    assert!(succeeded && said.contains("has ended"), "{said}");
    let lost = proxy.lost();
    let of_pods = |verb: &str| {
        let pods = lost.iter().filter(|request| request.starts_with(verb));
        pods.filter(|request| request.contains("/pods")).count()
    };
    assert_eq!((of_pods("POST"), of_pods("DELETE")), (2, 2), "{lost:?}\n{said}");
    assert_eq!(ns.of_launches("pods,configmaps"), [""; 0]);
    std::fs::remove_file(path).unwrap();
}
