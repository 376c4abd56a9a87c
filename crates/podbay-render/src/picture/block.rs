//! A block of the picture, and nested blocks.

use podbay_text::shown;

/// Longest line of text in a block, in characters.
const LONGEST: usize = 60;

/// The meaning of a block, which determines its appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Launch,
    Host,
    Namespace,
    Pod,
    Container,
    Node,
    Component,
    /// Named by the launch, but not part of it.
    Foreign,
}

impl Kind {
    /// Its background: light, for black text.
    pub(super) fn color(self) -> &'static str {
        match self {
            Self::Launch | Self::Node => "#ffffff",
            Self::Host => "#e4e4e4",
            Self::Namespace => "#f4f4f4",
            Self::Pod => "#dbe8f8",
            Self::Container => "#e3f2dc",
            Self::Component => "#fdeecb",
            Self::Foreign => "#f8dfdf",
        }
    }
}

/// A box with a title, smaller lines below it, and nested blocks.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// Precedes the title: `pod`, `lifecycle node`, …
    pub(super) what: String,
    pub(super) title: String,
    pub(super) notes: Vec<String>,
    pub(super) inside: Vec<Block>,
}

impl Block {
    /// An empty block. Texts come from launch files, so they are made [`plain`] here, for all formats.
    pub(super) fn new(kind: Kind, what: &str, title: &str) -> Self {
        Self {
            kind,
            what: plain(what),
            title: plain(title),
            notes: Vec::new(),
            inside: Vec::new(),
        }
    }

    /// Adds a smaller line, unless it is empty.
    pub(super) fn note(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.notes.push(plain(text));
        }
        self
    }

    /// Adds nested blocks.
    pub(super) fn with(mut self, inside: Vec<Block>) -> Self {
        self.inside = inside;
        self
    }

    /// The nested block with this kind and title; created if missing.
    pub(super) fn child(&mut self, kind: Kind, what: &str, title: &str) -> &mut Block {
        let new = Block::new(kind, what, title);
        let known = |block: &Block| block.kind == kind && block.what == new.what && block.title == new.title;
        let at = self.inside.iter().position(known).unwrap_or(self.inside.len());
        if at == self.inside.len() {
            self.inside.push(new);
        }
        &mut self.inside[at]
    }
}

/// `text` in one line, shortened, without invisible characters: XML cannot represent most control characters,
/// and those that change the writing direction would disguise names.
fn plain(text: &str) -> String {
    let text = text.replace(['\n', '\t'], " ");
    let mut line: String = shown::line(&text).chars().take(LONGEST + 1).collect();
    if line.chars().count() > LONGEST {
        line.pop();
        line.pop();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_visible_line() {
        for (text, expected) in [
            ("/a/b", "/a/b"),
            ("a\nb\tc", "a b c"),
            ("a\u{0}b\u{1b}[31m", "a\\u{0}b\\u{1b}[31m"),
            ("gpj\u{202e}exe", "gpj\\u{202e}exe"),
        ] {
            assert_eq!(plain(text), expected);
        }
        assert_eq!(plain(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(plain(&"é".repeat(61)), "é".repeat(59) + "…");
    }
}
