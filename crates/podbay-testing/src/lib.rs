//! Shared by podbay's tests: cases, each an input and its expected output.
//!
//! A test program that runs cases is a `[[test]]` with `harness = false`:
//!
//! ```no_run
//! use std::path::Path;
//! use std::process::ExitCode;
//!
//! use podbay_testing::{Cases, Expected};
//!
//! fn output(case: &Path) -> Expected {
//!     let input = std::fs::read_to_string(case.join("input")).unwrap();
//!     Expected::from([("expected.txt", input.to_uppercase())])
//! }
//!
//! fn main() -> ExitCode {
//!     podbay_testing::run([Cases::folders("tests/upper", 12, output)])
//! }
//! ```
//!
//! Every case is a test, here `upper::CASE`. One more test, `upper::count`, fails if the number of cases is
//! not the stated one, so that no case is lost unnoticed. `UPDATE_EXPECT=1` rewrites the expected files from
//! the output; review the diff before you keep it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod case;
mod description;

use std::fs;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

pub use case::{Expected, read};
pub use description::without_defaults;

/// Runs the tests of all `cases` that the command line selects.
pub fn run(cases: impl IntoIterator<Item = Cases>) -> ExitCode {
    let trials = cases.into_iter().flat_map(Cases::trials).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The cases of one folder, and the tests of each.
pub struct Cases {
    name: String,
    entries: Vec<PathBuf>,
    /// Tests of the whole folder.
    folder: Vec<Trial>,
    /// Tests of single cases.
    trials: Vec<Trial>,
}

impl Cases {
    /// The `count` folders in `root`. Each is a test that fails if `output` differs from the folder's
    /// `expected…` files. Paths are relative to the package's folder, where cargo runs its tests.
    #[track_caller]
    pub fn folders(root: &str, count: usize, output: fn(&Path) -> Expected) -> Self {
        let check = move |case: &Path| case::check_folder(case, output, updates());
        Self::new(root, count, Path::is_dir).add("", None, check)
    }

    /// The `count` files in `root`. Each is a test that fails if `output` for the text above the line `--- #
    /// expected` differs from the text below it.
    #[track_caller]
    pub fn files(root: &str, count: usize, output: fn(&str) -> String) -> Self {
        let check = move |case: &Path| case::check_file(case, output, updates());
        Self::new(root, count, Path::is_file).add("", None, check)
    }

    /// Runs these tests only where a requirement is met. `needs` is the reason, as in `#[ignore = "needs
    /// …"]`.
    pub fn where_there_is(mut self, needs: &str) -> Self {
        self.trials = self
            .trials
            .into_iter()
            .map(|trial| ignored(trial, needs))
            .collect();
        self
    }

    /// Adds a test to each case, `CASES::CASE::what`, that fails if `check` panics. With `needs`, the test is
    /// ignored unless that requirement is met.
    pub fn check(self, what: &str, needs: Option<&str>, check: fn(&Path)) -> Self {
        self.add(what, needs, move |case| {
            check(case);
            Ok(())
        })
    }

    #[track_caller]
    fn new(root: &str, count: usize, is_case: fn(&Path) -> bool) -> Self {
        let name = root.rsplit('/').next().unwrap_or(root).to_owned();
        let (entries, strays): (Vec<_>, Vec<_>) = entries(root).into_iter().partition(|path| is_case(path));
        let counted = count_of(root, entries.len(), count);
        let strays = strays.into_iter().map(|path| {
            let why = format!("{} is not a case", path.display());
            Trial::test(format!("{name}::{}", stem(&path)), || Err(why.into()))
        });
        let counted = Trial::test(format!("{name}::count"), || counted.map_err(Into::into));
        let folder = std::iter::once(counted).chain(strays).collect();
        Self {
            name,
            entries,
            folder,
            trials: Vec::new(),
        }
    }

    fn add(
        mut self,
        what: &str,
        needs: Option<&str>,
        test: impl Fn(&Path) -> Result<(), String> + Copy + Send + 'static,
    ) -> Self {
        for case in &self.entries {
            let names = [&self.name, stem(case), what];
            let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
            let case = case.clone();
            let trial = Trial::test(names.join("::"), move || test(&case).map_err(Into::into));
            self.trials.push(match needs {
                Some(needs) => ignored(trial, needs),
                None => trial,
            });
        }
        self
    }

    fn trials(self) -> impl Iterator<Item = Trial> {
        self.folder.into_iter().chain(self.trials)
    }
}

/// Puts the kind in brackets before the name, where tests/run reads what an ignored test needs.
fn ignored(trial: Trial, needs: &str) -> Trial {
    trial.with_kind(needs).with_ignored_flag(true)
}

#[track_caller]
fn count_of(root: &str, found: usize, stated: usize) -> Result<(), String> {
    let place = Location::caller();
    match found == stated {
        true => Ok(()),
        false => Err(format!(
            "{root} has {found} cases, but {}:{} states {stated}: restore the lost cases, or change the number",
            place.file(),
            place.line()
        )),
    }
}

fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// The content of `folder`, sorted by name.
fn entries(folder: &str) -> Vec<PathBuf> {
    let read = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{folder}: {error}; run the test in the folder of its package"));
    let mut paths: Vec<_> = read
        .map(|entry| entry.expect("a folder that can be read").path())
        .collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|name| name.to_str())
        .expect("a name in UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the tests of a folder with a case `a`, possibly another case, and a file; returns the outcome of
    /// each.
    fn outcomes(count: usize, arguments: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("letters");
        fs::create_dir_all(root.join("a")).unwrap();
        fs::write(root.join("a/input"), "a").unwrap();
        fs::write(root.join("stray.txt"), "").unwrap();
        let log = folder.path().join("log");
        let words = ["program", "--test-threads=1", "--logfile", log.to_str().unwrap()];
        let arguments = Arguments::from_iter(words.iter().chain(arguments));
        let cases = Cases::folders(root.to_str().unwrap(), count, |_| Expected::new())
            .check("is_one_letter", None, |case| assert_eq!(stem(case).len(), 1))
            .check("is_many_letters", Some("needs letters"), |case| {
                assert!(stem(case).len() > 1)
            });
        let _ = libtest_mimic::run(&arguments, cases.trials().collect());
        let log = fs::read_to_string(log).unwrap();
        let lines = log
            .lines()
            .filter(|line| line.starts_with("test ") && line.contains(" ... "));
        let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        words.collect()
    }

    #[test]
    fn cases_are_counted_and_strays_are_named() {
        let expected = |count: &str| {
            [
                &format!("test letters::count ... {count}"),
                "test letters::stray ... FAILED",
                "test letters::a ... ok",
                "test letters::a::is_one_letter ... ok",
                "test [needs letters] letters::a::is_many_letters ... ignored",
            ]
            .map(str::to_owned)
        };
        assert_eq!(outcomes(1, &[]), expected("ok"));
        assert_eq!(outcomes(2, &[]), expected("FAILED"));
    }

    #[test]
    fn ignored_cases_can_be_run_alone() {
        let expected = ["test [needs letters] letters::a::is_many_letters ... FAILED"];
        assert_eq!(outcomes(1, &["--ignored"]), expected);
        let skipped = ["--ignored", "--exact", "--skip", "letters::a::is_many_letters"];
        assert_eq!(outcomes(1, &skipped), [""; 0]);
    }
}
