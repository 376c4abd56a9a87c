//! Finds the API server: from a kubeconfig (`KUBECONFIG`, contexts), or from the service account of podbay's
//! pod.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use kube::config::{Config, KubeConfigOptions};

use crate::errors::root_cause;
use crate::watch::{NoReply, probe};
use crate::{kubeconfig, limit};

/// Timeout for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout for the API server's first reply.
const FIRST_REPLY: Duration = Duration::from_secs(10);

/// The cluster and the namespaces to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A kubeconfig; default: `KUBECONFIG`, then `~/.kube/config`, then the service account.
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig; default: the current one.
    pub context: Option<String>,
    /// Namespace for requests that name none; default: the context's.
    pub namespace: Option<String>,
    /// Namespaces to watch; if empty, all, or only that for requests that name none.
    pub scope: Vec<String>,
    /// If `scope` is empty, whether only the default namespace is watched.
    pub only_own: bool,
}

/// Why podbay could not connect. Only [`ConnectError::Unreachable`] may be retried unchanged.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ConnectError {
    #[error(
        "no cluster is configured: KUBECONFIG is not set, {kubeconfig} does not exist, and podbay does not run in \
         a pod; provide one of them"
    )]
    NotConfigured { kubeconfig: String },
    #[error(
        "{origin} does not identify a cluster: {message}; correct it, or choose a context with --context"
    )]
    Misconfigured { origin: String, message: String },
    #[error(
        "the API server at {server} (from {origin}) is not responding: {message}; start it, or choose another \
         with --context"
    )]
    Unreachable {
        server: String,
        origin: String,
        message: String,
    },
    #[error(
        "{server} (from {origin}) does not look like a Kubernetes API server: {message}; correct the address, or \
         choose another with --context"
    )]
    Strange {
        server: String,
        origin: String,
        message: String,
    },
    #[error(
        "the API server at {server} rejects the credentials from {origin}; renew them, or choose others with --context"
    )]
    Unauthorized { server: String, origin: String },
}

/// A connection to a responding cluster.
pub(super) struct Connection {
    /// For requests: retries if the server is busy.
    pub(super) requests: Client,
    /// For watches and probes: reports every failure at once.
    pub(super) watches: Client,
    /// Address of the API server.
    pub(super) server: String,
    /// Namespace for requests that name none.
    pub(super) namespace: String,
}

/// Connects, and checks that the server responds.
pub(super) async fn connect(options: &Options) -> Result<Connection, ConnectError> {
    let origin = Origin::find(options)?;
    let connection = origin.load(options).await?;
    let reply = probe(&connection.watches, FIRST_REPLY).await;
    let (server, origin) = (connection.server.clone(), origin.to_string());
    match reply {
        Ok(()) => Ok(connection),
        Err(NoReply::Unauthorized) => Err(ConnectError::Unauthorized { server, origin }),
        Err(NoReply::Strange(message)) => Err(ConnectError::Strange {
            server,
            origin,
            message,
        }),
        Err(NoReply::Silent(message)) => Err(ConnectError::Unreachable {
            server,
            origin,
            message,
        }),
    }
}

/// Source of address and credentials.
enum Origin {
    /// One file, or the list of files in `KUBECONFIG`.
    Kubeconfig {
        paths: OsString,
        context: Option<String>,
    },
    ServiceAccount,
}

impl Origin {
    /// A kubeconfig that exists or is requested must be valid; it is never skipped silently.
    fn find(options: &Options) -> Result<Self, ConnectError> {
        let named = std::env::var_os("KUBECONFIG").filter(|paths| !paths.is_empty());
        let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".kube/config");
        let context = options.context.clone();
        let paths = match (&options.kubeconfig, named) {
            (Some(path), _) => path.clone().into_os_string(),
            (None, Some(paths)) => paths,
            (None, None) if home.exists() || context.is_some() => home.into_os_string(),
            (None, None) if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() => {
                return Ok(Self::ServiceAccount);
            }
            (None, None) => {
                let kubeconfig = home.display().to_string();
                return Err(ConnectError::NotConfigured { kubeconfig });
            }
        };
        Ok(Self::Kubeconfig { paths, context })
    }

    async fn load(&self, options: &Options) -> Result<Connection, ConnectError> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        let namespace = options
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let requests = self.client(config.clone())?;
        config.default_retry = false;
        let watches = self.client(config)?;
        Ok(Connection {
            requests,
            watches,
            server,
            namespace,
        })
    }

    async fn config(&self) -> Result<Config, ConnectError> {
        match self {
            Self::Kubeconfig { paths, context } => {
                let paths = paths.clone();
                // a file may be a pipe that is not written for long
                let read = tokio::task::spawn_blocking(move || kubeconfig::read(&paths)).await;
                let kubeconfig = read.map_err(|error| self.bad(error.to_string()))?;
                let kubeconfig = kubeconfig.map_err(|error| self.bad(error))?;
                let context = context.clone();
                let options = KubeConfigOptions {
                    context,
                    ..Default::default()
                };
                let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
                config.map_err(|error| self.bad(error.to_string()))
            }
            Self::ServiceAccount => Config::incluster().map_err(|error| self.bad(error.to_string())),
        }
    }

    fn client(&self, config: Config) -> Result<Client, ConnectError> {
        limit::client(config).map_err(|error| self.bad(root_cause(&error)))
    }

    fn bad(&self, message: String) -> ConnectError {
        ConnectError::Misconfigured {
            origin: self.to_string(),
            message,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kubeconfig { paths, context: None } => write!(f, "kubeconfig {}", paths.display()),
            Self::Kubeconfig {
                paths,
                context: Some(context),
            } => {
                write!(f, "context {context} of kubeconfig {}", paths.display())
            }
            Self::ServiceAccount => f.write_str("the service account of podbay's pod"),
        }
    }
}
