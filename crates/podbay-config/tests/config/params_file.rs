//! ROS parameter files, as rcl reads them.

use podbay_config::params_file::parse;
use podbay_core::node::Parameter;

const FILE: &str = "
/**:
  ros__parameters:
    everyone: true
/site/talker:
  ros__parameters: {rate: 2.0, http: {port: 8080, hosts: [a, b]}}
site:
  talker:
    ros__parameters: {nested: 1}
/site/*:
  ros__parameters: {level: 2}
talker:
  ros__parameters: {rate: 9}
";

fn check(node: &str, names: &[&str]) {
    let found = parse(FILE, node).unwrap();
    let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, names, "{node}");
}

#[test]
fn a_node_gets_what_its_name_matches() {
    check(
        "/site/talker",
        &["everyone", "rate", "http.port", "http.hosts", "nested", "level"],
    );
    check("/talker", &["everyone", "rate"]);
    check("/site/deep/talker", &["everyone"]);
}

#[test]
fn values_keep_their_type() {
    let found = parse(FILE, "/site/talker").unwrap();
    let of = |wanted: &str| {
        found
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(of("rate"), Some(Parameter::Double(2.0)));
    assert_eq!(of("http.port"), Some(Parameter::Integer(8080)));
    assert_eq!(
        of("http.hosts"),
        Some(Parameter::StringArray(vec!["a".to_owned(), "b".to_owned()]))
    );
}

#[test]
fn what_cannot_be_used_is_refused() {
    for (text, place, what) in [
        ("/**: {", ":1:6", "invalid YAML: "),
        ("/x: {}\n/x: {}\n", ":2:1", "duplicate key `/x`; remove one"),
        ("a: 1\n---\nb: 2\n", ":3:1", "a second document starts here"),
        (
            "/**:\n  ros__parameters:\n    http: {a: [1, x]}\n",
            ":3:15",
            "parameter http.a has an invalid value",
        ),
        (
            "/x: {ros__parameters: {a: ~}}",
            ":1:27",
            "parameter a has an invalid value",
        ),
    ] {
        let mistake = parse(text, "/x").unwrap_err();
        assert_eq!(mistake.place.to_string(), place, "{text}: {}", mistake.text());
        assert!(mistake.text().starts_with(what), "{text}: {}", mistake.text());
    }
    assert_eq!(parse("", "/x"), Ok(Vec::new()));
}
