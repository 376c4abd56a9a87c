//! `podbay translate`: print the result of translating a launch file.

use anyhow::{Context, Result};

use super::errors::explain;
use super::launch::request;
use super::out;
use super::signals::unless_interrupted;
use crate::app;
use crate::bridge::{Translation, Translator};
use crate::operation::LaunchRequest;
use podbay_config::Settings;
use podbay_config::cli::{Emit, Translate};
use podbay_core::launch_id::LaunchId;
use podbay_core::request::Caller;
use podbay_render as render;
use podbay_render::applied;
use podbay_render::picture::Picture;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::shown;

/// Prints to standard output; problems go to standard error.
pub(super) async fn run(settings: &Settings, translate: Translate) -> Result<u8> {
    let request = request(&translate.source, translate.id)?;
    let mut translator = app::translator(settings, Vec::new());
    translator.evaluator.progress = |line| out::note(line);
    let evaluator = translator.evaluator.clone();
    unless_interrupted(
        print(settings, translate.emit, &translator, request),
        evaluator.end(),
    )
    .await
}

async fn print(
    settings: &Settings,
    emit: Emit,
    translator: &Translator,
    request: LaunchRequest,
) -> Result<u8> {
    let (text, problems) = match emit {
        Emit::Description => description(translator, &request).await?,
        emit => {
            // without a namespace, kubectl's context and -n decide
            let namespace = settings.namespace.as_deref().unwrap_or_default();
            let translation = translated(translator, &request, namespace).await?;
            let text = write(&translation, emit);
            let mut problems = translation.problems;
            problems.extend(applied::warning(translation.rendered.all()).filter(|_| emit == Emit::Manifests));
            (text, problems)
        }
    };
    out::whole(&text)?;
    out::problems(&problems);
    Ok(0)
}

async fn description(translator: &Translator, request: &LaunchRequest) -> Result<(String, Vec<Diagnostic>)> {
    let description = translator
        .evaluate(&Caller::Local, request)
        .await
        .map_err(explain)?;
    let json = serde_json::to_string_pretty(&description).context("cannot write JSON")?;
    Ok((shown::json(&json).into_owned() + "\n", description.problems))
}

async fn translated(
    translator: &Translator,
    request: &LaunchRequest,
    namespace: &str,
) -> Result<Translation> {
    let of_file = || LaunchId::of_source(&request.to_string());
    let id = request.launch_id.clone().unwrap_or_else(of_file);
    let translation = translator.translate(&Caller::Local, request, &id, namespace);
    translation.await.map_err(explain)
}

fn write(translation: &Translation, emit: Emit) -> String {
    let rendered = &translation.rendered;
    let picture = || Picture::new(&translation.description, rendered);
    match emit {
        Emit::Graph => picture().dot(),
        Emit::Svg => picture().svg(),
        _ => render::to_yaml(rendered.all()),
    }
}
