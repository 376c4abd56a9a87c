//! A launch file in YAML.

#![no_main]

use podbay_fuzz::{Format, run};

libfuzzer_sys::fuzz_target!(|text: &str| run(text, Format::Yaml, "x"));
