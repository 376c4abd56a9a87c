//! Describes an error of a YAML file in terms of the file: the key, what it accepts, its value, a similar
//! name. The library's names for types never appear.

use serde_saphyr::Error as Yaml;

use super::outline::{NOTHING, Outline, Step, written};
use super::{Kind, Position, advice};
use crate::diagnostic::{Code, Diagnostic};
use crate::expected::plainly;
use crate::near::{instead, nearest};

/// Longest line that is quoted in a message.
const LONGEST_QUOTE: usize = 80;

/// Where an error is.
struct Context<'a> {
    kind: &'a Kind,
    outline: Outline,
    /// Path of the entry that contains the error.
    steps: Vec<Step>,
}

/// Describes the `error` of `text`, a file of this `kind`.
pub(super) fn describe(error: &Yaml, text: &str, kind: &Kind) -> Diagnostic {
    // a kind without descriptions of its keys gets the place only
    if kind.takes.is_empty() {
        return with_outline(error, Outline::default(), text, kind);
    }
    match Outline::read(text) {
        Ok(outline) => with_outline(error, outline, text, kind),
        // text that is not valid YAML can cause another error before the invalid part
        Err(first) if is_syntax(&first) => with_outline(&first, Outline::default(), text, kind),
        Err(_) => with_outline(error, Outline::default(), text, kind),
    }
}

fn is_syntax(error: &Yaml) -> bool {
    matches!(
        cause(error),
        Yaml::ExternalMessage { .. } | Yaml::Eof { .. } | Yaml::UnknownAnchor { .. }
    )
}

fn with_outline(error: &Yaml, outline: Outline, text: &str, kind: &Kind) -> Diagnostic {
    let cause = cause(error);
    let position = error.location().map_or(Position::default(), Position::from);
    let mut steps = outline.steps_at(position);
    // if a key is missing, the position is that of its first sibling
    if matches!(cause, Yaml::SerdeMissingField { .. }) && outline.key(&written(&steps)) == position {
        steps.pop();
    }
    // the position of a mapping below its key is that of its first key
    if matches!(cause, Yaml::Unexpected { expected, .. } if expected.contains("sequence"))
        && outline.key(&written(&steps)) == position
        && steps
            .split_last()
            .is_some_and(|(_, above)| outline.value(&written(above)) == position)
    {
        steps.pop();
    }
    // the library knows only the key of a value that a type of podbay's own refuses
    let path = written(&steps);
    let position = match cause {
        Yaml::SerdeInvalidType { .. } | Yaml::SerdeUnknownVariant { .. }
            if outline.key(&path) == position =>
        {
            outline.value(&path)
        }
        _ => position,
    };
    let context = Context { kind, outline, steps };
    let position = match cause {
        _ if context.lacks_space() => context.outline.key(&path),
        Yaml::SerdeUnknownVariant { variant, .. } if context.is_key(variant) => context.outline.key(&path),
        _ => position,
    };
    let diagnostic = match cause {
        // podbay's own message, or the parser's
        Yaml::Message { msg, .. } => Code::KeyValue.says(format!("{msg}{}", quoted(text, position, msg))),
        Yaml::ExternalMessage { msg, .. } => {
            let message = format!("invalid YAML: {msg}{}", quoted(text, position, msg));
            Code::ConfigurationSyntax.says(message).help(advice(msg))
        }
        cause => context.structure(cause).unwrap_or_else(|| context.value(cause)),
    };
    diagnostic.at_position(position)
}

/// The innermost cause of `error`.
fn cause(error: &Yaml) -> &Yaml {
    match error.without_snippet() {
        Yaml::AliasError { error, .. } => cause(error),
        error => error,
    }
}

/// An error of the YAML itself: its code, the message and the help.
fn syntax(error: &Yaml) -> Option<(Code, &'static str, &'static str)> {
    Some(match error {
        Yaml::Eof { .. } => (Code::ConfigurationSyntax, "unexpected end of file", ""),
        Yaml::MultipleDocuments { .. } => (
            Code::ConfigurationSyntax,
            "a second document starts here, but only one is allowed",
            "remove the `---`",
        ),
        Yaml::UnknownAnchor { .. } => (
            Code::ConfigurationSyntax,
            "the alias `*name` has no anchor `&name`",
            "",
        ),
        Yaml::Budget { .. }
        | Yaml::AliasReplayLimitExceeded { .. }
        | Yaml::AliasExpansionLimitExceeded { .. }
        | Yaml::AliasReplayStackDepthExceeded { .. }
        | Yaml::AliasReplayCounterOverflow { .. } => (
            Code::YamlTooLarge,
            "the file is too large or nested too deeply",
            "shorten it",
        ),
        Yaml::MergeValueNotMapOrSeqOfMaps { .. } => (
            Code::ConfigurationSyntax,
            "`<<` requires a mapping or a list of mappings",
            "",
        ),
        _ => return None,
    })
}

impl Context<'_> {
    /// An error of the file's structure, or of a name in it; `None` if the error is a value that its key does
    /// not accept.
    fn structure(&self, error: &Yaml) -> Option<Diagnostic> {
        self.name_error(error).or_else(|| {
            let (code, message, help) = syntax(error)?;
            Some(code.says(message).help(help))
        })
    }

    /// An error of a key, or of a name that is one of a few.
    fn name_error(&self, error: &Yaml) -> Option<Diagnostic> {
        Some(match error {
            Yaml::DuplicateMappingKey { key, .. } => {
                let key = key.as_ref().map(|key| format!(" `{key}`"));
                let message = format!("duplicate key{}", key.unwrap_or_default());
                Code::DuplicateKey.says(message).help("remove one")
            }
            Yaml::SerdeUnknownField { field, expected, .. } => self.unknown_key(field, expected),
            Yaml::SerdeUnknownVariant {
                variant, expected, ..
            } => {
                let above = self.steps.split_last().map_or(&[][..], |(_, above)| above);
                let name = match self.is_key(variant) {
                    true => self.name_of(above),
                    false => self.name(),
                };
                let message = format!("{name} cannot be `{variant}`");
                let help = instead(variant, expected.iter().copied());
                Code::KeyValue.says(message).help(help)
            }
            Yaml::SerdeMissingField { field, .. } => {
                let message = format!("{} requires `{field}`{}", self.name(), self.example());
                Code::MissingKey.says(message)
            }
            Yaml::NonFiniteFloat { value, .. } => {
                let message = format!("{} is {value}, which is not a finite number", self.name());
                Code::KeyValue
                    .says(message)
                    .help("use a number, or quote it for a string")
            }
            Yaml::UnsupportedTag { tag, .. } => {
                let message = format!("unsupported tag {tag}");
                Code::ConfigurationSyntax.says(message).help("remove it")
            }
            _ => return None,
        })
    }

    fn unknown_key(&self, field: &str, expected: &[&str]) -> Diagnostic {
        let above = self.steps.split_last().map_or(&[][..], |(_, above)| above);
        let whole = self.name_of(above);
        let elsewhere = || self.kind.takes.iter().map(|(key, ..)| *key);
        let elsewhere = elsewhere().find(|key| key.rsplit_once('.').map_or(*key, |(_, last)| last) == field);
        let instead_of = self.kind.instead_of(&self.path(above), field);
        let help = match (nearest(field, expected.iter().copied()), elsewhere) {
            _ if let Some(help) = instead_of => help.to_owned(),
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(key)) => match key.rsplit_once('.') {
                Some((above, _)) => format!("move it to `{above}`"),
                None => "move it to the top level".to_owned(),
            },
            (None, None) => instead(field, expected.iter().copied()),
        };
        Code::UnknownKey
            .says(format!("{whole} has no key `{field}`"))
            .help(help)
    }

    /// The error for a value that its key does not accept.
    fn value(&self, error: &Yaml) -> Diagnostic {
        let holds = self.outline.holds(&self.steps).unwrap_or_default();
        let known = self.known().map_or("", |(key, ..)| *key);
        let help = match self.kind.instead_of(known, &holds) {
            Some(help) => help,
            None if self.lacks_space() => "write a space after ':'",
            None if holds.starts_with('"') => "remove the quotes",
            None => "",
        };
        Code::KeyValue.says(self.value_text(error)).help(help)
    }

    /// Whether a key without a value contains the ':' that its author wrote before the value.
    fn lacks_space(&self) -> bool {
        let is_key = |step: &Step| matches!(step, Step::Key(key) if key.contains(':'));
        self.steps.last().is_some_and(is_key)
            && self
                .outline
                .holds(&self.steps)
                .is_some_and(|holds| holds == NOTHING)
    }

    fn value_text(&self, error: &Yaml) -> String {
        let Some((key, takes, _)) = self.known() else {
            return format!(
                "{} must be a mapping, such as `{}`",
                self.kind.whole, self.kind.example
            );
        };
        let path = self.path(&self.steps);
        let own = match error {
            Yaml::SerdeInvalidType { expected, .. } | Yaml::SerdeInvalidValue { expected, .. } => {
                expected.as_str()
            }
            Yaml::Unexpected { expected, .. } => expected,
            Yaml::InvalidScalar { ty, .. } => ty,
            _ => "",
        };
        let (key, takes) = match plainly(own).filter(|_| *key != path) {
            Some(plain) => (path.as_str(), plain),
            None => (*key, (*takes).to_owned()),
        };
        let holds = match self.outline.holds(&self.steps) {
            None => String::new(),
            Some(holds) if key == path => format!("; found {holds}"),
            Some(holds) if holds == NOTHING => format!("; `{path}` has {holds}"),
            Some(holds) => format!("; `{path}` is {holds}"),
        };
        format!("`{key}` must be {takes}{}{holds}", self.example())
    }

    /// Whether the error is about the key `name`.
    fn is_key(&self, name: &str) -> bool {
        matches!(self.steps.last(), Some(Step::Key(key)) if key == name)
    }

    /// The entry that contains the error, as shown to the user.
    fn name(&self) -> String {
        self.name_of(&self.steps)
    }

    fn name_of(&self, steps: &[Step]) -> String {
        match self.path(steps).as_str() {
            "" => self.kind.whole.to_owned(),
            path => format!("`{path}`"),
        }
    }

    fn example(&self) -> String {
        let Some((key, _, example)) = self.known() else {
            return String::new();
        };
        let last = key.rsplit_once('.').map_or(*key, |(_, last)| last);
        format!(", as in `{last}: {example}`")
    }

    /// The key of `takes` that contains the error.
    fn known(&self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        let steps = self.within(&self.steps);
        (1..=steps.len()).rev().find_map(|length| {
            let path = written(&steps[..length]);
            self.kind.takes.iter().find(|(key, ..)| *key == path)
        })
    }

    /// `steps` relative to the innermost list whose entries have the same keys as the file.
    fn within<'s>(&self, steps: &'s [Step]) -> &'s [Step] {
        match (steps, self.kind.again) {
            ([Step::Key(key), Step::Entry(_), rest @ ..], Some(again)) if key == again => self.within(rest),
            _ => steps,
        }
    }

    fn path(&self, steps: &[Step]) -> String {
        written(self.within(steps))
    }
}

/// Quotes the line, unless the message names its key.
fn quoted(text: &str, position: Position, what: &str) -> String {
    let index = usize::try_from(position.line).unwrap_or(0).checked_sub(1);
    let line = index
        .and_then(|index| text.lines().nth(index))
        .unwrap_or_default()
        .trim();
    let key = line.split(':').next().unwrap_or_default();
    match what.contains(key.trim_start_matches("- ")) || line.chars().count() > LONGEST_QUOTE {
        true => String::new(),
        false => format!(", in `{line}`"),
    }
}
