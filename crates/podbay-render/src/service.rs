//! The Service of a pod with `ports`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::group::{Member, Share};
use super::{Target, at_profile, pod, title};
use crate::profile::{Port, Service, ServiceType};
use podbay_core::object::Object;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Services of a launch.
#[derive(Default)]
pub(super) struct Services {
    /// Names set by profiles, each for one pod only.
    given: BTreeSet<String>,
}

impl Services {
    /// Opens the ports of `share` in its pod, and returns the Service for them.
    pub(super) fn open(
        &mut self,
        share: &Share<'_>,
        pod: &mut Object,
        target: &Target,
    ) -> Result<Option<Object>, Diagnostic> {
        let ports = ports(share)?;
        let service = share.agreed("service", |profile| profile.network.service.clone())?;
        for (name, (member, port)) in &ports {
            open(pod, member, name, port);
        }
        let service = match service {
            None if ports.is_empty() => return Ok(None),
            service => service.unwrap_or(Service {
                kind: ServiceType::default(),
                name: None,
            }),
        };
        check(&share.members[0], &service, &ports)?;
        let name = self.name(share, &service)?;
        // on one host, ports are those of the host
        Ok((!target.one_host).then(|| object(&name, share, &service, &ports, target)))
    }

    fn name(&mut self, share: &Share<'_>, service: &Service) -> Result<String, Diagnostic> {
        let name = service.name.clone().unwrap_or_else(|| share.name().service());
        if self.given.insert(name.clone()) {
            return Ok(name);
        }
        let what = format!("another pod of this launch already has a Service named {name}");
        let help = "set another `service.name` for one of them with a rule";
        let error = Code::ServiceClash.says(what).help(help);
        let others: Vec<_> = share.members.iter().skip(1).collect();
        Err(share.members[0].at_key(&others, &["service"], error))
    }
}

/// Ports of a pod by name, with the first process that has them.
type Ports<'a, 'b> = BTreeMap<String, (&'b Member<'a>, Port)>;

fn ports<'a, 'b>(share: &'b Share<'a>) -> Result<Ports<'a, 'b>, Diagnostic> {
    let mut ports: Ports<'a, 'b> = BTreeMap::new();
    for member in &share.members {
        for (name, port) in &member.profile.network.ports {
            let clash = ports.iter().find(|(other, (_, taken))| {
                let same = (taken.port, taken.protocol) == (port.port, port.protocol);
                (*other == name) != same || (*other == name && taken != port)
            });
            if let Some((other, (first, _))) = clash {
                let what = format!(
                    "its port {name} ({}) and port {other} of {} are in one pod, where names and numbers must be unique",
                    port.port,
                    title(first.process)
                );
                let help = match std::ptr::eq(first.process, member.process) {
                    true => "change one of them",
                    false => "change one of them, or use `group: node` for one of the processes",
                };
                let error = Code::ServiceClash.says(what).help(help);
                return Err(member.at_key(&[first], &["ports"], error));
            }
            ports.entry(name.clone()).or_insert((member, port.clone()));
        }
    }
    Ok(ports)
}

fn open(pod: &mut Object, member: &Member<'_>, name: &str, port: &Port) {
    let containers = pod.0["spec"]["containers"].as_array_mut();
    let mut containers = containers.into_iter().flatten();
    if let Some(container) = containers.find(|container| container["name"] == member.name.process.as_str()) {
        let named = json!({"name": name, "containerPort": port.port, "protocol": port.protocol});
        let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
        let same = |other: &Value| {
            other["containerPort"] == named["containerPort"] && protocol(other) == protocol(&named)
        };
        match &mut container["ports"] {
            // named by a patch
            Value::Array(ports) if ports.iter().any(same) => {}
            Value::Array(ports) => ports.push(named),
            ports => *ports = json!([named]),
        }
    }
}

fn check(member: &Member<'_>, service: &Service, ports: &Ports<'_, '_>) -> Result<(), Diagnostic> {
    let on_hosts = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
    let of_hosts = ports.iter().find(|(_, (_, port))| port.node_port.is_some());
    let (what, help) = match of_hosts {
        Some((name, _)) if !on_hosts => (
            format!("port {name} has a nodePort, but its Service is not a NodePort or LoadBalancer"),
            "set `service: NodePort`, or remove `nodePort`",
        ),
        _ if ports.is_empty() && service.kind != ServiceType::Headless => (
            "the profile sets `service` without `ports`".to_owned(),
            "add `ports`, or remove `service`",
        ),
        _ => return Ok(()),
    };
    let error = Code::ProfileContradiction.says(what).help(help);
    Err(at_profile(
        member.process,
        &member.profile,
        &["service", "ports"],
        error,
    ))
}

fn object(
    name: &str,
    share: &Share<'_>,
    service: &Service,
    ports: &Ports<'_, '_>,
    target: &Target,
) -> Object {
    let mut spec = match service.kind {
        ServiceType::ClusterIP => json!({}),
        ServiceType::Headless => json!({"clusterIP": "None"}),
        ServiceType::NodePort => json!({"type": "NodePort"}),
        ServiceType::LoadBalancer => json!({"type": "LoadBalancer"}),
    };
    spec["selector"] = pod::selector(share.name(), target);
    if !ports.is_empty() {
        spec["ports"] = ports.iter().map(|(name, (_, port))| entry(name, port)).collect();
    }
    Object(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": pod::metadata(name, share.name(), target),
        "spec": spec,
    }))
}

fn entry(name: &str, port: &Port) -> Value {
    let mut entry =
        json!({"name": name, "port": port.port, "targetPort": port.port, "protocol": port.protocol});
    if let Some(node_port) = port.node_port {
        entry["nodePort"] = json!(node_port);
    }
    entry
}
