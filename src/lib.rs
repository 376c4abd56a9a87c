//! podbay makes Kubernetes pods part of the ROS 2 graph.
//!
//! The floors, top to bottom; a floor uses only what stands below it:
//!
//! ```text
//!   app                          wiring
//!   bridge                       where ROS and Kubernetes meet
//!   ros        cluster   http    the outside world, each behind a port that speaks `domain`
//!   model      metrics
//!   launch  render  health  policy  config     decisions, no I/O
//!   domain  files                words everyone shares; reading within bounds
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
