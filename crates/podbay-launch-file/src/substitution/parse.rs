//! The grammar of substitutions, that of ROS's `launch`:
//!
//! ```text
//!   template      ( text | substitution )*
//!   substitution  "$(" name ( " " argument )* ")"        one space, no more
//!   argument      'template'  |  "template"  |  ( bare text | substitution )+
//! ```
//!
//! A backslash escapes the next character. A substitution inside quotes cannot use the same quotes.

use super::super::limits;
use super::super::place::Outcome;
use super::functions::Function;
use super::{CALL, Call, Locate, Part, Template, unescape};
use podbay_text::diagnostic::Code;
use podbay_text::shown::beginning;

/// Parses a complete attribute value, whose substitutions are at the positions that `locate` returns.
pub(super) fn parse(text: &str, locate: &Locate<'_>) -> Outcome<Template> {
    if !text.contains(CALL) {
        return Ok(Template::literal(unescape(text)));
    }
    let mut reader = Reader {
        text,
        locate,
        at: 0,
        depth: 0,
    };
    reader.template(Inside::Nothing)
}

/// The context of the parser.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// Plain attribute text.
    Nothing,
    /// A quoted argument.
    Quotes(char),
    /// An unquoted argument; contains the quotes around the whole substitution.
    Bare(Option<char>),
}

struct Reader<'a> {
    text: &'a str,
    locate: &'a Locate<'a>,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn escaped(&self) -> bool {
        self.text[..self.at].ends_with('\\')
    }

    fn at_call(&self) -> bool {
        self.text[self.at..].starts_with(CALL) && !self.escaped()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn template(&mut self, inside: Inside) -> Outcome<Template> {
        let mut parts = Vec::new();
        loop {
            if self.at_call() {
                parts.push(Part::Call(self.call(inside)?));
                continue;
            }
            let from = self.at;
            while !self.at_call() && self.takes_here(inside) {
                self.at += self.peek().map_or(0, char::len_utf8);
            }
            if from == self.at {
                return Ok(Template::of(parts));
            }
            parts.push(Part::Text(unescape(&self.text[from..self.at])));
        }
    }

    /// Whether the next character is text in this context.
    fn takes_here(&self, inside: Inside) -> bool {
        let Some(c) = self.peek() else {
            return false;
        };
        match inside {
            Inside::Nothing => true,
            Inside::Quotes(quote) => c != quote || self.escaped(),
            Inside::Bare(None) => c != ' ' && (!matches!(c, '(' | ')' | '\'' | '"') || self.escaped()),
            Inside::Bare(Some(quote)) => {
                c != ' ' && (!matches!(c, '(' | ')') && c != quote || self.escaped())
            }
        }
    }

    fn call(&mut self, inside: Inside) -> Outcome<Call> {
        let start = self.at;
        let position = (self.locate)(start);
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(Code::NestedTooDeep
                .says(format!(
                    "substitutions are nested deeper than {} levels",
                    limits::NESTING
                ))
                .help("assign the inner ones to variables with <let>")
                .at_position(position));
        }
        self.at += CALL.len();
        let name = self.identifier();
        if name.is_empty() {
            return self
                .fail(start, "'$(' must be followed by the name of a substitution")
                .map_err(|wrong| wrong.help("for a literal $(, write \\$("));
        }
        let mut arguments = Vec::new();
        while self.take(' ') {
            arguments.push(self.argument(start, inside)?);
        }
        if !self.take(')') {
            return self.fail(start, self.complaint());
        }
        self.depth -= 1;
        let (name, function) =
            Function::named(&name, arguments.len()).map_err(|wrong| wrong.at_position(position))?;
        Ok(Call {
            position,
            name,
            function,
            arguments,
        })
    }

    fn identifier(&mut self) -> String {
        let rest = &self.text[self.at..];
        let fits = |(at, c): (usize, char)| {
            c.is_ascii_alphabetic() || at > 0 && (c.is_ascii_digit() || matches!(c, '_' | '-'))
        };
        let end = rest.char_indices().find(|&found| !fits(found));
        let name = &rest[..end.map_or(rest.len(), |(at, _)| at)];
        self.at += name.len();
        name.to_owned()
    }

    fn argument(&mut self, start: usize, inside: Inside) -> Outcome<Template> {
        let around = match inside {
            Inside::Nothing => None,
            Inside::Quotes(quote) => Some(quote),
            Inside::Bare(around) => around,
        };
        if around.is_none() {
            for quote in ['\'', '"'] {
                if self.take(quote) {
                    return self.quoted(start, quote);
                }
            }
        }
        let template = self.template(Inside::Bare(around))?;
        if template.parts.is_empty() {
            return self.fail(start, self.complaint());
        }
        Ok(template)
    }

    fn quoted(&mut self, start: usize, quote: char) -> Outcome<Template> {
        let template = self.template(Inside::Quotes(quote))?;
        match self.take(quote) {
            true => Ok(template),
            false => self.fail(start, format!("unclosed quotation mark {quote}")),
        }
    }

    /// The error at the next character of an argument list.
    fn complaint(&self) -> String {
        match self.peek() {
            None => "missing ')'".to_owned(),
            Some(' ') | Some(')') => "arguments must be separated by exactly one space".to_owned(),
            Some(c @ ('(' | '\'' | '"')) => {
                format!("unexpected character {c}; quote the whole argument, or use \\{c}")
            }
            Some(c) => format!("unexpected '{c}'"),
        }
    }

    fn fail<T>(&self, start: usize, what: impl std::fmt::Display) -> Outcome<T> {
        let shown = beginning(&self.text[start..], 60);
        Err(Code::SubstitutionSyntax
            .says(format!("malformed substitution '{shown}': {what}"))
            .at_position((self.locate)(start)))
    }
}
