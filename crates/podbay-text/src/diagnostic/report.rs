//! Formats diagnostics for a terminal: with the line of the file and a caret.

use std::collections::HashMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, Severity, mark};
use crate::lines::Lines;
use crate::shown;

/// Longest line that is shown.
const LONGEST: usize = 400;

/// Number of diagnostics that are shown.
const MOST: usize = 100;

/// Formats `diagnostics`, each with its line if `read` returns the text of its file, and in colour if
/// `coloured`. Each file is read once. Of many diagnostics the most severe are shown, and the number of the
/// others. The result contains no other terminal control characters.
pub fn reports<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    read: impl Fn(&str) -> Option<String>,
    coloured: bool,
) -> String {
    let renderer = if coloured {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut sources: HashMap<&str, Option<Lines<'_>>> = HashMap::new();
    let mut all: Vec<_> = diagnostics.into_iter().enumerate().collect();
    all.sort_by_key(|(_, diagnostic)| std::cmp::Reverse(diagnostic.severity));
    let omitted = all.split_off(MOST.min(all.len()));
    all.sort_by_key(|(index, _)| *index);
    let mut reports = Vec::with_capacity(all.len() + 1);
    for (_, diagnostic) in all {
        let file = &*diagnostic.place.file;
        let source = sources.entry(file).or_insert_with(|| lines(&read, file));
        reports.push(report(diagnostic, source.as_ref(), &renderer));
    }
    if !omitted.is_empty() {
        let omitted = Level::NOTE.primary_title(counted(&omitted));
        reports.push(renderer.render(&[Group::with_title(omitted)]));
    }
    reports.join("\n\n")
}

/// The lines of a file, without a byte order mark, which no column counts.
fn lines(read: impl Fn(&str) -> Option<String>, file: &str) -> Option<Lines<'static>> {
    let mut text = read(file).filter(|_| !file.is_empty())?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Some(Lines::of(text))
}

/// `3 more errors and 1 more warning are not shown`
fn counted(omitted: &[(usize, &Diagnostic)]) -> String {
    let each = [Severity::Error, Severity::Warning].map(|severity| {
        let count = omitted.iter().filter(|(_, one)| one.severity == severity).count();
        let s = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} more {severity}{s}"))
    });
    let each: Vec<_> = each.into_iter().flatten().collect();
    let verb = if omitted.len() == 1 { "is" } else { "are" };
    format!("{} {verb} not shown", each.join(" and "))
}

fn report(diagnostic: &Diagnostic, source: Option<&Lines<'_>>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let place = &diagnostic.place;
    let title = level
        .clone()
        .primary_title(shown::lines(&titled(diagnostic)).into_owned())
        .id(diagnostic.code.to_string());
    let mut head = Group::with_title(title.clone());
    if !place.file.is_empty() {
        head = head.element(origin(place));
    }
    let Some((text, mark)) = source.and_then(|source| line(source, place)) else {
        let lines_of_title = renderer.render(&[Group::with_title(title)]).lines().count();
        return indented(&renderer.render(&[explained(head, diagnostic)]), lines_of_title);
    };
    let number = usize::try_from(place.line).unwrap_or(1);
    let snippet = Snippet::source(text).line_start(number);
    let body = Group::with_level(level).element(snippet.annotation(AnnotationKind::Primary.span(mark)));
    // Rendered apart, because the origin of a snippet would have the column in the escaped text.
    let head = renderer.render(&[head]);
    let (title, place) = head.rsplit_once('\n').unwrap_or((&head, ""));
    let indent = " ".repeat(number.to_string().len());
    let body = renderer.render(&[explained(body, diagnostic)]);
    format!("{title}\n{indent}{place}\n{body}")
}

/// `report` with its lines from `from` on where they are with a line number, for which the renderer leaves room.
fn indented(report: &str, from: usize) -> String {
    let lines = report.lines().enumerate();
    let lines = lines.map(|(index, line)| match index < from {
        true => line.to_owned(),
        false => format!(" {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Adds the includes and the help.
fn explained<'a>(mut group: Group<'a>, diagnostic: &'a Diagnostic) -> Group<'a> {
    for from in diagnostic.included_from() {
        group = group.element(Level::NOTE.message(shown::line(&from).into_owned()));
    }
    if !diagnostic.help.is_empty() {
        group = group.element(Level::HELP.message(shown::lines(&diagnostic.help).into_owned()));
    }
    group
}

fn titled(diagnostic: &Diagnostic) -> String {
    match diagnostic.about.as_str() {
        "" => diagnostic.message.clone(),
        about => format!("{about}: {}", diagnostic.message),
    }
}

fn origin(place: &Place) -> Origin<'static> {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let origin = Origin::path(shown::line(&place.file).into_owned());
    match (place.line, place.column) {
        (0, _) => origin,
        (line, 0) => origin.line(number(line)),
        (line, column) => origin.line(number(line)).char_column(number(column)),
    }
}

/// The line at `place`, and the range of bytes to mark.
fn line(source: &Lines<'_>, place: &Place) -> Option<(String, Range<usize>)> {
    let line = source.get(place.line)?;
    if line.len() > LONGEST || line.trim().is_empty() {
        return None;
    }
    let column = usize::try_from(place.column).ok()?;
    let start = match column {
        0 => line.len() - line.trim_start().len(),
        // the end of a line is a place too
        column if column > line.chars().count() + 1 => return None,
        column => line
            .char_indices()
            .nth(column - 1)
            .map_or(line.len(), |(at, _)| at),
    };
    let is_yaml = [".yaml", ".yml"].iter().any(|end| place.file.ends_with(end));
    let end = match column {
        0 => line.trim_end().len(),
        _ => start + mark::length(line, start, is_yaml),
    };
    // with tabs, which the renderer expands
    let before = |at: usize| shown::lines(&line[..at]).len();
    Some((shown::lines(line).into_owned(), before(start)..before(end)))
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

    fn report(diagnostic: &Diagnostic, source: Option<&str>, coloured: bool) -> String {
        reports([diagnostic], |_| source.map(str::to_owned), coloured)
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
    fn several_ways_out_have_a_line_each_on_a_terminal() {
        let wrong = at(2, 0).help("write it\nor leave it");
        let shown = report(&wrong, None, false);
        assert!(
            shown.ends_with("\n --> a.launch.xml:2\n  = help: write it\n          or leave it"),
            "{shown}"
        );
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
    fn the_column_is_that_of_the_file_and_the_caret_is_below_it() {
        for (before, shown) in [
            ("\t\t", "        "),
            ("\u{feff}", ""),
            ("\u{1b}\u{202e}", "\\u{1b}\\u{202e}"),
            ("漢字", "漢字"),
        ] {
            let source = format!("{before}<node exe=\"b\"/>");
            let column = before.trim_start_matches('\u{feff}').chars().count() + 7;
            let report = report(&at(1, u32::try_from(column).unwrap()), Some(&source), false);
            let width = if before == "漢字" { 4 } else { shown.len() };
            let expected = format!(
                " --> a.launch.xml:1:{column}\n  |\n1 | {shown}<node exe=\"b\"/>\n  | {:>1$}^^^^^^^\n",
                "",
                width + 6
            );
            assert!(report.contains(&expected), "{report}");
        }
    }

    #[test]
    fn the_end_of_a_line_is_marked_and_nothing_beyond_it() {
        for (column, marked) in [(7, true), (8, true), (9, false)] {
            let report = report(&at(1, column), Some("a: [1, \n"), false);
            let caret = format!("1 | a: [1, \n  | {:>1$}\n", "^", column as usize);
            assert_eq!(report.contains(&caret), marked, "{report}");
            assert_eq!(report.contains('^'), marked, "{report}");
        }
    }

    #[test]
    fn many_are_counted_and_each_file_is_read_once() {
        let reads = std::cell::RefCell::new(Vec::new());
        let read = |file: &str| {
            reads.borrow_mut().push(file.to_owned());
            Some("<a/>\n".repeat(1000))
        };
        let mut all: Vec<_> = (1..=1000).map(|line| at(line, 1).warning()).collect();
        all.push(at(1, 2).in_file("b"));
        let shown = reports(&all, read, false);
        assert_eq!(shown.matches("--> ").count(), MOST);
        assert!(
            shown.ends_with("\n\nnote: 901 more warnings are not shown"),
            "{shown}"
        );
        assert!(
            shown.contains("--> b:1:2") && shown.contains(":99:1\n"),
            "{shown}"
        );
        assert_eq!(*reads.borrow(), ["a.launch.xml", "b"]);
        let shown = reports(&all[all.len() - 1..], |_| None, false);
        assert!(!shown.contains("note:"), "{shown}");
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
