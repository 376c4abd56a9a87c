//! The podbay command.

use std::ffi::OsString;
use std::io::stderr;
use std::process::ExitCode;

use podbay::command::Misuse;
use podbay::ros::arguments;
use podbay::{bridge, command, memory, terminal};
use podbay_config::cli::Cli;
use podbay_embedded as embedded;
use podbay_embedded::open_files;

/// Name of the threads that run podbay's tasks.
const WORKER: &str = "podbay-worker";

fn main() -> ExitCode {
    // the embedded cluster runs podbay again as the parent of each container; nothing may precede this
    embedded::run_if_asked().unwrap_or_else(|| match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal::say(&command::last_words(&error));
            ExitCode::from(command::exit_code(&error))
        }
    })
}

fn run() -> anyhow::Result<u8> {
    memory::configure_allocator();
    let args = arguments()?;
    let ros = arguments::read("podbay", args.iter().cloned())?;
    let cli = match Cli::read(&ros.rest, terminal::coloured(&stderr())) {
        Ok(cli) => cli,
        Err(error) => return command::usage(&error),
    };
    end_with_foreign_threads();
    open_files::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name(WORKER)
        .build()?;
    let ended = runtime.block_on(command::run(cli, ros, args));
    // not waiting for threads that read a silent pipe or look up a name
    runtime.shutdown_background();
    ended
}

/// The command line, which must be Unicode, as the messages and logs that quote it.
fn arguments() -> anyhow::Result<Vec<String>> {
    let unicode = |word: OsString| {
        let not = |word| {
            Misuse(format!(
                "the command line has {word:?}, which is not Unicode; rename it"
            ))
        };
        word.into_string().map_err(not)
    };
    Ok(std::env::args_os().map(unicode).collect::<Result<_, _>>()?)
}

/// Ends the process if a thread of a library panics: nobody waits for such a thread, and podbay would
/// continue, for example without DDS, and look alive. Panics in tasks are seen by whoever awaits them.
fn end_with_foreign_threads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        let thread = std::thread::current();
        if !matches!(thread.name(), Some("main" | WORKER | bridge::THREAD)) {
            std::process::abort();
        }
    }));
}
