//! Interface files -> Rust: the parser on what rosidl allows, and the generated types on the wire.

#![cfg(not(feature = "r2r"))] // with r2r the types are rosidl's
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../crates/podbay-interfaces/build/model.rs"]
#[allow(dead_code)]
mod model;
#[path = "../crates/podbay-interfaces/build/parse.rs"]
mod parse;

use model::{Array, Base, Definition, Structure};
use podbay::ros::backend::dds::msgs::{self, Message, Service};
use podbay::ros::backend::dds::wire;

fn message(text: &str) -> Structure {
    match parse::message("pkg", text).unwrap() {
        Definition::Message(structure) => structure,
        Definition::Service { .. } => panic!("a message was parsed as a service"),
    }
}

#[test]
fn types_and_arrays() {
    let structure = message(
        "byte a\nchar b\nstring<=5 c\nfloat64[] d\nint32[<=3] e\nuint8[16] f\nOther g\nstd_msgs/Header[] h\n",
    );
    let types: Vec<(Base, Array)> = structure
        .fields
        .into_iter()
        .map(|field| (field.base, field.array))
        .collect();
    let other = |package: &str, name: &str| Base::Message {
        package: package.into(),
        name: name.into(),
    };
    let expected = [
        (Base::Primitive("u8"), Array::No),
        (Base::Primitive("u8"), Array::No),
        (Base::String, Array::No),
        (Base::Primitive("f64"), Array::Sequence),
        (Base::Primitive("i32"), Array::Sequence),
        (Base::Primitive("u8"), Array::Fixed(16)),
        (other("pkg", "Other"), Array::No),
        (other("std_msgs", "Header"), Array::Sequence),
    ];
    assert_eq!(types, expected);
}

#[test]
fn constants_defaults_and_comments() {
    let structure = message(
        "# About it.\n\nint8 LOW = -3 # low\nstring NAME=\"a=b\"\n# The x.\nint64 x -1 # tail\nstring s 'q'\n",
    );
    assert_eq!(structure.doc, ["About it."]);
    let constants: Vec<&str> = structure
        .constants
        .iter()
        .map(|constant| constant.value.as_str())
        .collect();
    assert_eq!(constants, ["-3_i8", "\"a=b\""]);
    assert_eq!(structure.fields[0].doc, ["The x."]);
    let defaults: Vec<_> = structure
        .fields
        .iter()
        .map(|field| field.default.as_deref())
        .collect();
    assert_eq!(defaults, [Some("-1_i64"), Some("\"q\"")]);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    for (text, line) in [
        ("wstring a", 1),
        ("\nnosuch a", 2),
        ("int8 a\nint8[x] b", 2),
        ("lonely", 1),
    ] {
        let error = parse::message("pkg", text).unwrap_err();
        assert!(error.starts_with(&format!("line {line}: ")), "{text:?}: {error}");
    }
    assert!(parse::service("pkg", "int8 a").unwrap_err().contains("---"));
}

#[test]
fn names_in_dds_and_ros() {
    use msgs::podbay_msgs::srv::CreatePod;
    assert_eq!(
        msgs::podbay_msgs::msg::Pod::DDS_TYPE,
        "podbay_msgs::msg::dds_::Pod_"
    );
    assert_eq!(
        CreatePod::Request::DDS_TYPE,
        "podbay_msgs::srv::dds_::CreatePod_Request_"
    );
    assert_eq!(CreatePod::Service::ROS_TYPE, "podbay_msgs/srv/CreatePod");
}

#[test]
fn new_messages_have_the_defaults_of_their_files() {
    assert_eq!(
        msgs::podbay_msgs::srv::DeletePod::Request::default().grace_period,
        -1
    );
    assert_eq!(msgs::podbay_msgs::msg::PodEvent::DELETED, 3);
}

/// Checks that `value` is `bytes` on the wire (little-endian CDR, no encapsulation), both ways.
fn check<M: Message + PartialEq>(value: &M, bytes: &[u8]) {
    assert_eq!(wire::encode(value).unwrap(), bytes);
    assert_eq!(&wire::decode::<M>(bytes, wire::Encoding::CDR_LE).unwrap(), value);
}

#[test]
fn strings_and_alignment() {
    let key = |key: &str, value: &str| msgs::diagnostic_msgs::msg::KeyValue {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    check(&key("ab", ""), b"\x03\0\0\0ab\0\0\x01\0\0\0\0");
    let status = msgs::diagnostic_msgs::msg::DiagnosticStatus {
        level: 2,
        values: vec![key("k", "v")],
        ..Default::default()
    };
    let bytes = b"\x02\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0k\0\0\0\x02\0\0\0v\0";
    check(&status, bytes);
}

#[test]
fn arrays_of_fixed_size_have_no_length() {
    let uuid = msgs::unique_identifier_msgs::msg::UUID {
        uuid: (0..16).collect(),
    };
    check(&uuid, &(0..16).collect::<Vec<u8>>());
    let short = msgs::unique_identifier_msgs::msg::UUID { uuid: vec![1] };
    assert!(wire::encode(&short).is_err());
}

#[test]
fn structures_without_fields_are_one_byte() {
    check(&msgs::std_srvs::srv::Empty::Request {}, &[0]);
    assert!(wire::decode::<msgs::std_srvs::srv::Empty::Request>(&[], wire::Encoding::CDR_LE).is_ok());
}

#[test]
fn big_endian_is_read_too() {
    let time: msgs::builtin_interfaces::msg::Time =
        wire::decode(&[0, 0, 0, 1, 0, 0, 0, 2], wire::Encoding::CDR_BE).unwrap();
    assert_eq!((time.sec, time.nanosec), (1, 2));
}

#[test]
fn cut_off_messages_are_errors() {
    let pod = msgs::podbay_msgs::msg::Pod {
        name: "talker".to_owned(),
        ..Default::default()
    };
    let bytes = wire::encode(&pod).unwrap();
    for end in 0..bytes.len() - 8 {
        assert!(
            wire::decode::<msgs::podbay_msgs::msg::Pod>(&bytes[..end], wire::Encoding::CDR_LE).is_err(),
            "{end}"
        );
    }
}

#[test]
fn comments_have_nothing_that_rosidl_trips_over() {
    for folder in ["msg/msg", "msg/srv", "msg/action"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            // rosidl puts comments into IDL strings without escaping backslashes.
            assert!(!text.contains('\\'), "{}", path.display());
        }
    }
}
