//! Lines and columns of byte offsets.

use podbay_text::yaml::Position;

/// How many bytes of a line are counted for a column: a whole file may be one line.
const COUNTED: usize = 1000;

/// The ends of a text's lines. The XML parser would count them anew for every position.
pub(super) struct Lines<'t> {
    text: &'t str,
    ends: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub(super) fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { text, ends }
    }

    /// Line and column of a byte offset; column 0 if it is far from the start of the line.
    pub(super) fn position(&self, offset: usize) -> Position {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let before = self.ends.partition_point(|&end| end < offset);
        let start = before.checked_sub(1).map_or(0, |last| self.ends[last] + 1);
        let ahead = self.text.get(start..offset);
        let ahead = ahead.filter(|ahead| ahead.len() <= COUNTED);
        Position {
            line: number(before + 1),
            column: ahead.map_or(0, |ahead| number(ahead.chars().count() + 1)),
        }
    }
}
