//! The podbay command.

use std::process::ExitCode;

use clap::Parser;
use podbay::cluster::embedded;
use podbay::command;
use podbay::config::cli::Cli;
use podbay::ros::arguments;

fn main() -> ExitCode {
    // The embedded cluster runs podbay again as the parent of each container; nothing may come before this.
    embedded::run_if_asked().unwrap_or_else(|| match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("podbay: {error:#}");
            ExitCode::FAILURE
        }
    })
}

fn run() -> anyhow::Result<u8> {
    let args: Vec<String> = std::env::args().collect();
    let ros = arguments::read("podbay", args.iter().cloned())?;
    let cli = Cli::parse_from(&ros.rest);
    tokio::runtime::Runtime::new()?.block_on(command::run(cli, ros, args))
}
