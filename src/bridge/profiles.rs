//! The profiles that launches may name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::translate::refusal;
use crate::config::profile::Profile;
use crate::domain::description::Problem;
use crate::domain::request::Refusal;

/// Profile files by name, and the one for launches that name none.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// For launches that name none.
    pub default: Option<PathBuf>,
    /// By the name a request may use.
    pub named: BTreeMap<String, PathBuf>,
}

impl Profiles {
    /// Reads the profile `name`, or the default one for "". Files are read anew each time, so that an edit
    /// counts for the next launch.
    pub fn load(&self, name: &str) -> Result<Profile, Refusal> {
        let path = match (name, &self.default) {
            ("", None) => return Ok(Profile::default()),
            ("", Some(path)) => path,
            (name, _) => self.named.get(name).ok_or_else(|| self.unknown(name))?,
        };
        read(path)
    }

    /// Reads every profile, so that a mistake is told at the start and not to a later caller.
    pub fn check(&self) -> Result<(), Refusal> {
        self.default
            .iter()
            .chain(self.named.values())
            .try_for_each(|path| read(path).map(drop))
    }

    fn unknown(&self, name: &str) -> Refusal {
        let known: Vec<_> = self.named.keys().map(String::as_str).collect();
        Refusal::from(format!(
            "there is no profile {name:?}; podbay's configuration names {}",
            if known.is_empty() {
                "none: add it under `profiles`".to_owned()
            } else {
                known.join(", ")
            }
        ))
    }
}

fn read(path: &Path) -> Result<Profile, Refusal> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "cannot read the profile {}: {error}; see --profile",
            path.display()
        )
    })?;
    let profile = Profile::parse(&text).map_err(|error| {
        refusal(vec![Problem {
            file: path.display().to_string(),
            line: error.line,
            what: error.to_string(),
        }])
    })?;
    Ok(profile.of_file(&path.display().to_string()))
}
