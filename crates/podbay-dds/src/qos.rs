//! [`Qos`] in terms of DDS.

use rustdds::policy::{Durability, History, Lifespan, Reliability, ResourceLimits};
use rustdds::{Duration, QosPolicies, QosPolicyBuilder};

use podbay_core::node::Qos;

/// Requests that may be queued, as with every ROS service. RustDDS keeps this many even after they were read,
/// whatever their size, so this is no more than necessary: they are read as they arrive.
const REQUEST_DEPTH: u8 = 10;

/// How long a write may wait for acknowledgements of earlier samples.
const MAX_BLOCKING: Duration = Duration::from_millis(100);

/// RustDDS keeps samples of a latched topic beyond its depth; this limits their number.
const LATCHED_SAMPLES: i32 = 64;

/// QoS policies of a topic.
pub(super) fn topic(qos: Qos) -> QosPolicies {
    let depth = i32::from(qos.depth);
    let mut builder = reliable(depth).durability(durability(qos.latched));
    if qos.latched {
        let max_samples = depth.max(LATCHED_SAMPLES);
        builder = builder.resource_limits(ResourceLimits {
            max_samples,
            max_instances: 1,
            max_samples_per_instance: max_samples,
        });
    }
    if let Some(age) = qos.lifespan {
        builder = builder.lifespan(Lifespan {
            duration: Duration::from_std(age),
        });
    }
    builder.build()
}

/// QoS policies for requests of a service, and the number of requests that its reader retains.
pub(super) fn requests() -> (QosPolicies, usize) {
    let depth = i32::from(REQUEST_DEPTH);
    let qos = reliable(depth)
        .durability(Durability::Volatile)
        .resource_limits(ResourceLimits {
            max_samples: depth,
            max_instances: 1,
            max_samples_per_instance: depth,
        })
        .build();
    (qos, usize::from(REQUEST_DEPTH))
}

/// QoS policies for replies of a service. Unacknowledged replies are kept whatever the depth.
pub(super) fn replies() -> QosPolicies {
    reliable(1).durability(Durability::Volatile).build()
}

fn reliable(depth: i32) -> QosPolicyBuilder {
    QosPolicyBuilder::new()
        .reliability(Reliability::Reliable {
            max_blocking_time: MAX_BLOCKING,
        })
        .history(History::KeepLast { depth })
}

fn durability(latched: bool) -> Durability {
    if latched {
        Durability::TransientLocal
    } else {
        Durability::Volatile
    }
}
