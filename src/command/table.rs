//! The table of `podbay status`. Pure.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use crate::http::control::{Node, Pod};
use podbay_text::shown;

const HEADINGS: [&str; 9] = [
    "PODBAY",
    "NAMESPACE",
    "POD",
    "HEALTH",
    "REASON",
    "READY",
    "RESTARTS",
    "LAUNCH",
    "NODES",
];

/// A pod, and its podbay.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// The process id of its podbay; "" if there is only one.
    pub(super) podbay: String,
    pub(super) pod: Pod,
}

impl From<Pod> for Row {
    fn from(pod: Pod) -> Self {
        let podbay = String::new();
        Self { podbay, pod }
    }
}

/// One row per pod below the headings, in columns.
pub(super) fn render(pods: &[Row]) -> String {
    let first = usize::from(pods.iter().all(|row| row.podbay.is_empty()));
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(&HEADINGS[first..]);
    for pod in pods {
        table.add_row(&cells(pod).map(|cell| shown::line(&cell).into_owned())[first..]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn cells(Row { podbay, pod }: &Row) -> [String; 9] {
    [
        podbay.clone(),
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

/// The node's name, in brackets if it is not in the graph.
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
        assert_eq!(render(&[pod.clone().into()]), expected);
        let podbay = "42".to_owned();
        let expected = "PODBAY  NAMESPACE  POD     HEALTH  REASON       READY  RESTARTS  LAUNCH  NODES\n\
                        42      default    talker  WARN    NodeMissing  no     0         demo    /a (/b)\n";
        assert_eq!(render(&[Row { podbay, pod }]), expected);
    }

    #[test]
    fn text_of_others_forges_no_row_and_moves_no_column() {
        let named = |name: &str, node: &str| Pod {
            name: name.into(),
            nodes: vec![Node {
                name: node.into(),
                present: true,
            }],
            ..Pod::default()
        };
        let pods = [
            named("a", "/x\ndefault  fake  OK\u{1b}[1A\u{202e}"),
            named("世界", "/y\u{85}z"),
        ];
        let expected = "NAMESPACE  POD   HEALTH  REASON  READY  RESTARTS  LAUNCH  NODES\n           \
                        a                     no     0                 \
                        /x\\ndefault  fake  OK\\u{1b}[1A\\u{202e}\n           \
                        世界                  no     0                 /y\\u{85}z\n";
        assert_eq!(render(&pods.map(Row::from)), expected);
    }
}
