//! A launch file in XML.

#![no_main]

use podbay_fuzz::{Format, run};

libfuzzer_sys::fuzz_target!(|text: &str| run(text, Format::Xml, "x"));
