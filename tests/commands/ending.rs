//! How commands end: on signals, and when their output is no longer read.

use std::ffi::OsStr;
use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::OFlags;

use super::{CHATTY, Folder, LAUNCH, check, deaf, ends, full, interrupt, rest, signal, up_to};

/// Presses Ctrl-C until the process has ended, like an impatient user.
pub(super) fn insist(child: &mut Child) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        interrupt(child);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn help_that_cannot_be_written_is_an_error_and_help_that_nobody_reads_is_none() {
    let folder = Folder::new("help", CHATTY);
    for words in [["--help"].as_slice(), &["launch", "--help"], &["--version"]] {
        let output = folder.podbay(words).stdout(full()).output().unwrap();
        let said = "error: cannot write to standard output: No space left on device\n";
        check(&output, 1, said);
        let (unread, closed) = std::io::pipe().unwrap();
        drop(unread);
        check(&folder.podbay(words).stdout(closed).output().unwrap(), 0, "");
    }
}

#[test]
fn a_line_for_the_terminal_is_one_write() {
    let folder = Folder::new("writes", CHATTY);
    let said = |words: &[&str]| {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut command = folder.podbay(words);
        command
            .env("ROS_DISTRO", "jazy")
            .stdout(Stdio::null())
            .stderr(OwnedFd::from(theirs));
        assert!(command.status().is_ok());
        drop(command);
        // Each write is one datagram; there is none once the process has ended.
        let mut written = vec![0; 1 << 16];
        let length = ours.recv(&mut written).unwrap();
        String::from_utf8(written[..length].to_vec()).unwrap()
    };
    let note = said(&["translate", "main.launch.xml"]);
    assert!(
        note.starts_with("note: unknown ROS_DISTRO") && note.ends_with('\n'),
        "{note}"
    );
    let error = said(&["status", "--cluster", "embedded"]);
    assert!(
        error.starts_with("error: this user runs no podbay") && error.ends_with('\n'),
        "{error}"
    );
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_quiet_launch_ends_too_when_nobody_reads_it_any_more() {
    let folder = Folder::new(
        "unread-quiet",
        r#"<launch><executable cmd="sleep 1000" name="quiet"/></launch>"#,
    );
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[podbay] 1 pod is ready");
    drop(lines);
    let said = rest(child.stderr.take().unwrap());
    assert!(
        said.contains("[podbay] the output is no longer read; stopping demo\n"),
        "{said}"
    );
    ends(&mut child, 0);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_terminal_that_is_closed_ends_a_launch_as_an_interrupt_does() {
    let folder = Folder::new("hangup", CHATTY);
    let mut child = folder.launch();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[chatty] ready");
    signal(&child, "-HUP");
    up_to(&mut lines, "[podbay] stopping demo");
    up_to(&mut lines, "[podbay] demo has ended");
    ends(&mut child, 0);
}

/// Ends only once the file `go` is there.
const PATIENT: &str = r#"<launch><executable name="patient"
    cmd="sh -c 'trap : TERM; echo ready; while [ ! -e $GO ]; do sleep 0.05; done'"/></launch>"#;

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn two_signals_at_once_are_one() {
    let folder = Folder::new("together", "");
    let go = folder.0.join("go");
    let file = PATIENT.replace("$GO", go.to_str().unwrap());
    std::fs::write(folder.0.join("main.launch.xml"), file).unwrap();
    std::fs::write(
        folder.0.join("slow.yaml"),
        "{pod: {spec: {terminationGracePeriodSeconds: 3000}}}",
    )
    .unwrap();
    let words = [&LAUNCH[..], &["--profile", "slow.yaml"]].concat();
    let mut command = folder.podbay(&words);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    up_to(&mut lines, "[patient] ready");
    signal(&child, "-TERM");
    signal(&child, "-HUP");
    up_to(&mut lines, "[podbay] stopping demo");
    std::fs::write(go, "").unwrap();
    up_to(&mut lines, "[podbay] demo has ended");
    ends(&mut child, 0);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_second_interrupt_kills_what_would_not_end() {
    let (_place, mut child, mut lines) = deaf("again");
    up_to(&mut lines, "[deaf] ready");
    interrupt(&child);
    up_to(&mut lines, "[podbay] stopping demo");
    assert_eq!(insist(&mut child), Some(1));
    let said = rest(child.stderr.take().unwrap());
    let end = "error: interrupted again before demo had ended; its processes were killed\n";
    assert!(said.ends_with(end), "{said}");
    assert!(!said.contains("no longer works"), "{said}");
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn an_interrupt_ends_a_podbay_that_waits_for_a_profile() {
    let serve = ["serve", "--cluster", "embedded", "--http", "off"];
    for words in [serve.as_slice(), &LAUNCH] {
        let folder = Folder::new("starting", CHATTY);
        let pipe = folder.0.join("profile.yaml");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut command = folder.podbay(&[words, &["--profile", "profile.yaml"]].concat());
        let mut podbay = Daemon(command.spawn().unwrap());
        // it can be opened so once podbay reads it, and is never written
        let mut writer = std::fs::OpenOptions::new();
        writer
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let _writer = loop {
            if let Ok(writer) = writer.open(&pipe) {
                break writer;
            }
            assert!(podbay.0.try_wait().unwrap().is_none(), "{words:?}");
            std::thread::sleep(Duration::from_millis(5));
        };
        interrupt(&podbay.0);
        ends(&mut podbay.0, 0);
    }
}

/// Killed at the end of the test, even if it fails.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_signal_ends_a_launch_whose_output_is_not_read_though_it_could_be() {
    let folder = Folder::new(
        "full-pipe",
        r#"<launch><executable cmd="yes" name="endless"/></launch>"#,
    );
    let mut child = Daemon(folder.launch());
    let output = child.0.stdout.take().unwrap();
    // until the pipe has no room for another line
    let mut full = 0;
    while full < 60_000 {
        assert!(child.0.try_wait().unwrap().is_none());
        full = rustix::io::ioctl_fionread(&output).unwrap();
    }
    interrupt(&child.0);
    ends(&mut child.0, 0);
    drop(output);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_signal_ends_a_launch_whose_errors_are_not_read_though_they_could_be() {
    let folder = Folder::new("full-errors", CHATTY);
    let (unread, full) = std::io::pipe().unwrap();
    let status = rustix::fs::fcntl_getfl(&full).unwrap();
    rustix::fs::fcntl_setfl(&full, status | OFlags::NONBLOCK).unwrap();
    while rustix::io::write(&full, &[b'\n'; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&full, status).unwrap();
    let mut command = folder.podbay(&LAUNCH);
    command
        .env("PODBAY_LOG", "debug")
        .stdout(Stdio::piped())
        .stderr(full);
    let mut child = Daemon(command.spawn().unwrap());
    // podbay handles the signal once it can write nothing but its output
    while !handles(&child.0, 2) {
        assert!(child.0.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child.0);
    assert!(child.0.wait().unwrap().code().is_some());
    drop(unread);
}

/// Whether a process has a handler for this signal.
fn handles(child: &Child, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_signal_ends_a_daemon_that_reads_a_kubeconfig_nobody_writes() {
    let folder = Folder::new("kubeconfig", "");
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = folder.podbay(&["serve", "--http", "off"]);
    let mut daemon = Daemon(command.env("KUBECONFIG", &pipe).spawn().unwrap());
    // opened once podbay reads it; closed only after podbay has ended
    let unwritten = std::fs::File::create(&pipe).unwrap();
    interrupt(&daemon.0);
    ends(&mut daemon.0, 0);
    drop(unwritten);
}

#[test]
fn a_signal_ends_a_translation_in_order() {
    let folder = Folder::new("translation", "");
    std::fs::write(folder.0.join("main.launch.py"), "").unwrap();
    std::fs::write(folder.0.join("image.yaml"), "image: i\n").unwrap();
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let words = [
        "translate",
        "main.launch.py",
        "--evaluate",
        "image",
        "--profile",
        "image.yaml",
    ];
    let mut command = folder.podbay(&words);
    let mut child = Daemon(command.env("KUBECONFIG", &pipe).spawn().unwrap());
    // opened once podbay looks for the cluster; closed only after podbay has ended
    let unwritten = std::fs::File::create(&pipe).unwrap();
    signal(&child.0, "-TERM");
    // the code of a command that ends by itself; one that is killed has none
    ends(&mut child.0, 143);
    drop(unwritten);
}

/// In place of Python, a program that never ends and keeps writing to the folder of its evaluation.
#[test]
fn a_signal_ends_an_evaluation_and_deletes_its_folder() {
    let folder = Folder::new("evaluation", "");
    std::fs::write(folder.0.join("main.launch.py"), "").unwrap();
    let program = folder.0.join("python3");
    std::fs::create_dir_all(folder.0.join("share/launch_ros")).unwrap();
    std::fs::create_dir(folder.0.join("temporary")).unwrap();
    let script =
        "#!/bin/sh\n: > \"$TMPDIR/../../started\"\nwhile : > \"$TMPDIR/$$\"; do rm \"$TMPDIR/$$\"; done\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = folder.podbay(&["translate", "main.launch.py", "--evaluate", "here"]);
    command
        .env("PATH", format!("{}:/usr/bin:/bin", folder.0.display()))
        .env("AMENT_PREFIX_PATH", &folder.0)
        .env("TMPDIR", folder.0.join("temporary"));
    let mut child = Daemon(command.stderr(Stdio::piped()).spawn().unwrap());
    while !folder.0.join("started").exists() {
        assert!(child.0.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child.0, "-TERM");
    ends(&mut child.0, 143);
    let left = std::fs::read_dir(folder.0.join("temporary")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn colours_of_a_log_are_kept_where_they_are_asked_for() {
    let file = r#"<launch><executable cmd="printf '\\033[31mred\\033[0m\\n'" name="a"/></launch>"#;
    let folder = Folder::new("colours", file);
    let launch = |variables: &[(&str, &str)]| {
        let mut command = folder.podbay(&LAUNCH);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (plain, coloured) = ("[a] red\n", "[a] \u{1b}[31mred\u{1b}[0m\n");
    for (variables, expected) in [
        ([].as_slice(), plain),
        (&[("CLICOLOR_FORCE", "1")], coloured),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], coloured),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], plain),
        (&[("CLICOLOR", "1")], plain),
        (&[("CLICOLOR_FORCE", "0")], plain),
    ] {
        let said = launch(variables);
        assert!(said.contains(expected), "{variables:?}: {said:?}");
    }
}

#[test]
fn text_that_is_not_unicode_is_an_error_or_left_out() {
    let file = r#"<launch><log message="$(command 'echo done')"/></launch>"#;
    let folder = Folder::new("unicode", file);
    let odd = OsStr::from_bytes(b"x\xff");
    let output = folder.podbay(&["translate"]).arg(odd).output().unwrap();
    check(
        &output,
        2,
        "error: the command line has \"x\\xFF\", which is not Unicode; rename it\n",
    );
    std::fs::write(folder.0.join("podbay.yaml"), "allow_command: true\n").unwrap();
    let words = ["translate", "main.launch.xml", "--config", "podbay.yaml"];
    let output = folder.podbay(&words).env("ODD", odd).output().unwrap();
    check(&output, 0, "");
}

#[test]
fn what_a_variable_for_the_log_cannot_say_is_named() {
    let folder = Folder::new("log", CHATTY);
    let mut command = folder.podbay(&LAUNCH);
    let output = command.env("PODBAY_LOG", "info,podbay=debg").output().unwrap();
    let said =
        "error: PODBAY_LOG: cannot parse \"podbay=debg\": \"debg\" is not a level; did you mean `debug`?\n";
    check(&output, 2, said);
    // also for a command that does not log
    let mut command = folder.podbay(&["translate", "main.launch.xml"]);
    let output = command.env("PODBAY_LOG", "info,podbay=debg").output().unwrap();
    check(&output, 2, said);
    let mut command = folder.podbay(&["status", "--cluster", "embedded"]);
    let output = command.env("PODBAY_LOG", OsStr::from_bytes(b"\xff")).output();
    check(&output.unwrap(), 2, "it is not UTF-8 text\n");
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn the_log_of_libraries_is_shown_where_it_is_asked_for() {
    let file = r#"<launch><executable cmd="true" name="a"/></launch>"#;
    let folder = Folder::new("rust-log", file);
    let said = |variable: &str, value: &str| {
        let output = folder.podbay(&LAUNCH).env(variable, value).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said("RUST_LOG", "rustdds=debug").contains("\n[rustdds"));
    assert!(said("PODBAY_LOG", "podbay=debug,mio=trace").contains("[mio"));
    assert!(!said("PODBAY_LOG", "debug,rustdds=off").contains("[rustdds"));
    let misspelt = said("PODBAY_LOG", "podbai=debug");
    let told =
        "[podbay] WARN PODBAY_LOG=podbai=debug logs nothing of podbay itself; did you mean `podbay`?\n";
    assert_eq!(misspelt, told);
}
