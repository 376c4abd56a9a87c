//! Applies the settings to the parts: the cluster, the translation of launch files, the environment of
//! containers.

use std::sync::Arc;

use anyhow::Result;

use crate::bridge::evaluate::{Evaluator, FindCluster, NoImage};
use crate::bridge::{Commands, Profiles, Translator, Turns};
use crate::metrics::Metrics;
use crate::ros::{BACKEND, MULTICAST_ONLY};
use podbay_config::cli::ClusterKind;
use podbay_config::{Settings, unicode_environment};
use podbay_core::cluster::Cluster;
use podbay_core::node::NodeOptions;
use podbay_embedded::{EmbeddedCluster, EmbeddedOptions};
use podbay_kube::{KubeCluster, Options as KubeOptions};
use podbay_launch_file as launch;

/// A cluster, and again as the embedded one if it is that.
type Opened = (Arc<dyn Cluster>, Option<Arc<EmbeddedCluster>>);

/// Help for users without a cluster. It is only given here, since it is of no use where an image is needed.
pub(super) fn without_one(cluster: ClusterKind) -> &'static str {
    match cluster {
        ClusterKind::Kube => ". To run without a cluster: --cluster embedded",
        ClusterKind::Embedded => "",
    }
}

/// Connects to the configured cluster, or starts it.
pub(super) async fn open_cluster(settings: &Settings, metrics: &Metrics) -> Result<Opened> {
    match settings.cluster {
        ClusterKind::Embedded => {
            let embedded = Arc::new(EmbeddedCluster::new(embedded_options(settings))?);
            Ok((embedded.clone(), Some(embedded)))
        }
        ClusterKind::Kube => {
            let options = KubeOptions {
                kubeconfig: None,
                context: settings.context.clone(),
                namespace: settings.namespace.clone(),
                scope: settings.namespaces.clone(),
                only_own: settings.only_own,
            };
            Ok((
                Arc::new(KubeCluster::connect(options, Arc::new(metrics.clone())).await?),
                None,
            ))
        }
    }
}

fn embedded_options(settings: &Settings) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::default();
    let others = settings
        .namespaces
        .iter()
        .filter(|other| settings.namespace.as_ref() != Some(other));
    let named: Vec<_> = settings.namespace.iter().chain(others).cloned().collect();
    if !named.is_empty() {
        options.namespaces = named;
    }
    if settings.namespaces.is_empty() {
        // without a scope, the namespaces of the embedded cluster are those that may be requested
        let allowed = settings.file.policy.allow_namespaces.iter();
        let allowed = allowed.filter(|name| *name != "*" && !options.namespaces.contains(name));
        options.namespaces.extend(allowed.cloned().collect::<Vec<_>>());
    }
    options
}

/// The translator from launch files to objects, according to the settings.
pub fn translator(settings: &Settings, environment: Vec<(String, String)>) -> Translator {
    let mut options = launch::Options::of_environment(unicode_environment());
    let prefixes = &mut options.package_prefixes;
    prefixes.splice(0..0, settings.package_path.iter().cloned());
    Translator {
        options,
        profiles: Profiles::new(settings.profile.clone(), settings.file.profiles.clone()),
        evaluator: evaluator(settings),
        readable: settings.file.policy.allow_files.clone(),
        commands: Commands {
            local: settings.allow_command,
            graph: settings.file.policy.allow_command,
        },
        limits: settings.file.limits,
        turns: Turns::default(),
        environment,
        one_host: settings.cluster == ClusterKind::Embedded,
        multicast_only: MULTICAST_ONLY,
    }
}

fn evaluator(settings: &Settings) -> Evaluator {
    let mut evaluator = Evaluator::default();
    evaluator.how = settings.evaluate;
    evaluator.limit = settings.evaluate_timeout;
    evaluator.allow_python_here = settings.file.policy.allow_python_here;
    evaluator.policy = settings.file.policy.clone();
    evaluator.cluster = on_demand(settings);
    evaluator
}

/// A cluster that is already open.
pub(super) fn known(cluster: Arc<dyn Cluster>) -> FindCluster {
    Arc::new(move || {
        let cluster = cluster.clone();
        Box::pin(async move { Ok(cluster) })
    })
}

/// A cluster that is opened on demand.
fn on_demand(settings: &Settings) -> FindCluster {
    let settings = settings.clone();
    Arc::new(move || {
        let settings = settings.clone();
        Box::pin(async move {
            if settings.cluster == ClusterKind::Embedded {
                return Err(NoImage::Embedded);
            }
            let metrics = Metrics::new(BACKEND, settings.cluster.as_str())
                .map_err(|error| NoImage::NoCluster(error.to_string()))?;
            let opened = open_cluster(&settings, &metrics).await;
            opened
                .map(|(cluster, _)| cluster)
                .map_err(|error| NoImage::NoCluster(format!("{error:#}")))
        })
    })
}

/// The environment that podbay and all containers need in common to join the same graph.
pub(super) fn pod_environment(node: &NodeOptions) -> Vec<(String, String)> {
    let mut environment = vec![("ROS_DOMAIN_ID".to_owned(), node.domain_id.to_string())];
    for name in [
        "RMW_IMPLEMENTATION",
        "ROS_AUTOMATIC_DISCOVERY_RANGE",
        "ROS_LOCALHOST_ONLY",
    ] {
        if let Ok(value) = std::env::var(name)
            && !value.is_empty()
        {
            environment.push((name.to_owned(), value));
        }
    }
    environment
}
