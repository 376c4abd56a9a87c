//! Reads text as actions: detects the format, reads the complete file, and collects all errors in it.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use super::Format;
use super::actions::{Action, Declared, Reader};
use super::limits;
use super::markup::{self, Entity};
use super::place::{ignored, shown};
use super::release::Release;
use podbay_text::diagnostic::{Code, Diagnostic};

/// The context for reading a text.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) release: &'a Release,
    /// Whether the text was sent by a ROS caller.
    pub(super) untrusted: bool,
}

/// A launch file that was read but not evaluated.
#[derive(Debug)]
pub(super) struct Script {
    /// Its name, for a person.
    pub(super) name: Arc<str>,
    /// Its actions.
    pub(super) actions: Vec<Action>,
    /// Its warnings.
    pub(super) warnings: Vec<Diagnostic>,
    declared: OnceCell<Vec<Declared>>,
}

impl Script {
    /// The arguments that it declares itself; `find` is called only once.
    pub(super) fn declared(&self, find: impl FnOnce(&[Action]) -> Vec<Declared>) -> &[Declared] {
        self.declared.get_or_init(|| find(&self.actions))
    }
}

/// Reads the text of the file at `path`.
pub(super) fn file(text: &str, path: &Path, context: &Context<'_>) -> Result<Script, Vec<Diagnostic>> {
    let name: Arc<str> = path.to_string_lossy().into();
    match Format::of_name(path) {
        Some(format) => in_format(text, &name, format, context).or_else(|problems| {
            // ROS tries every format regardless of the name, and reports the error of the format that the
            // name suggests.
            match guess(text) == format {
                true => Err(problems),
                false => in_format(text, &name, guess(text), context).map_err(|_| problems),
            }
        }),
        None => in_format(text, &name, guess(text), context),
    }
}

/// Reads a text without a file.
pub(super) fn text(
    text: &str,
    name: &str,
    format: Option<Format>,
    context: &Context<'_>,
) -> Result<Script, Vec<Diagnostic>> {
    in_format(text, &name.into(), format.unwrap_or_else(|| guess(text)), context)
}

fn guess(text: &str) -> Format {
    match text
        .trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
        .starts_with('<')
    {
        true => Format::Xml,
        false => Format::Yaml,
    }
}

fn in_format(
    text: &str,
    name: &Arc<str>,
    format: Format,
    context: &Context<'_>,
) -> Result<Script, Vec<Diagnostic>> {
    let refused = |what: Diagnostic| vec![what.in_file(Arc::clone(name))];
    if format == Format::Python {
        return Err(refused(Code::Python.says(BY_ROS).help(WHERE_ROS_IS)));
    }
    if text.len() > limits::FILE_BYTES {
        let what = format!("the file exceeds the limit of {} bytes", limits::FILE_BYTES);
        return Err(refused(
            Code::FileTooLarge.says(what).help("split it with <include>"),
        ));
    }
    let text = text.trim_start_matches('\u{feff}');
    let read = |root: &Entity<'_>, warnings| script(root, name, context.release, warnings);
    match format {
        Format::Yaml => markup::with_yaml_root(text, name, read),
        Format::Xml | Format::Python => {
            markup::with_xml_root(text, name, context.untrusted, |root| read(root, Vec::new()))
        }
    }
}

const BY_ROS: &str = "a Python launch file needs ROS";
const WHERE_ROS_IS: &str =
    "use --evaluate here, with ROS 2 sourced, or --evaluate image, in a pod of the profile's image";

fn script(
    root: &Entity<'_>,
    name: &Arc<str>,
    release: &Release,
    warnings: Vec<Diagnostic>,
) -> Result<Script, Vec<Diagnostic>> {
    if root.tag() != "launch" {
        let what = format!(
            "the root of a launch file must be 'launch', found '{}'",
            shown(root.tag())
        );
        let help = match markup::nearest(root.tag(), ["launch"]) {
            Some(_) => "did you mean 'launch'?",
            None if markup::OF_PROFILE.contains(&root.tag()) => "if this is a profile, use --profile",
            None => "",
        };
        return Err(vec![root.problem(Code::NotALaunchFile, what).help(help)]);
    }
    let single = |problem| vec![problem];
    let deprecated = root.text("deprecated").map_err(single)?;
    let mut reader = Reader::new(release);
    warnings.into_iter().for_each(|warning| reader.warn(warning));
    if let Some(reason) = deprecated {
        reader.warn(root.problem(
            Code::Deprecated,
            format!("this launch file is deprecated: {reason}"),
        ));
    }
    let read = reader.children(root);
    let actions = all_errors(read, root.take_errors())?;
    // ROS ignores other attributes of the root.
    if let Some(problem) = root.unread() {
        reader.warn(ignored(problem));
    }
    Ok(Script {
        name: Arc::clone(name),
        actions,
        warnings: reader.into_warnings(),
        declared: OnceCell::new(),
    })
}

/// All errors, ordered by line.
fn all_errors<T>(
    read: Result<T, Vec<Diagnostic>>,
    mut problems: Vec<Diagnostic>,
) -> Result<T, Vec<Diagnostic>> {
    let read = read.map_err(|found| problems.extend(found)).ok();
    problems.sort_by_key(|problem| (problem.place.line, problem.place.column));
    problems.dedup();
    if problems.len() > limits::ERRORS {
        problems.truncate(limits::ERRORS);
        if let Some(last) = problems.last_mut() {
            last.message.push_str(" (the file has more errors)");
        }
    }
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems),
    }
}
