//! The podbay command.

fn main() {}
