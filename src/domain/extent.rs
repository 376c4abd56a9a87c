//! How much one launch may ask for, and whether anybody still waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::object::VALUE;

/// Bounds of one launch, from its file to its objects.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Processes and components.
    pub processes: usize,
    /// What the description may take, in bytes, with every copy that a process has of environment, parameters and
    /// remappings.
    pub bytes: usize,
    /// Where podbay's configuration has these bounds: `limits.launch`.
    pub key: &'static str,
    /// Whether anybody still waits.
    pub cancel: Cancel,
}

/// What a word of a command line, a variable, a parameter or a remapping counts beside its text: what it takes in memory,
/// in the description and in an object.
pub const EACH: usize = 128;

/// How much more the objects may take than the description: a Pod says much that a launch file does not.
const OBJECTS: usize = 4;

/// Tells work that nobody waits for it any more. Copies tell the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// Said by work that was cancelled; whoever cancelled it knows better.
pub const CANCELLED: &str = "it was given up, since nobody waits for it any more";

impl Default for Bounds {
    /// Those of the person who started podbay.
    fn default() -> Self {
        Self {
            processes: 2000,
            bytes: 32 << 20,
            key: "limits.launch",
            cancel: Cancel::default(),
        }
    }
}

impl Bounds {
    /// Those of callers from the ROS graph.
    pub fn of_graph() -> Self {
        Self {
            bytes: 4 << 20,
            key: "limits.graph_launch",
            ..Self::default()
        }
    }

    /// Why a launch of more processes is refused.
    pub fn too_many(&self) -> String {
        format!(
            "the launch comes to more than {} processes and components; `{}.processes` in podbay's configuration allows \
             more",
            self.processes, self.key
        )
    }

    /// Why a launch of a larger description is refused.
    pub fn too_large(&self) -> String {
        format!(
            "the launch comes to more than {} bytes, each process with its copy of environment, parameters and \
             remappings, and {EACH} for each word and entry; `{}.bytes` in podbay's configuration allows more",
            self.bytes, self.key
        )
    }

    /// What the objects of the launch may take ([`Object::cost`](super::object::Object::cost)).
    pub fn objects(&self) -> usize {
        self.bytes.saturating_mul(OBJECTS)
    }

    /// Why a launch of larger objects is refused.
    pub fn objects_too_large(&self) -> String {
        format!(
            "the objects of the launch come to more than {} bytes, {VALUE} of them for each value, which is {OBJECTS} times \
             what `{}.bytes` in podbay's configuration allows for its description",
            self.objects(),
            self.key
        )
    }
}

impl Cancel {
    /// Tells all copies.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was told.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
