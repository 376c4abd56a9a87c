//! Text of an interface file -> [`model`](super::model).

use super::model::{Array, Base, Constant, Definition, Field, Structure};

/// Parses a `.msg` file of `package`.
pub(crate) fn message(package: &str, text: &str) -> Result<Definition, String> {
    Ok(Definition::Message(structure(package, text, 1)?))
}

/// Parses a `.srv` file of `package`.
pub(crate) fn service(package: &str, text: &str) -> Result<Definition, String> {
    let lines: Vec<&str> = text.lines().collect();
    let bar = lines.iter().position(|line| line.trim() == "---");
    let bar = bar.ok_or("a service requires a line --- between request and response")?;
    Ok(Definition::Service {
        request: structure(package, &lines[..bar].join("\n"), 1)?,
        response: structure(package, &lines[bar + 1..].join("\n"), bar + 2)?,
    })
}

fn structure(package: &str, text: &str, first_line: usize) -> Result<Structure, String> {
    let mut structure = Structure::default();
    let mut comment = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let located = |what: String| format!("line {}: {what}", first_line + index);
        let line = line.trim();
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim().to_owned());
        } else if line.is_empty() {
            end_of_paragraph(&mut structure, &mut comment);
        } else {
            member(package, line, &mut structure, &mut comment).map_err(located)?;
        }
    }
    Ok(structure)
}

/// A separate comment at the top is about the file.
fn end_of_paragraph(structure: &mut Structure, comment: &mut Vec<String>) {
    let comment = std::mem::take(comment);
    if structure.fields.is_empty() && structure.constants.is_empty() && structure.doc.is_empty() {
        structure.doc = comment;
    }
}

fn member(
    package: &str,
    line: &str,
    structure: &mut Structure,
    comment: &mut Vec<String>,
) -> Result<(), String> {
    let (ty, rest) = line
        .split_once(char::is_whitespace)
        .ok_or(format!("`{line}` has no name"))?;
    let (base, array) = typename(package, ty)?;
    if let Some((name, value)) = constant(rest) {
        let value = literal(&base, value)?;
        structure.constants.push(Constant { name, base, value });
        // one comment may apply to several constants
        comment.clear();
        return Ok(());
    }
    let rest = without_comment(rest);
    let (name, default) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let default = default.trim();
    if !default.is_empty() && array != Array::No {
        return Err(format!("`{name}`: default values of arrays are not supported"));
    }
    let default = (!default.is_empty())
        .then(|| literal(&base, default))
        .transpose()?;
    let doc = std::mem::take(comment);
    structure.fields.push(Field {
        doc,
        name: name.to_owned(),
        base,
        array,
        default,
    });
    Ok(())
}

/// `NAME=value`, with optional blanks around `=`.
fn constant(rest: &str) -> Option<(String, &str)> {
    let (name, value) = rest.split_once('=')?;
    let name = name.trim();
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(upper)).then(|| (name.to_owned(), value.trim()))
}

fn typename(package: &str, text: &str) -> Result<(Base, Array), String> {
    let (base, array) = match text.find('[') {
        None => (text, Array::No),
        Some(at) => (&text[..at], array(&text[at..])?),
    };
    // a bounded string is the same as a string on the wire
    let base = base.split_once("<=").map_or(base, |(base, _bound)| base);
    Ok((base_type(package, base)?, array))
}

fn array(suffix: &str) -> Result<Array, String> {
    let inner = suffix.trim_start_matches('[').trim_end_matches(']');
    if inner.is_empty() || inner.starts_with("<=") {
        return Ok(Array::Sequence);
    }
    let size = inner
        .parse()
        .map_err(|_| format!("`{suffix}` is not a valid array size"))?;
    Ok(Array::Fixed(size))
}

fn base_type(package: &str, name: &str) -> Result<Base, String> {
    Ok(match name {
        "bool" => Base::Primitive("bool"),
        "byte" | "char" | "uint8" => Base::Primitive("u8"),
        "int8" => Base::Primitive("i8"),
        "int16" => Base::Primitive("i16"),
        "uint16" => Base::Primitive("u16"),
        "int32" => Base::Primitive("i32"),
        "uint32" => Base::Primitive("u32"),
        "int64" => Base::Primitive("i64"),
        "uint64" => Base::Primitive("u64"),
        "float32" => Base::Primitive("f32"),
        "float64" => Base::Primitive("f64"),
        "string" => Base::String,
        "wstring" => return Err("wstring is not supported".to_owned()),
        other => message_type(package, other)?,
    })
}

fn message_type(package: &str, name: &str) -> Result<Base, String> {
    let (package, name) = name.rsplit_once('/').unwrap_or((package, name));
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err(format!("`{name}` is not a valid type"));
    }
    let package = package.trim_end_matches("/msg").to_owned();
    Ok(Base::Message {
        package,
        name: name.to_owned(),
    })
}

fn literal(base: &Base, text: &str) -> Result<String, String> {
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    match base {
        Base::Primitive("bool") => Ok(matches!(without_comment(text), "true" | "True" | "1").to_string()),
        Base::Primitive(rust) => Ok(number(without_comment(text), rust)),
        Base::String => Ok(format!("{:?}", quoted('"').or(quoted('\'')).unwrap_or(text))),
        Base::Message { name, .. } => Err(format!("`{text}`: a {name} has no literal")),
    }
}

fn number(text: &str, rust: &str) -> String {
    format!("{}_{rust}", text.trim_start_matches('+'))
}

fn without_comment(text: &str) -> &str {
    text.split('#').next().unwrap_or_default().trim()
}
