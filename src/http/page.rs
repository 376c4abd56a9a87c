//! The status page: every pod in one table, made on the server, without scripts.

use std::fmt::Write;

use podbay_core::health::{Connection, PodReport};
use podbay_core::model::Snapshot;
use podbay_text::shown;

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\"><title>podbay</title>
<style>
body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}
table{border-collapse:collapse}th,td{text-align:left;padding:.25em .8em;border-bottom:1px solid #ddd;vertical-align:top}
.OK{color:#176b2c}.WARN{color:#8a5a00}.ERROR{color:#b3001b}.STALE{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}
.OK{color:#6fce86}.WARN{color:#e7b14a}.ERROR{color:#ff7b86}.STALE{color:#aaa}}
</style></head><body><h1>podbay</h1>
";

/// The page as of `snapshot`.
pub(super) fn render(snapshot: &Snapshot, cluster: &str) -> String {
    let mut page = HEAD.to_owned();
    let _ = writeln!(
        page,
        "<p>{}: {}</p>",
        escape(cluster),
        connection(snapshot.connection())
    );
    let heads = [
        "pod",
        "health",
        "phase",
        "ready",
        "restarts",
        "ROS nodes",
        "launch",
        "host",
    ];
    let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
    let _ = writeln!(page, "<table><tr>{heads}</tr>");
    for report in snapshot.pods() {
        row(&mut page, report);
    }
    let links = "<a href=\"readyz?verbose\">readiness</a>, <a href=\"metrics\">metrics</a>";
    let _ = writeln!(
        page,
        "</table><p>Pods: {}. See {links}.</p></body></html>",
        snapshot.pod_count()
    );
    page
}

fn connection(connection: &Connection) -> String {
    match connection {
        Connection::Connecting => "<span class=\"WARN\">connecting</span>".to_owned(),
        Connection::Connected { .. } => "<span class=\"OK\">connected</span>".to_owned(),
        Connection::Lost { reason, .. } => format!("<span class=\"STALE\">lost: {}</span>", escape(reason)),
    }
}

fn row(page: &mut String, report: &PodReport) {
    let (pod, health) = (&report.pod, &report.health);
    let level = health.level.as_str();
    let containers: Vec<_> = pod
        .containers
        .iter()
        .filter(|container| container.stays())
        .collect();
    let ready = containers.iter().filter(|container| container.ready).count();
    let mark = |present: bool| if present { "" } else { " (missing)" };
    let nodes: Vec<_> = health
        .nodes
        .iter()
        .map(|node| format!("{}{}", node.name, mark(node.present)))
        .collect();
    let _ = writeln!(
        page,
        "<tr><td>{}</td><td><b class=\"{level}\">{level}</b> {}<br><small>{}</small></td><td>{}</td>\
         <td>{ready}/{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        escape(&pod.key.to_string()),
        escape(&health.reason),
        escape(&health.message),
        pod.phase.as_str(),
        containers.len(),
        pod.restarts(),
        escape(&nodes.join(", ")),
        escape(pod.launch()),
        escape(&pod.host),
    );
}

/// Names and messages come from whoever made the pod.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in shown::line(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        let text = escape("<script>alert('x')</script> & \"y\"\u{202e}\u{1b}");
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\\u{202e}\\u{1b}"
        );
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
