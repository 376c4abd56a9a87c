//! Layout: nested blocks fill rows from left to right, the highest first.
//!
//! There are no edges to keep short; the layout only minimizes unused space.

use super::block::Block;

/// Width of a monospaced letter, and height of a line.
pub(super) const LETTER: f32 = 7.3;
pub(super) const LINE: f32 = 16.0;

/// Space inside a block's edge, and between blocks.
pub(super) const SPACE: f32 = 8.0;

/// Preferred ratio of width to height.
const ASPECT: f32 = 1.6;

/// A block with its size, and its position in the surrounding block.
pub(super) struct Placed<'a> {
    pub(super) block: &'a Block,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) inside: Vec<Placed<'a>>,
}

/// Places the nested blocks of `block`, and makes it just large enough.
pub(super) fn place(block: &Block) -> Placed<'_> {
    let mut placed = Placed {
        block,
        x: 0.0,
        y: 0.0,
        width: text_width(block) + 2.0 * SPACE,
        height: (1 + block.notes.len()) as f32 * LINE + 2.0 * SPACE,
        inside: block.inside.iter().map(place).collect(),
    };
    placed.inside.sort_by(|a, b| b.height.total_cmp(&a.height));
    let row = placed.best_row();
    (placed.width, placed.height) = placed.fill(row);
    placed
}

impl Placed<'_> {
    /// Places the nested blocks in rows of length `row`, below the text. Returns the required size.
    fn fill(&mut self, row: f32) -> (f32, f32) {
        let (mut x, mut top) = (SPACE, self.height);
        let (mut width, mut height) = (self.width, self.height);
        for next in &mut self.inside {
            if x > SPACE && x + next.width > row {
                (x, top) = (SPACE, height);
            }
            (next.x, next.y) = (x, top);
            x += next.width + SPACE;
            width = width.max(x);
            height = height.max(top + next.height + SPACE);
        }
        (width, height)
    }

    /// The row length that comes closest to [`ASPECT`]: the first row may hold one block, or two, and so on.
    fn best_row(&mut self) -> f32 {
        let mut best = (f32::INFINITY, 0.0);
        let mut row = SPACE;
        for count in 0..self.inside.len() {
            row += self.inside[count].width + SPACE;
            let (width, height) = self.fill(row);
            if width.max(height * ASPECT) < best.0 {
                best = (width.max(height * ASPECT), row);
            }
            // longer rows only get wider
            if width > height * ASPECT {
                break;
            }
        }
        best.1
    }
}

fn text_width(block: &Block) -> f32 {
    let title = letters(&block.what) + 1 + letters(&block.title);
    let widest = block
        .notes
        .iter()
        .map(|note| letters(note))
        .fold(title, usize::max);
    widest as f32 * LETTER
}

/// Width of `text` in letters; East Asian ones and pictures count as two.
pub(super) fn letters(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}
