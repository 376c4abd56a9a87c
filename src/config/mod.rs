//! What the user typed -> what it means, once.

pub mod ros_args;
