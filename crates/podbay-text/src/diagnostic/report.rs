//! Formats a diagnostic for a terminal: with the line of the file and a caret.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, Severity};
use crate::shown;

/// Longest line that is shown.
const LONGEST: usize = 400;

/// Formats `diagnostic`, with its line of `source` if the text of the file is given, and in colour if
/// `coloured`. The result contains no other terminal control characters.
pub fn report(diagnostic: &Diagnostic, source: Option<&str>, coloured: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let place = &diagnostic.place;
    let title = level
        .primary_title(shown::lines(&titled(diagnostic)).into_owned())
        .id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    let file = shown::line(&place.file).into_owned();
    let line = source.and_then(|source| line(source, place));
    match (&line, file.is_empty()) {
        (_, true) => {}
        (Some((text, mark)), _) => {
            let number = usize::try_from(place.line).unwrap_or(1);
            let snippet = Snippet::source(text.as_str()).path(file).line_start(number);
            group = group.element(snippet.annotation(AnnotationKind::Primary.span(mark.clone())));
        }
        (None, _) => group = group.element(origin(file, place)),
    }
    for from in diagnostic.included_from() {
        group = group.element(Level::NOTE.message(shown::line(&from).into_owned()));
    }
    if !diagnostic.help.is_empty() {
        group = group.element(Level::HELP.message(shown::lines(&diagnostic.help).into_owned()));
    }
    let renderer = if coloured {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

fn titled(diagnostic: &Diagnostic) -> String {
    match diagnostic.about.as_str() {
        "" => diagnostic.message.clone(),
        about => format!("{about}: {}", diagnostic.message),
    }
}

fn origin(file: String, place: &Place) -> Origin<'static> {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let origin = Origin::path(file);
    match (place.line, place.column) {
        (0, _) => origin,
        (line, 0) => origin.line(number(line)),
        (line, column) => origin.line(number(line)).char_column(number(column)),
    }
}

/// The line at `place`, and the range of bytes to mark.
fn line(source: &str, place: &Place) -> Option<(String, Range<usize>)> {
    let index = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let line = source.lines().nth(index)?;
    if line.len() > LONGEST || line.trim().is_empty() {
        return None;
    }
    let column = usize::try_from(place.column).ok()?;
    let start = match column {
        0 => line.len() - line.trim_start().len(),
        column => line.char_indices().nth(column - 1).map(|(at, _)| at)?,
    };
    let end = match column {
        0 => line.trim_end().len(),
        _ => start + thing(&line[start..]),
    };
    let before = |at: usize| shown::line(&line[..at]).len();
    Some((shown::line(line).into_owned(), before(start)..before(end)))
}

/// Length of the item at the start of `text`: a tag, an attribute with its value, a quoted text, a
/// substitution, a word.
fn thing(text: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    let first = text.chars().next().map_or(0, char::len_utf8);
    let quoted = |from: usize| {
        let quote = text[from..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let close = text[from + 1..].find(quote)?;
        Some(from + 1 + close + 1)
    };
    if let Some(end) = quoted(0).or_else(|| substitution(text)) {
        return end;
    }
    let start = if text.starts_with('<') { first } else { 0 };
    let end = text[start..]
        .find(|c| !word(c))
        .map_or(text.len(), |at| start + at);
    match text[end..].strip_prefix('=') {
        Some(_) => quoted(end + 1).unwrap_or(end),
        None => end.max(first),
    }
}

/// Length of the `$(…)` at the start of `text`, or of its part in this line.
fn substitution(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("$(")?;
    let mut depth = 1;
    let end = inner.find(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    Some(end.map_or(text.trim_end().len(), |end| "$(".len() + end + ")".len()))
}

#[cfg(test)]
mod tests {
    use super::super::Code;
    use super::*;

    fn at(line: u32, column: u32) -> Diagnostic {
        let place = Place {
            file: "a.launch.xml".into(),
            line,
            column,
        };
        Code::UnexpectedAttribute
            .says("unexpected attribute 'exe'")
            .help("did you mean 'exec'?")
            .at(&place)
    }

    #[test]
    fn the_caret_marks_an_attribute() {
        let source = "<launch>\n  <node pkg=\"a\" exe=\"ü b\"/>\n</launch>\n";
        assert_eq!(
            report(&at(2, 17), Some(source), false),
            "error[PB0203]: unexpected attribute 'exe'\n \
             --> a.launch.xml:2:17\n  |\n\
             2 |   <node pkg=\"a\" exe=\"ü b\"/>\n  \
               |                 ^^^^^^^^^\n  |\n  \
               = help: did you mean 'exec'?"
        );
    }

    #[test]
    fn the_caret_marks_a_whole_substitution() {
        for (source, marked) in [
            ("$(var a$(env B (x)))/c", "$(var a$(env B (x)))"),
            ("$(var a", "$(var a"),
            ("$5", "$"),
        ] {
            let report = report(&at(1, 1), Some(source), false);
            let carets = "^".repeat(marked.len());
            assert!(report.contains(&format!(" | {carets}\n")), "{report}");
        }
    }

    #[test]
    fn without_a_column_the_line_is_marked_and_without_a_source_only_the_place_is_shown() {
        let source = "x\n  foo: 1  \n";
        let marked = report(&at(2, 0), Some(source), false);
        assert!(marked.contains("2 |   foo: 1  \n  |   ^^^^^^\n"), "{marked}");
        for missing in [None, Some(""), Some("x\n\n")] {
            let plain = report(&at(2, 0), missing, false);
            assert!(plain.contains("--> a.launch.xml:2\n"), "{plain}");
            assert!(!plain.contains('^'), "{plain}");
        }
    }

    #[test]
    fn the_middle_of_a_long_include_path_is_counted() {
        for (count, shown, more) in [
            (6, 6, None),
            (7, 6, Some("and from 1 more")),
            (500, 6, Some("and from 494 more")),
        ] {
            let mut deep = at(1, 1);
            let places: Vec<_> = (1..=count).map(|line| Place::file("b").at_line(line)).collect();
            deep.included = places.into();
            for text in [report(&deep, None, false), deep.to_string()] {
                assert_eq!(text.matches("included from b:").count(), shown, "{text}");
                assert!(text.contains(&format!("included from b:{count}")), "{text}");
                assert!(more.is_none_or(|more| text.contains(more)), "{text}");
            }
        }
    }

    #[test]
    fn untrusted_text_cannot_control_a_terminal() {
        let mut evil = at(1, 9);
        evil.message += "\u{1b}[2J";
        evil.help += "\u{202e}";
        let shown = report(&evil, Some("\u{1b}\u{1b} <a \u{9b} b=\"\u{7f}\"/>"), false);
        assert!(!shown.contains(|c| c != '\n' && shown::is_unsafe(c)), "{shown}");
        assert!(shown.contains("\\u{1b}[2J"), "{shown}");
    }
}
