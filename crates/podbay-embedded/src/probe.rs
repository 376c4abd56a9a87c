//! Startup, readiness and liveness probes of a running container.
//!
//! Readiness and liveness wait for startup. What is reported is a change of opinion, after as many results in a
//! row as the probe's threshold asks for.

use std::time::Duration;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::exec::Place;
use super::facts;

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Startup,
    Readiness,
    Liveness,
}

/// A probe has come to an opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) purpose: Purpose,
    pub(super) good: bool,
}

/// Probes `container` until dropped, and tells `verdicts`. Without a probe the verdict is good at once.
pub(super) async fn watch(container: &k8s::Container, place: &Place, verdicts: &mpsc::Sender<Verdict>) {
    let prober = |purpose, probe: &Option<k8s::Probe>| Prober {
        purpose,
        probe: probe.clone(),
        container,
        place,
        verdicts,
    };
    if !prober(Purpose::Startup, &container.startup_probe).once().await {
        return;
    }
    let readiness = prober(Purpose::Readiness, &container.readiness_probe);
    let liveness = prober(Purpose::Liveness, &container.liveness_probe);
    tokio::join!(readiness.forever(), liveness.forever());
}

struct Prober<'a> {
    purpose: Purpose,
    probe: Option<k8s::Probe>,
    container: &'a k8s::Container,
    place: &'a Place,
    verdicts: &'a mpsc::Sender<Verdict>,
}

impl Prober<'_> {
    /// Up to the first verdict, which is returned.
    async fn once(&self) -> bool {
        self.verdicts_until(|_| true).await
    }

    async fn forever(&self) {
        self.verdicts_until(|_| false).await;
    }

    async fn verdicts_until(&self, enough: impl Fn(bool) -> bool) -> bool {
        let Some(probe) = &self.probe else {
            return self.tell(true).await;
        };
        sleep(seconds(probe.initial_delay_seconds, 0)).await;
        let mut ticks = interval(seconds(probe.period_seconds, 10));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tally = Tally::default();
        loop {
            ticks.tick().await;
            let good = self.attempt(probe).await;
            if let Some(verdict) = tally.count(good, probe) {
                self.tell(verdict).await;
                if enough(verdict) {
                    return verdict;
                }
            }
        }
    }

    async fn tell(&self, good: bool) -> bool {
        let _listener_gone = self
            .verdicts
            .send(Verdict {
                purpose: self.purpose,
                good,
            })
            .await;
        good
    }

    async fn attempt(&self, probe: &k8s::Probe) -> bool {
        let limit = seconds(probe.timeout_seconds, 1);
        let attempt = async {
            if let Some(exec) = &probe.exec {
                let command = exec.command.as_deref().unwrap_or_default();
                self.place
                    .run(command, limit)
                    .await
                    .is_ok_and(|output| output.exit_code == 0)
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
        TcpStream::connect((host, port_number(self.container, port)?))
            .await
            .ok()
    }

    /// Good is any status from 200 to 399, as the kubelet has it; redirects are not followed.
    async fn http(&self, get: &k8s::HTTPGetAction) -> Option<bool> {
        let mut stream = self.connect(get.host.as_deref(), &get.port).await?;
        stream.write_all(request(get).as_bytes()).await.ok()?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).await.ok()?;
        let code: u16 = status.split(' ').nth(1)?.trim().parse().ok()?;
        Some((200..400).contains(&code))
    }
}

fn request(get: &k8s::HTTPGetAction) -> String {
    let path = get.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let headers = get.http_headers.iter().flatten();
    let host = if headers
        .clone()
        .any(|header| header.name.eq_ignore_ascii_case("host"))
    {
        String::new()
    } else {
        format!("Host: {}\r\n", get.host.as_deref().unwrap_or(facts::ADDRESS))
    };
    let headers: String = headers
        .map(|header| format!("{}: {}\r\n", header.name, header.value))
        .collect();
    format!(
        "GET {slash}{path} HTTP/1.1\r\n{host}{headers}User-Agent: podbay\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
}

fn seconds(value: Option<i32>, default: u32) -> Duration {
    let value = value
        .filter(|&value| value > 0)
        .map_or(default, i32::unsigned_abs);
    Duration::from_secs(value.into())
}

/// A port by number, or by the name the container gives it.
pub(super) fn port_number(container: &k8s::Container, port: &IntOrString) -> Option<u16> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            let named = ports
                .find(|port| port.name.as_deref() == Some(name))
                .map(|port| port.container_port);
            named.or_else(|| name.parse().ok())?
        }
    };
    u16::try_from(number).ok().filter(|&number| number > 0)
}

/// Results in a row.
#[derive(Default)]
struct Tally {
    successes: i32,
    failures: i32,
}

impl Tally {
    /// Counts a result; tells when a threshold is reached just now.
    fn count(&mut self, good: bool, probe: &k8s::Probe) -> Option<bool> {
        let (count, other, threshold) = if good {
            (
                &mut self.successes,
                &mut self.failures,
                probe.success_threshold.unwrap_or(1),
            )
        } else {
            (
                &mut self.failures,
                &mut self.successes,
                probe.failure_threshold.unwrap_or(3),
            )
        };
        *other = 0;
        *count = count.saturating_add(1);
        (*count == threshold.max(1)).then_some(good)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_opinion_needs_its_threshold_in_a_row_and_is_told_once() {
        let probe = k8s::Probe {
            failure_threshold: Some(2),
            ..k8s::Probe::default()
        };
        let mut tally = Tally::default();
        let told = [true, true, false, true, false, false, false, true].map(|good| tally.count(good, &probe));
        let (good, bad) = (Some(true), Some(false));
        assert_eq!(told, [good, None, None, good, None, bad, None, good]);
    }

    #[test]
    fn ports_by_number_and_by_name() {
        let container =
            serde_json::from_value(json!({"name": "c", "ports": [{"name": "web", "containerPort": 80}]}));
        let container = container.unwrap();
        let port = |port: &str| port_number(&container, &IntOrString::String(port.to_owned()));
        assert_eq!((port("web"), port("81"), port("no")), (Some(80), Some(81), None));
        assert_eq!(port_number(&container, &IntOrString::Int(0)), None);
    }

    #[test]
    fn requests_carry_path_and_headers() {
        let get = serde_json::from_value(
            json!({"port": 1, "path": "x", "httpHeaders": [{"name": "A", "value": "b"}]}),
        );
        let text = request(&get.unwrap());
        assert!(
            text.starts_with("GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\n"),
            "{text}"
        );
        assert!(text.ends_with("\r\n\r\n"));
    }
}
