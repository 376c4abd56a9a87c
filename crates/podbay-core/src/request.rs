//! Who makes a request, and why a request failed.

use super::cluster;
use super::launch_id::InvalidLaunchId;
use super::policy;
use podbay_text::diagnostic::Diagnostic;

/// Why a request failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Names the thing and the place, and how to fix it.
    pub message: String,
    /// For a launch, its errors.
    pub problems: Vec<Diagnostic>,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(message: T) -> Self {
        Self {
            message: message.into(),
            problems: Vec::new(),
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
        Self::from(error.to_string())
    }
}

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The local user, at the command line or the private socket.
    Local,
    /// File, or package and file, of the launch.
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
<<<<<<< HEAD
=======

/// A request on its way to the bridge, with the channel for the reply.
#[derive(Debug)]
pub struct Call {
    /// Who asks.
    pub caller: Caller,
    /// What is asked.
    pub request: Request,
    /// Channel for the reply.
    pub reply: tokio::sync::oneshot::Sender<Result<Reply, Refusal>>,
}

impl Request {
    /// Name of the service, such as `create_pod`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreatePod(_) => "create_pod",
            Self::DeletePod { .. } => "delete_pod",
            Self::RestartPod { .. } => "restart_pod",
            Self::GetPod { .. } => "get_pod",
            Self::ListPods(_) => "list_pods",
            Self::GetLogs(_) => "get_logs",
            Self::ExecInPod(_) => "exec_in_pod",
            Self::StartLaunch(_) => "start_launch",
            Self::StopLaunch { .. } => "stop_launch",
            Self::ListLaunches => "list_launches",
            Self::TranslateLaunch(_) => "translate_launch",
        }
    }

    /// Whether it changes something in the cluster or in a container.
    pub fn mutates(&self) -> bool {
        match self {
            Self::CreatePod(create) => !create.dry_run,
            Self::DeletePod { .. } | Self::RestartPod { .. } | Self::ExecInPod(_) => true,
            Self::StartLaunch(_) | Self::StopLaunch { .. } => true,
            Self::GetPod { .. } | Self::ListPods(_) | Self::GetLogs(_) => false,
            Self::ListLaunches | Self::TranslateLaunch(_) => false,
        }
    }

    /// Its subject for the log, shortened.
    pub fn subject(&self) -> String {
        lengths::short(&self.about())
    }

    fn about(&self) -> String {
        match self {
            Self::CreatePod(create) => format!("a manifest of {} bytes", create.manifest.len()),
            Self::DeletePod { key, .. } | Self::RestartPod { key, .. } | Self::GetPod { key } => asked(key),
            Self::GetLogs(query) => asked(&query.key),
            Self::ExecInPod(command) => format!("{} {}", asked(&command.key), command.command.join(" ")),
            Self::StartLaunch(source) | Self::TranslateLaunch(source) => source.to_string(),
            Self::StopLaunch { launch_id } => launch_id.clone(),
            Self::ListPods(_) | Self::ListLaunches => String::new(),
        }
    }
}

/// A pod as requested, possibly without its namespace.
fn asked(key: &PodKey) -> String {
    match key.namespace.as_str() {
        "" => key.name.clone(),
        _ => key.to_string(),
    }
}

impl std::fmt::Display for LaunchSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.package.as_str(), self.file.as_str()) {
            ("", "") => write!(f, "a launch file of {} bytes", self.description.len()),
            ("", file) => f.write_str(file),
            (package, file) => write!(f, "{package} {file}"),
        }
    }
}
>>>>>>> cd44edf (Say in the field's own words why pods are unhealthy and requests are denied)
