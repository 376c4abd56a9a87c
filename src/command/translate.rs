//! `podbay translate`: print what a launch file would become.

use anyhow::{Context, Result};

use super::launch::{explain, source};
use super::out;
use crate::config::Settings;
use crate::config::cli::{Emit, Translate};
use crate::domain::request::Caller;
use crate::{app, render};

/// Namespace when none is given; `kubectl apply -n` does not override a namespace that is written out.
const NAMESPACE: &str = "default";

/// Prints to standard output; problems go to standard error.
pub(super) async fn run(settings: &Settings, translate: Translate) -> Result<u8> {
    let source = source(&translate.source, translate.id)?;
    let mut translator = app::translator(settings, Vec::new());
    translator
        .options
        .package_prefixes
        .splice(0..0, translate.source.package_path.iter().cloned());
    let problems = match translate.emit {
        Emit::Description => {
            let description = translator
                .evaluate(&Caller::Local, &source)
                .await
                .map_err(explain)?;
            out::line(serde_json::to_string_pretty(&description).context("cannot write JSON")?);
            description.problems
        }
        Emit::Manifests => {
            let id = match source.launch_id.as_str() {
                "" => render::launch_name(&source.to_string()),
                id => id.to_owned(),
            };
            let namespace = settings.namespace.as_deref().unwrap_or(NAMESPACE);
            let translation = translator
                .translate(&Caller::Local, &source, &id, namespace)
                .await
                .map_err(explain)?;
            let rendered = translation.rendered;
            let objects: Vec<_> = std::iter::once(rendered.record).chain(rendered.objects).collect();
            out::whole(&render::to_yaml(&objects));
            translation.problems
        }
    };
    for problem in problems {
        out::note(problem);
    }
    Ok(0)
}
