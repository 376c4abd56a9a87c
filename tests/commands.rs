//! The commands as seen at a terminal: output, error output, and exit code.

#![allow(clippy::unwrap_used)]

#[path = "commands/ending.rs"]
mod ending;
#[path = "commands/settings.rs"]
mod settings;

use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Starts the launch file under test as `demo`.
const LAUNCH: [&str; 6] = [
    "launch",
    "main.launch.xml",
    "--cluster",
    "embedded",
    "--id",
    "demo",
];

/// Prints `ready` every 50 ms.
const CHATTY: &str =
    r#"<launch><executable cmd="sh -c 'while :; do echo ready; sleep 0.05; done'" name="chatty"/></launch>"#;

/// A folder with `main.launch.xml` for one test, in which podbay does not see podbays of other tests.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, launch_file: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("commands-{test}"));
        let _ = fs::remove_dir_all(&folder);
        DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&folder)
            .unwrap();
        fs::write(folder.join("main.launch.xml"), launch_file).unwrap();
        Self(folder)
    }

    fn podbay(&self, words: &[&str]) -> Command {
        // The parent of the tests may ignore signals, like `nohup`, and podbay would inherit that.
        let mut command = Command::new("env");
        command
            .args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_podbay")])
            .current_dir(&self.0)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("XDG_RUNTIME_DIR", &self.0)
            .args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.podbay(words).output().unwrap()
    }

    fn launch(&self) -> Child {
        let mut command = self.podbay(&LAUNCH);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// The rest of the output.
fn rest(from: impl Read) -> String {
    let mut text = String::new();
    BufReader::new(from).read_to_string(&mut text).unwrap();
    text
}

/// Reads lines up to one that contains `wanted`.
fn up_to(lines: &mut impl BufRead, wanted: &str) {
    let mut line = String::new();
    while !line.contains(wanted) {
        line.clear();
        assert!(
            lines.read_line(&mut line).unwrap() > 0,
            "it ended without {wanted:?}"
        );
    }
}

fn interrupt(child: &Child) {
    signal(child, "-INT");
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

/// Waits until podbay has ended with this exit code.
#[track_caller]
fn ends(child: &mut Child, code: i32) {
    let status = child.wait().unwrap();
    let said = child.stderr.take().map(rest).unwrap_or_default();
    assert_eq!(status.code(), Some(code), "{status}: {said}");
}

#[track_caller]
fn check(output: &Output, code: i32, said: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}: {stderr}", output.status);
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_launch_ends_when_nobody_reads_it_any_more() {
    let folder = Folder::new("unread", CHATTY);
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[chatty] ready");
    drop(lines);
    let said = rest(child.stderr.take().unwrap());
    assert!(
        said.contains("the output is no longer read; stopping demo"),
        "{said}"
    );
    ends(&mut child, 0);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_launch_says_why_it_ends() {
    let file = r#"<launch><executable cmd="sh -c 'exit 3'" name="bad"/><executable cmd="true" name="good"/></launch>"#;
    let folder = Folder::new("why", file);
    let output = folder.launch().wait_with_output().unwrap();
    check(&output, 1, "");
    let said = String::from_utf8(output.stdout).unwrap();
    let why = "[podbay] every process has ended, with an error: demo-bad (container bad has ended: exit code \
         3); stopping demo\n";
    assert!(said.contains(why), "{said}");

    let folder = Folder::new("why-interrupted", CHATTY);
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[chatty] ready");
    interrupt(&child);
    up_to(
        &mut lines,
        "[podbay] stopping demo (press Ctrl-C again to quit without waiting)",
    );
    up_to(&mut lines, "[podbay] demo has ended");
    ends(&mut child, 0);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_launch_that_is_not_there_is_told_with_those_that_are() {
    let folder = Folder::new("none", CHATTY);
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[chatty] ready");
    let status = |id: &str| folder.run(&["status", "--cluster", "embedded", "--launch", id]);
    check(
        &status("nope"),
        1,
        "error: launch \"nope\" not found; running: demo",
    );
    check(
        &status("deno"),
        1,
        "error: launch \"deno\" not found; did you mean demo?",
    );
    check(&status("demo"), 0, "");
    // the first namespace of a configuration is only the default of commands that need one
    for (namespaces, is_shown) in [("[robots, default]", true), ("[robots]", false)] {
        let config = format!("cluster: embedded\nnamespaces: {namespaces}\n");
        std::fs::write(folder.0.join("podbay.yaml"), config).unwrap();
        let shown = folder.run(&["status", "--config", "podbay.yaml"]);
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert_eq!(shown.contains("demo-chatty"), is_shown, "{namespaces}: {shown}");
    }
    interrupt(&child);
    up_to(&mut lines, "[podbay] demo has ended");
    child.wait().unwrap();
}

/// A file on a full disk.
fn full() -> Stdio {
    fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error_and_one_that_nobody_reads_is_none() {
    let folder = Folder::new("full", CHATTY);
    for words in [
        ["translate", "main.launch.xml"].as_slice(),
        &["translate", "main.launch.xml", "--emit", "description"],
        &["translate", "main.launch.xml", "--emit", "svg"],
        &["launch", "main.launch.xml", "--show-args"],
    ] {
        let output = folder.podbay(words).stdout(full()).output().unwrap();
        check(
            &output,
            1,
            "error: cannot write to standard output: No space left on device\n",
        );
        let (unread, closed) = std::io::pipe().unwrap();
        drop(unread);
        let output = folder.podbay(words).stdout(closed).output().unwrap();
        check(&output, 0, "");
    }
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_launch_whose_lines_cannot_be_written_goes_on() {
    let file = r#"<launch><executable cmd="sh -c 'echo a; touch done'" name="a"/></launch>"#;
    let folder = Folder::new("full-launch", file);
    let words = ["launch", "main.launch.xml", "--cluster", "embedded"];
    let output = folder.podbay(&words).stdout(full()).output().unwrap();
    check(&output, 0, "");
    let said = String::from_utf8(output.stderr).unwrap();
    let complaint =
        "[podbay] WARN cannot write to standard output: No space left on device; lines are lost\n";
    assert_eq!(said.matches(complaint).count(), 1, "{said}");
    assert!(!said.contains("no longer read"), "{said}");
}

/// A launch `demo` of a process that does not end by itself.
fn deaf(name: &str) -> (Folder, Child, BufReader<ChildStdout>) {
    let file = r#"<launch><executable cmd="sh -c 'trap : TERM; echo ready; while :; do sleep 0.05; done'" name="deaf"/></launch>"#;
    let folder = Folder::new(name, file);
    fs::write(
        folder.0.join("slow.yaml"),
        "{pod: {spec: {terminationGracePeriodSeconds: 3000}}}",
    )
    .unwrap();
    let mut child = folder
        .podbay(&[&LAUNCH[..], &["--profile", "slow.yaml"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (folder, child, lines)
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_launch_that_somebody_stopped_is_known_until_it_ends_and_an_interrupt_ends_it() {
    let (folder, mut child, mut lines) = deaf("stopped-by-others");
    up_to(&mut lines, "[deaf] ready");
    let stop = || folder.run(&["stop", "demo", "--cluster", "embedded"]);
    check(&stop(), 0, "");
    let again = stop();
    check(&again, 0, "");
    let said = String::from_utf8(again.stdout).unwrap();
    assert_eq!(
        said,
        "launch demo was already stopped; 1 of its pods is still ending\n"
    );
    interrupt(&child);
    up_to(&mut lines, "[podbay] launch demo was stopped by another request");
    assert_eq!(ending::insist(&mut child), Some(0));
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_podbay_that_is_stopped_is_named_with_the_way_out() {
    let folder = Folder::new("stopped", CHATTY);
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[chatty] ready");
    signal(&child, "-STOP");
    let pid = child.id();
    let help = format!(
        "podbay process {pid} is not responding; if it is suspended, resume it with fg or kill -CONT {pid} and \
         restart it, since its ROS node has ended; otherwise kill it with kill -KILL {pid}\n"
    );
    let told = |words: &[&str]| folder.run(&[words, &["--cluster", "embedded"]].concat());
    let (status, stop) = (told(&["status"]), told(&["stop", "demo"]));
    signal(&child, "-CONT");
    interrupt(&child);
    up_to(&mut lines, "[podbay] demo has ended");
    child.wait().unwrap();
    assert_eq!(
        String::from_utf8(status.stderr).unwrap(),
        format!("error: {help}")
    );
    let unknown = format!("error: the state of launch \"demo\" is unknown\n{help}");
    assert_eq!(String::from_utf8(stop.stderr).unwrap(), unknown);
    assert_eq!((status.status.code(), stop.status.code()), (Some(1), Some(1)));
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn launches_of_one_id_are_told_apart_and_stopped_together() {
    let folder = Folder::new("same", CHATTY);
    let mut children = [folder.launch(), folder.launch()];
    let mut lines: Vec<_> = children
        .iter_mut()
        .map(|child| BufReader::new(child.stdout.take().unwrap()))
        .collect();
    for lines in &mut lines {
        up_to(lines, "[chatty] ready");
    }
    let status = folder.run(&["status", "--cluster", "embedded"]);
    let stop = folder.run(&["stop", "demo", "--cluster", "embedded"]);
    let status = String::from_utf8(status.stdout).unwrap();
    let stop = String::from_utf8(stop.stdout).unwrap();
    assert!(status.starts_with("PODBAY "), "{status}");
    for (child, lines) in children.iter_mut().zip(&mut lines) {
        let pid = child.id();
        assert!(status.contains(&format!("\n{pid} ")), "{status}");
        assert!(stop.contains(&format!("(process {pid})\n")), "{stop}");
        up_to(lines, "[podbay] launch demo was stopped by another request");
        child.wait().unwrap();
    }
}
