//! Evaluation by ROS's own engine in a child process, if ROS 2 is sourced.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use tempfile::TempDir;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::deletion::Cleanup;
use super::recorder::{self, Recording};
use super::{Evaluated, Task, more_time};
use podbay_core::request::{Caller, Refusal};
use podbay_embedded::{Program, ProgramError, ProgramOutput};
use podbay_launch_file::{Options, Source};

/// Why it is not possible.
pub(super) const MISSING: &str = "no ROS 2 is sourced (no prefix of AMENT_PREFIX_PATH has launch_ros); run `. \
     /opt/ros/DISTRO/setup.sh` first";

/// Variables with which Python and ROS are found, for callers who see nothing else of the environment.
const NEEDED: [&str; 4] = ["AMENT_PREFIX_PATH", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"];

/// Whether ROS 2 is sourced.
pub(super) fn is_possible(options: &Options) -> bool {
    let prefixes = options.package_prefixes.iter();
    prefixes
        .map(|prefix| prefix.join("share/launch_ros"))
        .any(|share| share.is_dir())
}

/// Evaluates in a child process.
pub(super) async fn evaluate(
    task: Task<'_>,
    limit: Duration,
    cleanup: &Cleanup,
) -> Result<Evaluated, Refusal> {
    if !is_possible(task.options) {
        return Err(format!("cannot evaluate a launch file on this machine: {MISSING}").into());
    }
    let mut evaluation = ChildEvaluation::prepare(task, limit, cleanup).await?;
    let evaluated = evaluation.evaluated().await;
    evaluation.end().await;
    evaluated
}

/// One evaluation in a child process.
struct ChildEvaluation<'a> {
    task: Task<'a>,
    /// Time limit of ROS's engine.
    limit: Duration,
    /// Begins every line of the recording.
    mark: String,
    /// The recorder, and what the launch file writes.
    folder: Option<TempDir>,
    /// Path of the launch file.
    input: PathBuf,
    cleanup: &'a Cleanup,
    /// podbay does not end before the folder is deleted.
    _unfinished: TaskTrackerToken,
}

/// For a caller who leaves.
impl Drop for ChildEvaluation<'_> {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            self.cleanup.delete_folder(folder);
        }
    }
}

impl<'a> ChildEvaluation<'a> {
    async fn prepare(task: Task<'a>, limit: Duration, cleanup: &'a Cleanup) -> Result<Self, Refusal> {
        let unfinished = cleanup.folder_token();
        let source = task.source.clone();
        // with its token, for a caller who leaves meanwhile
        let write = move || (write(&source), unfinished);
        let (written, _unfinished) = task.turns.take(task.caller, task.limits, write).await?;
        let (folder, input) = written.map_err(|error| format!("cannot write a temporary file: {error}"))?;
        Ok(Self {
            task,
            limit,
            mark: recorder::mark(),
            folder: Some(folder),
            input,
            cleanup,
            _unfinished,
        })
    }

    async fn evaluated(&self) -> Result<Evaluated, Refusal> {
        let finished = self.run().await?;
        self.read(finished).await
    }

    /// Deletes the folder, with what the launch file left in it.
    async fn end(&mut self) {
        if let Some(folder) = self.folder.take() {
            let _ = self.cleanup.delete_folder(folder).await;
        }
    }

    fn program(&self) -> Program {
        let folder = self.folder.as_ref().map_or(Path::new(""), TempDir::path);
        let recorder = folder.join(recorder::FOLDER).display().to_string();
        let mut argv = vec!["python3".to_owned(), recorder];
        let commands = self.task.options.commands.is_some();
        argv.extend(recorder::arguments(&self.mark, self.task, &self.input, commands));
        Program {
            argv,
            env: environment(self.task, folder),
            time: self.limit,
            output: recorder::LIMIT,
            ..Program::default()
        }
    }

    async fn run(&self) -> Result<ProgramOutput, Refusal> {
        let finished = self.program().run().await.map_err(|error| {
            let name = self.task.source.name();
            let help = match error {
                ProgramError::TooLong(_) => more_time(self.task.caller),
                ProgramError::NotStarted(_) | ProgramError::TooMuch(_) => "",
            };
            format!("ROS's own engine failed to evaluate {name}: {error}{help}")
        })?;
        Ok(finished)
    }

    /// The result in the output of the child process.
    async fn read(&self, finished: ProgramOutput) -> Result<Evaluated, Refusal> {
        let (task, mark, input) = (self.task, self.mark.clone(), self.input.clone());
        let (name, limits) = (task.source.name(), task.limits.clone());
        let read = move || {
            let evaluated = recording(&finished, &mark).evaluated(&input, &name, &limits);
            evaluated.ok_or_else(|| not_recorded(&finished, &name))
        };
        task.turns.take(task.caller, task.limits, read).await?
    }
}

fn recording(finished: &ProgramOutput, mark: &str) -> Recording {
    let mut recording = Recording::new(mark);
    for line in String::from_utf8_lossy(&finished.stdout).lines() {
        recording.take(line);
    }
    recording
}

/// The error for a child process that ended without a complete recording.
fn not_recorded(finished: &ProgramOutput, name: &str) -> Refusal {
    let errors = String::from_utf8_lossy(&finished.stderr);
    let last = errors.lines().last().unwrap_or("it printed nothing");
    Refusal::from(format!(
        "ROS's own engine did not evaluate {name} (exit code {}): {last}",
        finished.exit_code
    ))
}

/// The environment that the launch file sees.
fn environment(task: Task<'_>, folder: &Path) -> BTreeMap<String, String> {
    let mut environment = task.options.environment.clone();
    if let Caller::Graph(_) = task.caller {
        environment.insert("HOME".to_owned(), folder.display().to_string());
        let needed = NEEDED
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), task.machine.get(name)?.clone())));
        environment.extend(needed);
    }
    let prefixes = task.options.package_prefixes.iter().map(|prefix| {
        let prefix = std::path::absolute(prefix).unwrap_or_else(|_| prefix.clone());
        prefix.display().to_string()
    });
    environment.insert(
        "AMENT_PREFIX_PATH".to_owned(),
        prefixes.collect::<Vec<_>>().join(":"),
    );
    environment.insert("TMPDIR".to_owned(), folder.display().to_string());
    environment
}

/// Writes the recorder, and the file of `source` if necessary; returns their folder and the file's path.
fn write(source: &Source) -> io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("podbay-evaluate-").tempdir()?;
    fs::create_dir(folder.path().join(recorder::FOLDER))?;
    for (name, text) in recorder::FILES {
        fs::write(folder.path().join(recorder::FOLDER).join(name), text)?;
    }
    let file = match source {
        Source::File(path) => path.clone(),
        Source::Package { file, .. } => file.into(),
        Source::Text { text, .. } => {
            let path = folder.path().join(recorder::file_name(source));
            fs::write(&path, text)?;
            path
        }
    };
    Ok((folder, file))
}
