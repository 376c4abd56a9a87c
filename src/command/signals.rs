//! SIGINT, SIGTERM and SIGHUP: each asks podbay to end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use crate::terminal::patient;

/// Signals within this time count as one: a terminal that closes sends SIGHUP in addition to the SIGTERM of
/// whoever closed it, and a wrapper forwards the Ctrl-C that podbay has already received. A user needs longer
/// to press it twice.
const TOGETHER: Duration = Duration::from_millis(200);

/// Buffered signals. More than two make no difference.
const WAITING: usize = 4;

/// Waits for a signal to end.
pub(super) struct Signals {
    wishes: mpsc::Receiver<&'static str>,
}

impl Signals {
    /// From now on, these signals do not end the process by themselves.
    pub(super) fn listen() -> Result<Self> {
        let (sender, wishes) = mpsc::channel(WAITING);
        let (started, start) = std::sync::mpsc::channel();
        // not in a task: all workers of podbay's runtime may be writing to a pipe that nobody reads
        std::thread::spawn(move || run(sender, &started));
        start.recv().context("cannot handle signals")??;
        Ok(Self { wishes })
    }

    /// Waits for the next signal, and returns its name.
    pub(super) async fn next(&mut self) -> &'static str {
        match self.wishes.recv().await {
            Some(name) => name,
            None => std::future::pending().await,
        }
    }
}

/// Forwards signals until the process ends. Sends on `started` whether it can.
fn run(sender: mpsc::Sender<&'static str>, started: &std::sync::mpsc::Sender<io::Result<()>>) {
    let runtime = match Builder::new_current_thread().enable_io().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    runtime.block_on(async {
        match Streams::open() {
            Ok(streams) => {
                let _ = started.send(Ok(()));
                streams.forward(sender).await;
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
}

/// The exit code of a shell's command that this signal ended.
fn exit_code(signal: &str) -> u8 {
    128 + match signal {
        "SIGHUP" => 1,
        "SIGTERM" => 15,
        _ => 2,
    }
}

/// Runs `work`, the whole of a command. A signal ends it once `last` is done; a second signal ends it at once.
pub(super) async fn unless_interrupted(
    work: impl Future<Output = Result<u8>>,
    last: impl Future<Output = ()>,
) -> Result<u8> {
    let mut signals = Signals::listen()?;
    let signal = {
        let mut work = pin!(work);
        tokio::select! {
            done = &mut work => return done,
            signal = signals.next() => signal,
        }
    };
    tokio::select! {
        () = last => {}
        _ = signals.next() => {}
    }
    Ok(exit_code(signal))
}

struct Streams {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Streams {
    fn open() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            // nohup starts podbay with SIGHUP ignored
            hangup: match is_ignored(SignalKind::hangup()) {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Sends the name of each signal as it arrives, even if nobody is waiting for one.
    async fn forward(mut self, sender: mpsc::Sender<&'static str>) {
        let mut wish = Wish::default();
        loop {
            let name = self.next().await;
            if wish.is_new(Instant::now()) {
                // further signals make no difference
                let _ = sender.try_send(name);
                // the receiver may be writing to a pipe that nobody reads, or have ended and say why
                patient::hurry();
            }
        }
    }

    async fn next(&mut self) -> &'static str {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = hangup => "SIGHUP",
        }
    }
}

/// Time of the last signal that counted.
#[derive(Default)]
struct Wish(Option<Instant>);

impl Wish {
    /// Whether a signal at `now` counts separately.
    fn is_new(&mut self, now: Instant) -> bool {
        let same = |last: Instant| now.saturating_duration_since(last) < TOGETHER;
        let is_new = !self.0.is_some_and(same);
        if is_new {
            self.0 = Some(now);
        }
        is_new
    }
}

/// Whether this process was started with the signal ignored.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0) >> (kind.as_raw_value() - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_that_come_together_are_one_wish() {
        let (mut wish, start) = (Wish::default(), Instant::now());
        let new = [0, 0, 199, 200, 399, 401].map(|millis| wish.is_new(start + Duration::from_millis(millis)));
        assert_eq!(new, [true, false, false, true, false, true]);
    }
}
