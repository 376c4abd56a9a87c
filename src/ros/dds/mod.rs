//! Backend over RustDDS.

pub mod msgs;
pub mod wire;
