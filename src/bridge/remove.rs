//! Removes what a launch has made, and nothing else: what its record lists, as far as it carries the launch's label
//! and is owned by the record.

use std::time::Duration;

use futures::{StreamExt, stream};

use super::sure;
use crate::cluster::{Cluster, Error};
use crate::domain::object::{Object, ObjectRef};
use crate::domain::record::{belongs, was_applied};

/// Objects that are worked on at the same time.
const AT_ONCE: usize = 8;

/// Objects that a message names.
const NAMED: usize = 5;

/// What became of a launch's objects.
#[derive(Debug, Default)]
pub(super) struct Removal {
    /// Told to end.
    pub(super) removed: Vec<ObjectRef>,
    /// Of the same name, but not of the launch.
    pub(super) foreign: Vec<ObjectRef>,
    /// Of the launch, but applied by somebody.
    pub(super) applied: Vec<ObjectRef>,
    /// Still there, and why.
    pub(super) left: Vec<(ObjectRef, Error)>,
}

enum Fate {
    Gone,
    Removed,
    Foreign,
    Applied,
}

/// Removes those of `objects` that belong to `record`. One that fails does not keep the others from being tried.
pub(super) async fn remove(
    cluster: &dyn Cluster,
    record: &Object,
    objects: impl IntoIterator<Item = ObjectRef>,
    grace: Option<Duration>,
) -> Removal {
    let fates = stream::iter(objects).map(|object| async move {
        let fate = one(cluster, record, &object, grace).await;
        (object, fate)
    });
    let mut fates = fates.buffered(AT_ONCE);
    let mut removal = Removal::default();
    while let Some((object, fate)) = fates.next().await {
        match fate {
            Ok(Fate::Gone) => {}
            Ok(Fate::Removed) => removal.removed.push(object),
            Ok(Fate::Foreign) => removal.foreign.push(object),
            Ok(Fate::Applied) => removal.applied.push(object),
            Err(error) => removal.left.push((object, error)),
        }
    }
    removal
}

async fn one(
    cluster: &dyn Cluster,
    record: &Object,
    object: &ObjectRef,
    grace: Option<Duration>,
) -> Result<Fate, Error> {
    let Some(now) = sure::get(cluster, object).await? else {
        return Ok(Fate::Gone);
    };
    match (belongs(&now, record), was_applied(&now, record)) {
        (true, _) => {}
        (false, true) => return Ok(Fate::Applied),
        (false, false) => return Ok(Fate::Foreign),
    }
    sure::delete(cluster, object, now.uid(), grace).await?;
    Ok(Fate::Removed)
}

impl Removal {
    /// What is left and why, for a message.
    pub(super) fn left(&self) -> String {
        let named = self
            .left
            .iter()
            .take(NAMED)
            .map(|(object, error)| format!("{object}: {error}"));
        let mut named: Vec<_> = named.collect();
        if let Some(more) = self.left.len().checked_sub(NAMED).filter(|more| *more > 0) {
            named.push(format!("and {more} more"));
        }
        named.join("; ")
    }
}
