//! Pictures of any launch: names cannot escape from their labels.

use podbay_description::{ComposableNode, Description, Process, ProcessKind};
use podbay_render::picture::Picture;
use proptest::prelude::*;

use crate::demo::described;

/// Names of the elements of an SVG document; no attribute may run code.
fn elements(svg: &str) -> Vec<String> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(svg, options).unwrap();
    let names = document
        .descendants()
        .filter(|node| node.is_element())
        .map(|node| {
            let acts = |name: &str| name.starts_with("on") || name == "href" || name == "style";
            assert!(
                !node.attributes().any(|attribute| acts(attribute.name())),
                "{svg}"
            );
            node.tag_name().name().to_owned()
        });
    names.collect()
}

/// The text outside quoted strings in a DOT file.
fn outside_of_strings(dot: &str) -> String {
    let (mut outside, mut inside) = (String::new(), false);
    let mut letters = dot.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => inside = !inside,
            '\\' if inside => drop(letters.next()),
            _ if inside => {}
            letter => outside.push(letter),
        }
    }
    assert!(!inside, "a string is not closed: {dot}");
    outside
}

fn launch_of(name: &str, plugin: &str) -> Description {
    let process = |kind, name: &str| Process {
        kind,
        package: "p".to_owned(),
        executable: "e".to_owned(),
        name: name.to_owned(),
        namespace: format!("/{name}/deep"),
        ..Process::default()
    };
    let component = ComposableNode {
        container: "/elsewhere".to_owned(),
        plugin: plugin.to_owned(),
        name: name.to_owned(),
        ..ComposableNode::default()
    };
    Description {
        processes: vec![
            process(ProcessKind::Node, name),
            process(ProcessKind::LifecycleNode, "two"),
        ],
        composable_nodes: vec![component],
        ..Description::default()
    }
}

/// Names with a special meaning in DOT, HTML or SVG.
const HOSTILE: [&str; 8] = [
    "</text><script>alert(1)</script>",
    "\"]; n [URL=\"javascript:x",
    "a\\",
    "<b>x</b>",
    "&lt;",
    "]]>",
    "\u{0}\u{8}\u{ffff}",
    "--><!--",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![".*", proptest::sample::select(&HOSTILE).prop_map(str::to_owned)]
}

proptest! {
    #[test]
    fn names_stay_in_their_labels(name in name(), plugin in name()) {
        let draw = |description: &Description| {
            let picture = Picture::new(description, &described(description, ""));
            (picture.dot(), picture.svg())
        };
        let (dot, svg) = draw(&launch_of(&name, &plugin));
        let known = ["svg", "g", "rect", "text", "tspan"];
        let foreign = elements(&svg).into_iter().find(|name| !known.contains(&name.as_str()));
        prop_assert_eq!(foreign, None, "{}", svg);
        let plain = |c: char| c.is_ascii_alphanumeric() || " \n{}[]=,;_".contains(c);
        prop_assert!(outside_of_strings(&dot).chars().all(plain), "{}", dot);
        prop_assert_eq!(draw(&launch_of(&name, &plugin)), (dot, svg));
    }
}

#[test]
fn deep_namespaces_and_many_nodes_are_drawn() {
    let process = |number: usize| Process {
        package: "p".to_owned(),
        executable: "e".to_owned(),
        name: format!("n{number}"),
        namespace: "/a".repeat(number % 200),
        ..Process::default()
    };
    let description = Description {
        processes: (0..1000).map(process).collect(),
        ..Description::default()
    };
    let picture = Picture::new(&description, &described(&description, ""));
    let (dot, svg) = (picture.dot(), picture.svg());
    assert_eq!(dot.matches("[label=\"node /").count(), 1000);
    let blocks = elements(&svg).iter().filter(|&name| name == "rect").count();
    assert_eq!(blocks, dot.matches("[label=").count());
}
