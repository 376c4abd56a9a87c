//! Line breaks of YAML 1.1: also U+0085, which no editor shows as one, so places in the file need its own lines.

use std::borrow::Cow;

use podbay_text::diagnostic::Diagnostic;
use podbay_text::yaml::Position;

/// A text for the parser, which implements YAML 1.2, where only LF and CR break lines.
pub(super) struct Breaks<'t> {
    text: Cow<'t, str>,
    /// For each line of `text`, its line in the file, and the number of columns before it there. Empty if
    /// they are equal.
    origins: Vec<(u32, u32)>,
}

impl<'t> Breaks<'t> {
    /// `text` of a file.
    pub(super) fn of(text: &'t str) -> Self {
        let text = text.trim_matches(['\u{2028}', '\u{2029}']);
        match text.contains('\u{85}') {
            false => Self {
                text: Cow::Borrowed(text),
                origins: Vec::new(),
            },
            true => Self {
                text: Cow::Owned(text.replace('\u{85}', "\n")),
                origins: origins(text),
            },
        }
    }

    /// The text for the parser.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where `position` of the parser is in the file.
    pub(super) fn in_file(&self, position: Position) -> Position {
        let index = usize::try_from(position.line).unwrap_or(0).checked_sub(1);
        match index.and_then(|index| self.origins.get(index)) {
            None => position,
            Some(&(line, before)) => Position {
                line,
                column: match position.column {
                    0 => 0,
                    column => column + before,
                },
            },
        }
    }

    /// `wrong`, whose position is the parser's.
    pub(super) fn located(&self, wrong: Diagnostic) -> Diagnostic {
        let (line, column) = (wrong.place.line, wrong.place.column);
        wrong.at_position(self.in_file(Position { line, column }))
    }
}

fn origins(text: &str) -> Vec<(u32, u32)> {
    let (mut line, mut column) = (1, 0);
    let mut origins = vec![(line, column)];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                (line, column) = (line + 1, 0);
                origins.push((line, column));
            }
            c => {
                column += 1;
                if c == '\u{85}' {
                    origins.push((line, column));
                }
            }
        }
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_file() {
        let breaks = Breaks::of("# a\u{85}\r\n# b\u{85}c: 1\n");
        assert_eq!(breaks.text(), "# a\n\r\n# b\nc: 1\n");
        for (parsed, file) in [
            ((1, 3), (1, 3)),
            ((3, 1), (2, 1)),
            ((4, 4), (2, 8)),
            ((5, 0), (3, 0)),
        ] {
            let [parsed, file] = [parsed, file].map(|(line, column)| Position { line, column });
            assert_eq!(breaks.in_file(parsed), file);
        }
    }

    #[test]
    fn an_error_and_a_value_after_such_a_break_have_their_place_in_the_file() {
        let wrong = super::super::parse("# a\u{85}\nb: [1\n").unwrap_err();
        assert_eq!((wrong.place.line, wrong.place.column), (2, 4), "{wrong}");
        let node = super::super::parse("# a\u{85}\nb: 1\n").unwrap();
        assert_eq!((node.position.line, node.position.column), (2, 1));
    }
}
