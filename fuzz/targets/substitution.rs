//! A text with substitutions.

#![no_main]

use podbay_fuzz::{Format, run};

libfuzzer_sys::fuzz_target!(|text: &str| {
    // JSON's quotes are YAML's.
    let message = serde_json::Value::from(text);
    run(
        &format!(
            "launch: [let: {{name: x, value: '1'}}, log: {{message: {message}}}, log: {{message: $(var x)}}]"
        ),
        Format::Yaml,
        "x",
    );
});
