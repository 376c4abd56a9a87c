//! Errors between podbay and the ROS graph.

/// Why podbay's node could not join the graph or publish. [`Error::Busy`] may be retried unchanged,
/// [`Error::Join`] after its cause was fixed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("with ROS_AUTOMATIC_DISCOVERY_RANGE=OFF, nobody can discover podbay; use LOCALHOST or SUBNET")]
    DiscoveryOff,
    #[error("cannot join ROS domain {domain_id}: {reason}")]
    Join { domain_id: u16, reason: String },
    #[error("cannot create the ROS endpoint {name}: {reason}")]
    Endpoint { name: String, reason: String },
    #[error("cannot publish on {name}: {reason}")]
    Message { name: String, reason: String },
    #[error("cannot publish on {name} now: a reader has not acknowledged earlier messages")]
    Busy { name: String },
}
