//! One case: what came out of it beside what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use similar::TextDiff;

/// What stands between an input and what is expected of it, where both are one file.
const DIVIDER: &str = "--- # expected\n";

/// How the files of a folder begin that say what is expected.
const EXPECTED: &str = "expected";

/// Files of a case's folder, by name, each `expected…`.
pub type Expected = BTreeMap<&'static str, String>;

/// The input of the case in `file`.
pub fn read(file: impl AsRef<Path>) -> String {
    split(file.as_ref()).0
}

/// Input and, if it is there, what is expected.
fn split(file: &Path) -> (String, Option<String>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    match text.split_once(DIVIDER) {
        Some((input, expected)) => (input.to_owned(), Some(expected.to_owned())),
        None => (text, None),
    }
}

pub(crate) fn check_file(file: &Path, output: fn(&str) -> String) -> Result<(), String> {
    let (input, expected) = split(file);
    if input.is_empty() {
        return Err(format!("{} has no input", file.display()));
    }
    let found = output(&input);
    if updates() {
        fs::write(file, format!("{input}{DIVIDER}{found}")).map_err(|error| error.to_string())?;
        return Ok(());
    }
    compare(&file.display().to_string(), expected.as_deref(), Some(&found)).map_err(with_the_way_out)
}

pub(crate) fn check_folder(folder: &Path, output: fn(&Path) -> Expected) -> Result<(), String> {
    let (expected, inputs) = contents(folder);
    if inputs == 0 {
        return Err(format!("{} has no input", folder.display()));
    }
    let found = output(folder);
    if updates() {
        return update(folder, &expected, &found).map_err(|error| error.to_string());
    }
    let names = expected.keys().map(String::as_str).chain(found.keys().copied());
    let names: std::collections::BTreeSet<_> = names.collect();
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

/// Files that say what is expected, and how many others there are.
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

fn update(folder: &Path, old: &BTreeMap<String, String>, found: &Expected) -> std::io::Result<()> {
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
        (None, Some(found)) => Err(format!("{place} is not there, found:\n{found}")),
        (Some(_), None) => Err(format!("{place} is expected, but does not come out")),
        (None, None) => Ok(()),
    }
}

fn with_the_way_out(wrong: String) -> String {
    format!("{wrong}\nUPDATE_EXPECT=1 writes what comes out")
}

fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}
