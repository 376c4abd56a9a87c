//! Names in the ROS graph: resolves and remaps `~/pods`, `/diagnostics`, `chatter`.

use super::NodeOptions;

impl NodeOptions {
    /// The fully qualified name of the topic or service `name` for this node, after its remap rules.
    pub fn resolve(&self, name: &str) -> String {
        let expanded = expand(self, name);
        let mut rules = self.remappings.iter();
        match rules.find(|(from, _)| expand(self, from) == expanded) {
            Some((_, to)) => expand(self, to),
            None => expanded,
        }
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
        assert_eq!(options.resolve(name), expected);
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
