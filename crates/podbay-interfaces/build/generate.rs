//! [`model`](super::model) -> Rust, with the layout of r2r's types: `pkg::msg::Name`,
//! `pkg::srv::Name::{Service, Request, Response}`, every array a `Vec`, constants cast with `as` where they
//! are used.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::model::{Array, Base, Constant, Definition, Field, Interface, Structure};

/// Module of the generated code and its dependencies.
const HOME: &str = "crate";

const KEYWORDS: [&str; 18] = [
    "as", "box", "const", "enum", "final", "fn", "in", "loop", "match", "mod", "move", "mut", "priv", "pub",
    "ref", "type", "use", "where",
];

/// One Rust module per package.
pub(crate) fn modules(interfaces: &[Interface]) -> String {
    let mut packages = BTreeMap::<&str, Vec<&Interface>>::new();
    for interface in interfaces {
        packages.entry(&interface.package).or_default().push(interface);
    }
    packages.iter().fold(String::new(), |code, (name, interfaces)| {
        code + &package(name, interfaces)
    })
}

fn package(name: &str, interfaces: &[&Interface]) -> String {
    let mut messages = String::new();
    let mut services = String::new();
    for interface in interfaces {
        match &interface.definition {
            Definition::Message(structure) => messages += &message(interface, structure),
            Definition::Service { request, response } => services += &service(interface, request, response),
        }
    }
    format!("pub mod {name} {{\npub mod msg {{\n{messages}}}\npub mod srv {{\n{services}}}\n}}\n")
}

fn message(interface: &Interface, content: &Structure) -> String {
    let Interface { package, name, .. } = interface;
    structure(name, content, &format!("{package}::msg::dds_::{name}_"))
}

fn service(interface: &Interface, request: &Structure, response: &Structure) -> String {
    let Interface { package, name, .. } = interface;
    let dds = format!("{package}::srv::dds_::{name}");
    let request = structure("Request", request, &format!("{dds}_Request_"));
    let response = structure("Response", response, &format!("{dds}_Response_"));
    format!(
        "pub mod {name} {{\n#[derive(Clone, Copy, Debug)]\npub struct Service;\n\
         impl {HOME}::Service for Service {{\ntype Request = Request;\ntype Response = Response;\n\
         const ROS_TYPE: &'static str = \"{package}/srv/{name}\";\n}}\n{request}{response}}}\n"
    )
}

fn structure(name: &str, content: &Structure, dds_type: &str) -> String {
    let empty = content.fields.is_empty();
    let custom_default = content.fields.iter().any(|field| field.default.is_some());
    let mut code = doc(&content.doc);
    code += "#[derive(Clone, Debug, PartialEq)]\n";
    if !custom_default {
        code += "#[derive(Default)]\n";
    }
    if !empty {
        code += "#[derive(serde::Serialize, serde::Deserialize)]\n";
    }
    let fields: String = content.fields.iter().map(field).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(code, "pub struct {name} {{\n{fields}}}");
    let _ = writeln!(
        code,
        "impl {HOME}::Message for {name} {{ const DDS_TYPE: &'static str = \"{dds_type}\"; }}"
    );
    if empty {
        let _ = writeln!(code, "{HOME}::empty!({name});");
    }
    if custom_default {
        code += &default(name, &content.fields);
    }
    code + &constants(name, &content.constants)
}

fn field(field: &Field) -> String {
    let (name, ty) = (rust_name(&field.name), rust_type(field));
    let fixed = match field.array {
        Array::Fixed(size) => format!("#[serde(with = \"{HOME}::Fixed::<{size}>\")]\n"),
        _ => String::new(),
    };
    format!("{}{fixed}pub {name}: {ty},\n", doc(&field.doc))
}

fn default(name: &str, fields: &[Field]) -> String {
    let value = |field: &Field| match (&field.default, &field.base) {
        (Some(value), Base::String) => format!("{value}.to_owned()"),
        (Some(value), _) => value.clone(),
        (None, _) => "Default::default()".to_owned(),
    };
    let line = |field: &Field| format!("{}: {},\n", rust_name(&field.name), value(field));
    let values: String = fields.iter().map(line).collect();
    format!("impl Default for {name} {{\nfn default() -> Self {{\nSelf {{\n{values}}}\n}}\n}}\n")
}

fn constants(name: &str, constants: &[Constant]) -> String {
    if constants.is_empty() {
        return String::new();
    }
    let line = |constant: &Constant| {
        let Constant { name, base, value } = constant;
        match base {
            Base::Primitive(rust @ ("bool" | "f32" | "f64")) => {
                format!("pub const {name}: {rust} = {value};\n")
            }
            // C has these as enumerators, and r2r follows C.
            Base::Primitive(_) => format!("pub const {name}: {} = {value} as _;\n", enumerator(value)),
            _ => format!("pub const {name}: &'static str = {value};\n"),
        }
    };
    let lines: String = constants.iter().map(line).collect();
    format!("impl {name} {{\n{lines}}}\n")
}

fn enumerator(value: &str) -> &'static str {
    if value.starts_with('-') { "i32" } else { "u32" }
}

fn rust_type(field: &Field) -> String {
    let base = match &field.base {
        Base::Primitive(rust) => (*rust).to_owned(),
        // A message may itself be named String.
        Base::String => "::std::string::String".to_owned(),
        Base::Message { package, name } => format!("{HOME}::{package}::msg::{name}"),
    };
    match field.array {
        Array::No => base,
        Array::Fixed(_) | Array::Sequence => format!("Vec<{base}>"),
    }
}

fn rust_name(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// Comments as documentation. Brackets, as around units, would be links.
fn doc(lines: &[String]) -> String {
    let escaped = lines.iter().map(|line| line.replace('[', "\\["));
    escaped.map(|line| format!("#[doc = {line:?}]\n")).collect()
}
