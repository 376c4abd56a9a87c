//! The picture of a launch: `tests/picture/<case>/description.json` and `profile.yaml` become `expected.dot` and
//! `expected.svg`. The objects are those that render makes of the two, or the case's `objects.yaml`. Run with `UPDATE_EXPECT=1` to write what
//! comes out, and look at it before keeping it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use podbay_core::object::Object;
use podbay_description::{ComposableNode, Description, Process, ProcessKind};
use podbay_render as render;
use podbay_render::picture::Picture;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use proptest::prelude::*;

fn rendered(description: &Description, profile: &str) -> Rendered {
    let target = Target {
        launch_id: "demo".to_owned(),
        namespace: "robots".to_owned(),
        ..Target::default()
    };
    render::launch(description, &Profile::parse(profile).unwrap(), &target).unwrap()
}

fn picture(folder: &Path) -> Picture {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let description: Description = serde_json::from_str(&read("description.json").unwrap()).unwrap();
    let mut rendered = rendered(&description, &read("profile.yaml").unwrap_or_default());
    if let Ok(objects) = read("objects.yaml") {
        let objects = serde_saphyr::from_multiple(&objects).unwrap();
        rendered.objects = objects.into_iter().map(Object).collect();
    }
    Picture::new(&description, &rendered)
}

fn check(expected: &Path, output: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(expected, output).unwrap();
    }
    let wanted = fs::read_to_string(expected).unwrap_or_default();
    assert!(output == wanted, "{}: got\n{output}", expected.display());
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture");
    let entries = fs::read_dir(root).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_case_comes_out_as_expected() {
    assert!(cases().len() >= 3);
    for folder in cases() {
        let picture = picture(&folder);
        check(&folder.join("expected.dot"), &picture.dot());
        check(&folder.join("expected.svg"), &picture.svg());
    }
}

#[test]
#[ignore = "needs Graphviz (Debian package graphviz)"]
fn graphviz_reads_what_is_written() {
    for folder in cases() {
        let expected = folder.join("expected.dot");
        let drawn = Command::new("dot").arg("-Tsvg").arg(&expected).output().unwrap();
        let complaints = String::from_utf8_lossy(&drawn.stderr);
        assert!(
            drawn.status.success() && complaints.is_empty(),
            "{}: {complaints}",
            expected.display()
        );
        let drawn = String::from_utf8(drawn.stdout).unwrap();
        assert!(elements(&drawn).iter().any(|name| name == "polygon"), "{drawn}");
    }
}

/// Names of the elements of an SVG document; no attribute may make one act.
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

/// What stands outside quoted strings in a DOT file.
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

/// Names that mean something to a reader of DOT, HTML or SVG.
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
    fn no_name_gets_out_of_its_label(name in name(), plugin in name()) {
        let draw = |description: &Description| {
            let picture = Picture::new(description, &rendered(description, ""));
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
    let picture = Picture::new(&description, &rendered(&description, ""));
    let (dot, svg) = (picture.dot(), picture.svg());
    assert_eq!(dot.matches("[label=\"node /").count(), 1000);
    let blocks = elements(&svg).iter().filter(|&name| name == "rect").count();
    assert_eq!(blocks, dot.matches("[label=").count());
}
