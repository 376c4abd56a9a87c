//! Properties of rendered launches, in addition to the cases of `tests/render.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "rendered/api_server.rs"]
mod api_server;
#[path = "rendered/demo.rs"]
mod demo;
#[path = "rendered/launch.rs"]
mod launch;
#[path = "rendered/picture.rs"]
mod picture;
#[path = "rendered/script.rs"]
mod script;
#[path = "rendered/sizes.rs"]
mod sizes;
