//! What is not given to the XML parser, since it would cost far more than the text is long: entities, which stand for
//! any number of copies, and elements with very many attributes or namespaces, each of which it compares with all others.

use crate::launch::limits;

/// Why the text is not parsed: the offset, and what is wrong there.
pub(super) type Refused = (usize, String);

const NO_ENTITIES: &str = "entities are not taken, since a few of them can stand for gigabytes; write an <arg> or a <let> \
                           and $(var …) for it";

/// Looks over `text`; `strange` says whether it came from the ROS graph.
pub(super) fn check(text: &str, strange: bool) -> Result<(), Refused> {
    let mut namespaces = 0;
    let mut rest = Rest { text, at: 0 };
    while let Some(at) = rest.next_tag() {
        match () {
            () if rest.skip("<!--", "-->") || rest.skip("<![CDATA[", "]]>") || rest.skip("<?", "?>") => {}
            () if rest.starts_with("<!DOCTYPE") && strange => {
                return Err((
                    at,
                    "a <!DOCTYPE …> is not taken from the ROS graph; leave it out".to_owned(),
                ));
            }
            () if rest.starts_with("<!ENTITY") => return Err((at, NO_ENTITIES.to_owned())),
            () if rest.starts_with("<!") => rest.at += 2,
            () => namespaces += rest.element(at)?,
        }
        if namespaces > limits::NAMESPACES {
            let what = format!("more than {} XML namespaces are declared", limits::NAMESPACES);
            return Err((at, what));
        }
    }
    Ok(())
}

/// What is left of a text.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    /// Goes to the next `<`.
    fn next_tag(&mut self) -> Option<usize> {
        self.at += self.text[self.at..].find('<')?;
        Some(self.at)
    }

    fn starts_with(&self, word: &str) -> bool {
        self.text[self.at..].starts_with(word)
    }

    /// Goes behind `end` if `start` is here.
    fn skip(&mut self, start: &str, end: &str) -> bool {
        let is_here = self.starts_with(start);
        if is_here {
            let from = self.at + start.len();
            let after = self.text[from..].find(end).map(|at| from + at + end.len());
            self.at = after.unwrap_or(self.text.len());
        }
        is_here
    }

    /// Goes behind the tag that begins at `start`; gives how many namespaces it declares.
    fn element(&mut self, start: usize) -> Result<usize, Refused> {
        let (mut attributes, mut namespaces, mut name) = (0, 0, start + 1);
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at).copied() {
            match byte {
                b'>' => break,
                // no attribute has one; the parser tells the mistake
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
                format!("an element has more than {} attributes", limits::ATTRIBUTES),
            )),
            false => Ok(namespaces),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(text: &str, strange: bool, at: usize, expected: &str) {
        let (offset, what) = check(text, strange).unwrap_err();
        assert_eq!(offset, at, "{what}");
        assert!(what.contains(expected), "{what}");
    }

    #[test]
    fn what_costs_little_passes() {
        let many = format!("<launch>{}</launch>", "<node pkg='a>b' exec=\"'\"/>".repeat(5000));
        let comment = format!("<launch><!-- <a don't {} --></launch>", "a='b' ".repeat(5000));
        for text in [
            &many,
            &comment,
            "<!DOCTYPE launch><launch xmlns:x='u'/>",
            "<launch",
            "<a b='",
        ] {
            assert_eq!(check(text, false), Ok(()), "{:.60}", text);
        }
    }

    #[test]
    fn what_costs_much_is_refused() {
        let entity = "<!DOCTYPE launch [<!ENTITY a 'b'>]>\n<launch/>";
        check_refused(entity, false, 18, "entities");
        check_refused(entity, true, 0, "ROS graph");
        check_refused(
            &format!("<a {}/>", "b='' ".repeat(1001)),
            false,
            0,
            "1000 attributes",
        );
        check_refused(&"<a xmlns='u'/>".repeat(65), false, 64 * 14, "namespaces");
    }
}
