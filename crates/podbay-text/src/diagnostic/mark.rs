//! How much of a line is marked.

/// Length of the item at byte `start` of `line`: a tag, an attribute with its value, a quoted text, a substitution, a
/// word; in YAML all words of a value or key.
pub(super) fn length(line: &str, start: usize, is_yaml: bool) -> usize {
    let text = &line[start..];
    let first = text.chars().next().map_or(0, char::len_utf8);
    if let Some(end) = quoted(text, 0).or_else(|| substitution(text)) {
        return end;
    }
    match is_yaml && begins_plain(text) {
        true => plain(line, start).max(first),
        false => word(text).max(first),
    }
}

fn word(text: &str) -> usize {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    let start = usize::from(text.starts_with('<'));
    let end = text[start..]
        .find(|c| !fits(c))
        .map_or(text.len(), |at| start + at);
    match text[end..].strip_prefix('=') {
        Some(_) => quoted(text, end + 1).unwrap_or(end),
        None => end,
    }
}

/// The end of the quoted text at `from`.
fn quoted(text: &str, from: usize) -> Option<usize> {
    let quote = text[from..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let close = text[from + 1..].find(quote)?;
    Some(from + 1 + close + 1)
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

/// Whether a YAML value without quotes begins here.
fn begins_plain(text: &str) -> bool {
    !text.starts_with("- ") && !text.starts_with(|c: char| "{}[]&*!|>%@`\"',#?:".contains(c))
}

/// Length of the YAML value, or key, without quotes at `start` of `line`.
fn plain(line: &str, start: usize) -> usize {
    let (before, text) = line.split_at(start);
    let within = before.matches(['{', '[']).count() > before.matches(['}', ']']).count();
    let ends = |(at, c): (usize, char)| {
        let next = text[at + c.len_utf8()..].chars().next();
        match c {
            ':' => next.is_none_or(|next| next.is_whitespace() || within && ",]}".contains(next)),
            '#' => text[..at].ends_with([' ', '\t']),
            ',' | '[' | ']' | '{' | '}' => within,
            _ => false,
        }
    };
    let end = text.char_indices().find(|&found| ends(found));
    text[..end.map_or(text.len(), |(at, _)| at)].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_of_a_yaml_value_are_marked() {
        for (line, start, marked) in [
            ("image: my_robot:Latest Build  # new", 7, "my_robot:Latest Build"),
            ("Team Nav: x", 0, "Team Nav"),
            ("command: /bin/bash -c foo, bar", 9, "/bin/bash -c foo, bar"),
            ("- node: {name: my node, pkg: p}", 15, "my node"),
            ("a: [b c]", 4, "b c"),
            ("- node: {name: x}", 2, "node"),
            ("a: {}", 3, "{"),
            ("a: \"b c\" d", 3, "\"b c\""),
            ("a: $(var b) c", 3, "$(var b)"),
            ("a: b: c", 4, ":"),
        ] {
            let length = length(line, start, true);
            assert_eq!(&line[start..start + length], marked);
        }
    }

    #[test]
    fn one_word_or_attribute_of_xml_is_marked() {
        for (line, start, marked) in [
            ("<node exec=\"a b\"/>", 6, "exec=\"a b\""),
            ("<node exec=\"a b\"/>", 0, "<node"),
            ("some text", 0, "some"),
            ("<>", 1, ">"),
        ] {
            let length = length(line, start, false);
            assert_eq!(&line[start..start + length], marked);
        }
    }
}
