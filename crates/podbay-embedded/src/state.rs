//! The state of a pod's containers, and what to do next: the kubelet's rules without I/O.
//!
//! ```text
//!                    ┌────────────── started ◄──────────────┐
//!   Waiting ── start ┤                                      │ start, once the back-off is over
//!                    └─ not started ─► Ended / Waiting ─────┤
//!                         Running ── ended ─► Ended ── may it restart? ── no ─► stays
//! ```
//!
//! The pod's worker and the runs of its containers write it; [`super::status`] reads it.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::container::{Container, ended, ran, waiting};
use super::object::{Pod, text};
use super::probe::Purpose;
use super::restart::{BackoffRule, Restart, go_duration};
use super::start::NotStarted;
use podbay_core::pod::Termination;

/// Index of a container of a pod: init containers first, then the others.
pub(super) type Slot = usize;

/// The containers of one pod.
#[derive(Clone, Debug)]
pub(super) struct Containers {
    /// By slot.
    all: Vec<Container>,
    /// Number of init containers.
    init: usize,
    pub(super) restart: Restart,
    rule: BackoffRule,
    /// `pod_namespace(uid)`, as in the kubelet's messages.
    title: String,
}

/// What to do now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) start: Vec<Slot>,
    /// When to ask again if nothing happens.
    pub(super) wake: Option<Instant>,
}

/// Pause before a container that lacks something is tried again.
const RETRY: Duration = Duration::from_secs(1);

impl Containers {
    /// All containers of `pod`, not started yet.
    pub(super) fn new(pod: &Pod, rule: BackoffRule) -> Self {
        let (meta, spec) = (&pod.metadata, &pod.spec);
        let init = spec.init_containers.as_deref().unwrap_or_default();
        let reason = match init {
            [] => "ContainerCreating",
            _ => "PodInitializing",
        };
        let containers = init.iter().chain(&spec.containers);
        let (name, namespace, uid) = (text(&meta.name), text(&meta.namespace), text(&meta.uid));
        Self {
            all: containers
                .map(|container| Container::new(container, reason))
                .collect(),
            init: init.len(),
            restart: Restart::of(spec),
            rule,
            title: format!("{name}_{namespace}({uid})"),
        }
    }

    /// Init containers.
    pub(super) fn init(&self) -> &[Container] {
        &self.all[..self.init]
    }

    /// Regular containers.
    pub(super) fn main(&self) -> &[Container] {
        &self.all[self.init..]
    }

    fn restarts(&self, slot: Slot, code: i32) -> bool {
        self.restart.after(code, slot < self.init)
    }

    /// Whether all init containers have succeeded.
    pub(super) fn initialized(&self) -> bool {
        self.init()
            .iter()
            .all(|container| container.exit_code() == Some(0))
    }

    /// What to start now: init containers one by one, then all others.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let first = self
            .init()
            .iter()
            .position(|container| container.exit_code() != Some(0));
        let candidates = first.map_or(self.init..self.all.len(), |index| index..index + 1);
        let mut next = Next::default();
        for slot in candidates {
            let container = &self.all[slot];
            let done = container
                .exit_code()
                .is_some_and(|code| !self.restarts(slot, code));
            if container.busy || done {
                continue;
            }
            match container.not_before.filter(|&at| at > now) {
                Some(later) => next.wake = Some(next.wake.map_or(later, |wake| wake.min(later))),
                None => {
                    self.all[slot].busy = true;
                    next.start.push(slot);
                }
            }
        }
        next
    }

    /// Its process is running.
    pub(super) fn on_started(&mut self, slot: Slot, pid: i32, since: Timestamp) {
        let container = &mut self.all[slot];
        container.count_run();
        container.status.container_id = Some(format!("embedded://{pid}"));
        let started_at = Some(Time(since));
        container.turn(k8s::ContainerState {
            running: Some(k8s::ContainerStateRunning { started_at }),
            ..k8s::ContainerState::default()
        });
    }

    /// A probe reports a change.
    pub(super) fn on_probed(&mut self, slot: Slot, purpose: Purpose, good: bool) {
        let status = &mut self.all[slot].status;
        match purpose {
            Purpose::Startup => status.started = Some(good),
            Purpose::Readiness => status.ready = good,
            Purpose::Liveness => {}
        }
    }

    /// It was not started. If its program cannot be run, this counts as a run that ended at once.
    pub(super) fn on_not_started(&mut self, slot: Slot, why: &NotStarted, now: Instant) {
        let container = &mut self.all[slot];
        if let Some(reason) = why.reason() {
            container.busy = false;
            container.turn(waiting(reason, why.to_string()));
            container.not_before = Some(now + RETRY);
            return;
        }
        container.count_run();
        let mut ended = ended(128, Timestamp::now());
        (ended.reason, ended.message) = (Some(Termination::START_ERROR.to_owned()), Some(why.to_string()));
        self.on_ended(slot, ended, now);
    }

    /// Its process has ended; decides whether and when to restart it.
    pub(super) fn on_ended(&mut self, slot: Slot, ended: k8s::ContainerStateTerminated, now: Instant) {
        let restarts = self.restarts(slot, ended.exit_code);
        let container = &mut self.all[slot];
        container.busy = false;
        // an init container that succeeded counts as ready
        container.status.ready = slot < self.init && ended.exit_code == 0;
        container.status.started = Some(false);
        let wait = match restarts {
            true => self.rule.after(&mut container.backoff, ran(&ended)),
            false => Duration::ZERO,
        };
        container.not_before = Some(now + wait);
        container.turn(k8s::ContainerState {
            terminated: Some(ended),
            ..k8s::ContainerState::default()
        });
        if !wait.is_zero() {
            let (name, title) = (&container.status.name, &self.title);
            let wait = go_duration(wait);
            let why = format!("back-off {wait} restarting failed container={name} pod={title}");
            container.turn(waiting("CrashLoopBackOff", why));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::data::Missing;
    use crate::shim::StartError;

    /// A pod with so many init containers and others.
    pub(crate) fn pod(policy: &str, init: usize, main: usize) -> Pod {
        let named = |prefix: &str, count| -> Vec<_> {
            let names = (0..count).map(|n| format!("{prefix}{n}"));
            names.map(|name| json!({"name": name})).collect()
        };
        let spec = json!({"restartPolicy": policy, "initContainers": named("init", init),
            "containers": named("main", main)});
        let metadata = json!({"name": "p", "namespace": "n", "uid": "u"});
        Pod {
            metadata: serde_json::from_value(metadata).unwrap(),
            spec: serde_json::from_value::<k8s::PodSpec>(spec).unwrap().into(),
            ..Pod::default()
        }
    }

    fn containers(policy: &str, init: usize, main: usize) -> Containers {
        Containers::new(&pod(policy, init, main), BackoffRule::default())
    }

    /// One complete run of a container.
    fn run(containers: &mut Containers, slot: Slot, code: i32, now: Instant) {
        let since = Timestamp::now();
        containers.on_started(slot, 1, since);
        containers.on_ended(slot, ended(code, since), now);
    }

    fn reason(container: &Container) -> Option<&str> {
        container.waits()?.reason.as_deref()
    }

    #[test]
    fn init_containers_start_one_after_the_other_and_then_the_rest_together() {
        let now = Instant::now();
        let mut containers = containers("Never", 2, 2);
        for slot in [0, 1] {
            assert_eq!(containers.next(now).start, [slot]);
            assert_eq!(containers.next(now), Next::default(), "it is busy");
            run(&mut containers, slot, 0, now);
        }
        assert_eq!(containers.next(now).start, [2, 3]);
    }

    #[test]
    fn restart_policy_decides_on_a_restart() {
        for (policy, code, restarts) in [
            ("Always", 0, true),
            ("Always", 1, true),
            ("OnFailure", 0, false),
            ("OnFailure", 1, true),
            ("Never", 0, false),
            ("Never", 1, false),
        ] {
            let now = Instant::now();
            let mut containers = containers(policy, 0, 1);
            assert_eq!(containers.next(now).start, [0]);
            run(&mut containers, 0, code, now);
            let next = containers.next(now).start;
            assert_eq!(next == [0], restarts, "{policy} {code}");
        }
    }

    #[test]
    fn a_crash_loop_waits_longer_and_longer_and_reports_it() {
        let mut now = Instant::now();
        let mut containers = containers("Always", 0, 1);
        for wait in [0, 10, 20, 40, 80, 160, 300] {
            assert_eq!(containers.next(now).start, [0]);
            run(&mut containers, 0, 1, now);
            if wait > 0 {
                let pause = go_duration(Duration::from_secs(wait));
                let expected = format!("back-off {pause} restarting failed container=main0 pod=p_n(u)");
                let waits = containers.all[0].waits().unwrap();
                let texts = [&waits.reason, &waits.message].map(|text| text.as_deref().unwrap());
                assert_eq!(texts, ["CrashLoopBackOff", &expected]);
                let wake = containers.next(now).wake.unwrap();
                assert_eq!(wake - now, Duration::from_secs(wait));
                now = wake;
            }
        }
        let status = &containers.all[0].status;
        assert_eq!(status.restart_count, 6);
        let last = status.last_state.clone().unwrap().terminated.unwrap();
        assert_eq!(last.exit_code, 1);
    }

    #[test]
    fn missing_configuration_is_tried_again_and_is_not_a_restart() {
        let now = Instant::now();
        let mut containers = containers("Never", 0, 1);
        containers.next(now);
        let missing = Missing::Object {
            kind: "ConfigMap",
            name: "map".to_owned(),
        };
        containers.on_not_started(0, &missing.into(), now);
        assert_eq!(reason(&containers.all[0]), Some("CreateContainerConfigError"));
        let next = containers.next(now);
        assert!(next.start.is_empty());
        assert_eq!(containers.next(next.wake.unwrap()).start, [0]);
        containers.on_started(0, 1, Timestamp::now());
        assert_eq!(containers.all[0].status.restart_count, 0);
    }

    #[test]
    fn a_program_that_cannot_be_run_counts_as_a_run() {
        let now = Instant::now();
        let mut containers = containers("Always", 0, 1);
        for restarts in 0..2 {
            assert_eq!(containers.next(now).start, [0]);
            let why = StartError::Program("no such file".to_owned());
            containers.on_not_started(0, &why.into(), now);
            assert_eq!(containers.all[0].status.restart_count, restarts);
        }
        let last = containers.all[0].status.last_state.clone().unwrap();
        let last = last.terminated.unwrap();
        assert_eq!(
            (last.exit_code, last.reason.as_deref()),
            (128, Some("StartError"))
        );
        assert_eq!(reason(&containers.all[0]), Some("CrashLoopBackOff"));
    }

    proptest! {
        /// No container is started twice at a time or out of order, and a pod with restarts always has
        /// something to do.
        #[test]
        fn order_holds_whatever_happens(
            codes in prop::collection::vec(0..3, 1..40),
            policy in prop::sample::select(vec!["Always", "OnFailure", "Never"]),
        ) {
            let mut now = Instant::now();
            let mut containers = containers(policy, 2, 2);
            for code in codes {
                let next = containers.next(now);
                let init_done = containers.init().iter().filter(|container| container.exit_code() == Some(0)).count();
                for slot in next.start {
                    prop_assert_eq!(slot.min(2), init_done);
                }
                if let Some(slot) = containers.all.iter().position(|container| container.busy) {
                    run(&mut containers, slot, code, now);
                } else if let Some(wake) = next.wake {
                    now = wake;
                } else {
                    prop_assert_ne!(policy, "Always");
                }
            }
        }
    }
}
