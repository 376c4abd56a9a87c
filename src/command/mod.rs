//! The commands of the command line, one file each.

mod arguments;
mod errors;
mod follow;
mod launch;
mod out;
mod running;
mod serve;
mod signals;
mod status;
mod stop;
mod table;
mod translate;

pub use errors::{Misuse, exit_code, last_words, usage};

use anyhow::Result;

use crate::demo;
use crate::telemetry;
use podbay_config::Settings;
use podbay_config::cli::{Cli, Command, DemoNode};
use podbay_config::ros_args::RosArgs;
use podbay_launch_file as launch_file;
use podbay_text::files;

/// Runs the command; `args` is the complete command line. Returns the exit code.
pub async fn run(cli: Cli, ros: RosArgs, args: Vec<String>) -> Result<u8> {
    let warnings = telemetry::check(ros.log_level.as_deref())?;
    warnings.iter().for_each(out::warn);
    let mut settings = Settings::new(&cli.common).map_err(errors::unsettled)?;
    if let Command::Status(_) | Command::Stop(_) = cli.command {
        settings = settings.without_profiles();
    }
    settings.package_path = cli.command.package_path().to_vec();
    for prefix in &settings.package_path {
        files::folder(prefix).map_err(|error| errors::unreadable(error, "--package-path"))?;
    }
    settings.allow_command |= cli.command.allow_command();
    if let Command::Serve | Command::Launch(_) | Command::Translate(_) = cli.command {
        let distro = std::env::var("ROS_DISTRO").unwrap_or_default();
        launch_file::check_distro(&distro).into_iter().for_each(out::note);
    }
    match cli.command {
        Command::Serve => serve::run(settings, ros).await,
        Command::Launch(launch) if launch.show_args => arguments::run(&settings, &launch.source).await,
        Command::Launch(launch) => Box::pin(launch::run(&settings, ros, launch)).await,
        Command::Translate(translate) => translate::run(&settings, translate).await,
        Command::Status(status) => status::run(&settings, ros, status).await,
        Command::Stop(stop) => stop::run(&settings, stop).await,
        Command::Demo(demo) => {
            match demo.node {
                DemoNode::Talker => demo::talker(args).await?,
                DemoNode::Listener => demo::listener(args).await?,
            }
            Ok(0)
        }
    }
}
