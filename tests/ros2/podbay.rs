//! A podbay with a chosen backend, and the command `ros2`.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Time limit for everything: far more than needed, so that it expires only after a real loss.
const LIMIT: Duration = Duration::from_secs(90);

/// A running podbay in its own ROS domain; stopped on drop.
pub(crate) struct Podbay {
    child: Child,
    domain: String,
    rmw: String,
    log: PathBuf,
}

impl Podbay {
    /// `podbay serve` on the embedded cluster with the parameter `answer`.
    pub(crate) fn serve(backend: &str, rmw: &str) -> Self {
        let domain = next_domain().to_string();
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ros2-{backend}-{rmw}.log"));
        let output = File::create(&log).unwrap();
        let child = environment(&mut Command::new(program(backend)), rmw, &domain)
            .args(["serve", "--cluster", "embedded", "--http", "off"])
            .args(["--profile", "launch/demo.profile.yaml"])
            .args(["--ros-args", "-p", "answer:=42"])
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let rmw = rmw.to_owned();
        Self {
            child,
            domain,
            rmw,
            log,
        }
    }

    /// Its output so far.
    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Runs `ros2` until its output contains all of `wanted`. Without the ROS daemon, which would outlive the test.
    pub(crate) fn ros2_until(&self, arguments: &str, wanted: &[&str]) {
        let arguments: Vec<_> = arguments.split(' ').collect();
        self.until(
            &[&arguments[..2], &["--no-daemon"], &arguments[2..]].concat(),
            wanted,
        );
    }

    /// Calls a service of podbay once: the first reply counts.
    pub(crate) fn call(&self, service: &str, kind: &str, request: &str, wanted: &[&str]) {
        let answer = self.ros2(&call(service, kind, request));
        assert!(
            contains(&answer, wanted),
            "{service} {request}: {answer}\nwants {wanted:?}"
        );
    }

    /// Calls it until the reply contains all of `wanted`.
    pub(crate) fn call_until(&self, service: &str, kind: &str, request: &str, wanted: &[&str]) {
        self.until(&call(service, kind, request), wanted);
    }

    fn until(&self, arguments: &[impl AsRef<OsStr> + Debug], wanted: &[&str]) {
        let mut output = String::new();
        let found = poll(|| {
            output = self.ros2(arguments);
            contains(&output, wanted)
        });
        let podbay = self.output();
        assert!(
            found,
            "ros2 {arguments:?}: {output}\nwants {wanted:?}\npodbay said:\n{podbay}"
        );
    }

    /// The output of `ros2`, and how it ended; `timeout` ends one that would wait forever.
    fn ros2(&self, arguments: &[impl AsRef<OsStr>]) -> String {
        let limit = LIMIT.as_secs().to_string();
        let output = environment(&mut Command::new("timeout"), &self.rmw, &self.domain)
            .args([&limit, "ros2"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "{}{}({})",
            text(&output.stdout),
            text(&output.stderr),
            output.status
        )
    }

    /// Presses Ctrl-C; returns how it ended.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        self.ended()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let mut code = None;
        poll(|| {
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

/// The podbay with this backend.
fn program(backend: &str) -> PathBuf {
    match backend {
        "r2r" => std::env::var_os("PODBAY_R2R")
            .expect("PODBAY_R2R names a podbay built with --features r2r; tests/run sets it")
            .into(),
        _ => env!("CARGO_BIN_EXE_podbay").into(),
    }
}

fn environment<'a>(command: &'a mut Command, rmw: &str, domain: &str) -> &'a mut Command {
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RMW_IMPLEMENTATION", rmw)
        .env("ROS_DOMAIN_ID", domain)
        .env("ROS_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("KUBECONFIG")
}

fn call(service: &str, kind: &str, request: &str) -> [String; 5] {
    let (name, kind) = (format!("/podbay/{service}"), format!("podbay_msgs/srv/{kind}"));
    [
        "service".to_owned(),
        "call".to_owned(),
        name,
        kind,
        request.to_owned(),
    ]
}

fn contains(text: &str, wanted: &[&str]) -> bool {
    wanted.iter().all(|wanted| text.contains(wanted))
}

fn poll(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

/// A ROS domain that no other test of this run uses.
fn next_domain() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
