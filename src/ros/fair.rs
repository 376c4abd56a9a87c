//! Fair limits for ROS callers: no caller takes the turn of another.
//!
//! ```text
//!   caller ── rate ── slots of the caller ── slots of all, reads and changes apart ──> Slot
//! ```
//!
//! A request without a slot is refused at once, with the reason, so nothing is queued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::operation::Kind;
use podbay_config::limits::Limits;

/// Concurrent reads.
const READS: Slots = Slots { all: 64, own: 16 };
/// Concurrent changes and translations. A change may wait for a pod to end.
const CHANGES: Slots = Slots { all: 32, own: 8 };
/// Number of callers that are tracked. If exceeded, those without recent requests are forgotten.
const CALLERS: usize = 1024;

/// Concurrent requests of the ROS graph.
pub(crate) const IN_FLIGHT: usize = READS.all + CHANGES.all;

/// Counts the requests of every caller.
#[derive(Clone, Debug)]
pub(crate) struct Fair(Arc<Mutex<Table>>);

/// A request at work; dropped when it is answered.
#[derive(Debug)]
pub(crate) struct Slot {
    fair: Fair,
    caller: Option<String>,
    kind: Kind,
}

/// Why a request has no slot.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Busy {
    /// All slots for this kind are taken.
    #[error("podbay is busy with {} other {}; retry later", slots(*.0).all, name(*.0))]
    All(Kind),
    /// The caller has all of its slots for this kind.
    #[error(
        "podbay is busy with {} other {} of this caller; retry once one has been answered",
        slots(*.0).own,
        name(*.0)
    )]
    Own(Kind),
    /// The caller makes more requests per second than this.
    #[error(
        "a caller may make {} requests per second, and this one exceeds the limit; reduce the rate ({})",
        .0,
        Limits::help("requests_per_second")
    )]
    Rate(f64),
}

/// The same, pure.
#[derive(Debug)]
struct Table {
    rate: f64,
    callers: HashMap<String, Account>,
    /// Current requests of all callers.
    at_work: AtWork,
}

#[derive(Debug)]
struct Account {
    /// Remaining requests, which are refilled over time.
    left: f64,
    asked: Instant,
    at_work: AtWork,
}

/// Concurrent requests of one kind: of all callers, and of one.
#[derive(Clone, Copy)]
struct Slots {
    all: usize,
    own: usize,
}

/// Current requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AtWork {
    reads: usize,
    changes: usize,
}

impl AtWork {
    fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Read => &mut self.reads,
            Kind::Change => &mut self.changes,
        }
    }
}

fn slots(kind: Kind) -> Slots {
    match kind {
        Kind::Read => READS,
        Kind::Change => CHANGES,
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Read => "reads",
        Kind::Change => "changes",
    }
}

impl Fair {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Mutex::new(Table {
            rate: f64::from(limits.requests_per_second),
            callers: HashMap::new(),
            at_work: AtWork::default(),
        })))
    }

    /// A slot for a request of `caller`, or why there is none. If callers are not identified, only the limits
    /// for all apply.
    pub(crate) fn slot(&self, caller: Option<&str>, kind: Kind) -> Result<Slot, Busy> {
        self.table().take(caller, kind, Instant::now())?;
        Ok(Slot {
            fair: self.clone(),
            caller: caller.map(str::to_owned),
            kind,
        })
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.fair.table().give_back(self.caller.as_deref(), self.kind);
    }
}

impl Table {
    fn take(&mut self, caller: Option<&str>, kind: Kind, now: Instant) -> Result<(), Busy> {
        if let Some(caller) = caller {
            self.ask(caller, kind, now)?;
        }
        if *self.at_work.of(kind) >= slots(kind).all {
            return Err(Busy::All(kind));
        }
        if let Some(account) = caller.and_then(|caller| self.callers.get_mut(caller)) {
            *account.at_work.of(kind) += 1;
        }
        *self.at_work.of(kind) += 1;
        Ok(())
    }

    /// Checks the limits of `caller` itself.
    fn ask(&mut self, caller: &str, kind: Kind, now: Instant) -> Result<(), Busy> {
        let rate = self.rate;
        if !self.callers.contains_key(caller) && self.callers.len() >= CALLERS {
            self.forget_one();
        }
        let account = self.callers.entry(caller.to_owned()).or_insert(Account {
            left: 2.0 * rate,
            asked: now,
            at_work: AtWork::default(),
        });
        let since = now.saturating_duration_since(account.asked).as_secs_f64();
        account.left = (account.left + since * rate).min(2.0 * rate);
        account.asked = now;
        if account.left < 1.0 {
            return Err(Busy::Rate(rate));
        }
        account.left -= 1.0;
        if *account.at_work.of(kind) >= slots(kind).own {
            return Err(Busy::Own(kind));
        }
        Ok(())
    }

    fn give_back(&mut self, caller: Option<&str>, kind: Kind) {
        *self.at_work.of(kind) -= 1;
        if let Some(account) = caller.and_then(|caller| self.callers.get_mut(caller)) {
            *account.at_work.of(kind) -= 1;
        }
    }

    /// Callers with requests at work are kept: they are fewer than slots.
    fn forget_one(&mut self) {
        let idle = self
            .callers
            .iter()
            .filter(|(_, account)| account.at_work == AtWork::default());
        let oldest = idle.min_by_key(|(_, account)| account.asked);
        if let Some(name) = oldest.map(|(name, _)| name.clone()) {
            self.callers.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn fair(requests_per_second: u32) -> Fair {
        Fair::new(&Limits {
            requests_per_second,
            ..Limits::default()
        })
    }

    #[test]
    fn a_caller_that_asks_too_often_is_refused_and_others_are_not() {
        let (fair, start) = (fair(10), Instant::now());
        let ask = |caller: &str, millis: u64| {
            let now = start + Duration::from_millis(millis);
            let taken = fair.table().take(Some(caller), Kind::Read, now);
            if taken.is_ok() {
                fair.table().give_back(Some(caller), Kind::Read);
            }
            taken
        };
        let asked = (0..300).filter(|call| ask("flood", call * 3).is_ok()).count();
        assert!((27..=29).contains(&asked), "20 at once and 10 a second: {asked}");
        let refusal = ask("flood", 897).unwrap_err().to_string();
        assert!(
            refusal.contains("`requests_per_second` under `limits`"),
            "{refusal}"
        );
        assert_eq!(ask("other", 900), Ok(()));
        assert_eq!(ask("flood", 2000), Ok(()));
    }

    #[test]
    fn slow_changes_of_one_caller_leave_slots_for_others_and_all_changes_leave_the_reads() {
        let fair = fair(1000);
        let mut slots = Vec::new();
        let mut fill = |caller: &str| {
            let before = slots.len();
            for _ in 0..64 {
                slots.extend(fair.slot(Some(caller), Kind::Change));
            }
            slots.len() - before
        };
        assert_eq!(fill("slow"), 8);
        assert_eq!(["b", "c", "d", "e"].map(&mut fill), [8, 8, 8, 0]);
        let refusal = fair.slot(Some("e"), Kind::Change).unwrap_err().to_string();
        assert_eq!(refusal, "podbay is busy with 32 other changes; retry later");
        let refusal = fair.slot(Some("slow"), Kind::Change).unwrap_err().to_string();
        assert!(refusal.contains("8 other changes of this caller"), "{refusal}");
        assert!(fair.slot(Some("slow"), Kind::Read).is_ok());
        assert!(fair.slot(Some("e"), Kind::Read).is_ok());
        slots.clear();
        assert!(fair.slot(Some("e"), Kind::Change).is_ok());
    }

    #[test]
    fn callers_are_remembered_up_to_a_number_and_those_at_work_always() {
        let fair = fair(1000);
        let kept = fair.slot(Some("at work"), Kind::Change).unwrap();
        for caller in 0..5000 {
            assert!(fair.slot(Some(&caller.to_string()), Kind::Read).is_ok());
        }
        assert_eq!(fair.table().callers.len(), CALLERS);
        assert!(fair.table().callers.contains_key("at work"));
        drop(kept);
        assert_eq!(fair.table().at_work, AtWork::default());
    }

    #[test]
    fn callers_that_are_not_told_apart_have_the_bounds_of_all() {
        let fair = fair(1);
        let slots: Vec<_> = (0..40)
            .filter_map(|_| fair.slot(None, Kind::Change).ok())
            .collect();
        assert_eq!(slots.len(), 32);
        let refusal = fair.slot(None, Kind::Change).unwrap_err().to_string();
        assert_eq!(refusal, "podbay is busy with 32 other changes; retry later");
        assert!(fair.slot(None, Kind::Read).is_ok());
        drop(slots);
        assert_eq!(fair.table().at_work, AtWork::default());
        assert!(fair.table().callers.is_empty());
    }
}
