//! Names in the ROS graph: resolves and remaps `~/pods`, `/diagnostics`, `chatter`.

use podbay_core::node::NodeOptions;

/// The fully qualified name of `name` for the node of `options`, after its remap rules.
pub(crate) fn resolve(options: &NodeOptions, name: &str) -> String {
    let expanded = expand(options, name);
    let mut rules = options.remappings.iter();
    match rules.find(|(from, _)| expand(options, from) == expanded) {
        Some((_, to)) => expand(options, to),
        None => expanded,
    }
}

fn expand(options: &NodeOptions, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    match name.strip_prefix('~') {
        Some(rest) => format!(
            "{}/{}",
            options.fully_qualified_name(),
            rest.trim_start_matches('/')
        ),
        None => format!("{}/{name}", options.namespace.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let remap = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let options = NodeOptions {
            namespace: "/site".to_owned(),
            remappings: vec![
                remap("chatter", "news"),
                remap("~/pods", "/pods"),
                remap("/diagnostics", "~/diagnostics"),
            ],
            ..NodeOptions::new("podbay")
        };
        assert_eq!(resolve(&options, name), expected);
    }

    #[test]
    fn names_are_expanded_and_remapped() {
        check("/rosout", "/rosout");
        check("~/pod_events", "/site/podbay/pod_events");
        check("topic", "/site/topic");
        check("chatter", "/site/news");
        check("/site/chatter", "/site/news");
        check("~/pods", "/pods");
        check("/diagnostics", "/site/podbay/diagnostics");
    }
}
