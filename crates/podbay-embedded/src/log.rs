//! Logs of containers: files of this machine, capped in size.
//!
//! ```text
//!   stdout, stderr ── pump ──► <pod>/logs/<container>/<run>.<segment> ──► tail, follow
//! ```
//!
//! A run's log is cut into segments of which the last two are kept; the last two runs of a container are kept.
//! Lines of both streams stand in the order they were written, whole.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, mem};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::watch;

/// A line longer than this is cut in pieces.
const LONGEST_LINE: u64 = 16 * 1024;

/// How much a reader takes at once.
const CHUNK: u64 = 64 * 1024;

/// How far a log has grown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    segment: u32,
    written: u64,
    ended: bool,
}

/// Log of one run of a container.
pub(super) struct Log {
    stem: PathBuf,
    segment_size: u64,
    file: Mutex<Option<fs::File>>,
    progress: watch::Sender<Progress>,
}

/// Logs of one container: the latest run and the one before.
pub(super) struct Logs {
    directory: PathBuf,
    segment_size: u64,
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    count: u32,
    latest: Option<Arc<Log>>,
    previous: Option<Arc<Log>>,
}

impl Logs {
    /// Logs below `directory`, each run at most about `size` bytes.
    pub(super) fn new(directory: PathBuf, size: u64) -> Self {
        Self {
            directory,
            segment_size: size / 2,
            runs: Mutex::default(),
        }
    }

    /// Log of a run that begins; the log of the run before the last is dropped.
    pub(super) fn begin(&self) -> io::Result<Arc<Log>> {
        fs::create_dir_all(&self.directory)?;
        let mut runs = self.runs();
        let log = Arc::new(Log::create(
            self.directory.join(runs.count.to_string()),
            self.segment_size,
        )?);
        runs.count += 1;
        let before = runs.latest.replace(Arc::clone(&log));
        if let Some(oldest) = mem::replace(&mut runs.previous, before) {
            oldest.delete();
        }
        Ok(log)
    }

    pub(super) fn latest(&self) -> Option<Arc<Log>> {
        self.runs().latest.clone()
    }

    pub(super) fn previous(&self) -> Option<Arc<Log>> {
        self.runs().previous.clone()
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn create(stem: PathBuf, segment_size: u64) -> io::Result<Self> {
        let log = Self {
            stem,
            segment_size,
            file: Mutex::default(),
            progress: watch::Sender::default(),
        };
        *log.file() = Some(fs::File::create(log.segment(0))?);
        Ok(log)
    }

    fn segment(&self, number: u32) -> PathBuf {
        self.stem.with_extension(number.to_string())
    }

    fn file(&self) -> MutexGuard<'_, Option<fs::File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies what a container writes, a line at a time, until it closes the stream.
    pub(super) async fn pump(self: Arc<Self>, from: impl AsyncRead + Unpin) -> io::Result<()> {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            line.clear();
            if (&mut from)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)
                .await?
                == 0
            {
                return Ok(());
            }
            if line.last() != Some(&b'\n') {
                line.push(b'\n');
            }
            self.append(&line)?;
        }
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file();
        let Some(open) = file.as_mut() else { return Ok(()) };
        open.write_all(line)?;
        let mut now = *self.progress.borrow();
        now.written += line.len() as u64;
        if now.written >= self.segment_size {
            now = Progress {
                segment: now.segment + 1,
                written: 0,
                ended: false,
            };
            *file = Some(fs::File::create(self.segment(now.segment))?);
            if let Some(oldest) = now.segment.checked_sub(2) {
                let _gone = fs::remove_file(self.segment(oldest));
            }
        }
        self.progress.send_replace(now);
        Ok(())
    }

    /// The run is over; nothing more comes.
    pub(super) fn end(&self) {
        *self.file() = None;
        self.progress.send_modify(|progress| progress.ended = true);
    }

    fn delete(&self) {
        let last = self.progress.borrow().segment;
        for number in last.saturating_sub(1)..=last {
            let _gone = fs::remove_file(self.segment(number));
        }
    }

    /// The last `tail` lines, or all that is kept for 0.
    pub(super) fn read(&self, tail: u32) -> io::Result<String> {
        let last = self.progress.borrow().segment;
        let mut bytes = Vec::new();
        for number in last.saturating_sub(1)..=last {
            bytes.extend(fs::read(self.segment(number)).or_else(none_if_missing)?);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(if tail == 0 {
            text.into_owned()
        } else {
            last_lines(&text, tail as usize)
        })
    }

    /// Reads the log from its start on, and waits for more until the run is over.
    pub(super) fn follow(self: Arc<Self>) -> Follow {
        let segment = self.progress.borrow().segment.saturating_sub(1);
        Follow {
            progress: self.progress.subscribe(),
            log: self,
            segment,
            file: None,
            cut: Vec::new(),
            ready: VecDeque::new(),
        }
    }
}

fn none_if_missing(error: io::Error) -> io::Result<Vec<u8>> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(Vec::new())
    } else {
        Err(error)
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    lines[lines.len().saturating_sub(count)..].concat()
}

/// A reader of a log that grows.
pub(super) struct Follow {
    log: Arc<Log>,
    progress: watch::Receiver<Progress>,
    segment: u32,
    file: Option<fs::File>,
    /// Start of a line whose end was not there yet.
    cut: Vec<u8>,
    ready: VecDeque<String>,
}

impl Follow {
    /// The next line; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<io::Result<String>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(Ok(line));
            }
            let seen = *self.progress.borrow_and_update();
            match self.read_more() {
                Err(error) => return Some(Err(error)),
                Ok(true) => {}
                Ok(false) if self.segment < seen.segment => self.advance(seen.segment),
                Ok(false) if seen.ended => return None,
                Ok(false) => drop(self.progress.changed().await),
            }
        }
    }

    /// To the next segment that is kept.
    fn advance(&mut self, newest: u32) {
        self.segment = (self.segment + 1).max(newest.saturating_sub(1));
        self.file = None;
    }

    /// True when there was something to read. A segment that is gone has nothing.
    fn read_more(&mut self) -> io::Result<bool> {
        let file = match &mut self.file {
            Some(file) => file,
            none => match fs::File::open(self.log.segment(self.segment)) {
                Ok(file) => none.insert(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            },
        };
        let count = file.take(CHUNK).read_to_end(&mut self.cut)?;
        let whole = self
            .cut
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.cut.drain(..whole).collect();
        self.ready
            .extend(String::from_utf8_lossy(&lines).lines().map(str::to_owned));
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            Self(std::env::temp_dir().join(format!("podbay-log-{test}-{}", std::process::id())))
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = fs::remove_dir_all(&self.0);
        }
    }

    async fn write(log: &Arc<Log>, text: &str) {
        Arc::clone(log).pump(text.as_bytes()).await.unwrap();
    }

    #[tokio::test]
    async fn lines_are_kept_whole_and_long_ones_are_cut() {
        let folder = Folder::new("lines");
        let log = Logs::new(folder.0.clone(), 1 << 20).begin().unwrap();
        write(&log, "one\n\ntwo").await;
        assert_eq!(log.read(0).unwrap(), "one\n\ntwo\n");
        assert_eq!(log.read(2).unwrap(), "\ntwo\n");
        let limit = LONGEST_LINE as usize;
        write(&log, &"x".repeat(limit + 1)).await;
        assert_eq!(log.read(2).unwrap(), format!("{}\nx\n", "x".repeat(limit)));
    }

    #[tokio::test]
    async fn a_log_never_grows_beyond_its_size() {
        let folder = Folder::new("size");
        let log = Logs::new(folder.0.clone(), 200).begin().unwrap();
        for number in 0..1000 {
            write(&log, &format!("line {number:04}\n")).await;
            assert!(log.read(0).unwrap().len() <= 200 + 10);
        }
        assert_eq!(folder.files().len(), 2);
        assert!(
            log.read(0).unwrap().lines().count() >= 10,
            "{}",
            log.read(0).unwrap()
        );
        assert_eq!(log.read(1).unwrap(), "line 0999\n");
    }

    #[tokio::test]
    async fn two_runs_are_kept() {
        let folder = Folder::new("runs");
        let logs = Logs::new(folder.0.clone(), 1 << 20);
        for run in ["a", "b", "c"] {
            let log = logs.begin().unwrap();
            write(&log, run).await;
            log.end();
        }
        assert_eq!(logs.latest().unwrap().read(0).unwrap(), "c\n");
        assert_eq!(logs.previous().unwrap().read(0).unwrap(), "b\n");
        assert_eq!(folder.files(), ["1.0", "2.0"]);
    }

    #[tokio::test]
    async fn a_follower_misses_nothing_it_can_keep_up_with() {
        let folder = Folder::new("follow");
        let log = Logs::new(folder.0.clone(), 2000).begin().unwrap();
        write(&log, "before\n").await;
        let mut follow = Arc::clone(&log).follow();
        assert_eq!(follow.next().await.unwrap().unwrap(), "before");
        for number in 0..500 {
            write(&log, &format!("{number}\n")).await;
            assert_eq!(follow.next().await.unwrap().unwrap(), number.to_string());
        }
        log.end();
        assert!(follow.next().await.is_none());
    }
}
