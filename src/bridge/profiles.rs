//! The profiles available to launches.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::translate::refusal;
use podbay_config::ProfileFile;
use podbay_core::request::Refusal;
use podbay_render::profile::Profile;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::files;
use podbay_text::near::instead;

/// Profile files by name, and the default.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// For launches that name none.
    pub default: Option<ProfileFile>,
    /// By name, for requests.
    pub named: BTreeMap<String, ProfileFile>,
    /// Profiles that were read.
    read: Kept,
}

/// Profiles that were read, so that a file is read again only after a change. The content of a pipe
/// (`--profile <(…)`, `/dev/stdin`), which can be read only once, is kept.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<BTreeMap<PathBuf, KeptProfile>>>);

/// A profile, and the version of its file.
type KeptProfile = (Option<Version>, Arc<Profile>);

/// Within this time of a change, another change may leave the same timestamp: file systems store a time of the
/// kernel's clock, which advances every few milliseconds, and some only every two seconds.
const TICK: Duration = Duration::from_secs(2);

/// Identifies the content of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    inode: u64,
    size: u64,
    /// When its content or its inode last changed, since 1970.
    changed: Duration,
}

impl Version {
    /// The version of the file at `path`; `None` if it is not a regular file.
    fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        let seconds = u64::try_from(found.ctime()).unwrap_or(0);
        let nanoseconds = u32::try_from(found.ctime_nsec()).unwrap_or(0);
        Some(Self {
            inode: found.ino(),
            size: found.size(),
            changed: Duration::new(seconds, nanoseconds),
        })
    }

    /// Whether any change after `now` changes the version, too.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.changed + TICK < now
    }
}

impl Kept {
    /// The profile at `path`, read with `read` if it is new, or may have changed since it was read.
    fn get(
        &self,
        path: &Path,
        now: SystemTime,
        read: impl FnOnce(&Path) -> Result<Profile, Refusal>,
    ) -> Result<Arc<Profile>, Refusal> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // before the text, so that a concurrent change is detected the next time
        let version = Version::of(path);
        if let Some((_, profile)) = kept().get(path).filter(|(of, _)| *of == version) {
            return Ok(Arc::clone(profile));
        }
        // Reading may wait for a pipe, and nobody else has to wait with it.
        let profile = Arc::new(read(path)?);
        if version.is_none_or(|version| version.is_settled(now)) {
            kept().insert(path.to_owned(), (version, Arc::clone(&profile)));
        }
        Ok(profile)
    }
}

impl Profiles {
    /// Profile files that are not read yet.
    pub fn new(default: Option<ProfileFile>, named: BTreeMap<String, ProfileFile>) -> Self {
        Self {
            default,
            named,
            read: Kept::default(),
        }
    }

    /// The file of the profile `name`, or of the default one for "", if there is one.
    pub(super) fn find(&self, name: &str) -> Result<Option<&ProfileFile>, Refusal> {
        match name {
            "" => Ok(self.default.as_ref()),
            name => self.named.get(name).map(Some).ok_or_else(|| self.unknown(name)),
        }
    }

    /// Reads every profile, so that errors are reported at the start and not to a later caller. Blocks, perhaps
    /// until a pipe is written.
    pub fn check(&self) -> Result<(), Refusal> {
        self.default
            .iter()
            .chain(self.named.values())
            .try_for_each(|file| self.read(file).map(drop))
    }

    fn unknown(&self, name: &str) -> Refusal {
        let mut known = self.named.keys().map(String::as_str);
        let help = match (known.next(), known.next()) {
            (None, _) => "podbay's configuration has no profiles: add it under `profiles`".to_owned(),
            (Some(only), None) => format!("the only profile is {only}"),
            _ => instead(name, self.named.keys().map(String::as_str)),
        };
        Refusal::from(format!("unknown profile {name:?}; {help}"))
    }

    /// The profile of `file`; an edit applies from the next launch. Blocks.
    pub(super) fn read(&self, file: &ProfileFile) -> Result<Arc<Profile>, Refusal> {
        self.read_at(file, SystemTime::now())
    }

    fn read_at(&self, file: &ProfileFile, now: SystemTime) -> Result<Arc<Profile>, Refusal> {
        let ProfileFile {
            path,
            named_by,
            place,
            help,
        } = file;
        self.read.get(path, now, |path| {
            let unreadable = |error| {
                let wrong = Diagnostic::from(error).about(named_by.as_str());
                refusal(vec![wrong.more_help(help).at(place)])
            };
            let text = files::text_or_pipe(path, files::WRITTEN).map_err(unreadable)?;
            let file = path.display().to_string();
            let profile =
                Profile::parse(&text).map_err(|wrong| refusal(vec![wrong.in_file(file.as_str())]))?;
            Ok(profile.of_file(&file))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use podbay_text::diagnostic::Code;

    use super::*;

    /// The default profile.
    fn load(profiles: &Profiles) -> Result<Arc<Profile>, Refusal> {
        profiles.read(profiles.find("")?.unwrap())
    }

    #[test]
    fn a_pipe_is_kept_once_it_was_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"image: piped\n").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        let profiles = Profiles::new(Some(PathBuf::from(path).into()), BTreeMap::new());
        profiles.check().unwrap();
        for profiles in [&profiles, &profiles.clone()] {
            let profile = load(profiles).unwrap();
            assert_eq!(profile.container.image.as_deref(), Some("piped"));
        }
    }

    /// A profile file, and its path.
    fn profile(text: &str) -> (tempfile::NamedTempFile, ProfileFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let named = ProfileFile::from(file.path().to_owned());
        (file, named)
    }

    #[test]
    fn a_file_is_read_once_until_it_changes() {
        let (file, named) = profile("image: a\n");
        let profiles = Profiles::new(Some(named.clone()), BTreeMap::new());
        let later = SystemTime::now() + 2 * TICK;
        let first = profiles.read_at(&named, later).unwrap();
        assert!(Arc::ptr_eq(&first, &load(&profiles.clone()).unwrap()));
        std::fs::write(file.path(), "image: longer\n").unwrap();
        let image = load(&profiles).unwrap().container.image.clone();
        assert_eq!(image.as_deref(), Some("longer"));
        std::fs::write(file.path(), "imag: a\n").unwrap();
        let broken = load(&profiles).unwrap_err();
        assert_eq!(broken.problems[0].code, Code::UnknownKey, "{broken:?}");
        file.close().unwrap();
        assert!(load(&profiles).is_err());
    }

    #[test]
    fn a_file_that_was_just_changed_is_read_again() {
        let (_file, named) = profile("image: a\n");
        let profiles = Profiles::new(None, BTreeMap::new());
        let changed = SystemTime::UNIX_EPOCH + Version::of(&named.path).unwrap().changed;
        let read = |now| profiles.read_at(&named, now).unwrap();
        // an edit of the same size within a tick would have the same version
        for now in [changed, changed + TICK, changed - TICK] {
            assert!(!Arc::ptr_eq(&read(now), &read(now)));
        }
        let settled = changed + TICK + Duration::from_nanos(1);
        assert!(Arc::ptr_eq(&read(settled), &read(changed)));
    }
}
