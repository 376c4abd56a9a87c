//! Parameter files of nodes: the file itself, which the container reads, or its content after substitution.

use super::super::place::{Outcome, Place, included, shown};
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::substitution::{Template, perform};
use super::super::yaml;
use podbay_description::ParameterSource;
use podbay_description::symbolic::is_symbolic;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::lines::Lines;

/// The file at `path`, with its content if it is on this machine; `None` if it does not exist. A file of a
/// package that is not installed here is assumed to exist in the container.
pub(super) fn file_source(path: &str, run: &mut Run<'_>, place: &Place) -> Outcome<Option<ParameterSource>> {
    let file = path.to_owned();
    if !is_symbolic(path) {
        let content = run.read_file_if_there(path)?;
        if content.is_some() {
            note_refused(path, content.as_deref(), run, place);
        }
        run.charge(ENTRY + file.len() + content.as_ref().map_or(0, String::len))?;
        return Ok(content.map(|content| ParameterSource::File {
            file,
            content: Some(content),
        }));
    }
    let real = run.packages.resolve_installed(path);
    let missing = real.is_some_and(|path| !path.is_file());
    run.charge(ENTRY + file.len())?;
    if !missing {
        note_refused(path, None, run, place);
    }
    Ok((!missing).then_some(ParameterSource::File { file, content: None }))
}

/// Warns if a node will refuse the parameter file at `path`, whose `content` may be known. ROS's launch passes
/// the file unread, and the node ends at its start.
pub(super) fn note_refused(path: &str, content: Option<&str>, run: &mut Run<'_>, place: &Place) {
    let Some(content) = run.content_to_check(path, content) else {
        return;
    };
    if let Err(mut wrong) = yaml::rcl::check(&content) {
        wrong.code = Code::ParameterFileRefused;
        wrong
            .message
            .insert_str(0, "a node cannot read this parameter file: ");
        let file = run.packages.shown_path(path);
        run.warn(place, included(wrong.warning().in_file(file), place));
    }
}

pub(super) fn no_file_for_all(path: &str, run: &Run<'_>) -> Diagnostic {
    let what = run.irregular(path).unwrap_or("not found");
    let (path, help) = (shown(path), run.of_include(path));
    let what = format!("<set_parameters_from_file> before this line names {path}, which is {what}");
    Code::Unreadable.says(what).help(help)
}

pub(super) fn left_out(path: &str, run: &Run<'_>) -> Diagnostic {
    let irregular = run.irregular(path);
    let what = match irregular {
        Some(what) => format!("it is {what}, not a regular file"),
        None => "file not found".to_owned(),
    };
    let help = match irregular {
        Some(_) => "",
        None => {
            "install it with its package. If only the image contains the file, put it in a package that is not \
             installed here"
        }
    };
    let name = shown(path);
    Code::ParameterFileMissing
        .says(format!("the parameter file {name} is ignored, as in ROS: {what}"))
        .help(run.of_include(path))
        .more_help(help)
}

/// The content of a parameter file after substitution.
pub(super) fn substituted(path: &str, run: &mut Run<'_>) -> Outcome<String> {
    let content = run.read_file(path)?;
    let file = run.packages.shown_path(path);
    let in_file = |wrong: Diagnostic| match wrong.place.line {
        0 => wrong,
        _ => wrong.in_file(file.as_str()),
    };
    let lines = Lines::of(&content);
    let template = Template::parse(&content, &|offset| lines.position(offset)).map_err(in_file)?;
    let text = perform(&template, run).map_err(in_file)?;
    match yaml::parse(&text) {
        Ok(_) => Ok(text),
        Err(mut wrong) => {
            // columns are those of the text after substitution
            (wrong.code, wrong.place.column) = (Code::ParameterFile, 0);
            wrong.message.insert_str(0, "invalid YAML after substitution: ");
            Err(in_file(wrong))
        }
    }
}
