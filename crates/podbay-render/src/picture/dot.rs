//! The picture as Graphviz DOT: a block with nested blocks is a cluster, any other a node.

use std::fmt::Write;

use super::block::Block;

/// `osage` packs clusters; the default engine would put all nodes into one row, as there are no edges.
const HEAD: &str = r#"digraph launch {
  graph [layout=osage, pack=12, fontname="monospace", fontsize=11, labeljust=l];
  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=11];
"#;

pub(super) fn write(root: &Block) -> String {
    let mut text = HEAD.to_owned();
    block(root, &mut 0, 1, &mut text);
    text + "}\n"
}

/// Ids are numbers: names only occur in labels.
fn block(block: &Block, id: &mut usize, depth: usize, text: &mut String) {
    *id += 1;
    let indent = "  ".repeat(depth);
    let (label, color) = (label(block), block.kind.color());
    if block.inside.is_empty() {
        // writing to a String cannot fail
        let _ = writeln!(text, "{indent}n{id} [label=\"{label}\", fillcolor=\"{color}\"];");
        return;
    }
    let _ = writeln!(text, "{indent}subgraph cluster_{id} {{");
    let _ = writeln!(
        text,
        "{indent}  graph [label=\"{label}\", style=\"rounded,filled\", fillcolor=\"{color}\"];"
    );
    for inner in &block.inside {
        self::block(inner, id, depth + 1, text);
    }
    let _ = writeln!(text, "{indent}}}");
}

/// Lines end with `\l`, which aligns them left.
fn label(block: &Block) -> String {
    let title = format!("{} {}", block.what, block.title);
    let lines = std::iter::once(&title).chain(&block.notes);
    lines.map(|line| escape(line) + "\\l").collect()
}

/// Graphviz interprets `\` escapes in a string, and HTML's `&name;`.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
