//! Properties of all texts: reading never panics, text without substitutions is unchanged, and expressions
//! agree with arithmetic.

use proptest::prelude::*;

use podbay_description::Description;
use podbay_launch_file::{Format, Options, Source, evaluate};
use podbay_text::diagnostic::Diagnostic;

fn run(text: String, format: Option<Format>) -> Result<Description, Vec<Diagnostic>> {
    let name = "text".to_owned();
    evaluate(&Source::Text { name, text, format }, &Options::default())
}

/// The result of `<log message="…"/>`, with the variable `x` set to `value`.
fn said(message: &str, value: &str) -> Result<String, Vec<Diagnostic>> {
    let attribute = |text: &str| {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        escaped
            .replace('\n', "&#10;")
            .replace('\t', "&#9;")
            .replace('\r', "&#13;")
    };
    let escaped = value.replace('\\', "\\\\").replace('$', "\\$");
    let (value, message) = (attribute(&escaped), attribute(message));
    let text = format!(r#"<launch><let name="x" value="{value}"/><log message="{message}"/></launch>"#);
    Ok(run(text, Some(Format::Xml))?.messages.concat())
}

/// Text made of tokens of the grammars, so that much of it is nearly valid.
fn nearly_right() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("$("),
        Just("$(var x)"),
        Just("$(eval '"),
        Just("')"),
        Just(")"),
        Just("("),
        Just(" "),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("$"),
        Just("var"),
        Just("eval"),
        Just("1"),
        Just("**"),
        Just("+"),
        Just("["),
        Just("]"),
        Just("not "),
        Just(" in "),
        Just("é"),
        Just(":"),
        Just("- "),
        Just("{"),
        Just("}"),
        Just("&a "),
        Just("*a"),
        Just("\n"),
        Just("launch:"),
        Just("<launch>"),
        Just("<node "),
        Just("/>"),
        Just("0x"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Characters that XML can contain.
fn printable() -> impl Strategy<Value = String> {
    "[ -~\u{a0}-\u{d7ff}\u{10000}-\u{1ffff}]{0,40}"
}

/// An expression of small numbers without division, and its value.
fn arithmetic() -> impl Strategy<Value = (String, i64)> {
    let leaf = (-9i64..=9).prop_map(|number| (format!("({number})"), number));
    leaf.prop_recursive(4, 16, 2, |inner| {
        (inner.clone(), inner, 0..3usize).prop_map(|((left, a), (right, b), operator)| match operator {
            0 => (format!("({left} + {right})"), a + b),
            1 => (format!("({left} - {right})"), a - b),
            _ => (format!("({left} * {right})"), a * b),
        })
    })
}

proptest! {
    #[test]
    fn substitutions_never_panic(text in nearly_right()) {
        let _ = said(&text, "value");
    }

    #[test]
    fn markup_never_panics(text in nearly_right()) {
        let _ = run(text.clone(), Some(Format::Xml));
        let _ = run(text, Some(Format::Yaml));
    }

    #[test]
    fn expressions_never_panic(text in nearly_right()) {
        let _ = said("$(eval $(var x))", &text);
    }

    #[test]
    fn text_without_substitutions_stays(text in printable()) {
        let plain: String = text.chars().filter(|c| !matches!(c, '$' | '\\')).collect();
        prop_assert_eq!(said(&plain, "").unwrap(), plain);
    }

    #[test]
    fn escaped_text_stays(text in printable()) {
        prop_assert_eq!(said(&text.replace('\\', "\\\\").replace('$', "\\$"), "").unwrap(), text);
    }

    #[test]
    fn a_variable_keeps_its_value_at_any_depth(text in printable(), depth in 0usize..20) {
        let message = (0..depth).fold("$(var x)".to_owned(), |inner, _| format!("$(if true {inner} no)"));
        prop_assert_eq!(said(&message, &text).unwrap(), text);
    }

    #[test]
    fn arithmetic_is_right((expression, value) in arithmetic()) {
        prop_assert_eq!(said("$(eval $(var x))", &expression).unwrap(), value.to_string());
    }

    #[test]
    fn division_agrees_with_its_remainder(a in -1000i64..1000, b in prop_oneof![-50i64..0, 1i64..50]) {
        let expression = format!("({a} // {b}) * {b} + {a} % {b} == {a} and abs({a} % {b}) < abs({b})");
        prop_assert_eq!(said("$(eval $(var x))", &expression).unwrap(), "True");
    }

    #[test]
    fn a_text_equals_itself_and_joins(a in "[a-z ]{0,9}", b in "[a-z ]{0,9}") {
        let expression = format!("'{a}' + '{b}' == '{a}{b}' and len('{a}{b}') == len('{a}') + len('{b}')");
        prop_assert_eq!(said("$(eval $(var x))", &expression).unwrap(), "True");
    }

    #[test]
    fn a_float_reads_back_as_itself(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        let written = said("$(eval $(var x))", &format!("{number:e}")).unwrap();
        prop_assert_eq!(written.parse::<f64>().unwrap(), number);
    }
}
