//! `shutdown`: the end of the launch, requested by the launch file.

use super::super::markup::Entity;
use super::super::place::Place;
use super::super::run::Run;
use podbay_description as description;
use podbay_text::diagnostic::{Code, Diagnostic};

/// The end of the launch.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    reason: String,
}

impl Shutdown {
    /// Reads `shutdown`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        // ROS parses substitutions here, but does not evaluate them.
        entity.template("reason")?;
        let reason = entity.text("reason")?;
        Ok(Self {
            reason: reason.unwrap_or_else(|| "reason not given".to_owned()),
        })
    }

    /// Ends the launch after the surrounding actions have run. The first `shutdown` counts.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) {
        let delay = run.now;
        run.output.shutdown.get_or_insert_with(|| description::Shutdown {
            delay,
            reason: self.reason.clone(),
            source: place.clone(),
        });
        run.warn(
            place,
            Code::NotCarriedOver
                .says("the launch file ends the launch here, but podbay leaves it running")
                .help("use `podbay stop` to stop it"),
        );
    }
}
