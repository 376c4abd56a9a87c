//! `<?xml …?>`, which the XML parser skips without checking: ROS refuses invalid ones, and podbay reads only
//! UTF-8.

use std::sync::LazyLock;

use regex::Regex;

use crate::place::shown;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Version, encoding and standalone, in this order and quoted.
static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = |value: &str| format!(r#"[ \t\r\n]*=[ \t\r\n]*(?:"{value}"|'{value}')"#);
    let version = quoted("[A-Za-z0-9_.:-]*");
    let encoding = quoted("([A-Za-z][A-Za-z0-9._-]*)");
    let standalone = quoted("(?:yes|no)");
    let form = format!(
        r"^xml[ \t\r\n]+version{version}(?:[ \t\r\n]+encoding{encoding})?(?:[ \t\r\n]+standalone{standalone})?[ \t\r\n]*$"
    );
    Regex::new(&form).ok()
});

/// The error in `<?inner?>` of `text`, if any; `is_first` means that it is at the start of the file.
pub(super) fn check(inner: &str, is_first: bool, text: &str) -> Option<Diagnostic> {
    let target = inner.split([' ', '\t', '\r', '\n']).next()?;
    match () {
        () if target == "xml" && is_first => wrong_declaration(inner, text),
        () if target.eq_ignore_ascii_case("xml") => {
            let what = "<?xml …?> is allowed only at the start of a file, in lowercase";
            let help = "make it the first line, or remove it";
            Some(Code::XmlDeclaration.says(what).help(help))
        }
        () if target.contains(':') => {
            let what = format!("<?{} …?> must not have a ':' in its name", shown(target));
            Some(Code::XmlDeclaration.says(what))
        }
        () => None,
    }
}

fn wrong_declaration(inner: &str, text: &str) -> Option<Diagnostic> {
    let Some(found) = FORM.as_ref()?.captures(inner) else {
        let form = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let what = format!("<?{}?> is not a valid XML declaration", shown(inner));
        let help = format!("use {form}, or remove it");
        return Some(Code::XmlDeclaration.says(what).help(help));
    };
    let encoding = found.get(1).or(found.get(2))?.as_str();
    let plain = encoding.to_ascii_lowercase().replace('_', "-");
    let is_like_ascii = ["ascii", "us-ascii", "iso-8859-", "latin", "windows-125", "cp125"]
        .iter()
        .any(|start| plain.starts_with(start));
    let fits = matches!(plain.as_str(), "utf-8" | "utf8") || is_like_ascii && text.is_ascii();
    (!fits).then(|| {
        let what = format!("launch files must be UTF-8, not {encoding}");
        let help = "save the file as UTF-8, with encoding=\"UTF-8\"";
        Code::XmlDeclaration.says(what).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_found(inner: &str, text: &str, expected: Option<&str>) {
        let found = check(inner, true, text);
        match expected {
            None => assert_eq!(found, None, "{inner}"),
            Some(part) => assert!(
                found.as_ref().is_some_and(|wrong| wrong.text().contains(part)),
                "{inner}: {found:?}"
            ),
        }
    }

    #[test]
    fn declarations_of_utf_8_pass() {
        for inner in [
            "xml version=\"1.0\"",
            "xml version='1.1' encoding='Utf-8' standalone=\"no\" ",
            "xml\tversion = \"1.0\"\nencoding\r\n=\"UTF_8\"",
            "xml version=\"1.0\" standalone='yes'",
            "xml version=\"\"",
            "xml-stylesheet href=\"a:b\"",
        ] {
            check_found(inner, "<launch/> ä", None);
        }
        check_found("xml version='1.0' encoding='ISO-8859-1'", "<launch/>", None);
        check_found("xml version='1.0' encoding='US-ASCII'", "<launch/>", None);
    }

    #[test]
    fn other_encodings_are_refused_where_they_matter() {
        check_found(
            "xml version='1.0' encoding='ISO-8859-1'",
            "<a b='ä'/>",
            Some("not ISO-8859-1"),
        );
        check_found(
            "xml version='1.0' encoding='ascii'",
            "<a b='ä'/>",
            Some("not ascii"),
        );
        check_found(
            "xml version='1.0' encoding='UTF-16'",
            "<launch/>",
            Some("not UTF-16"),
        );
        check_found(
            "xml version='1.0' encoding='shift_jis'",
            "<launch/>",
            Some("not shift_jis"),
        );
    }

    #[test]
    fn other_forms_are_not_a_declaration() {
        for inner in [
            "xml",
            "xml ",
            "xml encoding='UTF-8'",
            "xml version=1.0",
            "xml version=\"1.0'",
            "xml version='1.0 '",
            "xml VERSION='1.0'",
            "xml version='1.0'encoding='UTF-8'",
            "xml version='1.0' encoding=''",
            "xml version='1.0' encoding='8'",
            "xml version='1.0' standalone='maybe'",
            "xml version='1.0' standalone='no' encoding='UTF-8'",
            "xml version='1.0' more='1'",
        ] {
            check_found(
                inner,
                "<launch/>",
                Some("is not a valid XML declaration; use <?xml version=\"1.0\""),
            );
        }
    }

    #[test]
    fn a_declaration_is_the_first_of_a_file() {
        let late = check("xml version='1.0'", false, "");
        assert!(late.is_some_and(|wrong| wrong.message.contains("at the start of a file")));
        check_found("XML version='1.0'", "", Some("in lowercase"));
        check_found("a:b c", "", Some("<?a:b …?> must not have a ':'"));
    }
}
