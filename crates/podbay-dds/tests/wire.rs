//! Generated types on the wire: names, defaults and bytes.

#![allow(clippy::unwrap_used)]

use podbay_dds::wire;
use podbay_interfaces::{self as msgs, Message, Service};

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
