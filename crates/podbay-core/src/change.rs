//! Notifications from a cluster: changes of a watched set, and whether the cluster is responding.

use std::time::SystemTime;

use super::names::PodKey;
use super::object::{Object, ObjectRef};
use super::pod::Pod;

/// A change of a watched set. After a `Reset`, the set is exactly its content.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K, T> {
    /// The whole set, after a (re)list.
    Reset(Vec<T>),
    /// Added or changed.
    Apply(T),
    /// Deleted.
    Delete(K),
}

/// Which pod a [`Warning`] is about, and the warning's own name.
pub type WarningKey = (PodKey, String);

/// An event of the cluster that explains why a pod does not get its volumes or its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The pod it is about, and its name.
    pub key: WarningKey,
    /// Uid of that pod.
    pub uid: String,
    /// Why, for a person.
    pub message: String,
    /// When it was last reported.
    pub last: SystemTime,
}

/// A notification from a cluster.
// nearly every event is about a pod, so boxing it would cost more than it saves
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Pods changed.
    Pods(Change<PodKey, Pod>),
    /// Launch records (the ConfigMaps that own the objects of a launch) changed.
    Launches(Change<ObjectRef, Object>),
    /// Warnings about pods changed. Only for clusters with events that podbay may read.
    Warnings(Change<WarningKey, Warning>),
    /// The cluster is not responding; known state may be out of date.
    Lost {
        /// Why, for a person.
        reason: String,
    },
    /// The cluster is responding again, and all missed changes have been sent.
    Connected,
}
