//! [`Qos`] in the terms of DDS.

use rustdds::policy::{Durability, History, Lifespan, Reliability, ResourceLimits};
use rustdds::{Duration, QosPolicies, QosPolicyBuilder};

use crate::ros::qos::Qos;

/// Requests that may wait for podbay to read them, as many as with every ROS service. RustDDS keeps so many also after
/// they were read, whatever their size, so these are no more: they are read as they come.
const REQUEST_DEPTH: u8 = 10;

/// The same where a request may be a document of megabytes, which takes long to arrive.
const DOCUMENT_DEPTH: u8 = 4;

/// Services that take documents.
const OF_DOCUMENTS: [&str; 3] = [
    "podbay_msgs/srv/CreatePod",
    "podbay_msgs/srv/StartLaunch",
    "podbay_msgs/srv/TranslateLaunch",
];

/// How long a write may wait for readers to acknowledge earlier samples.
const MAX_BLOCKING: Duration = Duration::from_millis(100);

/// RustDDS keeps samples of a latched topic beyond its depth; this bounds how many.
const LATCHED_SAMPLES: i32 = 64;

/// Policies of a topic.
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

/// Policies of the requests of a service of this ROS type, and how many of them its reader retains.
pub(super) fn requests(service: &str) -> (QosPolicies, usize) {
    let depth = match OF_DOCUMENTS.contains(&service) {
        true => DOCUMENT_DEPTH,
        false => REQUEST_DEPTH,
    };
    let qos = reliable(i32::from(depth))
        .durability(Durability::Volatile)
        .resource_limits(ResourceLimits {
            max_samples: i32::from(depth),
            max_instances: 1,
            max_samples_per_instance: i32::from(depth),
        })
        .build();
    (qos, usize::from(depth))
}

/// Policies of a service's answers. Answers that are not acknowledged yet are kept whatever the depth.
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
