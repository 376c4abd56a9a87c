//! One run of one container: start, probe, stop, and the news of it for the pod's worker.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::exec::Place;
use super::probe::{self, Purpose, Verdict};
use super::process::Process;
use super::recipe::NotStarted;
use super::record::Ended;
use super::site::{Running, Site};
use super::state::Slot;
use podbay_core::grace;

/// How long to wait for the rest of the output of a container whose processes are all gone.
const OUTPUT_WAIT: Duration = Duration::from_secs(1);

/// When everything must be gone; unset while it may run.
pub(super) type Deadline = Option<Instant>;

/// What happened to a container.
pub(super) enum Happened {
    Started { pid: i32, since: Timestamp },
    NotStarted(NotStarted),
    Probed(Verdict),
    Ended(Ended),
}

/// Where news of a pod's containers goes.
pub(super) type News = mpsc::Sender<(Slot, Happened)>;

/// A run to come.
pub(super) struct Run {
    pub(super) site: Arc<Site>,
    pub(super) slot: Slot,
    pub(super) container: k8s::Container,
    /// Grace for a container that fails its probes.
    pub(super) grace: Duration,
    /// Set or shortened to stop the run.
    pub(super) stop: watch::Sender<Deadline>,
    pub(super) news: News,
}

impl Run {
    /// Starts the container and stays with it until it has ended.
    pub(super) async fn perform(self) {
        let last = match self.site.start(&self.container).await {
            Ok(running) => Happened::Ended(self.attend(running).await),
            Err(why) => Happened::NotStarted(why),
        };
        self.tell(last).await;
    }

    async fn tell(&self, happened: Happened) {
        let _worker_gone = self.news.send((self.slot, happened)).await;
    }

    async fn attend(&self, running: Running) -> Ended {
        let Running {
            mut process,
            place,
            log,
            output,
        } = running;
        let since = Timestamp::now();
        let mut pumps = JoinSet::new();
        pumps.spawn(Arc::clone(&log).pump(output.stdout));
        pumps.spawn(Arc::clone(&log).pump(output.stderr));
        self.tell(Happened::Started {
            pid: place.pid,
            since,
        })
        .await;
        let code = tokio::select! {
            code = process.ended() => code,
            () = self.probe(&place) => self.stop(&mut process, &place).await,
            () = ordered(self.stop.subscribe()) => self.stop(&mut process, &place).await,
        };
        self.site.forget_place(&self.container.name);
        let _leftover = timeout(OUTPUT_WAIT, pumps.join_all()).await;
        log.end();
        Ended::with_code(code, since)
    }

    /// Passes verdicts on until one asks for an end.
    async fn probe(&self, place: &Place) {
        let (told, mut verdicts) = mpsc::channel(4);
        let listen = async {
            while let Some(verdict) = verdicts.recv().await {
                self.tell(Happened::Probed(verdict)).await;
                if verdict.purpose != Purpose::Readiness && !verdict.good {
                    return self.fail(verdict.purpose);
                }
            }
        };
        tokio::select! {
            () = listen => {}
            () = async { probe::watch(&self.container, place, &told).await; std::future::pending().await } => {}
        }
    }

    fn fail(&self, purpose: Purpose) {
        let name = &self.container.name;
        tracing::info!("container {name} failed its {purpose:?} probe and is stopped");
        let probe = match purpose {
            Purpose::Startup => &self.container.startup_probe,
            _ => &self.container.liveness_probe,
        };
        let own = probe
            .as_ref()
            .and_then(|probe| probe.termination_grace_period_seconds)
            .filter(|&seconds| seconds >= 0);
        shorten(
            &self.stop,
            Instant::now() + own.map_or(self.grace, grace::of_seconds),
        );
    }

    /// preStop, SIGTERM, and SIGKILL once the deadline is over.
    async fn stop(&self, process: &mut Process, place: &Place) -> i32 {
        let mut deadline = self.stop.subscribe();
        tokio::select! {
            code = process.ended() => return code,
            () = self.pre_stop(place) => process.terminate().await,
            () = expired(&mut deadline) => {}
        }
        tokio::select! {
            code = process.ended() => return code,
            () = expired(&mut deadline) => {}
        }
        process.kill().await;
        process.ended().await
    }

    async fn pre_stop(&self, place: &Place) {
        let hook = self
            .container
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        let Some(handler) = hook else { return };
        if let Some(exec) = &handler.exec {
            let command = exec.command.as_deref().unwrap_or_default();
            if let Err(error) = place.run(command, self.grace).await {
                tracing::warn!("preStop hook of container {}: {error}", self.container.name);
            }
        } else if let Some(pause) = &handler.sleep {
            tokio::time::sleep(Duration::from_secs(pause.seconds.unsigned_abs())).await;
        }
    }
}

/// Sets a deadline, or brings it forward.
pub(super) fn shorten(stop: &watch::Sender<Deadline>, to: Instant) {
    stop.send_if_modified(|deadline| {
        let sooner = deadline.is_none_or(|now| to < now);
        if sooner {
            *deadline = Some(to);
        }
        sooner
    });
}

/// Waits for a deadline to be set.
pub(super) async fn ordered(mut stop: watch::Receiver<Deadline>) {
    if stop.wait_for(Option::is_some).await.is_err() {
        std::future::pending().await
    }
}

/// Waits until the deadline, wherever it is moved meanwhile, is over.
async fn expired(stop: &mut watch::Receiver<Deadline>) {
    loop {
        let deadline = *stop.borrow_and_update();
        let over = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => return,
            Ok(()) = stop.changed() => {}
        }
    }
}
