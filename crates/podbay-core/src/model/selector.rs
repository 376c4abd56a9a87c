//! Label selectors in Kubernetes syntax: `app=talker,tier!=test,env in (a, b),gpu,!old`.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Conditions on labels, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// A syntax error in a label selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "label selector {text:?}, position {position}: expected {expected}; valid forms are a=b, a!=b, a in (b, c), \
     a notin (b, c), a, !a"
)]
pub struct ParseError {
    /// The whole selector.
    pub text: String,
    /// Character of the error, from 1.
    pub position: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl Selector {
    /// Whether all conditions hold for `labels`. As in Kubernetes, `!=` and `notin` also hold without the
    /// label.
    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
        })
    }
}

impl FromStr for Selector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser { text, rest: text };
        parser.selector().map(Self).map_err(|expected| ParseError {
            text: text.to_owned(),
            position: text[..text.len() - parser.rest.len()].chars().count() + 1,
            expected,
        })
    }
}

/// Parses `text`; `rest` is its unparsed part. An error is what was expected at the start of `rest`.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

type Parsed<T> = Result<T, &'static str>;

impl Parser<'_> {
    fn selector(&mut self) -> Parsed<Vec<Requirement>> {
        let mut all = Vec::new();
        if self.text.trim().is_empty() {
            return Ok(all);
        }
        loop {
            all.push(self.requirement()?);
            if self.at_end() {
                return Ok(all);
            }
            self.expect(",", "a comma or the end")?;
        }
    }

    fn requirement(&mut self) -> Parsed<Requirement> {
        if self.take("!") {
            return Ok(Requirement::Absent(self.key()?));
        }
        let key = self.key()?;
        if self.take("!=") {
            return Ok(Requirement::NotIn(key, vec![self.word()]));
        }
        if self.take("==") || self.take("=") {
            return Ok(Requirement::In(key, vec![self.word()]));
        }
        if self.at_end() || self.rest.starts_with(',') {
            return Ok(Requirement::Exists(key));
        }
        self.set(key)
    }

    fn set(&mut self, key: String) -> Parsed<Requirement> {
        let before = self.rest;
        match self.word().as_str() {
            "in" => Ok(Requirement::In(key, self.values()?)),
            "notin" => Ok(Requirement::NotIn(key, self.values()?)),
            _ => {
                self.rest = before;
                Err("=, ==, !=, in, notin, a comma or the end")
            }
        }
    }

    fn values(&mut self) -> Parsed<Vec<String>> {
        self.expect("(", "an opening parenthesis")?;
        let mut values = vec![self.word()];
        while !self.take(")") {
            self.expect(",", "a comma or a closing parenthesis")?;
            values.push(self.word());
        }
        Ok(values)
    }

    fn key(&mut self) -> Parsed<String> {
        let key = self.word();
        if key.is_empty() {
            Err("the name of a label")
        } else {
            Ok(key)
        }
    }

    /// A name or a value; a value may be empty.
    fn word(&mut self) -> String {
        self.skip_space();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let end = self.rest.find(|c| !allowed(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.skip_space();
        word.to_owned()
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest;
        true
    }

    fn expect(&mut self, token: &str, expected: &'static str) -> Parsed<()> {
        if self.take(token) { Ok(()) } else { Err(expected) }
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}
