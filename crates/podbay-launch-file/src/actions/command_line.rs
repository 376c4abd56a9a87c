//! Attributes with a command line: `cmd`, `args`, `ros_args`.

use super::super::markup::Entity;
use super::super::place::{At, Outcome};
use super::super::python;
use super::super::substitution::{Part, Template};
use podbay_description::argv;
use podbay_text::diagnostic::{Code, Diagnostic};

/// An attribute with a command line. It is split before substitution, so that a value with spaces remains one
/// word.
pub(super) fn command_line(
    entity: &Entity<'_>,
    name: &'static str,
) -> Result<Option<Vec<Template>>, Diagnostic> {
    match entity.template(name)? {
        Some(line) => {
            let name_it = |wrong: Diagnostic| wrong.within(&format!("attribute '{name}'"));
            let words = check_length(&line).and_then(|()| split(&line));
            let words = words.map_err(name_it).in_template(&line).at(entity.place())?;
            Ok(Some(words))
        }
        None => Ok(None),
    }
}

/// Refuses command lines that are too long for any program, before each word takes far more memory than its
/// length.
fn check_length(line: &Template) -> Outcome<()> {
    let texts = line.parts().iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Call(_) => None,
    });
    let (bytes, words) = texts.fold((0, 0), |(bytes, words), text| {
        (bytes + text.len(), words + text.split_whitespace().count())
    });
    match bytes > argv::TOGETHER || words > argv::WORDS {
        true => {
            let what = format!(
                "{words} words of {bytes} bytes in total exceed Linux's limit of {} bytes",
                argv::TOGETHER
            );
            Err(Code::CommandLine.says(what).help("pass them in a file"))
        }
        false => Ok(()),
    }
}

/// Splits like ROS: an empty or blank text ends a word, even an empty word.
fn split(line: &Template) -> Outcome<Vec<Template>> {
    let mut words = Vec::new();
    let mut word: Vec<Part> = Vec::new();
    let position = line.position();
    let mut end = |word: &mut Vec<Part>| words.push(Template::of(std::mem::take(word)).at(position));
    for part in line.parts() {
        let Part::Text(text) = part else {
            word.push(part.clone());
            continue;
        };
        let tokens = python::shell_split(text).map_err(|error| {
            Code::CommandLine
                .says(error.to_string())
                .help("close the quote, or write \\ before it")
        })?;
        let Some((last, others)) = tokens.split_last() else {
            end(&mut word);
            continue;
        };
        if text.starts_with(char::is_whitespace) && !word.is_empty() {
            end(&mut word);
        }
        for token in others {
            word.push(Part::Text(token.clone()));
            end(&mut word);
        }
        word.push(Part::Text(last.clone()));
        if text.ends_with(char::is_whitespace) {
            end(&mut word);
        }
    }
    if !word.is_empty() {
        end(&mut word);
    }
    Ok(words)
}
