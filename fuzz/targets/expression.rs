//! An expression of `$(eval …)`.

#![no_main]

use podbay_fuzz::{Format, run};

libfuzzer_sys::fuzz_target!(|text: &str| run(
    "launch: [log: {message: $(eval $(env X))}]",
    Format::Yaml,
    text
));
