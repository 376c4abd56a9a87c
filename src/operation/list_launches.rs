//! `list_launches`: all launches and their states.

use super::{Context, Kind, Operation};
use podbay_core::launch::LaunchSummary;
use podbay_core::request::Refusal;

/// List the launches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLaunches;

/// All launches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launches(pub Vec<LaunchSummary>);

impl Operation for ListLaunches {
    type Reply = Launches;

    const NAME: &'static str = "list_launches";
    const KIND: Kind = Kind::Read;
    const MUTATES: bool = false;

    fn about(&self) -> String {
        String::new()
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Launches, Refusal> {
        Ok(Launches(context.bridge.model.snapshot().summaries()))
    }
}
