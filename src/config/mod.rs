//! What the user typed -> what it means, once.

pub mod params_file;
pub mod profile;
pub mod ros_args;
