//! A program that is no pod: run to its end, within bounds, and with everything it starts gone afterwards.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, io, process};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::process::{Output, Process};
use super::shim::Spec;

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// How long it may take.
    pub time: Duration,
    /// How many bytes it may write to standard output, and to standard error.
    pub output: usize,
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Exit code.
    pub code: i32,
    /// Standard output, lossily decoded.
    pub stdout: String,
    /// Standard error, lossily decoded; what exceeds the limit is left out.
    pub stderr: String,
}

/// Why a program came to no end of its own. Trying again unchanged may help only if the machine was busy.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProgramError {
    #[error("{0}")]
    NotStarted(String),
    #[error("it did not end within {} s and was killed", .0.as_secs())]
    TooLong(Duration),
    #[error("it wrote more than {0} bytes and was killed")]
    TooMuch(usize),
}

impl Program {
    /// Runs it. When this ends, or is dropped, or podbay ends in whatever way, nothing of the program is left.
    pub async fn run(&self) -> Result<Finished, ProgramError> {
        match timeout(self.time, self.to_its_end()).await {
            Ok(finished) => finished,
            Err(_) => Err(ProgramError::TooLong(self.time)),
        }
    }

    async fn to_its_end(&self) -> Result<Finished, ProgramError> {
        let spec = Spec {
            argv: self.argv.clone(),
            env: self.env.clone(),
            ..Spec::default()
        };
        let started = Process::start(Path::new("/proc/self/exe"), "evaluate", &spec).await;
        let (mut process, output) = started.map_err(|error| ProgramError::NotStarted(error.to_string()))?;
        let Output {
            mut stdout,
            mut stderr,
        } = output;
        let stdout = async {
            let text = read(&mut stdout, self.output).await;
            match stdout.read_u8().await {
                Ok(_) => Err(ProgramError::TooMuch(self.output)),
                Err(_) => Ok(text),
            }
        };
        let stderr = async {
            let text = read(&mut stderr, self.output).await;
            // Read on, so that nobody waits for room in the pipe.
            let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
            Ok(text)
        };
        let ended = async { Ok(process.ended().await) };
        let (stdout, stderr, code) = tokio::try_join!(stdout, stderr, ended)?;
        Ok(Finished { code, stdout, stderr })
    }
}

/// The first `limit` bytes.
async fn read(from: &mut (impl AsyncRead + Unpin), limit: usize) -> String {
    let mut kept = Vec::new();
    // A pipe that breaks ends what is read from it.
    let _ = from.take(limit as u64).read_to_end(&mut kept).await;
    String::from_utf8_lossy(&kept).into_owned()
}

/// A private temporary folder; it goes with everything that is left in it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one, for `purpose`.
    pub fn new(purpose: &str) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("podbay-{purpose}-{}-{count}", process::id());
            let path = env::temp_dir().join(name);
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Another user's, or what a podbay of the same process id left behind.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the file `name`, below folders that are made; gives its path.
    pub fn write(&self, name: &Path, text: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
