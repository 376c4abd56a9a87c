//! Callers, and refusals of their requests.

use serde::{Deserialize, Serialize};

use super::launch_id::InvalidLaunchId;
use super::{cluster, policy};
use podbay_text::diagnostic::Diagnostic;

/// Why a request failed; also the JSON of the private socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Names the thing and the place, and how to fix it.
    pub message: String,
    /// For a launch, its errors.
    pub problems: Vec<Diagnostic>,
    /// Whether the pod or the launch that it names does not exist.
    #[serde(default)]
    pub not_found: bool,
}

impl Refusal {
    /// The refusal of a request for something that does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self {
            not_found: true,
            ..Self::from(message)
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl<T: Into<String>> From<T> for Refusal {
    fn from(message: T) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }
}

impl From<policy::Denied> for Refusal {
    fn from(denied: policy::Denied) -> Self {
        Self::from(denied.to_string())
    }
}

impl From<InvalidLaunchId> for Refusal {
    fn from(error: InvalidLaunchId) -> Self {
        Self::from(error.to_string())
    }
}

impl From<cluster::Error> for Refusal {
    fn from(error: cluster::Error) -> Self {
        match error {
            cluster::Error::NotFound(_) => Self::not_found(error.to_string()),
            error => Self::from(error.to_string()),
        }
    }
}

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The local user, at the command line or the private socket.
    Local,
    /// A ROS caller, which may be anyone on the network.
    Graph(Client),
}

/// A client in the ROS graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// For the log: `dds:` and the participant's GUID prefix. rcl does not identify callers; there it is the
    /// number of the request.
    pub id: String,
    /// Whether every request of this client has the same id.
    pub known: bool,
}

impl<T: Into<String>> From<T> for Client {
    /// An identified client.
    fn from(id: T) -> Self {
        Self {
            id: id.into(),
            known: true,
        }
    }
}

impl Client {
    /// The name under which its requests are counted. `None` if clients cannot be distinguished; then only
    /// limits for all callers together apply.
    pub fn account(&self) -> Option<&str> {
        self.known.then_some(self.id.as_str())
    }
}

impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Graph(client) => f.write_str(&client.id),
        }
    }
}
