//! podbay makes Kubernetes pods part of the ROS 2 graph.
//!
//! The daemon and its commands. The crates in `crates/` make the decisions; see ARCHITECTURE.md.
//!
//! ```text
//!   app, command                 wiring
//!   bridge                       where ROS and Kubernetes meet
//!   ros        cluster   http    the outside world
//!   metrics    config
//! ```

pub mod app;
pub mod bridge;
pub mod command;
pub mod demo;
pub mod http;
pub mod memory;
pub mod metrics;
pub mod operation;
pub mod ros;
pub mod telemetry;
pub mod terminal;
