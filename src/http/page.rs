//! The status page: all pods in one table, rendered on the server, without scripts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use podbay_core::health::{Connection, PodReport};
use podbay_core::model::Snapshot;
use podbay_text::shown;

const STYLE: &str = "
body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}
table{border-collapse:collapse}th,td{text-align:left;padding:.25em .8em;border-bottom:1px solid #ddd;vertical-align:top}
.OK{color:#176b2c}.WARN{color:#8a5a00}.ERROR{color:#b3001b}.STALE{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}
.OK{color:#6fce86}.WARN{color:#e7b14a}.ERROR{color:#ff7b86}.STALE{color:#aaa}}
";

const HEADINGS: [&str; 8] = [
    "pod",
    "health",
    "phase",
    "ready",
    "restarts",
    "ROS nodes",
    "launch",
    "host",
];

/// The page for `snapshot`.
pub(super) fn render(snapshot: &Snapshot, cluster: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content="5";
                title { "podbay" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "podbay" }
                p { (shown::line(cluster)) ": " (connection(snapshot.connection())) }
                table {
                    tr { @for heading in HEADINGS { th { (heading) } } }
                    @for report in snapshot.pods() { (row(report)) }
                }
                p {
                    "Pods: " (snapshot.pod_count()) ". See "
                    a href="readyz?verbose" { "readiness" } ", " a href="metrics" { "metrics" } "."
                }
            }
        }
    };
    page.into_string()
}

fn connection(connection: &Connection) -> Markup {
    match connection {
        Connection::Connecting => html! { span class="WARN" { "connecting" } },
        Connection::Connected { .. } => html! { span class="OK" { "connected" } },
        Connection::Lost { reason, .. } => html! { span class="STALE" { "lost: " (shown::line(reason)) } },
    }
}

/// Names and messages come from whoever created the pod.
fn row(report: &PodReport) -> Markup {
    let (pod, health) = (&report.pod, &report.health);
    let level = health.level.as_str();
    let containers = || pod.containers.iter().filter(|container| container.stays());
    let ready = containers().filter(|container| container.ready).count();
    let mark = |present: bool| if present { "" } else { " (missing)" };
    let nodes: Vec<_> = health
        .nodes
        .iter()
        .map(|node| format!("{}{}", node.name, mark(node.present)))
        .collect();
    html! {
        tr {
            td { (shown::line(&pod.key.to_string())) }
            td {
                b class=(level) { (level) } " " (shown::line(&health.reason))
                br; small { (shown::line(&health.message)) }
            }
            td { (pod.phase.as_str()) }
            td { (ready) "/" (containers().count()) }
            td { (pod.restarts()) }
            td { (shown::line(&nodes.join(", "))) }
            td { (shown::line(pod.launch())) }
            td { (shown::line(&pod.host)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        let reason = "<script>alert('x')</script> & \"y\"\u{202e}\u{1b}".to_owned();
        let since = std::time::SystemTime::UNIX_EPOCH;
        let text = connection(&Connection::Lost { since, reason }).into_string();
        let expected = "&lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;y&quot;\\u{202e}\\u{1b}";
        assert_eq!(text, format!("<span class=\"STALE\">lost: {expected}</span>"));
    }

    #[test]
    fn an_empty_page_says_that_it_is_connecting() {
        let page = render(&Snapshot::default(), "kube <a>");
        assert!(
            page.contains("kube &lt;a&gt;: <span class=\"WARN\">connecting</span>"),
            "{page}"
        );
        assert!(page.contains("Pods: 0."), "{page}");
    }
}
