//! Packages that a checkout uses, but that neither it nor the installation has.

use std::fs;
use std::path::{Path, PathBuf};

/// Parameters for any node, for missing parameter files.
const PARAMETERS: &str = "/**:\n  ros__parameters:\n    from_a_file: 1\n";

/// Creates the missing packages that launch files look up, with the launch and parameter files they name.
pub(super) fn make(launch_files: &[PathBuf], prefix: &Path) {
    for file in launch_files {
        let text = fs::read_to_string(file).unwrap_or_default();
        for (package, path) in looked_up(&text) {
            if super::is_installed(package) || is_linked(package, prefix) {
                continue;
            }
            let share = prefix.join("share");
            fs::write(
                share.join("ament_index/resource_index/packages").join(package),
                "",
            )
            .unwrap();
            fs::create_dir_all(share.join(package)).unwrap();
            add(&share.join(package).join(path.trim_start_matches('/')), prefix);
        }
    }
}

/// Creates a missing launch or parameter file; returns whether it was missing.
pub(super) fn add(file: &Path, prefix: &Path) -> bool {
    let is_ours = file.starts_with(prefix) && !file.components().any(|part| part.as_os_str() == "..");
    let Some(content) = content(file).filter(|_| is_ours && !file.exists()) else {
        return false;
    };
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
    true
}

fn is_linked(package: &str, prefix: &Path) -> bool {
    prefix.join("share").join(package).is_symlink()
}

/// All literal package names after `$(find-pkg-share`, with the literal path that follows.
fn looked_up(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let found = text.split("$(find-pkg-share ").skip(1);
    found.filter_map(|rest| {
        let (package, after) = rest.split_once(')')?;
        let package = package.trim_matches(|c: char| c == '\'' || c == '"' || c == ' ');
        let path = after.split(|c: char| "\"'<>$ \n".contains(c)).next()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        (!package.is_empty() && package.chars().all(plain)).then_some((package, path))
    })
}

fn content(file: &Path) -> Option<&'static str> {
    let name = file.to_str().unwrap();
    match file.extension()?.to_str()? {
        "xml" if name.contains("launch.") => Some("<launch/>\n"),
        "yaml" | "yml" if !name.contains("launch.") => Some(PARAMETERS),
        _ => None,
    }
}
