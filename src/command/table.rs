//! The table of `podbay status`. Pure.

use crate::http::control::{Node, Pod};

const HEADINGS: [&str; 8] = [
    "NAMESPACE",
    "POD",
    "HEALTH",
    "REASON",
    "READY",
    "RESTARTS",
    "LAUNCH",
    "NODES",
];

/// One row a pod below the headings, in columns.
pub(super) fn render(pods: &[Pod]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(pods.iter().map(row));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(pod: &Pod) -> [String; 8] {
    [
        pod.namespace.clone(),
        pod.name.clone(),
        pod.health.clone(),
        pod.reason.clone(),
        if pod.ready { "yes" } else { "no" }.to_owned(),
        pod.restarts.to_string(),
        pod.launch.clone(),
        pod.nodes.iter().map(node).collect::<Vec<_>>().join(" "),
    ]
}

/// The node's name; in brackets when it is not in the graph.
fn node(node: &Node) -> String {
    if node.present {
        node.name.clone()
    } else {
        format!("({})", node.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_missing_nodes_are_marked() {
        let nodes = vec![
            Node {
                name: "/a".into(),
                present: true,
            },
            Node {
                name: "/b".into(),
                present: false,
            },
        ];
        let pod = Pod {
            namespace: "default".into(),
            name: "talker".into(),
            health: "WARN".into(),
            reason: "NodeMissing".into(),
            launch: "demo".into(),
            nodes,
            ..Pod::default()
        };
        let expected = "NAMESPACE  POD     HEALTH  REASON       READY  RESTARTS  LAUNCH  NODES\n\
                        default    talker  WARN    NodeMissing  no     0         demo    /a (/b)\n";
        assert_eq!(render(&[pod]), expected);
    }
}
