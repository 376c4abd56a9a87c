//! One run of one container: start, probes and stop, all recorded in the pod's status.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::deadline::at;
use super::exec::Place;
use super::probe::{self, Purpose};
use super::process::Process;
use super::record::ended;
use super::site::{Running, Site};
use super::state::Slot;
use podbay_core::grace;

/// How long to wait for the remaining output of a container whose processes have ended.
const OUTPUT_WAIT: Duration = Duration::from_secs(1);

/// A future run.
pub(super) struct Run {
    pub(super) site: Arc<Site>,
    pub(super) slot: Slot,
}

impl Run {
    /// Starts the container, and returns when it has ended.
    pub(super) async fn perform(self) {
        let (site, slot) = (&self.site, self.slot);
        let Some(container) = site.container(slot) else {
            return;
        };
        match site.start(container).await {
            Ok(running) => {
                let since = Timestamp::now();
                site.note(|records| records.on_started(slot, running.place.pid, since));
                let code = self.attend(container, running).await;
                site.note(|records| records.on_ended(slot, ended(code, since), Instant::now()));
            }
            Err(why) => site.note(|records| records.on_not_started(slot, why, Instant::now())),
        }
    }

    /// Exit code of the container, once it has ended.
    async fn attend(&self, container: &k8s::Container, running: Running) -> i32 {
        let Running {
            mut process,
            output,
            place,
            log,
        } = running;
        let mut pumps = JoinSet::new();
        pumps.spawn(Arc::clone(&log).pump(output.stdout));
        pumps.spawn(Arc::clone(&log).pump(output.stderr));
        let tell = |purpose, good| {
            self.site
                .note(|records| records.on_probed(self.slot, purpose, good))
        };
        let code = tokio::select! {
            code = process.ended() => code,
            failed = probe::watch(container, &place, &tell) => {
                let by = self.deadline_after(container, failed);
                self.stop(container, &mut process, &place, Some(by)).await
            }
            () = self.site.stop.set() => self.stop(container, &mut process, &place, None).await,
        };
        self.site.forget_place(&container.name);
        let _leftover = timeout(OUTPUT_WAIT, pumps.join_all()).await;
        log.end();
        code
    }

    /// Deadline of a container that failed this probe.
    fn deadline_after(&self, container: &k8s::Container, failed: Purpose) -> Instant {
        let name = &container.name;
        tracing::info!("container {name} failed its {failed:?} probe and is stopped");
        let own = failed
            .of(container)
            .and_then(|probe| probe.termination_grace_period_seconds);
        Instant::now() + own.map_or(self.site.grace(), grace::of_seconds)
    }

    /// Runs preStop, sends SIGTERM, and sends SIGKILL after its deadline or that of the pod.
    async fn stop(
        &self,
        container: &k8s::Container,
        process: &mut Process,
        place: &Place,
        by: Option<Instant>,
    ) -> i32 {
        let over = async {
            tokio::select! {
                () = at(by.map(Into::into)) => {}
                () = self.site.stop.over() => {}
            }
        };
        tokio::pin!(over);
        tokio::select! {
            code = process.ended() => return code,
            () = self.pre_stop(container, place) => {
                process.terminate().await;
                tokio::select! {
                    code = process.ended() => return code,
                    () = &mut over => {}
                }
            }
            () = &mut over => {}
        }
        process.kill().await;
        process.ended().await
    }

    async fn pre_stop(&self, container: &k8s::Container, place: &Place) {
        let hook = container.lifecycle.as_ref();
        let Some(hook) = hook.and_then(|lifecycle| lifecycle.pre_stop.as_ref()) else {
            return;
        };
        if let Some(exec) = &hook.exec {
            let command = exec.command.as_deref().unwrap_or_default();
            if let Err(error) = place.run(command, self.site.grace()).await {
                tracing::warn!("preStop hook of container {}: {error}", container.name);
            }
        } else if let Some(pause) = &hook.sleep {
            tokio::time::sleep(Duration::from_secs(pause.seconds.unsigned_abs())).await;
        }
    }
}
