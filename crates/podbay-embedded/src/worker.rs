//! One task per pod: starts what [`super::state`] decides until the pod is deleted, and ends with the last of
//! its processes.
//!
//! ```text
//!   delete ── deadline ─┬──► worker ── starts ──► run (one per running container) ── shim ── process
//!                       └─────────────────────────► │
//!                                                   └──► containers ──► store: status
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::container::ended;
use super::deadline::at;
use super::exec::ExecContext;
use super::probe;
use super::process::Process;
use super::site::Site;
use super::start::Running;
use super::state::Slot;
use podbay_core::grace;

/// How long to wait for the remaining output of a container whose processes have ended.
const OUTPUT_WAIT: Duration = Duration::from_secs(1);

/// Runs the pod until it is deleted and its processes have ended.
pub(super) async fn work(site: Arc<Site>) {
    site.change(|_| {});
    let mut runs = JoinSet::new();
    while !site.stop.is_set() {
        let next = site.containers.lock().next(Instant::now());
        for slot in next.start {
            let site = Arc::clone(&site);
            runs.spawn(async move { run(&site, slot).await });
        }
        tokio::select! {
            Some(_) = runs.join_next() => {}
            () = at(next.wake) => {}
            () = site.stop.set() => {}
        }
    }
    while runs.join_next().await.is_some() {}
    site.remove();
    site.clear().await;
}

/// Starts a container, and returns when it has ended.
async fn run(site: &Site, slot: Slot) {
    let Some(container) = site.container(slot) else {
        return;
    };
    match site.start(container).await {
        Ok(running) => {
            let since = Timestamp::now();
            site.change(|containers| containers.on_started(slot, running.context.pid, since));
            let run = Run {
                site,
                slot,
                container,
            };
            let code = run.attend(running).await;
            site.change(|containers| containers.on_ended(slot, ended(code, since), Instant::now()));
        }
        Err(why) => site.change(|containers| containers.on_not_started(slot, &why, Instant::now())),
    }
}

/// A run of a container.
struct Run<'a> {
    site: &'a Site,
    slot: Slot,
    container: &'a k8s::Container,
}

impl Run<'_> {
    /// Logs and probes the container until it ends or has to be stopped. Returns its exit code.
    async fn attend(&self, running: Running) -> i32 {
        let Running {
            mut process,
            output,
            context,
            log,
        } = running;
        let mut pumps = JoinSet::new();
        pumps.spawn(Arc::clone(&log).pump(output.stdout));
        pumps.spawn(Arc::clone(&log).pump(output.stderr));
        let report = |purpose, good| {
            self.site
                .change(|containers| containers.on_probed(self.slot, purpose, good));
        };
        let code = tokio::select! {
            code = process.ended() => code,
            failed = probe::watch(self.container, &context, &report) => {
                let by = self.deadline_after(failed);
                self.stop(&mut process, &context, Some(by)).await
            }
            () = self.site.stop.set() => self.stop(&mut process, &context, None).await,
        };
        self.site.contexts.lock().remove(&self.container.name);
        context.gone.cancel();
        let _leftover = timeout(OUTPUT_WAIT, pumps.join_all()).await;
        log.end();
        code
    }

    /// Deadline of a container that failed this probe.
    fn deadline_after(&self, failed: probe::Purpose) -> Instant {
        let purpose = format!("{failed:?}").to_lowercase();
        tracing::info!("{} failed its {purpose} probe and is stopped", self.title());
        let probe = failed.of(self.container);
        let own = probe.and_then(|probe| probe.termination_grace_period_seconds);
        Instant::now() + own.map_or(self.site.grace(), grace::of_seconds)
    }

    /// Runs preStop, sends SIGTERM, and sends SIGKILL after its deadline or that of the pod.
    async fn stop(&self, process: &mut Process, context: &ExecContext, by: Option<Instant>) -> i32 {
        let over = async || {
            tokio::select! {
                () = at(by) => {}
                () = self.site.stop.over() => {}
            }
        };
        tokio::select! {
            code = process.ended() => return code,
            () = self.pre_stop(context) => process.terminate().await,
            () = over() => {}
        }
        tokio::select! {
            code = process.ended() => return code,
            () = over() => process.kill().await,
        }
        process.ended().await
    }

    async fn pre_stop(&self, context: &ExecContext) {
        let lifecycle = self.container.lifecycle.as_ref();
        let Some(hook) = lifecycle.and_then(|lifecycle| lifecycle.pre_stop.as_ref()) else {
            return;
        };
        if let Some(exec) = &hook.exec {
            let command = exec.command.as_deref().unwrap_or_default();
            if let Err(error) = context.run(command, self.site.grace()).await {
                tracing::warn!("preStop hook of {}: {error}", self.title());
            }
        } else if let Some(pause) = &hook.sleep {
            sleep(Duration::from_secs(pause.seconds.unsigned_abs())).await;
        }
    }

    /// As messages name the container.
    fn title(&self) -> String {
        format!("container {} of pod {}", self.container.name, self.site.key())
    }
}
