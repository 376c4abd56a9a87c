//! A picture of a launch: which host has which pod, and which containers, nodes and components are in it.
//!
//! ```text
//!   Rendered ────┐                                  ┌── dot  Graphviz
//!                ├── tree   blocks within blocks ───┤
//!   Description ─┘                                  └── svg  placed here, written by the svg crate
//! ```
//!
//! Pods, containers and node names are read from the rendered objects, so that the picture shows what would run;
//! the description adds what is not in them: components, and what kind of node a node is.

mod block;
mod dot;
mod place;
mod svg;
mod tree;
mod workload;

use block::Block;

use super::Rendered;
use podbay_description::Description;

/// A launch as blocks within blocks.
pub struct Picture(Block);

impl Picture {
    /// The picture of `description` rendered to `rendered`.
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
