//! Reads the interface files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::model::{Definition, Interface};
use super::parse;

type Error = Box<dyn std::error::Error>;

/// The interfaces of all packages in `folder`, with one folder per package.
pub(crate) fn packages(folder: &Path) -> Result<Vec<Interface>, Error> {
    let mut interfaces = Vec::new();
    for path in entries(folder)? {
        let package = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        interfaces.extend(self::package(&path, &package)?);
    }
    Ok(interfaces)
}

/// The messages (`msg/*.msg`) and services (`srv/*.srv`) of one package.
pub(crate) fn package(folder: &Path, package: &str) -> Result<Vec<Interface>, Error> {
    let mut interfaces = read(&folder.join("msg"), package, parse::message)?;
    interfaces.extend(read(&folder.join("srv"), package, parse::service)?);
    Ok(interfaces)
}

type Parse = fn(&str, &str) -> Result<Definition, String>;

fn read(folder: &Path, package: &str, parse: Parse) -> Result<Vec<Interface>, Error> {
    let mut interfaces = Vec::new();
    for path in entries(folder)? {
        let text = fs::read_to_string(&path)?;
        let definition = parse(package, &text).map_err(|what| format!("{}: {what}", path.display()))?;
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        interfaces.push(Interface {
            package: package.to_owned(),
            name,
            definition,
        });
    }
    Ok(interfaces)
}

/// Entries of `folder`, sorted by name; empty if the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
