//! podbay's settings: configuration files, ROS parameter files, and `--ros-args`.

#![allow(clippy::unwrap_used)]

#[path = "config/files.rs"]
mod files;
#[path = "config/params_file.rs"]
mod params_file;
#[path = "config/ros_args.rs"]
mod ros_args;
