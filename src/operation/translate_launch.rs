//! `translate_launch`: renders a launch file without creating anything.

use super::{Context, Operation};
use crate::bridge::{LaunchRequest, Translation, hidden};
use podbay_core::request::{Caller, Refusal};
use podbay_render as render;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::lengths;

/// Evaluate and render a launch file. Nothing is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslateLaunch(pub LaunchRequest);

/// A translation, as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated {
    /// The objects, one YAML document each.
    pub manifests: Vec<String>,
    /// The evaluated description as JSON.
    pub description: String,
    /// Warnings of what differs from ROS.
    pub problems: Vec<Diagnostic>,
}

impl Operation for TranslateLaunch {
    type Reply = Translated;

    const NAME: &'static str = "translate_launch";
    const MUTATES: bool = false;

    fn about(&self) -> String {
        self.0.to_string()
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Translated, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let Self(request) = self;
        let (launch_id, namespace) = (request.id(), bridge.cluster.default_namespace());
        let hide = matches!(caller, Caller::Graph(_)).then(|| bridge.translator.environment.clone());
        let write = move |translation| written(translation, hide.as_deref());
        let translator = &bridge.translator;
        translator
            .translate_and(caller, &request, (&launch_id, namespace), write)
            .await
    }
}

/// A translation as text. If `hide` is given, environment variables other than these are hidden.
fn written(translation: Translation, hide: Option<&[(String, String)]>) -> Result<Translated, Refusal> {
    let Translation {
        description,
        mut rendered,
        mut problems,
    } = translation;
    if let Some(own) = hide {
        hidden::hide(&mut rendered.objects, &description, own);
    }
    problems.extend(render::applied::warning(rendered.all()));
    let description = serde_json::to_string(&description).map_err(|error| error.to_string())?;
    let mut left = lengths::REPLY
        .checked_sub(description.len())
        .ok_or_else(too_large)?;
    let mut manifests = Vec::new();
    for object in rendered.all() {
        let text = render::to_yaml([object]);
        left = left.checked_sub(text.len()).ok_or_else(too_large)?;
        manifests.push(text);
    }
    Ok(Translated {
        manifests,
        description,
        problems,
    })
}

fn too_large() -> Refusal {
    let most = lengths::REPLY;
    Refusal::from(format!(
        "the translation exceeds the limit of {most} bytes for the ROS graph; use `podbay translate` to see it, \
         or start_launch directly"
    ))
}
