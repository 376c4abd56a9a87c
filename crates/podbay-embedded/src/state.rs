//! What the containers of a pod are doing, and what is to be done next: the kubelet's rules without its I/O.
//!
//! ```text
//!                    ┌────────────── started ◄──────────────┐
//!   Waiting ── start ┤                                      │ start, once the back-off is over
//!                    └─ not started ─► Ended / Waiting ─────┤
//!                         Running ── ended ─► Ended ── may it restart? ── no ─► stays
//! ```
//!
//! One worker per pod writes; [`super::status`] reads.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;

use super::backoff::{BackoffRule, go_duration};
use super::record::{Ended, Record, Restart, State, restarts_after};

/// Which container of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Slot {
    Init(usize),
    Main(usize),
}

/// The containers of one pod.
#[derive(Clone, Debug)]
pub(super) struct Records {
    pub(super) init: Vec<Record>,
    pub(super) main: Vec<Record>,
    restart: Restart,
    rule: BackoffRule,
    /// `pod_namespace(uid)`, as the kubelet's messages have it.
    title: String,
}

/// What to do now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) start: Vec<Slot>,
    /// When to ask again, should nothing happen before.
    pub(super) wake: Option<Instant>,
}

/// How long a container waits for something its configuration lacks before it is tried again.
const CONFIG_RETRY: Duration = Duration::from_secs(1);

impl Records {
    /// Every container of `pod`, none started yet.
    pub(super) fn new(pod: &k8s::Pod, rule: BackoffRule) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        let init = spec.init_containers.unwrap_or_default();
        let reason = if init.is_empty() {
            "ContainerCreating"
        } else {
            "PodInitializing"
        };
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let meta = &pod.metadata;
        Self {
            init: init
                .iter()
                .map(|container| Record::new(&container.name, "PodInitializing"))
                .collect(),
            main: spec
                .containers
                .iter()
                .map(|container| Record::new(&container.name, reason))
                .collect(),
            rule,
            restart: match spec.restart_policy.as_deref() {
                Some("Never") => Restart::Never,
                Some("OnFailure") => Restart::OnFailure,
                _ => Restart::Always,
            },
            title: format!(
                "{}_{}({})",
                text(&meta.name),
                text(&meta.namespace),
                text(&meta.uid)
            ),
        }
    }

    pub(super) fn get(&self, slot: Slot) -> &Record {
        match slot {
            Slot::Init(index) => &self.init[index],
            Slot::Main(index) => &self.main[index],
        }
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Record {
        match slot {
            Slot::Init(index) => &mut self.init[index],
            Slot::Main(index) => &mut self.main[index],
        }
    }

    /// Containers somebody is busy with.
    pub(super) fn busy(&self) -> impl Iterator<Item = Slot> {
        self.slots().filter(|&slot| self.get(slot).busy)
    }

    fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..self.init.len())
            .map(Slot::Init)
            .chain((0..self.main.len()).map(Slot::Main))
    }

    /// Restart policy of a container: an init container that succeeded is done even under `Always`.
    fn restart(&self, slot: Slot) -> Restart {
        match (slot, self.restart) {
            (Slot::Init(_), Restart::Always) => Restart::OnFailure,
            (_, restart) => restart,
        }
    }

    /// True once every init container has succeeded.
    pub(super) fn initialized(&self) -> bool {
        self.init.iter().all(Record::succeeded)
    }

    /// What to start now: init containers one after the other, then all others together.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let candidates: Vec<Slot> = match self.init.iter().position(|record| !record.succeeded()) {
            Some(index) => vec![Slot::Init(index)],
            None => (0..self.main.len()).map(Slot::Main).collect(),
        };
        let mut next = Next::default();
        for slot in candidates {
            if !self.get(slot).wants_start(self.restart(slot)) {
                continue;
            }
            match self.get(slot).not_before.filter(|&at| at > now) {
                Some(later) => next.wake = Some(next.wake.map_or(later, |wake| wake.min(later))),
                None => next.start.push(slot),
            }
        }
        for &slot in &next.start {
            self.get_mut(slot).busy = true;
        }
        next
    }

    /// Its process runs.
    pub(super) fn on_started(&mut self, slot: Slot, pid: i32, since: Timestamp) {
        let record = self.get_mut(slot);
        record.count_run();
        record.pid = pid;
        record.state = State::Running { since };
    }

    /// It cannot be started yet: `reason` as in `state.waiting.reason`.
    pub(super) fn on_config_error(
        &mut self,
        slot: Slot,
        reason: &'static str,
        message: String,
        now: Instant,
    ) {
        let record = self.get_mut(slot);
        record.busy = false;
        if let State::Ended(ended) = &record.state {
            record.last = Some(ended.clone());
        }
        record.state = State::Waiting { reason, message };
        record.not_before = Some(now + CONFIG_RETRY);
    }

    /// It could not be run at all, which counts as a run that ended at once.
    pub(super) fn on_start_error(&mut self, slot: Slot, message: String, now: Instant) {
        self.get_mut(slot).count_run();
        self.on_ended(slot, Ended::start_error(message), now);
    }

    /// Its process has ended; decides whether and when it is started again.
    pub(super) fn on_ended(&mut self, slot: Slot, ended: Ended, now: Instant) {
        let restarts = restarts_after(self.restart(slot), ended.code);
        let (rule, title) = (self.rule, self.title.clone());
        let record = self.get_mut(slot);
        record.busy = false;
        // An init container that succeeded counts as ready.
        record.ready = matches!(slot, Slot::Init(_)) && ended.code == 0;
        record.started = false;
        let wait = if restarts {
            record.backoff.after(&rule, ended.ran())
        } else {
            Duration::ZERO
        };
        record.not_before = Some(now + wait);
        record.state = if wait.is_zero() {
            State::Ended(ended)
        } else {
            record.last = Some(ended);
            let (wait, name) = (go_duration(wait), &record.name);
            let message = format!("back-off {wait} restarting failed container={name} pod={title}");
            State::Waiting {
                reason: "CrashLoopBackOff",
                message,
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn records(policy: &str, init: usize, main: usize) -> Records {
        let named = |prefix: &str, count| {
            (0..count)
                .map(|n| json!({"name": format!("{prefix}{n}")}))
                .collect()
        };
        let (init, main): (Vec<_>, Vec<_>) = (named("init", init), named("main", main));
        let pod = json!({"metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"restartPolicy": policy, "initContainers": init, "containers": main}});
        Records::new(&serde_json::from_value(pod).unwrap(), BackoffRule::default())
    }

    /// One whole run of a container.
    fn run(records: &mut Records, slot: Slot, code: i32, now: Instant) {
        let since = Timestamp::now();
        records.on_started(slot, 1, since);
        records.on_ended(slot, Ended::with_code(code, since), now);
    }

    #[test]
    fn init_containers_start_one_after_the_other_and_then_the_rest_together() {
        let now = Instant::now();
        let mut records = records("Never", 2, 2);
        for slot in [Slot::Init(0), Slot::Init(1)] {
            assert_eq!(records.next(now).start, [slot]);
            assert_eq!(records.next(now), Next::default(), "it is busy");
            run(&mut records, slot, 0, now);
        }
        assert_eq!(records.next(now).start, [Slot::Main(0), Slot::Main(1)]);
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
            let mut records = records(policy, 0, 1);
            assert_eq!(records.next(now).start, [Slot::Main(0)]);
            run(&mut records, Slot::Main(0), code, now);
            let next = records.next(now).start;
            assert_eq!(next == [Slot::Main(0)], restarts, "{policy} {code}");
        }
    }

    #[test]
    fn a_crash_loop_waits_longer_and_longer_and_says_so() {
        let mut now = Instant::now();
        let mut records = records("Always", 0, 1);
        for wait in [0, 10, 20, 40] {
            assert_eq!(records.next(now).start, [Slot::Main(0)]);
            run(&mut records, Slot::Main(0), 1, now);
            if wait > 0 {
                let message = format!("back-off {wait}s restarting failed container=main0 pod=p_n(u)");
                let expected = State::Waiting {
                    reason: "CrashLoopBackOff",
                    message,
                };
                assert_eq!(records.main[0].state, expected);
                let wake = records.next(now).wake.unwrap();
                assert_eq!(wake - now, Duration::from_secs(wait));
                now = wake;
            }
        }
        assert_eq!(records.main[0].restarts, 3);
        assert_eq!(records.main[0].last.as_ref().unwrap().code, 1);
    }

    #[test]
    fn what_the_configuration_lacks_is_tried_again_and_is_no_restart() {
        let now = Instant::now();
        let mut records = records("Never", 0, 1);
        records.next(now);
        records.on_config_error(Slot::Main(0), "CreateContainerConfigError", "why".to_owned(), now);
        let next = records.next(now);
        assert!(next.start.is_empty());
        assert_eq!(records.next(next.wake.unwrap()).start, [Slot::Main(0)]);
        records.on_started(Slot::Main(0), 1, Timestamp::now());
        assert_eq!(records.main[0].restarts, 0);
    }

    #[test]
    fn a_program_that_cannot_be_run_counts_as_a_run() {
        let now = Instant::now();
        let mut records = records("Always", 0, 1);
        for restarts in 0..2 {
            assert_eq!(records.next(now).start, [Slot::Main(0)]);
            records.on_start_error(Slot::Main(0), "no such file".to_owned(), now);
            assert_eq!(records.main[0].restarts, restarts);
        }
        let last = records.main[0].last.as_ref().unwrap();
        assert_eq!((last.code, last.reason), (128, "StartError"));
        assert!(matches!(
            &records.main[0].state,
            State::Waiting {
                reason: "CrashLoopBackOff",
                ..
            }
        ));
    }

    proptest! {
        /// Whatever happens, no container is started twice at a time or before it is its turn, and a pod
        /// that is to restart never ends up with nothing to do.
        #[test]
        fn order_holds_whatever_happens(
            codes in prop::collection::vec(0..3, 1..40),
            policy in prop::sample::select(vec!["Always", "OnFailure", "Never"]),
        ) {
            let mut now = Instant::now();
            let mut records = records(policy, 2, 2);
            for code in codes {
                let next = records.next(now);
                let init_done = records.init.iter().filter(|record| record.succeeded()).count();
                for slot in next.start {
                    match slot {
                        Slot::Init(index) => prop_assert_eq!(index, init_done),
                        Slot::Main(_) => prop_assert_eq!(init_done, 2),
                    }
                }
                let busy: Vec<_> = records.busy().collect();
                if let Some(&slot) = busy.first() {
                    run(&mut records, slot, code, now);
                } else if let Some(wake) = next.wake {
                    now = wake;
                } else {
                    prop_assert_ne!(policy, "Always");
                }
            }
        }
    }
}
