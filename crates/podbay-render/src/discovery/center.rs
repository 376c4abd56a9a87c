//! The discovery server or router of a launch: a Deployment, and a Service whose address remains when the pod
//! is replaced.

use serde_json::{Value, json};

use super::Planned;
use super::environment::{ROUTER_PORT, SERVER_PORT};
use crate::container::{DEFAULT_IMAGE, set};
use crate::names::Name;
use crate::profile::{Discovery, Mode, Profile};
use crate::{Target, command, pod, security};
use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_description::Process;

/// A Fast DDS discovery server. Runs the program itself, since the `fastdds` tool does not forward SIGTERM.
pub(super) fn server(name: &Name, all: &[Planned<'_, '_>], target: &Target) -> [Object; 2] {
    let port = SERVER_PORT.to_string();
    // whether a program listens on UDP can be checked only from inside the container
    let listens = format!("grep -q :{SERVER_PORT:04X} /proc/net/udp /proc/net/udp6");
    let args = ["fast-discovery-server", "-i", "0", "-p", &port].map(str::to_owned);
    let center = Center {
        name,
        origin: Origin::of(all, Mode::DiscoveryServer),
        args: args.to_vec(),
        port: json!({"name": "discovery", "containerPort": SERVER_PORT, "protocol": "UDP"}),
        probe: json!({"exec": {"command": ["sh", "-c", listens]}}),
    };
    center.objects(target)
}

/// A Zenoh router.
pub(super) fn router(name: &Name, all: &[Planned<'_, '_>], target: &Target) -> [Object; 2] {
    let process = Process {
        package: "rmw_zenoh_cpp".to_owned(),
        executable: "rmw_zenohd".to_owned(),
        ..Process::default()
    };
    let invocation = command::invocation(&process, &Profile::default(), &[], []);
    let center = Center {
        name,
        origin: Origin::of(all, Mode::ZenohRouter),
        args: invocation.map(|invocation| invocation.args).unwrap_or_default(),
        port: json!({"name": "zenoh", "containerPort": ROUTER_PORT, "protocol": "TCP"}),
        probe: json!({"tcpSocket": {"port": "zenoh"}}),
    };
    center.objects(target)
}

/// Properties of a server or router that come from its nodes.
struct Origin {
    /// From the first `discovery` that names one, otherwise that of the nodes.
    image: Option<String>,
    /// That of the first node.
    profile: Profile,
}

impl Origin {
    fn of(all: &[Planned<'_, '_>], mode: Mode) -> Self {
        let own = |discovery: &&Discovery| discovery.mode == mode && discovery.address.is_none();
        let (mut image, mut first) = (None, None);
        for (share, discovery) in all {
            if let Some(discovery) = discovery.as_ref().filter(own) {
                image = image.or_else(|| discovery.image.clone());
                first = first.or_else(|| share.members.first());
            }
        }
        let profile = first.map(|member| member.profile.clone()).unwrap_or_default();
        Self {
            image: image.or_else(|| profile.container.image.clone()),
            profile,
        }
    }
}

/// A server or router.
struct Center<'a> {
    name: &'a Name,
    origin: Origin,
    args: Vec<String>,
    port: Value,
    probe: Value,
}

impl Center<'_> {
    fn container(&self) -> Value {
        let Origin { image, profile } = &self.origin;
        let mut patient = self.probe.clone();
        // all nodes of the launch depend on it, so it is restarted only if it is certainly stuck
        patient["initialDelaySeconds"] = json!(10);
        patient["failureThreshold"] = json!(6);
        let mut container = json!({
            "name": self.name.process,
            "image": image.as_deref().unwrap_or(DEFAULT_IMAGE),
            "args": self.args,
            "ports": [self.port],
            "readinessProbe": self.probe,
            "livenessProbe": patient,
        });
        let settings = &profile.container;
        set(
            &mut container,
            "imagePullPolicy",
            json!(settings.image_pull_policy),
        );
        set(
            &mut container,
            "securityContext",
            security::of_container(&profile.pod, &Value::Null),
        );
        container
    }

    fn pod(&self) -> Value {
        let pod = &self.origin.profile.pod;
        let mut spec = json!({
            "terminationGracePeriodSeconds": 10,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "containers": [self.container()],
        });
        set(
            &mut spec,
            "imagePullSecrets",
            pod.image_pull_secrets.value.clone(),
        );
        set(&mut spec, "securityContext", security::of_pod(pod));
        spec
    }

    fn objects(&self, target: &Target) -> [Object; 2] {
        let metadata = pod::metadata(&self.name.service(), self.name, target);
        let selector = pod::selector(self.name, target);
        let service = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {
                "selector": selector,
                "ports": [{
                    "name": self.port["name"],
                    "port": self.port["containerPort"],
                    "targetPort": self.port["name"],
                    "protocol": self.port["protocol"],
                }],
            },
        });
        let deployment = json!({
            "apiVersion": WorkloadKind::Deployment.api_version(),
            "kind": WorkloadKind::Deployment.name(),
            "metadata": metadata,
            "spec": {
                "replicas": 1,
                // of two at once, each would know only some of the nodes
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": selector},
                "template": {"metadata": {"labels": metadata["labels"]}, "spec": self.pod()},
            },
        });
        [Object(service), Object(deployment)]
    }
}
