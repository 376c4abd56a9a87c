//! The shim: podbay run again as the parent of one container, so that nothing of it outlives podbay.
//!
//! ```text
//!   podbay ══ socket (stdin) ══ shim ── the container's process ── its children
//!             ► Spec, one line     sub-reaper: an orphan below it becomes its child, never init's
//!             ► 't', 'k'           SIGTERM to the container's process; SIGKILL to all of them
//!             ◄ Report, one line each
//! ```
//!
//! The socket is the lifeline. When podbay ends in any way, the kernel closes its side; the shim reads the end
//! of file and kills everything below it, including double-forked daemons. This needs neither root nor cgroups,
//! and unlike a parent-death signal does not depend on the thread of podbay that started the shim. When the
//! container's own process ends, the rest is killed too, as at the end of a PID namespace.
//!
//! The shim is a new process, not just a fork: it may allocate, start threads and change namespaces, and does
//! not keep podbay's memory.

mod mounts;
mod tree;

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::{env, thread};

use rustix::process::{
    Signal, WaitStatus, getpid, set_child_subreaper, set_parent_process_death_signal, setsid,
};
use serde::{Deserialize, Serialize};

use crate::open_files;
pub(crate) use tree::children;

use tree::Tree;

/// First argument of a shim. Internal, so not in the help.
pub(super) const COMMAND: &str = "container-shim";
/// Byte for sending SIGTERM to the container's process.
pub(super) const TERMINATE: u8 = b't';
/// Byte for sending SIGKILL to everything in the container.
pub(super) const KILL: u8 = b'k';

/// What to run, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spec {
    /// Program and arguments.
    pub(super) argv: Vec<String>,
    /// The complete environment.
    pub(super) env: BTreeMap<String, String>,
    /// Working directory; default: podbay's own.
    pub(super) cwd: Option<PathBuf>,
    /// Directories and files to mount in a private mount namespace.
    pub(super) mounts: Vec<Mount>,
    /// An empty directory for the shim's own mounts.
    pub(super) scratch: PathBuf,
    /// Process whose namespaces to join instead.
    pub(super) join: Option<i32>,
    /// Whether standard error is merged into standard output.
    pub(super) merged: bool,
}

/// Mounts `source` at `target`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mount {
    pub(super) source: PathBuf,
    pub(super) target: PathBuf,
    pub(super) read_only: bool,
}

/// Messages from the shim to podbay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Report {
    /// The process runs.
    Started { pid: i32 },
    /// It was not run.
    NotStarted(StartError),
    /// It has ended, and so has everything it had started.
    Ended { code: i32 },
}

/// Why a process was not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub(super) enum StartError {
    /// The program, its directory or its permissions are wrong.
    #[error("{0}")]
    Program(String),
    /// This machine does not permit mounts; it may work without.
    #[error("cannot mount volumes: {0}")]
    Mounts(String),
    /// podbay could not run itself as a shim.
    #[error("cannot run the shim of a container: {0}")]
    Shim(String),
}

/// Becomes a shim if the command line says so. Call before anything else in `main`.
pub fn run_if_asked() -> Option<ExitCode> {
    (env::args_os().nth(1)? == COMMAND).then(|| match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_lifeline_gone) => ExitCode::FAILURE,
    })
}

fn run() -> io::Result<()> {
    let mut link = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut orders = BufReader::new(link.try_clone()?);
    let mut line = String::new();
    orders.read_line(&mut line)?;
    let (open_files, spec): (Option<u64>, Spec) = serde_json::from_str(&line)?;
    // from now on, orphans below this process become its children
    set_child_subreaper(Some(getpid()))?;
    if let Some(soft) = open_files {
        let _as_podbay = open_files::set(soft);
    }
    let last = match start(&spec) {
        Ok(main) => {
            let main = Arc::new(main);
            report(&mut link, &Report::Started { pid: main.pid() })?;
            let ordered = Arc::clone(&main);
            thread::spawn(move || obey(orders, &ordered));
            let code = exit_code(main.outlive()?);
            Report::Ended { code }
        }
        Err(why) => Report::NotStarted(why),
    };
    report(&mut link, &last)
}

fn report(link: &mut UnixStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    link.write_all(&line)
}

/// Executes orders until the lifeline ends, then kills.
fn obey(mut orders: impl io::Read, main: &Tree) {
    let mut order = [KILL];
    loop {
        match orders.read(&mut order) {
            Ok(1) if order[0] == TERMINATE => main.signal(Signal::TERM),
            _ => return main.signal(Signal::KILL),
        }
    }
}

/// As in a shell: 128 + signal for a process that was ended by a signal.
fn exit_code(status: WaitStatus) -> i32 {
    let signal = || Some(128 + status.terminating_signal()?);
    status.exit_status().or_else(signal).unwrap_or(-1)
}

fn start(spec: &Spec) -> Result<Tree, StartError> {
    match spec.join {
        Some(pid) => mounts::join(pid).map_err(|error| StartError::Program(error.to_string()))?,
        None => mounts::enter(&spec.mounts, &spec.scratch)?,
    }
    let [program, args @ ..] = spec.argv.as_slice() else {
        return Err(StartError::Program("no command specified".to_owned()));
    };
    let child = command(program, args, spec)?.spawn();
    let tree = child.and_then(|child| Tree::of(&child));
    tree.map_err(|error| not_run(program, &error))
}

fn command(program: &str, args: &[String], spec: &Spec) -> Result<Command, StartError> {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(&spec.env)
        .stdin(Stdio::null());
    if let Some(cwd) = &spec.cwd {
        // `spawn` would report a missing directory as a missing program
        if !cwd.is_dir() {
            let why = format!("workingDir {cwd:?}: no such directory on this machine");
            return Err(StartError::Program(why));
        }
        command.current_dir(cwd);
    }
    if spec.merged {
        let output = io::stdout().as_fd().try_clone_to_owned();
        command.stderr(output.map_err(|error| StartError::Shim(error.to_string()))?);
    }
    apart(&mut command);
    Ok(command)
}

/// Puts the command into its own session, and has it killed if its shim is killed.
#[allow(unsafe_code)]
fn apart(command: &mut Command) {
    let prepare = || {
        setsid()?;
        Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
    };
    // SAFETY: runs between fork and exec; two system calls that only affect the new process; the closure
    // neither allocates nor takes locks.
    unsafe { command.pre_exec(prepare) };
}

/// The message of a container runtime.
fn not_run(program: &str, error: &io::Error) -> StartError {
    let what = match error.kind() {
        io::ErrorKind::NotFound if program.contains('/') => {
            format!("stat {program}: no such file or directory")
        }
        io::ErrorKind::NotFound => "executable file not found in $PATH".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    StartError::Program(format!("exec: {program:?}: {what}"))
}
