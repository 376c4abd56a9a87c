//! A picture of a launch: hosts, their pods, and the containers, nodes and components in them.
//!
//! ```text
//!   Rendered ────┐                                  ┌── dot  Graphviz
//!                ├── tree   blocks within blocks ───┤
//!   Description ─┘                                  └── svg  placed here, written by the svg crate
//! ```
//!
//! Pods, containers and node names are read from the rendered objects, so that the picture shows what would
//! run. The description adds what these do not contain: components, and the kinds of nodes.

mod block;
mod dot;
mod place;
mod svg;
mod tree;
mod workload;

use block::Block;

use super::Rendered;
use podbay_description::Description;

/// A launch as nested blocks.
pub struct Picture(Block);

impl Picture {
    /// The picture of `description`, rendered to `rendered`.
    pub fn new(description: &Description, rendered: &Rendered) -> Self {
        Self(tree::launch(description, rendered))
    }

    /// As Graphviz DOT.
    pub fn dot(&self) -> String {
        dot::write(&self.0)
    }

    /// As an SVG document.
    pub fn svg(&self) -> String {
        svg::draw(&self.0)
    }
}
