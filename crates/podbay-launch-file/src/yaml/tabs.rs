//! Tabs: unlike YAML, PyYAML does not accept them between words.

use std::ops::Range;

use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::yaml::Position;

/// Refuses tabs outside of comments and of quoted or block text; `written` has the places of the latter, in
/// order.
pub(super) fn check(text: &str, written: &[Range<usize>]) -> Result<(), Diagnostic> {
    if !text.contains('\t') {
        return Ok(());
    }
    let mut written = written.iter().peekable();
    let (mut line, mut comment, mut before) = (1, false, b'\n');
    for (at, byte) in text.bytes().enumerate() {
        while written.next_if(|range| range.end <= at).is_some() {}
        let outside = !written.peek().is_some_and(|range| range.contains(&at));
        match byte {
            b'\n' => (line, comment) = (line + 1, false),
            b'#' if outside && before.is_ascii_whitespace() => comment = true,
            b'\t' if outside && !comment => {
                let tab = Code::NotYaml.says("a tab is used where only spaces are allowed");
                let tab = tab.help("use spaces");
                return Err(tab.at_position(Position { line, column: 0 }));
            }
            _ => {}
        }
        before = byte;
    }
    Ok(())
}

/// The first tab that indents a line, from line `first` on.
pub(super) fn indentation(text: &str, first: u32) -> Option<Position> {
    let lines = (1..).zip(text.lines());
    let mut tabs = lines
        .skip_while(|(line, _)| *line < first)
        .filter_map(|(line, text)| {
            let at = text
                .find(|c| c != ' ')
                .filter(|at| text[*at..].starts_with('\t'))?;
            let column = u32::try_from(at + 1).unwrap_or(0);
            Some(Position { line, column })
        });
    tabs.next()
}
