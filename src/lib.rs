//! podbay makes Kubernetes pods part of the ROS 2 graph.
//!
//! The daemon and its commands. What it decides with stands in the crates below `crates/`; ARCHITECTURE.md has the map.
//!
//! ```text
//!   app, command                 wiring
//!   bridge                       where ROS and Kubernetes meet
//!   ros        cluster   http    the outside world
//!   metrics    config
//! ```

pub mod app;
pub mod bridge;
pub mod cluster;
pub mod command;
pub mod config;
pub mod demo;
pub mod http;
pub mod memory;
pub mod metrics;
pub mod ros;
mod seldom;
pub mod telemetry;
