//! A podbay for each test, and peers of other DDS implementations.
//!
//! Nothing here uses podbay's own types: peers report as JSON.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The DDS implementations that ROS uses.
pub(crate) const VENDORS: [&str; 2] = ["cyclone", "fastdds"];
/// Timeout of a peer in seconds: far more than anything takes, so that it expires only after a real loss.
const PATIENCE: &str = "30";
/// Time limit for stopping a daemon: longer than any grace period used here.
const STOPPING: Duration = Duration::from_secs(20);

/// The embedded cluster, no HTTP, and a profile for the demo nodes.
const EMBEDDED: [&str; 4] = [
    "--cluster=embedded",
    "--http=off",
    "--profile",
    "launch/demo.profile.yaml",
];

/// For several podbays in one domain.
static NEXT_LOG: AtomicU16 = AtomicU16::new(0);

/// A running podbay in its own ROS domain; stopped on drop.
pub(crate) struct Podbay {
    child: Child,
    domain: String,
    log: PathBuf,
}

impl Podbay {
    /// `podbay serve` on the embedded cluster.
    pub(crate) fn serve() -> Self {
        Self::start(next_domain(), &["serve"])
    }

    /// Any podbay command on the embedded cluster, in a given ROS domain.
    pub(crate) fn start(domain: u16, arguments: &[&str]) -> Self {
        Self::on(&EMBEDDED, domain, arguments)
    }

    /// Any podbay command on the cluster chosen by `options`.
    pub(crate) fn on(options: &[&str], domain: u16, arguments: &[&str]) -> Self {
        Self::run(
            Command::new(env!("CARGO_BIN_EXE_podbay")),
            options,
            domain,
            arguments,
        )
    }

    #[allow(dead_code)]
    /// Like [`start`](Self::start), with `kib` KiB of address space.
    pub(crate) fn within(kib: &str, domain: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        let podbay = env!("CARGO_BIN_EXE_podbay");
        command.args(["-c", "ulimit -v \"$0\" && exec \"$@\"", kib, podbay]);
        Self::run(command, &EMBEDDED, domain, arguments)
    }

    fn run(mut program: Command, options: &[&str], domain: u16, arguments: &[&str]) -> Self {
        let domain = domain.to_string();
        let log = format!("graph-{domain}-{}.log", NEXT_LOG.fetch_add(1, Ordering::Relaxed));
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(log);
        let output = File::create(&log).unwrap();
        let child = program
            .args(arguments)
            .args(options)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("ROS_DOMAIN_ID", &domain)
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, domain, log }
    }

    /// Suspends and resumes it, like Ctrl-Z and `fg`.
    #[allow(dead_code)]
    pub(crate) fn suspend(&self) {
        signal("-STOP", self.child.id());
        let stopped = || self.status("State:").contains("stopped");
        assert!(poll(stopped));
        signal("-CONT", self.child.id());
    }

    /// A line of its `/proc/PID/status`.
    #[allow(dead_code)]
    pub(crate) fn status(&self, key: &str) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_default().trim().to_owned()
    }

    /// Its output so far.
    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A peer's command, without its verb.
    pub(crate) fn peer(&self, dds: &str) -> Command {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/peer"));
        command.args(["--dds", dds, "--domain", &self.domain, "--timeout", PATIENCE]);
        command
    }

    /// Runs a peer to its end and returns the JSON that it printed last.
    pub(crate) fn ask(&self, dds: &str, arguments: &[&str]) -> Value {
        let output = self.peer(dds).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{dds} {arguments:?}: {complaint}\npodbay said:\n{}",
            self.output()
        );
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    }

    /// Calls one of podbay's own services: `call("fastdds", "get_pod", &["name=talker"])`.
    pub(crate) fn call(&self, dds: &str, service: &str, fields: &[&str]) -> Value {
        let kind = format!("podbay_msgs/srv/{}", camel(service));
        let name = format!("/podbay/{service}");
        self.ask(dds, &[&["call", &name, &kind], fields].concat())
    }

    /// The same, for a call that must succeed.
    pub(crate) fn succeed(&self, dds: &str, service: &str, fields: &[&str]) -> Value {
        let reply = self.call(dds, service, fields);
        assert_eq!(reply["success"], true, "{dds} {service} {fields:?}: {reply}");
        reply
    }

    /// Calls until the reply is as expected; otherwise fails with the last reply.
    pub(crate) fn call_until(
        &self,
        dds: &str,
        service: &str,
        fields: &[&str],
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut reply = Value::Null;
        let found = poll(|| {
            reply = self.call(dds, service, fields);
            wanted(&reply)
        });
        assert!(
            found,
            "{dds} {service} {fields:?}: {reply}\npodbay said:\n{}",
            self.output()
        );
        reply
    }

    /// Reads a topic in the background.
    pub(crate) fn listen(&self, dds: &str, topic: &str, kind: &str, options: &[&str]) -> Listener {
        let mut child = self
            .peer(dds)
            .args(["echo", topic, kind, "--count", "1000000"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Listener { child, lines }
    }

    /// `kill -9`.
    #[allow(dead_code)]
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Presses Ctrl-C once.
    pub(crate) fn press_ctrl_c(&self) {
        signal("-INT", self.child.id());
    }

    /// Presses Ctrl-C until it has ended, like an impatient user; returns how it ended, if it did within `limit`.
    #[allow(dead_code)]
    pub(crate) fn insist(&mut self, limit: Duration) -> Option<i32> {
        let mut code = None;
        wait_until(limit, || {
            code = self.child.try_wait().unwrap();
            if code.is_none() {
                self.press_ctrl_c();
            }
            code.is_some()
        });
        code.and_then(|status| status.code())
    }

    /// Presses Ctrl-C; returns how it ended, if it did.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        self.press_ctrl_c();
        let mut code = None;
        wait_until(STOPPING, || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        code.and_then(|status| status.code())
    }
}

impl Drop for Podbay {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) && self.interrupt().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A peer that reads a topic; it ends by itself after its timeout.
pub(crate) struct Listener {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Listener {
    /// The next sample that is as expected.
    pub(crate) fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.lines
            .by_ref()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
            .find(wanted)
            .expect("the topic fell silent before the sample came")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        signal("-KILL", self.child.id());
        let _ = self.child.wait();
    }
}

/// Manifest of a pod whose only container runs `script`.
pub(crate) fn pod(name: &str, script: &str) -> String {
    let container = serde_json::json!({"name": "main", "image": "none", "command": ["sh", "-c", script]});
    let manifest = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]},
    });
    format!("manifest={manifest}")
}

/// Whether `condition` becomes true within a minute.
pub(crate) fn poll(condition: impl FnMut() -> bool) -> bool {
    wait_until(Duration::from_secs(60), condition)
}

/// A ROS domain that no other test of this run uses. Domain 0 is for tests that name ports.
pub(crate) fn next_domain() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Whether `condition` becomes true within `limit`.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn signal(which: &str, pid: u32) {
    let _ = Command::new("kill").args([which, &pid.to_string()]).status();
}

/// `get_pod` -> `GetPod`
fn camel(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(word).collect()
}
