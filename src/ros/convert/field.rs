//! Checks of request fields. An invalid field is refused by name.

use std::time::Duration;

use podbay_core::grace::LONGEST;
use podbay_core::names::PodKey;
use podbay_core::request::Refusal;
use podbay_text::lengths::{self, Text};

/// Default time limit of a command.
const EXEC_TIMEOUT: Duration = Duration::from_secs(30);

/// The pod `name`; the bridge fills in an empty namespace.
pub(super) fn key(namespace: String, name: String) -> Result<PodKey, Refusal> {
    if name.is_empty() {
        return Err("name is required; list_pods lists all pods".into());
    }
    let (namespace, name) = (
        label("pod_namespace", namespace)?,
        text(Text::Name, "name", name)?,
    );
    Ok(PodKey::new(namespace, name))
}

/// The text of `field`, if it is within its limit.
pub(super) fn text(kind: Text, field: &str, text: String) -> Result<String, Refusal> {
    kind.check(field, &text)?;
    Ok(text)
}

pub(super) fn label(field: &str, value: String) -> Result<String, Refusal> {
    text(Text::Label, field, value)
}

pub(super) fn arguments(field: &str, list: Vec<String>) -> Result<Vec<String>, Refusal> {
    lengths::check_list(field, &list)?;
    for argument in &list {
        Text::Argument.check(&format!("one of {field}"), argument)?;
    }
    Ok(list)
}

pub(super) fn grace(seconds: i64) -> Result<Option<Duration>, Refusal> {
    let longest = LONGEST.as_secs();
    match u64::try_from(seconds) {
        Ok(seconds) if seconds <= longest => Ok(Some(Duration::from_secs(seconds))),
        _ if seconds == -1 => Ok(None),
        _ => Err(format!(
            "grace_period is {seconds}; use at most {longest} seconds, or -1 for the pod's own"
        )
        .into()),
    }
}

pub(super) fn timeout(seconds: f64) -> Result<Duration, Refusal> {
    if seconds == 0.0 {
        return Ok(EXEC_TIMEOUT);
    }
    let refusal = || {
        format!(
            "timeout is {seconds}; use at most {} seconds, or 0 for {} s",
            LONGEST.as_secs(),
            EXEC_TIMEOUT.as_secs()
        )
        .into()
    };
    let timeout = Duration::try_from_secs_f64(seconds).ok();
    timeout.filter(|timeout| *timeout <= LONGEST).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_no_clock_can_hold_are_refused() {
        assert_eq!(grace(-1), Ok(None));
        assert_eq!(grace(30), Ok(Some(Duration::from_secs(30))));
        for seconds in [i64::MIN, -2, i64::MAX] {
            let refusal = grace(seconds).unwrap_err();
            assert!(
                refusal.message.contains("at most 31622400 seconds"),
                "{refusal:?}"
            );
        }
        assert_eq!(timeout(0.0), Ok(EXEC_TIMEOUT));
        assert_eq!(timeout(0.5), Ok(Duration::from_millis(500)));
        for seconds in [-1.0, 1e18, f64::INFINITY, f64::NAN] {
            assert!(timeout(seconds).is_err(), "{seconds}");
        }
    }
}
