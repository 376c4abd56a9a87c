//! Text that is not well-formed XML: the errors of the parser, rephrased for the author.

use roxmltree::Error;

use crate::limits;
use crate::place::shown;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::lines::Lines;

/// The error of the parser at `offset` of `text`, and its offset.
pub(super) fn malformed(error: &Error, text: &str, offset: usize) -> (usize, Diagnostic) {
    let at_offset = |(what, help): (String, String)| (offset, not_xml(&what, &help));
    match error {
        Error::NodesLimitReached => (offset, too_many()),
        Error::InvalidChar(quote @ (b'"' | b'\''), b'<', _) => {
            unclosed_value(char::from(*quote), text, offset)
        }
        Error::UnexpectedCloseTag(expected, found, _) => at_offset(unclosed(expected, found, text, offset)),
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => ended(text),
        Error::NoRootNode => at_offset(empty(text)),
        Error::UnknownToken(_) if open(text, offset).is_empty() => at_offset(outside(text, offset)),
        other => at_offset((rephrased(other), help(other).to_owned())),
    }
}

fn not_xml(what: &str, help: &str) -> Diagnostic {
    let what = format!("not well-formed XML: {}", shown(what));
    Code::NotXml.says(what).help(help)
}

fn too_many() -> Diagnostic {
    let what = format!(
        "the file exceeds the limit of {} elements, texts and comments",
        limits::NODES
    );
    Code::FileTooLarge
        .says(what)
        .help("split the file with <include>")
}

/// A `<` in a value: if the value began in an earlier line, its end is probably missing there.
fn unclosed_value(quote: char, text: &str, offset: usize) -> (usize, Diagnostic) {
    match text[..offset].rfind(quote) {
        Some(start) if text[start..offset].contains('\n') => {
            let what = "the value that begins here is not closed";
            let help = format!("add {quote} at its end, or write &lt; for < in it");
            (start, not_xml(what, &help))
        }
        _ => {
            let what = format!("expected '{quote}', found '<'");
            let help = format!("in an attribute, write &lt; for <, or close the value with {quote}");
            (offset, not_xml(&what, &help))
        }
    }
}

/// `</found>` where `</expected>` has to come first.
fn unclosed(expected: &str, found: &str, text: &str, offset: usize) -> (String, String) {
    let open = open(text, offset);
    let line = open
        .last()
        .map_or(0, |(start, _)| Lines::of(text).position(*start).line);
    let what = format!("expected </{expected}>, found </{found}>");
    match open.iter().any(|(_, name)| *name == found) {
        true => (
            format!("{what}: <{expected}> in line {line} is not closed"),
            format!("end <{expected}> with '/>' or </{expected}>"),
        ),
        false => (what, format!("remove </{found}>, or correct its name")),
    }
}

/// The text ends too early: the innermost element that is not closed.
fn ended(text: &str) -> (usize, Diagnostic) {
    match open(text, text.len()).last() {
        Some((start, name)) => {
            let what = format!("<{name}> is not closed");
            (*start, not_xml(&what, &format!("end it with '/>' or </{name}>")))
        }
        None => (
            text.len(),
            not_xml("the file ends within a tag or comment", "close it"),
        ),
    }
}

fn empty(text: &str) -> (String, String) {
    let what = match text.trim().is_empty() {
        true => "the file is empty",
        false => "the file has no element",
    };
    (what.to_owned(), "write <launch>…</launch>".to_owned())
}

/// Something before or after the root element.
fn outside(text: &str, offset: usize) -> (String, String) {
    let (what, help) = match text[offset..].starts_with('<') {
        true => (
            "a launch file has only one root element",
            "move the actions into the first <launch>",
        ),
        false => (
            "text outside of <launch>",
            "remove it, or write <!-- … --> around it",
        ),
    };
    (what.to_owned(), help.to_owned())
}

fn help(error: &Error) -> &'static str {
    match error {
        Error::MalformedEntityReference(_) => "use &amp; for &, and 'and' for && in $(eval …)",
        Error::InvalidChar(b'=', ..) => "give each attribute a value: NAME=\"VALUE\"",
        Error::InvalidChar2("a quote", ..) => "quote the value of each attribute",
        Error::InvalidChar2("a whitespace", ..) => {
            "end a value with the quote that it begins with, and write a space before the next attribute"
        }
        Error::InvalidComment(_) => "write a single '-' in it",
        _ => "",
    }
}

fn rephrased(error: &Error) -> String {
    let text = match error {
        Error::DuplicatedAttribute(name, _) => format!("duplicate attribute '{name}'"),
        Error::InvalidComment(_) => "a comment contains '--'".to_owned(),
        Error::InvalidChar(expected, found, _) => {
            format!(
                "expected '{}', found '{}'",
                char::from(*expected),
                found.escape_ascii()
            )
        }
        Error::InvalidChar2(expected, found, _) => {
            let expected = if *expected == "a whitespace" {
                "a space"
            } else {
                expected
            };
            format!("expected {expected}, found '{}'", found.escape_ascii())
        }
        other => other.to_string(),
    };
    // the place is shown before the message
    let place = format!(" at {}", error.pos());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// The elements that are open at `end`, outermost first: offset and name. The parser accepts the text up to there.
fn open(text: &str, end: usize) -> Vec<(usize, &str)> {
    let (text, mut open, mut at) = (&text[..end], Vec::new(), 0);
    while let Some(ahead) = text[at..].find('<') {
        let start = at + ahead;
        let tag = tag(&text[start..]);
        match () {
            () if tag.starts_with("<!") || tag.starts_with("<?") || tag.ends_with("/>") => {}
            () if tag.starts_with("</") => {
                open.pop();
            }
            () => {
                let name = tag[1..].split(|c: char| c.is_whitespace() || c == '>').next();
                open.push((start, name.unwrap_or_default()));
            }
        }
        at = start + tag.len();
    }
    open
}

/// The tag, comment, text or instruction at the start of `rest`.
fn tag(rest: &str) -> &str {
    let to = |end: &str| rest.find(end).map_or(rest, |at| &rest[..at + end.len()]);
    match () {
        () if rest.starts_with("<!--") => to("-->"),
        () if rest.starts_with("<![CDATA[") => to("]]>"),
        () if rest.starts_with("<?") => to("?>"),
        () => {
            let mut quote = None;
            let end = rest.find(|c| {
                match (quote, c) {
                    (None, '"' | '\'') => quote = Some(c),
                    (Some(open), c) if c == open => quote = None,
                    _ => {}
                }
                c == '>' && quote.is_none()
            });
            end.map_or(rest, |at| &rest[..=at])
        }
    }
}
