//! Files that hold a case and, below a line, what is expected of it. Run with `UPDATE_EXPECT=1` to write what comes
//! out, and read the difference before keeping it.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands between a case and what is expected.
const DIVIDER: &str = "--- # expected\n";

/// Checks what `output` makes of every case in `tests/<folder>/`, of which there are at least so many.
pub(crate) fn check_all(folder: &str, least: usize, output: impl Fn(&str) -> String) {
    let entries = fs::read_dir(root(folder)).unwrap();
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= least, "only {} cases", files.len());
    files.iter().for_each(|file| check(file, &output));
}

/// The case in `tests/<file>`.
pub(crate) fn case(file: &str) -> String {
    read(&root(file)).0
}

/// A case, and what is expected of it.
fn read(file: &Path) -> (String, String) {
    let text = fs::read_to_string(file).unwrap();
    let (case, expected) = text.split_once(DIVIDER).unwrap_or((&text, ""));
    (case.to_owned(), expected.to_owned())
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

fn check(file: &Path, output: impl Fn(&str) -> String) {
    let (case, expected) = read(file);
    let output = output(&case);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(file, format!("{case}{DIVIDER}{output}")).unwrap();
    } else {
        let file = file.display();
        assert!(output == expected, "{file}: got\n{output}\nexpected\n{expected}");
    }
}
