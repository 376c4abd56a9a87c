//! Logs of containers: files of limited size.
//!
//! ```text
//!   stdout, stderr ── pump ──► <pod>/logs/<container>/<run>.<segment> ──► tail, follow
//! ```
//!
//! A run's log is split into segments, of which the last two are kept; the last two runs of a container are
//! kept. Complete lines of both streams are in the order in which they were written.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

use futures::stream::{self, Stream};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::watch;

/// Bytes to keep of one run of a container.
pub(super) const SIZE: u64 = 10 * 1024 * 1024;

/// Longer lines are split.
const LONGEST_LINE: u64 = 16 * 1024;

/// The end of a log.
#[derive(Clone, Copy, Default)]
struct Progress {
    segment: u32,
    written: u64,
    ended: bool,
}

/// Log of one run of a container.
pub(super) struct Log {
    run: u32,
    stem: PathBuf,
    segment_size: u64,
    /// File of the latest segment; unset once the run is over.
    file: Mutex<Option<fs::File>>,
    progress: watch::Sender<Progress>,
}

/// Logs of one container.
pub(super) struct Logs {
    directory: PathBuf,
    segment_size: u64,
    /// The previous run, if there was one, and the latest.
    runs: Mutex<Vec<Arc<Log>>>,
}

impl Logs {
    /// Logs in `directory`, of at most about `size` bytes per run.
    pub(super) fn new(directory: PathBuf, size: u64) -> Self {
        Self {
            directory,
            segment_size: size / 2,
            runs: Mutex::default(),
        }
    }

    /// Begins the log of a run; drops the log of the run before the last.
    pub(super) fn begin(&self) -> io::Result<Arc<Log>> {
        fs::create_dir_all(&self.directory)?;
        let mut runs = self.runs.lock();
        let run = runs.last().map_or(0, |latest| latest.run + 1);
        let log = Arc::new(Log {
            run,
            stem: self.directory.join(run.to_string()),
            segment_size: self.segment_size,
            file: Mutex::default(),
            progress: watch::Sender::default(),
        });
        *log.file.lock() = Some(fs::File::create(log.path(0))?);
        runs.push(Arc::clone(&log));
        if runs.len() > 2 {
            let oldest = runs.remove(0);
            oldest.kept().for_each(|segment| oldest.remove(segment));
        }
        Ok(log)
    }

    /// The log of the latest run, or of the previous one.
    pub(super) fn get(&self, previous: bool) -> Option<Arc<Log>> {
        self.runs.lock().iter().rev().nth(previous.into()).cloned()
    }
}

impl Log {
    fn path(&self, segment: u32) -> PathBuf {
        self.stem.with_extension(segment.to_string())
    }

    /// Segments that are kept.
    fn kept(&self) -> std::ops::RangeInclusive<u32> {
        let last = self.progress.borrow().segment;
        last.saturating_sub(1)..=last
    }

    fn remove(&self, segment: u32) {
        let _gone = fs::remove_file(self.path(segment));
    }

    /// Copies the output of a container line by line, until it closes the stream.
    pub(super) async fn pump(self: Arc<Self>, from: impl AsyncRead + Unpin) -> io::Result<()> {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            let mut rest = (&mut from).take(LONGEST_LINE);
            if rest.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            if line.last() != Some(&b'\n') {
                line.push(b'\n');
            }
            self.append(&line)?;
            line.clear();
        }
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock();
        let Some(open) = file.as_mut() else { return Ok(()) };
        open.write_all(line)?;
        let mut now = *self.progress.borrow();
        now.written += line.len() as u64;
        if now.written >= self.segment_size {
            (now.segment, now.written) = (now.segment + 1, 0);
            *file = Some(fs::File::create(self.path(now.segment))?);
            if let Some(oldest) = now.segment.checked_sub(2) {
                self.remove(oldest);
            }
        }
        self.progress.send_replace(now);
        Ok(())
    }

    /// Ends the log of the run.
    pub(super) fn end(&self) {
        *self.file.lock() = None;
        self.progress.send_modify(|progress| progress.ended = true);
    }

    /// The last `tail` lines; all for 0.
    pub(super) fn read(&self, tail: u32) -> io::Result<String> {
        let mut bytes = Vec::new();
        for segment in self.kept() {
            match fs::read(self.path(segment)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                read => bytes.extend(read?),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let skipped = match tail {
            0 => 0,
            _ => lines.len().saturating_sub(tail as usize),
        };
        Ok(lines[skipped..].concat())
    }

    /// The lines of the log from its start, and as they are written, until the run is over.
    pub(super) fn follow(self: Arc<Self>) -> impl Stream<Item = io::Result<String>> {
        let follow = Follow {
            progress: self.progress.subscribe(),
            segment: *self.kept().start(),
            log: self,
            file: None,
            line: Vec::new(),
        };
        stream::try_unfold(follow, async |mut follow| {
            let line = follow.next().await?;
            Ok(line.map(|line| (line, follow)))
        })
    }
}

/// Reads a growing log.
struct Follow {
    log: Arc<Log>,
    progress: watch::Receiver<Progress>,
    segment: u32,
    file: Option<io::BufReader<fs::File>>,
    /// A line that may be incomplete yet.
    line: Vec<u8>,
}

impl Follow {
    /// The next line; `None` after the last.
    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let end = *self.progress.borrow_and_update();
            if self.read_line()? {
                let line = std::mem::take(&mut self.line);
                let line = String::from_utf8_lossy(&line);
                return Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()));
            }
            if self.segment < end.segment {
                // continue with the next segment that is kept
                self.segment = (self.segment + 1).max(end.segment - 1);
                self.file = None;
            } else if end.ended {
                return Ok(None);
            } else {
                let _log_gone = self.progress.changed().await;
            }
        }
    }

    /// Returns whether there was a complete line. A dropped segment is empty.
    fn read_line(&mut self) -> io::Result<bool> {
        let file = match &mut self.file {
            Some(file) => file,
            none => match fs::File::open(self.log.path(self.segment)) {
                Ok(file) => none.insert(io::BufReader::new(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            },
        };
        file.read_until(b'\n', &mut self.line)?;
        Ok(self.line.last() == Some(&b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::TryStreamExt;

    use super::*;

    /// Logs of at most `size` bytes a run, in a folder that is removed with the test.
    fn logs(size: u64) -> (tempfile::TempDir, Logs) {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::new(folder.path().to_owned(), size);
        (folder, logs)
    }

    fn files(folder: &tempfile::TempDir) -> Vec<String> {
        let files = fs::read_dir(folder.path()).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn write(log: &Arc<Log>, text: &str) {
        Arc::clone(log).pump(text.as_bytes()).await.unwrap();
    }

    #[tokio::test]
    async fn lines_are_kept_whole_and_long_ones_are_cut() {
        let (_folder, logs) = logs(1 << 20);
        let log = logs.begin().unwrap();
        write(&log, "one\n\ntwo").await;
        assert_eq!(log.read(0).unwrap(), "one\n\ntwo\n");
        assert_eq!(log.read(2).unwrap(), "\ntwo\n");
        let limit = LONGEST_LINE as usize;
        write(&log, &"x".repeat(limit + 1)).await;
        assert_eq!(log.read(2).unwrap(), format!("{}\nx\n", "x".repeat(limit)));
    }

    #[tokio::test]
    async fn a_log_never_grows_beyond_its_size() {
        let (folder, logs) = logs(200);
        let log = logs.begin().unwrap();
        for number in 0..1000 {
            write(&log, &format!("line {number:04}\n")).await;
            assert!(log.read(0).unwrap().len() <= 200 + 10);
        }
        assert_eq!(files(&folder).len(), 2);
        let kept = log.read(0).unwrap();
        assert!(kept.lines().count() >= 10, "{kept}");
        assert_eq!(log.read(1).unwrap(), "line 0999\n");
    }

    #[tokio::test]
    async fn two_runs_are_kept() {
        let (folder, logs) = logs(1 << 20);
        for run in ["a", "b", "c"] {
            let log = logs.begin().unwrap();
            write(&log, run).await;
            log.end();
        }
        assert_eq!(logs.get(false).unwrap().read(0).unwrap(), "c\n");
        assert_eq!(logs.get(true).unwrap().read(0).unwrap(), "b\n");
        assert_eq!(files(&folder), ["1.0", "2.0"]);
    }

    #[tokio::test]
    async fn a_follower_misses_nothing_it_can_keep_up_with() {
        let (_folder, logs) = logs(2000);
        let log = logs.begin().unwrap();
        write(&log, "before\n").await;
        let mut follow = pin!(Arc::clone(&log).follow());
        assert_eq!(follow.try_next().await.unwrap().unwrap(), "before");
        for number in 0..500 {
            write(&log, &format!("{number}\n")).await;
            assert_eq!(follow.try_next().await.unwrap().unwrap(), number.to_string());
        }
        log.end();
        assert_eq!(follow.try_next().await.unwrap(), None);
    }
}
