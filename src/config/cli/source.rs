//! The words after `launch` and `translate`: FILE or PACKAGE FILE, and NAME:=VALUE.

use super::Source;

impl Source {
    /// Whether `word` follows an argument without a value.
    fn follows_argument(&self, word: &str) -> bool {
        let mut pairs = self.words.windows(2);
        pairs.any(|pair| pair[0].ends_with(":=") && pair[1] == word)
    }

    /// (package or "", file, arguments). A word with `:=` is an argument, the others are FILE or PACKAGE FILE.
    pub fn split(&self) -> Result<(String, String, Vec<String>), String> {
        let (arguments, names): (Vec<_>, Vec<_>) =
            self.words.iter().cloned().partition(|word| word.contains(":="));
        match names.as_slice() {
            [_, .., word] if is_assigned(word) => Err(format!(
                "write arguments as name:=value: {}",
                word.replacen(['=', ':'], ":=", 1)
            )),
            [file, .., value] if is_file(file) && self.follows_argument(value) => Err(format!(
                "write arguments as name:=value, without a space: there is one before {value}"
            )),
            [file] => Ok((String::new(), file.clone(), arguments)),
            [package, file] => Ok((package.clone(), file.clone(), arguments)),
            _ => Err(format!(
                "expected FILE or PACKAGE FILE and then NAME:=VALUE, got {:?}; write arguments as name:=value",
                names.join(" ")
            )),
        }
    }
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
        assert!(split(&["a", "b", "c"]).unwrap_err().contains("a b c"));
        assert!(split(&["x:=1"]).is_err());
        for (words, expected) in [
            (
                ["a.xml", "robot=a=b"].as_slice(),
                "write arguments as name:=value: robot:=a=b",
            ),
            (
                &["a.xml", "sim:true"],
                "write arguments as name:=value: sim:=true",
            ),
            (
                &["p", "a.xml", "sim:true"],
                "write arguments as name:=value: sim:=true",
            ),
            (
                &["a.xml", "sim:=", "true"],
                "write arguments as name:=value, without a space: there is one before true",
            ),
        ] {
            assert_eq!(split(words).unwrap_err(), expected);
        }
        assert_eq!(
            split(&["p", "sim:=", "a.xml"]),
            Ok(("p".into(), "a.xml".into(), vec!["sim:=".into()]))
        );
    }
}
