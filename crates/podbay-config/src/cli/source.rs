//! The words after `launch` and `translate`: FILE or PACKAGE FILE, and NAME:=VALUE.

use super::Source;
use podbay_text::diagnostic::{Code, Diagnostic};

impl Source {
    /// Whether `word` follows an argument without a value.
    fn follows_argument(&self, word: &str) -> bool {
        let mut pairs = self.words.windows(2);
        pairs.any(|pair| pair[0].ends_with(":=") && pair[1] == word)
    }

    /// (package or "", file, arguments). A word with `:=` is an argument, the others are FILE or PACKAGE FILE.
    pub fn split(&self) -> Result<(String, String, Vec<String>), Diagnostic> {
        let (arguments, names): (Vec<_>, Vec<_>) =
            self.words.iter().cloned().partition(|word| word.contains(":="));
        if let Some((word, (name, value))) = arguments.iter().find_map(|word| spaced(word)) {
            let meant = format!("{}:={}", name.trim(), value.trim_start());
            let help = match name.trim().contains(char::is_whitespace) {
                true => "write name:=value, with a name without spaces".to_owned(),
                false => format!("write {meant}, without spaces around :="),
            };
            return Err(malformed(word, help));
        }
        match names.as_slice() {
            [_, .., word] if is_assigned(word) => {
                let meant = word.replacen(['=', ':'], ":=", 1);
                Err(malformed(word, format!("did you mean {meant}?")))
            }
            [file, .., value] if is_file(file) && self.follows_argument(value) => Err(malformed(
                value,
                format!("write name:=value without a space before {value}"),
            )),
            [file, .., word] if is_file(file) && !is_file(word) => {
                Err(malformed(word, "write name:=value".to_owned()))
            }
            [file] => Ok((String::new(), file.clone(), arguments)),
            [package, file] => Ok((package.clone(), file.clone(), arguments)),
            _ => {
                let what = format!(
                    "expected FILE or PACKAGE FILE and then NAME:=VALUE, got {:?}",
                    names.join(" ")
                );
                Err(Code::MalformedArgument
                    .says(what)
                    .help("write arguments as name:=value"))
            }
        }
    }
}

/// `word`, and its name and value, if a space is in the name or before the value.
fn spaced(word: &str) -> Option<(&str, (&str, &str))> {
    let (name, value) = word.split_once(":=")?;
    name.contains(char::is_whitespace)
        .then_some((word, (name, value)))
}

fn malformed(word: &str, help: String) -> Diagnostic {
    let what = format!("'{word}' is not a launch argument");
    Code::MalformedArgument.says(what).help(help)
}

/// Whether it is an argument with a wrong separator: `sim=true`, `sim:true`.
fn is_assigned(word: &str) -> bool {
    let name = word.split(['=', ':']).next().unwrap_or_default();
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.len() < word.len() && !name.is_empty() && name.chars().all(in_name)
}

/// Whether it is the path of a launch file, not a package.
fn is_file(word: &str) -> bool {
    word.contains('/')
        || [".xml", ".yaml", ".yml", ".py"]
            .iter()
            .any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_package_file_and_arguments() {
        let source = |words: &[&str]| Source {
            words: words.iter().map(|&w| w.into()).collect(),
            package_path: vec![],
            allow_command: false,
        };
        let split = |words: &[&str]| source(words).split();
        assert_eq!(
            split(&["a.xml", "x:=1"]),
            Ok((String::new(), "a.xml".into(), vec!["x:=1".into()]))
        );
        assert_eq!(split(&["p", "a.xml"]), Ok(("p".into(), "a.xml".into(), vec![])));
        for (words, expected) in [
            (
                ["a", "b", "c"].as_slice(),
                "expected FILE or PACKAGE FILE and then NAME:=VALUE, got \"a b c\"; write arguments as name:=value",
            ),
            (
                &["x:=1"],
                "expected FILE or PACKAGE FILE and then NAME:=VALUE, got \"\"; write arguments as name:=value",
            ),
            (
                &["a.xml", "robot=a=b"],
                "'robot=a=b' is not a launch argument; did you mean robot:=a=b?",
            ),
            (
                &["p", "a.xml", "sim:true"],
                "'sim:true' is not a launch argument; did you mean sim:=true?",
            ),
            (
                &["a.xml", "sim:=", "true"],
                "'true' is not a launch argument; write name:=value without a space before true",
            ),
            (
                &["a.xml", "robot := x"],
                "'robot := x' is not a launch argument; write robot:=x, without spaces around :=",
            ),
            (
                &["a.xml", "my robot:=x"],
                "'my robot:=x' is not a launch argument; write name:=value, with a name without spaces",
            ),
            (
                &["a.xml", "sim:=true", "foo"],
                "'foo' is not a launch argument; write name:=value",
            ),
        ] {
            let said = split(words).unwrap_err();
            assert_eq!(
                (said.code, said.text().as_str()),
                (Code::MalformedArgument, expected)
            );
        }
        assert_eq!(
            split(&["p", "sim:=", "a.xml"]),
            Ok(("p".into(), "a.xml".into(), vec!["sim:=".into()]))
        );
    }
}
