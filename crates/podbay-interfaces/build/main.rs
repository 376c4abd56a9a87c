//! Generates Rust types from ROS interface files, for the backend without ROS.
//!
//! ```text
//!   msg/                 podbay_msgs ──┐
//!                                      ├─ parse ─ model ─ generate ─> OUT_DIR/msgs.rs
//!   interfaces/  other packages┘
//! ```

mod generate;
mod model;
mod parse;
mod read;

use std::path::Path;
use std::{env, fs};

#[allow(clippy::print_stdout)] // how a build script speaks to cargo
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=../../msg");
    println!("cargo::rerun-if-changed=interfaces");
    let mut interfaces = read::package(Path::new("../../msg"), "podbay_msgs")?;
    interfaces.extend(read::packages(Path::new("interfaces"))?);
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("msgs.rs"), generate::modules(&interfaces))?;
    Ok(())
}
