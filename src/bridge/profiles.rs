//! The profiles that launches may name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::translate::refusal;
use crate::config::ProfileFile;
use podbay_core::request::Refusal;
use podbay_render::profile::Profile;
use podbay_text::files;
use podbay_text::near::instead;

/// Profile files by name, and the one for launches that name none.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// For launches that name none.
    pub default: Option<ProfileFile>,
    /// By the name a request may use.
    pub named: BTreeMap<String, ProfileFile>,
    /// What was read from files that give their text only once.
    once: Once,
}

/// Text of pipes and the like, which are empty when read again: `--profile <(…)`, `/dev/stdin`.
#[derive(Clone, Debug, Default)]
struct Once(Arc<Mutex<BTreeMap<PathBuf, String>>>);

impl Once {
    /// The text at `path`: of a plain file as it is now, of anything else as it was when first read.
    fn text(&self, path: &Path) -> Result<String, files::Error> {
        if std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
            return files::text(path, files::WRITTEN);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = kept.get(path) {
            return Ok(text.clone());
        }
        let text = files::text_or_pipe(path, files::WRITTEN)?;
        kept.insert(path.to_owned(), text.clone());
        Ok(text)
    }
}

impl Profiles {
    /// Profile files of which none is read yet.
    pub fn new(default: Option<ProfileFile>, named: BTreeMap<String, ProfileFile>) -> Self {
        Self {
            default,
            named,
            once: Once::default(),
        }
    }

    /// Reads the profile `name`, or the default one for "". Files are read anew each time, so that an edit
    /// counts for the next launch; a pipe, which gives its text only once, is kept.
    pub fn load(&self, name: &str) -> Result<Profile, Refusal> {
        let file = match (name, &self.default) {
            ("", None) => return Ok(Profile::default()),
            ("", Some(file)) => file,
            (name, _) => self.named.get(name).ok_or_else(|| self.unknown(name))?,
        };
        self.read(file)
    }

    /// Reads every profile, so that a mistake is told at the start and not to a later caller.
    pub fn check(&self) -> Result<(), Refusal> {
        self.default
            .iter()
            .chain(self.named.values())
            .try_for_each(|file| self.read(file).map(drop))
    }

    fn unknown(&self, name: &str) -> Refusal {
        let way_out = match self.named.is_empty() {
            true => "podbay's configuration names none: add it under `profiles`".to_owned(),
            false => instead(name, self.named.keys().map(String::as_str)),
        };
        Refusal::from(format!("there is no profile {name:?}; {way_out}"))
    }

    fn read(&self, file: &ProfileFile) -> Result<Profile, Refusal> {
        let ProfileFile { path, named_by, hint } = file;
        let text = self
            .once
            .text(path)
            .map_err(|error| format!("{named_by}: {error}{hint}"))?;
        let profile = Profile::parse(&text).map_err(|mistake| refusal(vec![mistake.in_file(path)]))?;
        Ok(profile.of_file(&path.display().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    #[test]
    fn a_pipe_is_kept_once_it_was_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"image: piped\n").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        let profiles = Profiles::new(Some(PathBuf::from(path).into()), BTreeMap::new());
        profiles.check().unwrap();
        for profiles in [&profiles, &profiles.clone()] {
            let profile = profiles.load("").unwrap();
            assert_eq!(profile.container.image.as_deref(), Some("piped"));
        }
    }
}
