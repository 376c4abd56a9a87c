//! [`Qos`] in terms of rmw.

use r2r::QosProfile;

use podbay_core::node::Qos;

/// Requests that may be queued.
const REQUEST_DEPTH: usize = 256;

/// QoS profile of a topic.
pub(super) fn topic(qos: Qos) -> QosProfile {
    let profile = QosProfile::default().reliable().keep_last(usize::from(qos.depth));
    let profile = match qos.lifespan {
        Some(age) => profile.lifespan(age),
        None => profile,
    };
    if qos.latched {
        profile.transient_local()
    } else {
        profile.volatile()
    }
}

/// QoS profile of a service.
pub(super) fn service() -> QosProfile {
    QosProfile::services_default().keep_last(REQUEST_DEPTH)
}
