//! What the fuzz targets share.

pub use podbay_launch_file::Format;
use podbay_launch_file::{Options, Source, evaluate};

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
