//! The parser of interface files on what rosidl allows.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../build/model.rs"]
#[allow(dead_code)]
mod model;
#[path = "../build/parse.rs"]
mod parse;

use std::path::Path;

use model::{Array, Base, Definition, Structure};

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
fn invalid_lines_are_refused_with_their_number() {
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
fn comments_are_valid_for_rosidl() {
    for folder in ["msg/msg", "msg/srv", "msg/action"] {
        for entry in std::fs::read_dir(Path::new("../..").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            // rosidl puts comments into IDL strings without escaping backslashes.
            assert!(!text.contains('\\'), "{}", path.display());
        }
    }
}
