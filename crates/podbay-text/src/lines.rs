//! The lines of a text. They end with LF, CRLF or CR, as in YAML and in editors.

use std::borrow::Cow;

use crate::yaml::Position;

/// How many bytes of a line are counted for a column: a whole file may be one line.
const COUNTED: usize = 1000;

/// A text and the places where its lines begin, which are searched for only once.
#[derive(Debug)]
pub struct Lines<'t> {
    text: Cow<'t, str>,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub fn of(text: impl Into<Cow<'t, str>>) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let in_crlf = |&at: &usize| bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(|at| !in_crlf(at));
        let after = ends.map(|at| at + 1);
        let starts = std::iter::once(0).chain(after).collect();
        Self { text, starts }
    }

    /// The position of the byte at `offset`. The column is unknown far behind the start of a line.
    pub fn position(&self, offset: usize) -> Position {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let line = self.starts.partition_point(|&start| start <= offset);
        let ahead = self.text.get(self.starts[line - 1]..offset);
        let ahead = ahead.filter(|ahead| ahead.len() <= COUNTED);
        Position {
            line: number(line),
            column: ahead.map_or(0, |ahead| number(ahead.chars().count() + 1)),
        }
    }

    /// The line of that number, from 1, without its end.
    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\r', '\n']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_in_an_editor() {
        let lines = Lines::of("a\nb\u{85}\u{2028}\r\n\rü c");
        let all: Vec<_> = (0..=6).map(|number| lines.get(number)).collect();
        assert_eq!(
            all,
            [
                None,
                Some("a"),
                Some("b\u{85}\u{2028}"),
                Some(""),
                Some("ü c"),
                None,
                None
            ]
        );
        let at = |offset| {
            let Position { line, column } = lines.position(offset);
            (line, column)
        };
        assert_eq!([at(0), at(1), at(2), at(9)], [(1, 1), (1, 2), (2, 1), (2, 5)]);
        assert_eq!([at(10), at(11), at(14)], [(3, 1), (4, 1), (4, 3)]);
    }

    #[test]
    fn columns_are_counted_only_near_the_start_of_a_line() {
        let text = format!("\n{}", "x".repeat(2000));
        let lines = Lines::of(&text);
        assert_eq!(
            (lines.position(1001).line, lines.position(1001).column),
            (2, 1001)
        );
        assert_eq!((lines.position(1002).line, lines.position(1002).column), (2, 0));
    }
}
