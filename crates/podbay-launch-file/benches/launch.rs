//! Measures the evaluation of one launch file. `tests/bench-launch` creates the file and compares with ROS.
//!
//!     cargo bench --bench launch -- FILE        prints {"seconds", "first", "processes", "components"} as JSON

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Instant;

use podbay_launch_file::{Options, Source, evaluate};

/// Rounds; the median counts.
const ROUNDS: usize = 21;

fn main() {
    let file = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    let source = Source::File(PathBuf::from(file.unwrap_or_default()));
    let options = Options::of_environment(std::env::vars().collect());
    let mut seconds = Vec::new();
    let mut description = None;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        description = Some(evaluate(&source, &options).unwrap_or_else(|problems| panic!("{}", problems[0])));
        seconds.push(start.elapsed().as_secs_f64());
    }
    let first = seconds[0];
    seconds.sort_by(f64::total_cmp);
    let description = description.unwrap();
    let result = serde_json::json!({
        "seconds": seconds[ROUNDS / 2],
        "first": first,
        "processes": description.processes.len(),
        "components": description.composable_nodes.len(),
    });
    println!("{result}");
}
