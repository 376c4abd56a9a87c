//! Packages on this machine.
//!
//! A path into a package stays symbolic, `$(find-pkg-share PACKAGE)/…`, since a container has its own
//! packages. It is resolved here only if the content of the file affects the evaluation.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::options::Options;
use super::place::{Outcome, shown};
use podbay_description::symbolic::{Piece, Reference, begins_with, is_symbolic, pieces};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::files;
use podbay_text::near::nearest;

/// Folders in which packages are installed.
#[derive(Debug)]
pub(super) struct Packages {
    prefixes: Vec<PathBuf>,
    /// Packages that were found, and the index of their prefix: launch files name the same package often.
    found: RefCell<HashMap<String, usize>>,
    /// How to make another package available.
    help: &'static str,
}

impl Packages {
    /// The packages that `options` provide; the first prefix that has a package wins. A ROS caller cannot set
    /// podbay's options.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            prefixes: options.package_prefixes.clone(),
            found: RefCell::default(),
            help: match options.readable {
                Some(_) => "source its workspace before podbay starts",
                None => "source its workspace, or add its prefix with --package-path",
            },
        }
    }

    /// The prefix of a package.
    pub(super) fn prefix(&self, package: &str) -> Outcome<&Path> {
        check_name(package)?;
        let found = self.installed(package);
        found.ok_or_else(|| self.not_found(package))
    }

    /// The same without the error, for which the names of all packages are read.
    fn installed(&self, package: &str) -> Option<&Path> {
        let before = self.found.borrow().get(package).copied();
        let index = before.or_else(|| self.look_for(package))?;
        self.prefixes.get(index).map(PathBuf::as_path)
    }

    /// The index of the first prefix that has a package.
    fn look_for(&self, package: &str) -> Option<usize> {
        let holds = |prefix: &PathBuf| {
            let share = prefix.join("share");
            let index = share.join("ament_index/resource_index/packages").join(package);
            index.exists() || share.join(package).join("package.xml").exists()
        };
        check_name(package).ok()?;
        let index = self.prefixes.iter().position(holds)?;
        self.found.borrow_mut().insert(package.to_owned(), index);
        Some(index)
    }

    /// The share folder of a package.
    pub(super) fn share(&self, package: &str) -> Outcome<PathBuf> {
        Ok(self.prefix(package)?.join("share").join(package))
    }

    fn not_found(&self, package: &str) -> Diagnostic {
        let looked: Vec<_> = self
            .prefixes
            .iter()
            .map(|prefix| prefix.display().to_string())
            .collect();
        let looked = match looked.as_slice() {
            [] => ": AMENT_PREFIX_PATH is not set".to_owned(),
            _ => format!(" in {}", looked.join(", ")),
        };
        let unknown = Code::UnknownPackage.says(format!("package '{package}' not found{looked}"));
        match nearest(package, self.names().iter().map(String::as_str)) {
            Some(near) => unknown.help(format!("did you mean '{near}'? Otherwise {}", self.help)),
            None => unknown.help(self.help),
        }
    }

    /// Names of all packages.
    fn names(&self) -> Vec<String> {
        let indexes = self
            .prefixes
            .iter()
            .map(|prefix| prefix.join("share/ament_index/resource_index/packages"));
        let mut names: Vec<_> = indexes.flat_map(|index| files::names_in(&index)).collect();
        names.sort();
        names
    }

    /// `path` with all symbolic package paths resolved.
    pub(super) fn resolve(&self, path: &str) -> Outcome<PathBuf> {
        resolved(path, |package| self.prefix(package))
    }

    /// The same; `None` if one of the packages is not installed here.
    pub(super) fn resolve_installed(&self, path: &str) -> Option<PathBuf> {
        resolved(path, |package| self.installed(package).ok_or(())).ok()
    }

    /// `path` for a person: resolved if its package is installed here.
    pub(super) fn shown_path(&self, path: &str) -> String {
        match self.resolve_installed(path) {
            Some(path) => path.to_string_lossy().into_owned(),
            None => path.to_owned(),
        }
    }

    /// `text` with all paths into packages installed here made symbolic, since a container has its own
    /// packages.
    pub(super) fn symbolic_again(&self, text: String) -> String {
        let real = |prefix: &PathBuf| std::fs::canonicalize(prefix).ok();
        let forms = self
            .prefixes
            .iter()
            .cloned()
            .chain(self.prefixes.iter().filter_map(real));
        let mut shares: Vec<_> = forms
            .filter(|prefix| {
                prefix
                    .components()
                    .any(|part| matches!(part, Component::Normal(_)))
            })
            .map(|prefix| format!("{}/", prefix.join("share").display()))
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.len()));
        shares.dedup();
        shares
            .iter()
            .fold(text, |text, share| self.symbolic_below(share, &text))
    }

    fn symbolic_below(&self, share: &str, text: &str) -> String {
        let of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(share) {
            let (name, next) = after.split_at(after.find(|c| !of_a_name(c)).unwrap_or(after.len()));
            let is_inside = before.ends_with(|c| of_a_name(c) || c == '.');
            out.push_str(before);
            match is_inside || next.starts_with('.') || self.installed(name).is_none() {
                true => out.extend([share, name]),
                false => out.push_str(&Reference::Share(name).to_string()),
            }
            rest = next;
        }
        out + rest
    }

    /// The file named `file` anywhere in the share folder of `package`, as a symbolic path.
    pub(super) fn find_file(&self, package: &str, file: &str) -> Outcome<String> {
        let share = self.share(package)?;
        let mut files = Vec::new();
        search(&share, 0, &mut files);
        let named = |path: &&PathBuf| path.file_name().is_some_and(|name| name == file);
        let mut found: Vec<_> = files.iter().filter(named).collect();
        found.sort();
        match found.as_slice() {
            [one] => {
                let inner = one.strip_prefix(&share).unwrap_or(one).display();
                Ok(format!("{}/{inner}", Reference::Share(package)))
            }
            [] => {
                let what = format!(
                    "package '{package}' has no file '{}' in {}",
                    shown(file),
                    share.display()
                );
                let names = files.iter().filter_map(|path| path.file_name()?.to_str());
                let help =
                    files::nearest_file(file, names).map(|near| format!("did you mean '{}'?", shown(near)));
                Err(Code::FileNotInPackage.says(what).help(help.unwrap_or_default()))
            }
            several => {
                let list: Vec<_> = several.iter().map(|path| path.display().to_string()).collect();
                Err(Code::FileNotInPackage
                    .says(format!(
                        "package '{package}' has several files named '{}'",
                        shown(file)
                    ))
                    .help(format!("give the path of one: {}", list.join(", "))))
            }
        }
    }
}

/// An absolute path without `.` and `..`. A path that begins in a package still does: `..` that leave the
/// package are kept, since only the container knows where they lead.
pub(super) fn absolute(path: &str) -> String {
    if let Some((package, inner)) = begins_with(path) {
        return without_dots(Path::new(&package.to_string()), inner);
    }
    match std::path::absolute(path) {
        Ok(full) if !is_symbolic(path) => without_dots(Path::new("/"), &full.to_string_lossy()),
        _ => path.to_owned(),
    }
}

/// The path `inner` below `root`, computed without following symbolic links, as in ROS.
fn without_dots(root: &Path, inner: &str) -> String {
    let mut plain = PathBuf::new();
    for part in Path::new(inner).components() {
        match part {
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            Component::ParentDir if root == Path::new("/") => {}
            Component::ParentDir | Component::Normal(_) => plain.push(part),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    let joined = if plain.as_os_str().is_empty() {
        root.to_path_buf()
    } else {
        root.join(plain)
    };
    joined.to_string_lossy().into_owned()
}

/// Package and name of the executable at this path, `$(find-pkg-prefix PACKAGE)/lib/PACKAGE/NAME`.
pub(super) fn executable_of(path: &str) -> Option<(String, String)> {
    let (Reference::Prefix(package), inner) = begins_with(path)? else {
        return None;
    };
    let name = inner
        .strip_prefix("/lib/")?
        .strip_prefix(package)?
        .strip_prefix('/')?;
    (!name.is_empty()).then(|| (package.to_owned(), name.to_owned()))
}

/// `path` with all symbolic package paths resolved; `prefix` returns that of a package.
fn resolved<'p, E>(path: &str, prefix: impl Fn(&str) -> Result<&'p Path, E>) -> Result<PathBuf, E> {
    let mut out = String::new();
    for piece in pieces(path) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Reference(reference) => {
                let path = match reference {
                    Reference::Share(package) => prefix(package)?.join("share").join(package),
                    Reference::Prefix(package) => prefix(package)?.to_path_buf(),
                    Reference::Executable { name, package } => {
                        prefix(package)?.join("lib").join(package).join(name)
                    }
                };
                out.push_str(&path.to_string_lossy());
            }
        }
    }
    Ok(PathBuf::from(out))
}

/// Refuses an invalid package name.
pub(super) fn check_name(package: &str) -> Outcome<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if package.starts_with(|c: char| c.is_ascii_alphanumeric()) && package.chars().all(fits) {
        return Ok(());
    }
    Err(Code::UnknownPackage
        .says(format!("'{}' is not a valid package name", shown(package)))
        .help("use letters, digits, '_' and '-', starting with a letter or a digit"))
}

/// Adds all files below `folder`.
fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && depth < 16 {
            search(&path, depth + 1, found);
        } else {
            found.push(path);
        }
    }
}
