//! Deletes the objects of a launch, and no others: those that its record lists, if they have the launch's
//! label and are owned by the record.

use std::sync::OnceLock;
use std::time::Duration;

use futures::{StreamExt, stream};

use super::sure::{self, Deadline};
use podbay_core::cluster::{Cluster, Error};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::record::{belongs, was_applied};

/// Number of objects that are processed concurrently.
const AT_ONCE: usize = 8;

/// Number of objects that a message names.
const NAMED: usize = 5;

/// The result for each object of a launch.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    /// Deleted.
    pub(crate) removed: Vec<ObjectRef>,
    /// Of the same name, but not part of the launch.
    pub(crate) foreign: Vec<ObjectRef>,
    /// Part of the launch, but applied by somebody.
    pub(crate) applied: Vec<ObjectRef>,
    /// Not deleted, and why.
    pub(crate) left: Vec<(ObjectRef, Error)>,
}

enum Fate {
    Gone,
    Removed,
    Foreign,
    Applied,
}

/// Deletes those of `objects` that belong to `record`. If one fails, the others are still tried, unless the
/// cluster did not respond until the deadline; then the rest is not tried.
pub(crate) async fn remove(
    cluster: &dyn Cluster,
    record: &Object,
    objects: impl IntoIterator<Item = ObjectRef>,
    grace: Option<Duration>,
) -> Removal {
    let (deadline, lost) = (Deadline::new(), &Lost::default());
    let fates = stream::iter(objects).map(|object| async move {
        let fate = match lost.error() {
            Some(error) => Err(error),
            None => one(cluster, record, &object, grace, deadline).await,
        };
        if let Err(error) = &fate {
            lost.hear(error);
        }
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

/// The error of a cluster that is not responding.
#[derive(Default)]
struct Lost(OnceLock<(String, String)>);

impl Lost {
    fn hear(&self, error: &Error) {
        if let Error::Unreachable { server, message } = error {
            self.0.get_or_init(|| (server.clone(), message.clone()));
        }
    }

    fn error(&self) -> Option<Error> {
        let (server, message) = self.0.get().cloned()?;
        Some(Error::Unreachable { server, message })
    }
}

async fn one(
    cluster: &dyn Cluster,
    record: &Object,
    object: &ObjectRef,
    grace: Option<Duration>,
    deadline: Deadline,
) -> Result<Fate, Error> {
    let Some(now) = sure::get(cluster, object, deadline).await? else {
        return Ok(Fate::Gone);
    };
    match (belongs(&now, record), was_applied(&now, record)) {
        (true, _) => {}
        (false, true) => return Ok(Fate::Applied),
        (false, false) => return Ok(Fate::Foreign),
    }
    sure::delete(cluster, object, now.uid(), grace, deadline).await?;
    Ok(Fate::Removed)
}

impl Removal {
    /// The remaining objects and the reasons, for a message.
    pub(crate) fn left(&self) -> String {
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
