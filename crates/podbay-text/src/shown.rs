//! Makes untrusted text safe to show. A pod's annotations, a container's log, a launch file or a reply of the
//! API server may contain characters that move the cursor, clear the screen, reverse the reading order or
//! begin a new line. Wherever podbay shows such text, it escapes them: `\n`, `\u{1b}`.
//!
//! | function | for |
//! |---|---|
//! | [`line()`] | a cell, a name, a message: whatever has to stay in its line |
//! | [`lines`] | text that may be longer than a line |
//! | [`log`] | a line of a log, of which colours are kept for a terminal |
//! | [`json`] | a JSON document, which says the same afterwards |
//!
//! [`beginning`] and [`listed`] shorten long text and lists, but do not escape: that is up to whoever prints
//! the message. [`fitting`] does both.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` in one line.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// `text` with its line breaks and tabs.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// A log line, with its tabs. Colours are kept if `coloured`, and end with the line; otherwise they are
/// removed.
pub fn log(text: &str, coloured: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut last) = (text.trim_end_matches('\r'), "");
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        push(&mut shown, before, |c| c == '\t');
        rest = match colour(after) {
            Some((colour, after)) => {
                if coloured {
                    shown.extend(["\u{1b}", colour]);
                    last = colour;
                }
                after
            }
            None => {
                push(&mut shown, "\u{1b}", |_| false);
                after
            }
        };
    }
    push(&mut shown, rest, |c| c == '\t');
    if !matches!(last, "" | "[m" | "[0m") {
        shown.push_str("\u{1b}[0m");
    }
    shown
}

/// A JSON document without terminal control characters. Outside of strings it contains none except line
/// breaks.
pub fn json(document: &str) -> Cow<'_, str> {
    if !document.contains(|c| c != '\n' && c != '\t' && is_unsafe(c)) {
        return document.into();
    }
    let mut text = String::with_capacity(document.len());
    for c in document.chars() {
        match c {
            c if matches!(c, '\n' | '\t') || !is_unsafe(c) => text.push(c),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write(&mut text, format_args!("\\u{unit:04x}"))),
        }
    }
    text.into()
}

/// `text`, or its first `chars` characters and its length.
pub fn beginning(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()).into(),
        None => text.into(),
    }
}

/// [`lines`] of `text`; if it takes more than `most` bytes when escaped, its beginning and its length.
pub fn fitting(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let end = shown.len();
        push(&mut shown, c.encode_utf8(&mut [0; 4]), |c| {
            matches!(c, '\n' | '\t')
        });
        if shown.len() > most {
            shown.truncate(end);
            write(&mut shown, format_args!("… ({} bytes)", text.len()));
            break;
        }
    }
    shown
}

/// `names` for a sentence, each with at most `chars` characters: the first `most`, and the number of the
/// others.
pub fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>, most: usize, chars: usize) -> String {
    let mut names = names.into_iter();
    let shown = names.by_ref().take(most);
    let list: Vec<_> = shown
        .map(|name| beginning(name.as_ref(), chars).into_owned())
        .collect();
    match names.count() {
        0 => list.join(", "),
        more => format!("{} and {more} more", list.join(", ")),
    }
}

/// Whether `c` affects a terminal, an editor or a browser instead of being shown.
#[inline]
pub fn is_unsafe(c: char) -> bool {
    // nearly all characters are printable ASCII
    !matches!(c, ' '..='~') && is_control_or_invisible(c)
}

fn is_control_or_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // invisible, or changes the reading order
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
            // Unicode line breaks
            | '\u{2028}' | '\u{2029}')
}

/// The colour codes at the beginning of `text`, which follows an escape character (`[1;31m`), and the rest.
fn colour(text: &str) -> Option<(&str, &str)> {
    let parameters = text.strip_prefix('[')?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'))?;
    parameters[end..].starts_with('m').then(|| text.split_at(end + 2))
}

fn escaped(text: &str, keeps: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(|c| is_unsafe(c) && !keeps(c)) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    push(&mut shown, text, keeps);
    shown.into()
}

fn push(shown: &mut String, text: &str, keeps: impl Fn(char) -> bool) {
    for c in text.chars() {
        match c {
            c if keeps(c) || !is_unsafe(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c => write(shown, format_args!("{}", c.escape_unicode())),
        }
    }
}

fn write(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        for (text, expected) in [
            ("/talker", "/talker"),
            ("Grüße, 世界, نود, 🤖, a\u{301}", "Grüße, 世界, نود, 🤖, a\u{301}"),
            ("x\n/y\r\tz", "x\\n/y\\r\\tz"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J \u{7f} \u{0}", "\\u{9b}2J \\u{7f} \\u{0}"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
            ("a\u{200b}b\u{feff}\u{e0041}", "a\\u{200b}b\\u{feff}\\u{e0041}"),
            // joiners are needed for emoji families and Persian
            ("👩\u{200d}🚀 می\u{200c}خواهم", "👩\u{200d}🚀 می\u{200c}خواهم"),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
        assert_eq!(lines("a\n\tb\rc\u{1b}"), "a\n\tb\\rc\\u{1b}");
    }

    #[test]
    fn a_log_keeps_only_its_colours() {
        for (text, coloured, plain) in [
            ("plain\ttext\r", "plain\ttext", "plain\ttext"),
            ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[1;38:5:9mred", "\u{1b}[1;38:5:9mred\u{1b}[0m", "red"),
            (
                "\u{1b}[Aup \u{1b}[2J",
                "\\u{1b}[Aup \\u{1b}[2J",
                "\\u{1b}[Aup \\u{1b}[2J",
            ),
            (
                "\u{1b}]8;;x\u{1b}\\",
                "\\u{1b}]8;;x\\u{1b}\\",
                "\\u{1b}]8;;x\\u{1b}\\",
            ),
            ("\u{1b}[31", "\\u{1b}[31", "\\u{1b}[31"),
            ("50%\r100%\u{8}", "50%\\r100%\\u{8}", "50%\\r100%\\u{8}"),
        ] {
            assert_eq!(log(text, true), coloured, "{text:?}");
            assert_eq!(log(text, false), plain, "{text:?}");
        }
    }

    #[test]
    fn long_texts_and_lists_are_shortened() {
        assert_eq!(beginning("né", 2), "né");
        assert_eq!(beginning("né\u{1b}", 2), "né… (4 bytes)");
        assert_eq!(beginning("", 0), "");
        assert_eq!(fitting("né\n", 4), "né\n");
        assert_eq!(fitting("né", 2), "n… (3 bytes)");
        assert_eq!(fitting("\u{1b}\u{1b}", 11), "\\u{1b}… (2 bytes)");
        assert_eq!(
            fitting(&"\u{e0041}".repeat(4096), 20),
            "\\u{e0041}\\u{e0041}… (16384 bytes)"
        );
        assert_eq!(listed(["a", "bcd"], 2, 2), "a, bc… (3 bytes)");
        assert_eq!(
            listed(std::iter::repeat_n("a", 90_000), 2, 2),
            "a, a and 89998 more"
        );
        assert_eq!(listed([""; 0], 2, 2), "");
    }

    #[test]
    fn escaped_json_is_equal() {
        let value = serde_json::json!({"a\u{202e}": ["\u{1b}[2J\n\u{7f}\u{9b}", "\u{e0041}", "ok 世界"]});
        let document = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&document);
        assert!(!shown.contains(|c| c != '\n' && is_unsafe(c)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
