//! Refuses text that would cost the XML parser far more than its length: entities, which expand to any number
//! of copies, and therefore all declarations of a document type; elements with very many attributes or
//! namespaces, which the parser compares pairwise. Also checks the XML declaration, which the parser does
//! not.

use super::declaration;
use crate::limits;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Why the text is not parsed: offset and error.
pub(super) type Refused = (usize, Diagnostic);

/// Declarations within a document type are not parsed at all, since comments and quotes hide one another
/// there.
const NO_DECLARATIONS: &str =
    "a <!DOCTYPE …> with declarations is refused because entities can expand to gigabytes";
const NO_ENTITIES: &str = "remove the […], and use <arg> or <let> with $(var …) instead of an entity";

/// Checks `text`; `untrusted` means that a ROS caller sent it.
pub(super) fn check(text: &str, untrusted: bool) -> Result<(), Refused> {
    let mut namespaces = 0;
    let mut rest = Rest { text, at: 0 };
    while let Some(at) = rest.next_tag() {
        match () {
            () if rest.skip("<!--", "-->") || rest.skip("<![CDATA[", "]]>") => {}
            () if rest.skip("<?", "?>") => rest.instruction(at)?,
            () if rest.starts_with("<!DOCTYPE") && untrusted => {
                let what = "a <!DOCTYPE …> from a ROS caller is refused";
                return Err((at, Code::XmlDoctype.says(what).help("remove it")));
            }
            () if rest.starts_with("<!DOCTYPE") => rest.document_type(at)?,
            () if rest.starts_with("<!") => rest.at += 2,
            () => namespaces += rest.element(at)?,
        }
        if namespaces > limits::NAMESPACES {
            let what = format!(
                "the file exceeds the limit of {} XML namespaces",
                limits::NAMESPACES
            );
            let help = "launch files do not use namespaces; remove xmlns";
            return Err((at, Code::XmlNamespace.says(what).help(help)));
        }
    }
    Ok(())
}

/// The rest of a text.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    /// Skips to the next `<`.
    fn next_tag(&mut self) -> Option<usize> {
        self.at += self.text[self.at..].find('<')?;
        Some(self.at)
    }

    fn starts_with(&self, word: &str) -> bool {
        self.text[self.at..].starts_with(word)
    }

    /// Skips past `end` if `start` is next.
    fn skip(&mut self, start: &str, end: &str) -> bool {
        let is_here = self.starts_with(start);
        if is_here {
            let from = self.at + start.len();
            let after = self.text[from..].find(end).map(|at| from + at + end.len());
            self.at = after.unwrap_or(self.text.len());
        }
        is_here
    }

    /// Checks the `<?…?>` that began at `start` and was skipped.
    fn instruction(&self, start: usize) -> Result<(), Refused> {
        let Some(inner) = self.text[start + 2..self.at].strip_suffix("?>") else {
            return Ok(());
        };
        let is_first = matches!(&self.text[..start], "" | "\u{feff}");
        match declaration::check(inner, is_first, self.text) {
            Some(wrong) => Err((start, wrong)),
            None => Ok(()),
        }
    }

    /// Skips the `<!DOCTYPE …>` at `start`, which may have a name but no declarations.
    fn document_type(&mut self, start: usize) -> Result<(), Refused> {
        while let Some(ahead) = self.text[self.at..].find(['[', '>', '"', '\'']) {
            let (at, what) = (self.at + ahead, self.text.as_bytes()[self.at + ahead]);
            self.at = at + 1;
            match what {
                b'>' => return Ok(()),
                b'[' => return Err((start, Code::XmlDoctype.says(NO_DECLARATIONS).help(NO_ENTITIES))),
                quote => {
                    let end = self.text[self.at..].find(char::from(quote));
                    self.at = end.map_or(self.text.len(), |end| self.at + end + 1);
                }
            }
        }
        self.at = self.text.len();
        Ok(())
    }

    /// Skips the tag at `start`, and returns the number of namespaces it declares.
    fn element(&mut self, start: usize) -> Result<usize, Refused> {
        let (mut attributes, mut namespaces, mut name) = (0, 0, start + 1);
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at).copied() {
            match byte {
                b'>' => break,
                // not valid in an attribute; the parser reports the error
                b'<' => return Ok(namespaces),
                b'"' | b'\'' => {
                    attributes += 1;
                    namespaces += usize::from(self.text[name..self.at].trim_start().starts_with("xmlns"));
                    let value = self.at + 1;
                    let end = self.text[value..].find(char::from(byte));
                    self.at = end.map_or(bytes.len(), |end| value + end + 1);
                    name = self.at;
                    continue;
                }
                byte if byte.is_ascii_whitespace() => name = self.at,
                _ => {}
            }
            self.at += 1;
        }
        match attributes > limits::ATTRIBUTES {
            true => Err((
                start,
                Code::UnexpectedAttribute
                    .says(format!(
                        "the element exceeds the limit of {} attributes",
                        limits::ATTRIBUTES
                    ))
                    .help("no launch action has that many"),
            )),
            false => Ok(namespaces),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(text: &str, untrusted: bool, at: usize, expected: &str) {
        let (offset, what) = check(text, untrusted).unwrap_err();
        assert_eq!(offset, at, "{what}");
        assert!(what.message.contains(expected), "{what}");
    }

    #[test]
    fn cheap_texts_pass() {
        let many = format!("<launch>{}</launch>", "<node pkg='a>b' exec=\"'\"/>".repeat(5000));
        let comment = format!("<launch><!-- <a don't {} --></launch>", "a='b' ".repeat(5000));
        for text in [
            &many,
            &comment,
            "<!DOCTYPE launch><launch xmlns:x='u'/>",
            "<!DOCTYPE launch SYSTEM \"[it's].dtd\">\n<launch/>",
            "<!-- <!DOCTYPE launch [ --><launch/>",
            "<!DOCTYPE launch",
            "<!DOCTYPE launch '",
            "<launch",
            "<a b='",
        ] {
            assert_eq!(check(text, false), Ok(()), "{:.60}", text);
        }
    }

    #[test]
    fn expensive_texts_are_refused() {
        let entity = "<!DOCTYPE launch [<!ENTITY a 'b'>]>\n<launch/>";
        check_refused(entity, false, 0, "with declarations");
        check_refused(entity, true, 0, "ROS caller");
        // looks like the end or the beginning of something else, but is not
        for declarations in [
            r#"<!ATTLIST x y CDATA "<!--"><!ENTITY a "b"><!-- -->"#,
            r#"<?x ]>?><!ENTITY a "b">"#,
            r#"<!-- "> --><!ENTITY a "b">"#,
            "%a;",
            "",
        ] {
            let text = format!("<!DOCTYPE launch [{declarations}]>\n<launch>&a;</launch>");
            check_refused(&text, false, 0, "with declarations");
            let text = format!("\n<!DOCTYPE launch SYSTEM 'a>b'[{declarations}]>\n<launch/>");
            check_refused(&text, false, 1, "with declarations");
        }
        check_refused(
            &format!("<a {}/>", "b='' ".repeat(1001)),
            false,
            0,
            "1000 attributes",
        );
        check_refused(&"<a xmlns='u'/>".repeat(65), false, 64 * 14, "namespaces");
    }
}
