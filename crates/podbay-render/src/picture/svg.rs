//! The picture as SVG.

use svg::node::element::{Group, Rectangle, TSpan, Text};
use svg::{Document, Node};

use super::block::Block;
use super::place::{LETTER, LINE, Placed, SPACE, letters, place};

/// Font size.
const FONT: f32 = 12.0;

/// Places and draws the blocks.
pub(super) fn draw(root: &Block) -> String {
    let placed = place(root);
    let mut group = Group::new()
        .set("font-family", "monospace")
        .set("font-size", FONT);
    paint(&placed, (0.0, 0.0), &mut group);
    let (width, height) = (placed.width.ceil(), placed.height.ceil());
    let document = Document::new()
        .set("width", width)
        .set("height", height)
        .set("viewBox", (0, 0, width, height))
        .add(group);
    format!("{document}\n")
}

/// Draws a block and its nested blocks; `from` is the corner of the surrounding block.
fn paint(placed: &Placed<'_>, from: (f32, f32), group: &mut Group) {
    let (x, y) = (from.0 + placed.x, from.1 + placed.y);
    let edge = Rectangle::new()
        .set("x", pixel(x) + 0.5)
        .set("y", pixel(y) + 0.5)
        .set("width", pixel(placed.width) - 1.0)
        .set("height", pixel(placed.height) - 1.0)
        .set("rx", 4)
        .set("fill", placed.block.kind.color())
        .set("stroke", "#555");
    group.append(edge);
    group.append(text(placed.block, pixel(x + SPACE), pixel(y + SPACE)));
    for inner in &placed.inside {
        paint(inner, (x, y), group);
    }
}

/// The lines of `block` below (x, y). Every piece has its own position, since SVG readers differ in the space
/// between two pieces.
fn text(block: &Block, x: f32, y: f32) -> Text {
    let piece = |text: &str, x: f32, line: usize| {
        let y = y + LINE * line as f32 + FONT;
        TSpan::new(text).set("x", x).set("y", y)
    };
    let after = pixel(x + (letters(&block.what) + 1) as f32 * LETTER);
    let what = piece(&block.what, x, 0).set("fill", "#555");
    let title = piece(&block.title, after, 0).set("font-weight", "bold");
    let notes = block.notes.iter().zip(1..);
    notes.fold(Text::new("").add(what).add(title), |text, (note, line)| {
        text.add(piece(note, x, line))
    })
}

/// Whole pixels give sharp edges and short numbers.
fn pixel(length: f32) -> f32 {
    length.round()
}
