//! `list_pods`: pods and their health, page by page.

use super::{Context, Kind, Operation};
use podbay_core::model::{Page, PodQuery};
use podbay_core::request::{Caller, Refusal};
use podbay_text::lengths;

/// List pods. The local user gets all of them, a ROS caller a page that fits one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPods(pub PodQuery);

/// A page of pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pods(pub Page);

impl Operation for ListPods {
    type Reply = Pods;

    const NAME: &'static str = "list_pods";
    const KIND: Kind = Kind::Read;
    const MUTATES: bool = false;

    fn about(&self) -> String {
        self.0.namespace.clone()
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Pods, Refusal> {
        let Self(query) = self;
        context.bridge.watched(&query.namespace)?;
        let most = match context.caller {
            Caller::Local => usize::MAX,
            Caller::Graph(_) => lengths::REPLY,
        };
        let page = context.bridge.model.snapshot().list(&query, most);
        page.map(Pods).map_err(|error| error.to_string().into())
    }
}
