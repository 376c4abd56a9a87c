//! The configuration file (`--config FILE`): YAML, all keys optional, unknown keys refused.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::check::Overridden;
use super::cli::{ClusterKind, Evaluate};
use super::takes::CONFIGURATION;
use super::{Error, ProfileFile, check};
use crate::limits::Limits;
use podbay_core::policy::Policy;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::files;
use podbay_text::yaml::{self, Outline};

/// The content of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// `kube` or `embedded`.
    pub cluster: Option<ClusterKind>,
    /// kubeconfig context.
    pub context: Option<String>,
    /// Namespace for requests that name none.
    pub namespace: Option<String>,
    /// Namespaces that podbay watches and may change; empty means all.
    #[serde(deserialize_with = "or_default")]
    pub namespaces: Vec<String>,
    /// Profile file for launches that name none.
    pub profile: Option<ProfileFile>,
    /// Profile files by name, for requests.
    #[serde(deserialize_with = "or_default")]
    pub profiles: BTreeMap<String, ProfileFile>,
    /// What evaluates launch files: `native`, `here` or `image`.
    pub evaluate: Option<Evaluate>,
    /// Time limit in seconds for ROS's own engine.
    pub evaluate_timeout: Option<NonZeroU32>,
    /// Address of the HTTP server, or `off`.
    pub http: Option<String>,
    /// Whether launch files of the local user may run commands with `$(command …)`.
    #[serde(deserialize_with = "yaml::truth")]
    pub allow_command: bool,
    /// What ROS callers may do.
    #[serde(deserialize_with = "or_default")]
    pub policy: Policy,
    /// Limits for ROS callers.
    #[serde(deserialize_with = "or_default")]
    pub limits: Limits,
    /// Settings without the apparent effect.
    #[serde(skip)]
    pub warnings: Vec<Diagnostic>,
}

impl File {
    /// Reads and checks the file at `path`, beside a command line; relative paths in it are relative to its folder.
    pub(super) fn read(path: &Path, overridden: Overridden) -> Result<Self, Error> {
        let text = files::text_or_pipe(path, files::WRITTEN);
        let unreadable = |error| Diagnostic::from(error).about("the configuration");
        let text = text.map_err(|error| Error::Invalid(unreadable(error)))?;
        let mut file = Self::parse_beside(&text, path, overridden).map_err(Error::Invalid)?;
        let outline = Outline::of(&text);
        let folders = file.policy.allow_files.iter().enumerate();
        let warnings = folders
            .filter(|(_, folder)| !folder.is_dir())
            .map(|(index, folder)| {
                let position = outline.value(&format!("policy.allow_files[{index}]"));
                let what = format!("`policy.allow_files`: folder {} not found", folder.display());
                let missing = Code::NoSuchFolder.says(what).at_position(position);
                missing.in_file(path.display().to_string())
            });
        file.warnings.extend(warnings);
        Ok(file)
    }

    /// Reads and checks `text`, the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Diagnostic> {
        Self::parse_beside(text, path, Overridden::default())
    }

    /// The same, beside a command line.
    fn parse_beside(text: &str, path: &Path, overridden: Overridden) -> Result<Self, Diagnostic> {
        let name = path.display().to_string();
        let read = yaml::read(text, &CONFIGURATION);
        let mut file: Self = read.map_err(|wrong| wrong.in_file(name.as_str()))?;
        let outline = Outline::of(text);
        let at = |(key, wrong): (String, Diagnostic)| wrong.at(&outline.value(&key).in_file(name.as_str()));
        check::error(&file, overridden).map_or(Ok(()), |error| Err(at(error)))?;
        file.warnings = check::warnings(&file, overridden).into_iter().map(at).collect();
        let folder = path.parent().unwrap_or(Path::new(""));
        let profiles = file.profiles.iter_mut();
        let profiles = profiles.map(|(name, profile)| (format!("profiles.{name}"), profile));
        let default = file.profile.iter_mut();
        for (key, profile) in profiles.chain(default.map(|profile| ("profile".to_owned(), profile))) {
            profile.path = folder.join(&profile.path);
            profile.place = outline.value(&key).in_file(name.as_str());
            profile.named_by = format!("`{key}`");
        }
        for readable in &mut file.policy.allow_files {
            *readable = absolute(&folder.join(&*readable));
        }
        Ok(file)
    }
}

/// A section whose entries are all commented out counts as unset.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// `path` as an absolute path without `..`, since it is compared with others component by component.
fn absolute(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or(path.to_owned()).components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_left_out_have_their_defaults() {
        let limits = |text: &str| serde_saphyr::from_str::<File>(text).map(|file| file.limits);
        let expected = Limits {
            pods: 7,
            ..Limits::default()
        };
        assert_eq!(limits("limits: {pods: 7}").unwrap(), expected);
        assert!(limits("limits: {pod: 7}").is_err());
    }

    #[test]
    fn a_value_has_the_type_of_its_key() {
        for (text, key, found) in [
            ("allow_command: \"true\"", "allow_command", "found \"true\""),
            (
                "policy: {allow_exec: 'yes'}",
                "policy.allow_exec",
                "found \"yes\"",
            ),
            ("policy: {allow_command: 1}", "policy.allow_command", "`1`"),
            ("profile: 5", "profile", "`5`"),
            ("profiles: {sim: true}", "profiles", "`true`"),
        ] {
            let wrong = File::parse(text, Path::new("podbay.yaml")).unwrap_err();
            assert_eq!(wrong.code, Code::KeyValue);
            let said = wrong.text();
            let named = said.contains(&format!("`{key}`")) || said.contains(&format!("`{key}."));
            assert!(named && said.contains(found), "{said}");
        }
        for text in [
            "allow_command: yes",
            "policy: {allow_exec: true}",
            "profile: \"5\"",
        ] {
            assert!(File::parse(text, Path::new("podbay.yaml")).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_missing_folder_is_reported_at_its_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("podbay.yaml");
        std::fs::write(&path, "policy:\n  allow_files: [., none]\n").unwrap();
        let warnings = File::read(&path, Overridden::default()).unwrap().warnings;
        let [missing] = warnings.as_slice() else {
            panic!("{warnings:?}");
        };
        assert_eq!(missing.code, Code::NoSuchFolder);
        assert_eq!((missing.place.line, missing.place.column), (2, 20));
        assert_eq!(&*missing.place.file, path.to_str().unwrap());
    }

    #[test]
    fn an_unreadable_file_has_a_code() {
        let Err(Error::Invalid(wrong)) = File::read(Path::new("/none.yaml"), Overridden::default()) else {
            panic!("read");
        };
        assert_eq!(wrong.code, Code::Unreadable);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "profile: a\nprofiles: {b: b}\npolicy: {allow_files: [c, /d, ../e/./f]}\n";
        let file = File::parse(text, Path::new("/etc/podbay/podbay.yaml")).unwrap();
        let profile = file.profile.unwrap();
        assert_eq!(profile.path, Path::new("/etc/podbay/a"));
        assert_eq!(profile.named_by, "`profile`");
        assert_eq!(profile.place.to_string(), "/etc/podbay/podbay.yaml:1:10");
        assert_eq!(file.profiles["b"].path, Path::new("/etc/podbay/b"));
        assert_eq!(file.profiles["b"].named_by, "`profiles.b`");
        assert_eq!(
            file.profiles["b"].place.to_string(),
            "/etc/podbay/podbay.yaml:2:15"
        );
        let expected = ["/etc/podbay/c", "/d", "/etc/e/f"].map(PathBuf::from);
        assert_eq!(file.policy.allow_files, expected);

        let here = std::env::current_dir().unwrap();
        let beside = File::parse("policy: {allow_files: [c]}", Path::new("podbay.yaml")).unwrap();
        assert_eq!(beside.policy.allow_files, [here.join("c")]);
    }
}
