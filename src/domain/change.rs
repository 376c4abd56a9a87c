//! What a cluster tells podbay unasked: changes of a watched set, and whether it can be reached.

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

/// What a cluster tells podbay unasked.
// nearly every event is about a pod, so boxing that would cost more than the space it saves for the others
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Pods changed.
    Pods(Change<PodKey, Pod>),
    /// Launch records (the ConfigMaps that own what a launch made) changed.
    Launches(Change<ObjectRef, Object>),
    /// The cluster cannot be reached; what is known may be out of date.
    Lost {
        /// Why, for a person.
        reason: String,
    },
    /// It answers again, and everything missed meanwhile has been told.
    Connected,
}
