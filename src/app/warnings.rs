//! Warnings at the start about the environment and the settings.

use crate::ros::{MULTICAST_ONLY, middleware};
use podbay_config::Settings;
use podbay_config::cli::ClusterKind;
use podbay_core::node::{DiscoveryRange, NodeOptions, Parameter, USE_SIM_TIME};

/// Logs all warnings.
pub(super) fn warn(settings: &Settings, node: &NodeOptions) {
    warn_of_surroundings(node);
    for warning in &settings.file.warnings {
        tracing::warn!("{warning}");
    }
    if open_to_network(settings, node.range) {
        tracing::warn!("{OPEN_TO_NETWORK}");
    }
}

/// Warns of settings of the environment or arguments that podbay's node does not support.
fn warn_of_surroundings(node: &NodeOptions) {
    if MULTICAST_ONLY {
        for sentence in middleware::unhonoured(|variable| std::env::var(variable).ok()) {
            tracing::warn!("{sentence}");
        }
    }
    if node.parameter(USE_SIM_TIME) == Some(&Parameter::Bool(true)) {
        tracing::warn!(
            "use_sim_time is true, but pods use the cluster's time: podbay stamps its messages with the system \
             clock and ignores /clock"
        );
    }
}

/// See [`open_to_network`].
const OPEN_TO_NETWORK: &str = "anyone who can reach this ROS domain over the network can run programs as this user: \
     set ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST, or `allow_local_processes: false` under `policy` in podbay's \
     configuration";

/// Whether a request from another machine may start processes on this one.
fn open_to_network(settings: &Settings, range: DiscoveryRange) -> bool {
    settings.cluster == ClusterKind::Embedded
        && range == DiscoveryRange::Subnet
        && settings.file.policy.admit_local_processes().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use podbay_config::cli::Cli;

    #[test]
    fn who_lets_strangers_run_programs_is_warned() {
        let settings = |cluster: &str, allowed: Option<bool>| {
            let cli = Cli::try_parse_from(["podbay", "serve", "--cluster", cluster]).unwrap();
            let mut settings = Settings::new(&cli.common).unwrap();
            settings.file.policy.allow_local_processes = allowed;
            settings
        };
        for (cluster, allowed, range, warned) in [
            ("embedded", None, DiscoveryRange::Subnet, true),
            ("embedded", Some(false), DiscoveryRange::Subnet, false),
            ("embedded", None, DiscoveryRange::Localhost, false),
            ("kube", None, DiscoveryRange::Subnet, false),
        ] {
            let settings = settings(cluster, allowed);
            assert_eq!(open_to_network(&settings, range), warned, "{cluster} {range:?}");
        }
    }
}
