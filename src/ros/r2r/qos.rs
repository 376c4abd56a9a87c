//! [`Qos`] in the terms of rmw.

use r2r::QosProfile;

use crate::ros::qos::Qos;

/// Requests that may wait for podbay to read them.
const REQUEST_DEPTH: usize = 256;

/// Profile of a topic.
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

/// Profile of a service.
pub(super) fn service() -> QosProfile {
    QosProfile::services_default().keep_last(REQUEST_DEPTH)
}
