//! `--ros-args` and the ROS environment, as rcl understands them.

use podbay_config::ros_args::{Error, RosArgs, parse};
use podbay_core::node::{DiscoveryRange, Parameter};

fn read(args: &str, env: &[(&str, &str)]) -> Result<RosArgs, Error> {
    let env = |name: &str| {
        env.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    parse("podbay", args.split_whitespace().map(str::to_owned), env)
}

fn check(args: &str) -> RosArgs {
    read(args, &[]).unwrap()
}

#[test]
fn without_arguments_the_node_has_its_own_name() {
    let args = check("");
    assert_eq!(args.options.fully_qualified_name(), "/podbay");
    assert_eq!(
        (args.options.domain_id, args.options.range),
        (0, DiscoveryRange::Subnet)
    );
    assert!(args.rosout);
}

#[test]
fn name_and_namespace_are_remapped() {
    for name in ["__node:=hangar", "__name:=hangar", "podbay:__node:=hangar"] {
        let args = check(&format!("--ros-args -r {name} --remap __ns:=/site/a"));
        assert_eq!(args.options.fully_qualified_name(), "/site/a/hangar", "{name}");
    }
}

#[test]
fn rules_for_another_node_do_not_count() {
    let args = check("--ros-args -r other:__node:=x -r other:a:=b -r podbay:c:=d -p other:rate:=1");
    assert_eq!(args.options.name, "podbay");
    assert_eq!(args.options.remappings, [("c".to_owned(), "d".to_owned())]);
    assert!(args.options.parameters.is_empty());
}

#[test]
fn the_first_rule_that_fits_wins() {
    assert_eq!(check("--ros-args -r __node:=a -r __node:=b").options.name, "a");
}

#[test]
fn the_rest_is_the_programs_own() {
    let args = check("serve --ros-args -r a:=b -- --cluster kube --ros-args -r c:=d");
    assert_eq!(args.rest, ["serve", "--cluster", "kube"]);
    assert_eq!(args.options.remappings.len(), 2);
}

#[test]
fn parameters_have_the_type_their_text_has() {
    let args = check(
        "--ros-args -p a:=true -p b:=3 -p c:=2.5 -p d:=text -p e:=[x,z] -p f:=[1,2] -p g:=[1.5] -p h:='7' -p b:=4",
    );
    let of = |name| args.options.parameter(name).cloned().unwrap();
    assert_eq!(of("a"), Parameter::Bool(true));
    assert_eq!(of("b"), Parameter::Integer(4), "the last value wins");
    assert_eq!(of("c"), Parameter::Double(2.5));
    assert_eq!(of("d"), Parameter::String("text".to_owned()));
    assert_eq!(
        of("e"),
        Parameter::StringArray(vec!["x".to_owned(), "z".to_owned()])
    );
    assert_eq!(of("f"), Parameter::IntegerArray(vec![1, 2]));
    assert_eq!(of("g"), Parameter::DoubleArray(vec![1.5]));
    assert_eq!(of("h"), Parameter::String("7".to_owned()));
}

#[test]
fn files_levels_and_switches_are_kept() {
    let args =
        check("--ros-args --params-file a.yaml --params-file b.yaml --log-level debug --disable-rosout-logs");
    assert_eq!(args.params_files, ["a.yaml", "b.yaml"]);
    assert_eq!(args.log_level.as_deref(), Some("debug"));
    assert!(!args.rosout);
    assert!(check("--ros-args --disable-stdout-logs --enable-rosout-logs").rosout);
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let refused = |args: &str| read(args, &[]).unwrap_err();
    assert_eq!(refused("--ros-args -r"), Error::MissingValue("-r".to_owned()));
    assert_eq!(
        refused("--ros-args -r chatter"),
        Error::NotARule("chatter".to_owned())
    );
    assert_eq!(
        refused("--ros-args --frob"),
        Error::UnknownFlag("--frob".to_owned())
    );
    assert_eq!(
        refused("--ros-args -r __node:=7up"),
        Error::NodeName("7up".to_owned())
    );
    assert_eq!(
        refused("--ros-args -r __ns:=site"),
        Error::Namespace("site".to_owned())
    );
    assert!(matches!(
        refused("--ros-args -p a:={b: c}"),
        Error::ParameterValue { .. } | Error::UnknownFlag(_)
    ));
}

#[test]
fn the_environment_chooses_domain_and_range() {
    let options = |env: &[(&str, &str)]| read("", env).map(|args| args.options);
    assert_eq!(options(&[("ROS_DOMAIN_ID", "42")]).unwrap().domain_id, 42);
    assert_eq!(options(&[("ROS_DOMAIN_ID", "")]).unwrap().domain_id, 0);
    assert_eq!(
        options(&[("ROS_DOMAIN_ID", "233")]).unwrap_err(),
        Error::DomainId("233".to_owned())
    );
    let range = |name, value| options(&[(name, value)]).map(|options| options.range);
    assert_eq!(range("ROS_LOCALHOST_ONLY", "1"), Ok(DiscoveryRange::Localhost));
    assert_eq!(range("ROS_LOCALHOST_ONLY", "0"), Ok(DiscoveryRange::Subnet));
    assert_eq!(
        range("ROS_AUTOMATIC_DISCOVERY_RANGE", "localhost"),
        Ok(DiscoveryRange::Localhost)
    );
    assert_eq!(
        range("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF"),
        Ok(DiscoveryRange::Off)
    );
    assert_eq!(
        range("ROS_AUTOMATIC_DISCOVERY_RANGE", "near"),
        Err(Error::Range("near".to_owned()))
    );
}
