//! The files that an evaluation reads: launch files, and other files whose content affects it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::load::{self, Script};
use super::super::place::{At, Outcome, Place, shown};
use super::super::{Source, limits};
use super::Run;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::files;

impl Run<'_> {
    /// Reads `source`.
    pub(super) fn load_source(&mut self, source: &Source) -> Result<Rc<Script>, Vec<Diagnostic>> {
        let place = Place::file(source.name());
        let path = match source {
            Source::File(path) => path.to_string_lossy().into_owned(),
            Source::Package { package, file } => self
                .packages
                .find_file(package, file)
                .at(&place)
                .map_err(|problem| vec![problem])?,
            Source::Text { name, text, format } => {
                let context = self.context(true);
                let script = load::text(text, name, *format, &context)?;
                self.keep_notes(&script);
                return Ok(Rc::new(script));
            }
        };
        let real = self
            .packages
            .resolve(&path)
            .at(&place)
            .map_err(|problem| vec![problem])?;
        self.load_file(&path, real, &place)
    }

    /// Reads the launch file at `path`, which becomes the current one; `real` is `path` with its packages
    /// resolved.
    pub(crate) fn load_file(
        &mut self,
        path: &str,
        real: PathBuf,
        at: &Place,
    ) -> Result<Rc<Script>, Vec<Diagnostic>> {
        let single = |problem| vec![problem];
        let help = self.of_include(path);
        self.set_current(path, &real);
        if let Some(script) = self.scripts.get(&real) {
            return Ok(Rc::clone(script));
        }
        self.check_readable(&real).at(at).map_err(single)?;
        let text = read(&real, at.line == 0);
        let text = text
            .map_err(|wrong| wrong.more_help(&help))
            .at(at)
            .map_err(single)?;
        self.spend_script(text.len()).at(at).map_err(single)?;
        let script = Rc::new(load::file(&text, &real, &self.context(false))?);
        self.keep_notes(&script);
        self.scripts.insert(real, Rc::clone(&script));
        Ok(script)
    }

    /// The context for reading a text. A `sent` text comes from a ROS caller if reading files is restricted.
    fn context(&self, sent: bool) -> load::Context<'_> {
        load::Context {
            release: &self.release,
            untrusted: sent && self.options.readable.is_some(),
        }
    }

    fn keep_notes(&mut self, script: &Script) {
        script
            .warnings
            .iter()
            .for_each(|warning| self.keep(warning.clone()));
    }

    /// The content of a file that affects the evaluation.
    pub(crate) fn read_file(&mut self, path: &str) -> Outcome<String> {
        let path = self.packages.resolve(path)?;
        self.check_readable(&path)?;
        self.content(&path)
    }

    /// Like [`Run::read_file`]; `None` if the file does not exist.
    pub(crate) fn read_file_if_there(&mut self, path: &str) -> Outcome<Option<String>> {
        let path = self.packages.resolve(path)?;
        self.check_readable(&path)?;
        self.spend_bytes(0)?;
        path.is_file().then(|| self.content(&path)).transpose()
    }

    /// Whether the parameter file at `path` is still to be checked: once, and only as many as the limit
    /// permits. `content` is read if it is not known; a check must not make a launch fail, so this counts
    /// towards no other limit.
    pub(crate) fn content_to_check<'c>(
        &mut self,
        path: &str,
        content: Option<&'c str>,
    ) -> Option<Cow<'c, str>> {
        let path = self.packages.resolve_installed(path)?;
        if !self.checked.insert(path.clone()) {
            return None;
        }
        let left = limits::CHECKED_BYTES.saturating_sub(self.spent.checked);
        let content = match content {
            Some(known) => (known.len() <= left).then_some(Cow::Borrowed(known)),
            None if self.options.may_read(&path) => files::text(&path, left).ok().map(Cow::Owned),
            None => None,
        }?;
        self.spent.checked += content.len();
        Some(content)
    }

    /// What is at `path` instead of a regular file, if the caller may know.
    pub(crate) fn irregular(&self, path: &str) -> Option<&'static str> {
        let path = self.packages.resolve_installed(path)?;
        files::irregular(&path).filter(|_| self.options.may_read(&path))
    }

    /// Help for a file that was not found, if `$(dirname)` may have been expected to be another folder.
    pub(crate) fn of_include(&self, path: &str) -> String {
        let folder = self
            .current
            .folder
            .as_deref()
            .filter(|_| self.current.is_left_over);
        match folder.filter(|folder| path.starts_with(*folder)) {
            Some(folder) => format!(
                "after an <include>, $(dirname) is the folder of the included file, as in ROS up to Kilted: here \
                 {}. Use $(dirname) before the <include>, or $(find-pkg-share PACKAGE)",
                shown(folder)
            ),
            None => String::new(),
        }
    }

    fn content(&mut self, path: &Path) -> Outcome<String> {
        let content = read(path, false)?;
        self.spend_bytes(content.len())?;
        Ok(content)
    }

    /// Checked first, since even the existence of a file may be confidential.
    fn check_readable(&self, path: &Path) -> Outcome<()> {
        if self.options.may_read(path) {
            return Ok(());
        }
        let what = "is not in a package or a folder that ROS callers may read";
        let help = "add its folder to `allow_files` under `policy` in podbay's configuration";
        Err(Code::NotReadableHere
            .says(format!("{} {what}", path.display()))
            .help(help))
    }
}

/// Where a missing file is searched.
fn relative(path: &Path) -> &'static str {
    match (path.is_relative(), path.extension()) {
        (false, _) => "",
        (true, None) => {
            "relative paths start at the working directory; to use a package, name it and its file: \
             PACKAGE FILE"
        }
        (true, Some(_)) => "relative paths start at the working directory",
    }
}

/// The text at `path`; `named` means that its name is already in the message, as for the requested file.
fn read(path: &Path, named: bool) -> Outcome<String> {
    files::text(path, limits::FILE_BYTES).map_err(|error| {
        let near = error.is_not_found().then(|| files::similar(path)).flatten();
        let help = match near {
            Some(near) => format!("did you mean '{}'?", shown(&near)),
            None if error.is_not_found() => relative(path).to_owned(),
            None => error.help().to_owned(),
        };
        match named {
            true => {
                let unreadable = error
                    .code()
                    .says(format!("cannot read the file: {}", error.why()));
                unreadable.at_position(error.position().unwrap_or_default())
            }
            false => Diagnostic::from(error),
        }
        .help(help)
    })
}
