//! podbay's `launch`, built alone so that it is quick to build with coverage; and what the targets share.

/// The words `launch` speaks in.
#[path = "../src/domain"]
pub mod domain {
    pub mod argv;
    pub mod cancel;
    pub mod description;
    pub mod launch_bounds;
    pub mod limits;
    pub mod near;
    pub mod object;
    pub mod printed;
    pub mod shown;
}
#[path = "../src/files.rs"]
pub mod files;
#[path = "../src/launch/mod.rs"]
pub mod launch;

use launch::{Format, Options, Source, evaluate};

/// Evaluates `text`, which may read nothing and run nothing, with `X` set to `variable` in the environment.
pub fn run(text: &str, format: Format, variable: &str) {
    let source = Source::Text {
        name: "fuzz".to_owned(),
        text: text.to_owned(),
        format: Some(format),
    };
    let options = Options {
        environment: [("X".to_owned(), variable.to_owned())].into(),
        readable: Some(Vec::new()),
        ..Options::default()
    };
    match evaluate(&source, &options) {
        Ok(description) => assert!(serde_json::to_string(&description).is_ok()),
        Err(problems) => assert!(!problems.is_empty()),
    }
}
