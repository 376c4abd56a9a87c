//! What a cluster tells podbay unasked: changes of a watched set, and whether it can be reached.

use std::time::SystemTime;

use super::names::PodKey;
use super::object::{Object, ObjectRef};
use super::pod::Pod;

/// A change of a watched set. After a `Reset` the set is exactly what it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K, T> {
    /// The whole set, after a (re)list.
    Reset(Vec<T>),
    /// Added or changed.
    Apply(T),
    /// Gone.
    Delete(K),
}

/// Which pod a [`Warning`] is about, and the warning's own name.
pub type WarningKey = (PodKey, String);

/// An event of the cluster that says why a pod does not get its volumes or its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub key: WarningKey,
    /// Uid of that pod.
    pub uid: String,
    /// Why, for a person.
    pub message: String,
    /// When it was said last.
    pub last: SystemTime,
}

/// What a cluster tells podbay unasked.
// nearly every event is about a pod, so boxing that would cost more than the space it saves for the others
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Pods changed.
    Pods(Change<PodKey, Pod>),
    /// Launch records (the ConfigMaps that own what a launch made) changed.
    Launches(Change<ObjectRef, Object>),
    /// What stands in the way of pods changed. Comes only where the cluster has events and podbay may read them.
    Warnings(Change<WarningKey, Warning>),
    /// The cluster cannot be reached; what is known may be out of date.
    Lost {
        /// Why, for a person.
        reason: String,
    },
    /// It answers again, and everything missed meanwhile has been told.
    Connected,
}
