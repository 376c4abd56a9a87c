//! One case: compares its output with the expected output.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use similar::TextDiff;

/// Separates input and expected output where one file has both.
const DIVIDER: &str = "--- # expected\n";

/// Start of the names of files with expected output.
const EXPECTED: &str = "expected";

/// Expected files of a case's folder by name, each `expected…`.
pub type Expected = BTreeMap<&'static str, String>;

/// The input of the case in `file`.
pub fn read(file: impl AsRef<Path>) -> String {
    split(file.as_ref()).0
}

/// Input, and expected output if the file has any.
fn split(file: &Path) -> (String, Option<String>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    match text.split_once(DIVIDER) {
        Some((input, expected)) => (input.to_owned(), Some(expected.to_owned())),
        None => (text, None),
    }
}

pub(crate) fn check_file(file: &Path, output: fn(&str) -> String, update: bool) -> Result<(), String> {
    let (input, expected) = split(file);
    if input.is_empty() {
        return Err(format!("{} has no input", file.display()));
    }
    let found = output(&input);
    if update {
        fs::write(file, format!("{input}{DIVIDER}{found}")).map_err(|error| error.to_string())?;
        return Ok(());
    }
    compare(&file.display().to_string(), expected.as_deref(), Some(&found)).map_err(with_the_way_out)
}

pub(crate) fn check_folder(folder: &Path, output: fn(&Path) -> Expected, update: bool) -> Result<(), String> {
    let (expected, inputs) = contents(folder);
    if inputs == 0 {
        return Err(format!("{} has no input", folder.display()));
    }
    let found = output(folder);
    if update {
        return write(folder, &expected, &found).map_err(|error| error.to_string());
    }
    let names = expected.keys().map(String::as_str).chain(found.keys().copied());
    let names: BTreeSet<_> = names.collect();
    let compared = names.into_iter().map(|name| {
        let place = folder.join(name).display().to_string();
        compare(
            &place,
            expected.get(name).map(String::as_str),
            found.get(name).map(String::as_str),
        )
    });
    let wrong: Vec<_> = compared.filter_map(Result::err).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(with_the_way_out(wrong.join("\n"))),
    }
}

/// Files with expected output, and the number of other files.
fn contents(folder: &Path) -> (BTreeMap<String, String>, usize) {
    let entries = fs::read_dir(folder).expect("the folder of a case");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let (expected, inputs): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with(EXPECTED));
    let read = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).expect("text");
        (name, text)
    };
    (expected.into_iter().map(read).collect(), inputs.len())
}

fn write(folder: &Path, old: &BTreeMap<String, String>, found: &Expected) -> std::io::Result<()> {
    for name in old.keys().filter(|name| !found.contains_key(name.as_str())) {
        fs::remove_file(folder.join(name))?;
    }
    found
        .iter()
        .try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn compare(place: &str, expected: Option<&str>, found: Option<&str>) -> Result<(), String> {
    match (expected, found) {
        (Some(expected), Some(found)) if expected == found => Ok(()),
        (Some(expected), Some(found)) => {
            let diff = TextDiff::from_lines(expected, found);
            let diff = diff.unified_diff().header("expected", "found").to_string();
            Err(format!("{place} differs:\n{diff}"))
        }
        (None, Some(found)) => Err(format!("{place} does not exist, found:\n{found}")),
        (Some(_), None) => Err(format!("{place} is expected, but there is no such output")),
        (None, None) => Ok(()),
    }
}

fn with_the_way_out(wrong: String) -> String {
    format!("{wrong}\nrun with UPDATE_EXPECT=1 to write the output")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(folder: &Path) -> Expected {
        let input = fs::read_to_string(folder.join("input")).unwrap();
        Expected::from([("expected.txt", input.to_uppercase())])
    }

    /// The error for a folder with these files.
    fn wrong(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let checked = check_folder(folder.path(), output, false);
        let path = folder.path().display().to_string();
        checked.err().unwrap_or_default().replace(&path, "CASE")
    }

    #[test]
    fn differences_of_a_folder_are_named() {
        assert_eq!(wrong(&[("input", "a"), ("expected.txt", "A")]), "");
        for (files, expected) in [
            (
                &[("input", "a")][..],
                "CASE/expected.txt does not exist, found:\nA",
            ),
            (&[("expected.txt", "A")], "CASE has no input"),
            (&[], "CASE has no input"),
            (
                &[("input", "a\nb\n"), ("expected.txt", "A\nC\n")],
                "\n A\n-C\n+B\n",
            ),
            (
                &[("input", "a"), ("expected.txt", "A"), ("expected.error", "")],
                "CASE/expected.error is expected, but there is no such output",
            ),
        ] {
            let wrong = wrong(files);
            assert!(wrong.contains(expected), "{wrong}");
        }
    }

    #[test]
    fn an_update_writes_and_removes_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("input"), "a").unwrap();
        fs::write(file("expected.error"), "old").unwrap();
        assert_eq!(check_folder(folder.path(), output, true), Ok(()));
        assert_eq!(fs::read_to_string(file("expected.txt")).unwrap(), "A");
        assert!(!file("expected.error").exists());
        assert_eq!(check_folder(folder.path(), output, false), Ok(()));
    }

    #[test]
    fn a_file_has_an_input_and_what_is_expected_of_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let check = |text: &str, update| {
            fs::write(&file, text).unwrap();
            check_file(file.path(), |text| text.to_uppercase(), update)
        };
        assert_eq!(check("a\n--- # expected\nA\n", false), Ok(()));
        assert!(
            check("a\n--- # expected\nB\n", false)
                .unwrap_err()
                .contains("-B\n+A")
        );
        assert!(check("a\n", false).unwrap_err().contains("does not exist"));
        assert!(
            check("--- # expected\nA\n", false)
                .unwrap_err()
                .contains("has no input")
        );
        assert_eq!(check("a\n", true), Ok(()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "a\n--- # expected\nA\n");
    }
}
