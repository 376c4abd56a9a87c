//! Startup, readiness and liveness probes of a running container.
//!
//! Readiness and liveness begin after startup. A change is reported after as many consecutive results as the
//! probe's threshold requires.

use std::pin::pin;
use std::time::Duration;

use hyper::client::conn::http1;
use hyper::http::HeaderValue;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::exec::ExecContext;
use super::facts;
use super::object::text;

/// Purpose of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Startup,
    Readiness,
    Liveness,
}

impl Purpose {
    /// The probe of `container` for this purpose.
    pub(super) fn of(self, container: &k8s::Container) -> Option<&k8s::Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Readiness => container.readiness_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
        }
    }
}

/// Probes `container` and reports every change, until a failure requires its end. A probe that is not set
/// succeeds at once.
pub(super) async fn watch(
    container: &k8s::Container,
    context: &ExecContext,
    report: &(impl Fn(Purpose, bool) + Sync),
) -> Purpose {
    let prober = Prober {
        container,
        context,
        report,
    };
    if !prober.probe(Purpose::Startup, |_| true).await {
        return Purpose::Startup;
    }
    let readiness = prober.probe(Purpose::Readiness, |_| false);
    let liveness = prober.probe(Purpose::Liveness, |good| !good);
    tokio::select! {
        _ = readiness => Purpose::Readiness,
        _ = liveness => Purpose::Liveness,
    }
}

struct Prober<'a, T> {
    container: &'a k8s::Container,
    context: &'a ExecContext,
    report: &'a T,
}

impl<T: Fn(Purpose, bool)> Prober<'_, T> {
    /// Probes until a result is `enough`, and returns it.
    async fn probe(&self, purpose: Purpose, enough: impl Fn(bool) -> bool) -> bool {
        let Some(probe) = purpose.of(self.container) else {
            (self.report)(purpose, true);
            return match enough(true) {
                true => true,
                false => std::future::pending().await,
            };
        };
        sleep(seconds(probe.initial_delay_seconds, 0)).await;
        let mut ticks = interval(seconds(probe.period_seconds, 10));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tally = Tally::default();
        loop {
            ticks.tick().await;
            if let Some(good) = tally.count(self.attempt(probe).await, probe) {
                (self.report)(purpose, good);
                if enough(good) {
                    return good;
                }
            }
        }
    }

    async fn attempt(&self, probe: &k8s::Probe) -> bool {
        let limit = seconds(probe.timeout_seconds, 1);
        let attempt = async {
            if let Some(exec) = &probe.exec {
                let command = exec.command.as_deref().unwrap_or_default();
                let run = self.context.run(command, limit).await;
                run.is_ok_and(|output| output.exit_code == 0)
            } else if let Some(http) = &probe.http_get {
                self.http(http).await.unwrap_or(false)
            } else if let Some(tcp) = &probe.tcp_socket {
                self.connect(tcp.host.as_deref(), &tcp.port).await.is_some()
            } else {
                false
            }
        };
        timeout(limit, attempt).await.unwrap_or(false)
    }

    async fn connect(&self, host: Option<&str>, port: &IntOrString) -> Option<TcpStream> {
        let host = host.filter(|host| !host.is_empty()).unwrap_or(facts::ADDRESS);
        let port = port_number(self.container, port)?;
        TcpStream::connect((host, port)).await.ok()
    }

    /// Any status from 200 to 399 is a success, as for the kubelet; redirects are not followed.
    async fn http(&self, get: &k8s::HTTPGetAction) -> Option<bool> {
        let request = request(get).ok()?;
        let stream = self.connect(get.host.as_deref(), &get.port).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        let mut reply = pin!(sender.send_request(request));
        let reply = tokio::select! {
            reply = &mut reply => reply,
            _closed = connection => reply.await,
        };
        let status = reply.ok()?.status();
        Some(status.is_success() || status.is_redirection())
    }
}

fn request(get: &k8s::HTTPGetAction) -> hyper::http::Result<Request<String>> {
    let path = text(&get.path);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut request = Request::get(format!("{slash}{path}"));
    for header in get.http_headers.iter().flatten() {
        request = request.header(&header.name, &header.value);
    }
    let mut request = request.body(String::new())?;
    for (name, value) in [
        (header::HOST, get.host.as_deref().unwrap_or(facts::ADDRESS)),
        (header::USER_AGENT, "podbay"),
        (header::ACCEPT, "*/*"),
        (header::CONNECTION, "close"),
    ] {
        let value = HeaderValue::from_str(value)?;
        request.headers_mut().entry(name).or_insert(value);
    }
    Ok(request)
}

fn seconds(value: Option<i32>, default: u64) -> Duration {
    let value = value.and_then(|value| u64::try_from(value).ok());
    Duration::from_secs(value.filter(|&value| value > 0).unwrap_or(default))
}

/// A port by number, or by its name in the container.
fn port_number(container: &k8s::Container, port: &IntOrString) -> Option<u16> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            let named = ports.find(|port| port.name.as_ref() == Some(name));
            named
                .map(|port| port.container_port)
                .or_else(|| name.parse().ok())?
        }
    };
    u16::try_from(number).ok().filter(|&number| number > 0)
}

/// Consecutive results.
#[derive(Default)]
struct Tally {
    good: bool,
    count: i32,
}

impl Tally {
    /// Counts a result; returns it if the threshold has just been reached.
    fn count(&mut self, good: bool, probe: &k8s::Probe) -> Option<bool> {
        let threshold = match good {
            true => probe.success_threshold.unwrap_or(1),
            false => probe.failure_threshold.unwrap_or(3),
        };
        if self.good != good {
            *self = Self { good, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        (self.count == threshold.max(1)).then_some(good)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_needs_its_threshold_in_a_row_and_is_reported_once() {
        let probe = serde_json::from_value(json!({"failureThreshold": 2})).unwrap();
        let mut tally = Tally::default();
        let changes =
            [true, true, false, true, false, false, false, true].map(|good| tally.count(good, &probe));
        let (good, bad) = (Some(true), Some(false));
        assert_eq!(changes, [good, None, None, good, None, bad, None, good]);
    }

    #[test]
    fn ports_by_number_and_by_name() {
        let ports = json!([{"name": "web", "containerPort": 80}]);
        let container = serde_json::from_value(json!({"name": "c", "ports": ports})).unwrap();
        let port = |port: &str| port_number(&container, &IntOrString::String(port.to_owned()));
        assert_eq!((port("web"), port("81"), port("no")), (Some(80), Some(81), None));
        assert_eq!(port_number(&container, &IntOrString::Int(0)), None);
    }

    #[test]
    fn requests_carry_path_and_headers() {
        let headers = json!([{"name": "A", "value": "b"}, {"name": "accept", "value": "c"}]);
        let get = json!({"port": 1, "path": "x", "httpHeaders": headers});
        let request = request(&serde_json::from_value(get).unwrap()).unwrap();
        assert_eq!(request.uri(), "/x");
        let headers = ["host", "a", "accept"].map(|name| &request.headers()[name]);
        assert_eq!(headers, ["127.0.0.1", "b", "c"]);
        assert_eq!(request.headers().len(), 5);
    }
}
