//! Creates and deletes reliably although replies may be lost: a request without a reply may have been
//! executed, so podbay checks the state of the cluster before it reports a failure.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use podbay_core::cluster::{Cluster, Error, Result};
use podbay_core::object::{Object, ObjectRef};

/// Pauses before the second, third, … attempt, in milliseconds: about 15 seconds in total.
const PAUSES: [u64; 7] = [200, 400, 800, 1600, 3200, 5000, 5000];

/// How long one request keeps retrying.
const TRYING: Duration = Duration::from_secs(120);

/// The deadline for retries of one request, for all its objects. After it, each is tried once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// A deadline for a request, or for its rollback, that begins now.
    pub(crate) fn new() -> Self {
        Self(Instant::now() + TRYING)
    }

    /// The pause before the next attempt, if there is one.
    fn pause(self, pauses: &mut impl Iterator<Item = u64>) -> Option<Duration> {
        let pause = pauses.next().map(Duration::from_millis);
        pause.filter(|pause| Instant::now() + *pause < self.0)
    }
}

/// Creates `object`. An existing object counts if it is `ours`: then an earlier attempt succeeded whose reply
/// was lost. Returns the stored object.
pub(crate) async fn create(
    cluster: &dyn Cluster,
    object: &Object,
    ours: impl Fn(&Object) -> bool,
    deadline: Deadline,
) -> Result<Object> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match cluster.create(object, false).await {
            Ok(stored) => return Ok(stored),
            Err(error) => error,
        };
        let open = match &error {
            // the cluster chooses the name, so it cannot be checked
            _ if object.name().is_empty() => false,
            Error::Unreachable { .. } => true,
            Error::Exists(what) | Error::Conflict { object: what, .. } => match cluster.get(what).await {
                Ok(now) if ours(&now) => return Ok(now),
                Ok(_) => false,
                // it was deleted in between, or its state is unknown
                Err(Error::NotFound(_) | Error::Unreachable { .. }) => true,
                Err(_) => false,
            },
            // an internal error of the server may have occurred after the write; so may an endless reply
            Error::Refused(_) | Error::TooLarge { .. } => match cluster.get(&object.reference()).await {
                Ok(now) if ours(&now) => return Ok(now),
                _ => false,
            },
            _ => false,
        };
        match deadline.pause(&mut pauses).filter(|_| open) {
            Some(pause) => sleep(pause).await,
            None => return Err(error),
        }
    }
}

/// Deletes the object with this uid; succeeds if it is already gone or another has its name.
pub(crate) async fn delete(
    cluster: &dyn Cluster,
    what: &ObjectRef,
    uid: &str,
    grace: Option<Duration>,
    deadline: Deadline,
) -> Result<()> {
    let mut pauses = PAUSES.into_iter();
    loop {
        match cluster.delete_exactly(what, uid, grace).await {
            Ok(()) | Err(Error::NotFound(_) | Error::Conflict { .. }) => return Ok(()),
            Err(error @ Error::Unreachable { .. }) => match deadline.pause(&mut pauses) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}

/// The current object, or `None`.
pub(crate) async fn get(
    cluster: &dyn Cluster,
    what: &ObjectRef,
    deadline: Deadline,
) -> Result<Option<Object>> {
    let mut pauses = PAUSES.into_iter();
    loop {
        match cluster.get(what).await {
            Ok(object) => return Ok(Some(object)),
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error @ Error::Unreachable { .. }) => match deadline.pause(&mut pauses) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_repeated_up_to_the_deadline() {
        let mut pauses = PAUSES.into_iter();
        assert_eq!(
            Deadline::new().pause(&mut pauses),
            Some(Duration::from_millis(200))
        );
        let all = std::iter::from_fn(|| Deadline::new().pause(&mut pauses));
        assert_eq!(all.count(), PAUSES.len() - 1);
        let passed = Deadline(Instant::now());
        assert_eq!(passed.pause(&mut PAUSES.into_iter()), None);
    }
}
