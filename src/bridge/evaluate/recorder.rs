//! The recorder (`launch/podbay_record`), a Python program embedded in podbay: its arguments and its output.

use std::ffi::OsStr;
use std::path::Path;

use serde::Deserialize;
use uuid::Uuid;

use super::size::Size;
use super::{Evaluated, Task};
use podbay_description::Description;
use podbay_description::limits::LaunchLimits;
use podbay_launch_file::{Format, Source};
use podbay_text::diagnostic::{Code, Diagnostic};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../launch/podbay_record/", $name)))),*]
    };
}

/// Its files, by name.
pub(super) const FILES: &[(&str, &str)] = files![
    "__init__.py",
    "__main__.py",
    "clock.py",
    "errors.py",
    "found.py",
    "hooks.py",
    "hooks_packages.py",
    "hooks_places.py",
    "packages.py",
    "patch.py",
    "places.py",
    "recorder.py",
    "values.py",
];

/// Name of the folder of its files.
pub(super) const FOLDER: &str = "podbay_record";

/// Limit of a recording, in bytes.
pub(super) const LIMIT: usize = 16 << 20;

/// A word that begins every line of a recording, and no other line.
pub(super) fn mark() -> String {
    format!("{} ", Uuid::new_v4().simple())
}

/// The recorder's arguments for `task`, whose file is at `file` unless it belongs to a package; `commands`
/// says whether XML and YAML may run commands.
pub(super) fn arguments(mark: &str, task: Task<'_>, file: &Path, commands: bool) -> Vec<String> {
    let mut arguments = Vec::new();
    if commands {
        arguments.push("--allow-command".to_owned());
    }
    arguments.extend(["--mark".to_owned(), mark.to_owned()]);
    if task.only_arguments {
        arguments.push("--show-args".to_owned());
    }
    match task.source {
        Source::Package { package, file } => {
            arguments.extend(["--package".to_owned(), package.clone(), file.clone()]);
        }
        _ => arguments.push(file.display().to_string()),
    }
    let given = task.options.arguments.iter();
    arguments.extend(given.map(|(name, value)| format!("{name}:={value}")));
    arguments
}

/// Name for a passed launch file: ROS detects the format by it.
pub(super) fn file_name(source: &Source) -> String {
    match source {
        Source::File(path) => path
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or("main.launch")
            .to_owned(),
        Source::Package { file, .. } => file.clone(),
        Source::Text { format, .. } => match format {
            Some(Format::Python) => "description.launch.py",
            Some(Format::Xml) => "description.launch.xml",
            Some(Format::Yaml) => "description.launch.yaml",
            None => "description.launch",
        }
        .to_owned(),
    }
}

/// What the recorder prints, as it arrives, line by line.
pub(super) struct Recording {
    mark: String,
    text: String,
    whole: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Description(Box<Description>),
    Problems(Vec<Diagnostic>),
}

impl Recording {
    pub(super) fn new(mark: &str) -> Self {
        Self {
            mark: mark.to_owned(),
            text: String::new(),
            whole: false,
        }
    }

    /// Adds a line; returns false if it is not part of the recording.
    pub(super) fn take(&mut self, line: &str) -> bool {
        match line.strip_prefix(&self.mark) {
            Some(".") => self.whole = true,
            Some(piece) => self.text.push_str(piece),
            None => return false,
        }
        true
    }

    /// Bytes received so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The result, with the file that was passed as `path` named `name`; `None` if the recording is incomplete.
    /// The launch file may have written the recording itself, so its size is checked before it takes memory.
    pub(super) fn evaluated(self, path: &Path, name: &str, limits: &LaunchLimits) -> Option<Evaluated> {
        let inside = |text: &str| {
            let quoted = serde_json::Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        let shown = path.display().to_string();
        // a package's file is named without a folder, and that name may be part of any other path
        let text = match path.is_absolute() {
            true => self.text.replace(&inside(&shown), &inside(name)),
            false => self.text,
        };
        let unreadable = |what: String| vec![unreadable(name, &what)];
        self.whole.then(|| {
            let size: Size = parsed(&text).map_err(unreadable)?;
            size.admit(limits).map_err(|error| vec![error.in_file(name)])?;
            match parsed(&text).map_err(unreadable)? {
                Found::Description(mut description) => {
                    description.problems.iter_mut().for_each(as_warning);
                    Ok(*description)
                }
                Found::Problems(problems) => Err(problems),
            }
        })
    }
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    let json = &mut serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(json).map_err(|error| error.to_string())
}

/// The error for an evaluated description that podbay cannot represent.
fn unreadable(name: &str, what: &str) -> Diagnostic {
    Code::UnknownToPodbay
        .says(format!(
            "podbay does not support the result of ROS's own engine: {what}"
        ))
        .help("rewrite that part of the launch file, or run it with ros2 launch")
        .in_file(name)
}

/// Replaces the code: the recorder does not know podbay's codes, and these problems are of a launch that ROS
/// accepts.
fn as_warning(problem: &mut Diagnostic) {
    problem.code = Code::NotCarriedOver;
    problem.severity = problem.code.severity();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_or_none() {
        let mut recording = Recording::new("x ");
        assert!(!recording.take("printed by the launch file"));
        assert!(recording.take(r#"x {"problems": [{"file": "/in/a", "line""#));
        assert!(recording.take(r#"x : 1, "what": "w"}]}"#));
        let half = Recording {
            mark: recording.mark.clone(),
            text: recording.text.clone(),
            whole: false,
        };
        assert!(
            half.evaluated(Path::new("/in/a"), "a", &LaunchLimits::default())
                .is_none()
        );
        assert!(recording.take("x ."));
        let problems = recording
            .evaluated(Path::new("/in/a"), "my \"a\"", &LaunchLimits::default())
            .unwrap()
            .unwrap_err();
        assert_eq!(problems[0].to_string(), "my \"a\":1: error[PB0901]: w");
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_told_with_its_part() {
        let mut recording = Recording::new("x ");
        assert!(recording.take(r#"x {"description": {"processes": [{}, {"output": "tty"}]}}"#));
        assert!(recording.take("x ."));
        let problems = recording
            .evaluated(Path::new("/in/a"), "a", &LaunchLimits::default())
            .unwrap()
            .unwrap_err();
        let told = problems[0].to_string();
        assert!(
            told.starts_with("a: error[PB0904]: podbay does not support the result of ROS's own engine"),
            "{told}"
        );
        assert!(
            told.contains("description.processes[1].output: unknown variant `tty`"),
            "{told}"
        );
    }

    #[test]
    fn an_answer_that_exceeds_the_limits_is_refused_before_it_is_read() {
        // "tty" would be refused if it were read
        let wrong = r#"{"output": "tty"}"#;
        let many = format!("{}{wrong}", "{},".repeat(2000));
        let mut recording = Recording::new("x ");
        assert!(recording.take(&format!(r#"x {{"description": {{"processes": [{many}]}}}}"#)));
        assert!(recording.take("x ."));
        let limits = LaunchLimits::default();
        let problems = recording.evaluated(Path::new("/in/a"), "a", &limits).unwrap();
        let said = problems.unwrap_err()[0].to_string();
        let expected = "a: error[PB0910]: the launch exceeds the limit of 2000 processes and components";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn the_paths_into_a_package_stay() {
        let mut recording = Recording::new("x ");
        assert!(
            recording.take(r#"x {"problems": [{"file": "/opt/p/a.launch.py", "line": 1, "what": "w"}]}"#)
        );
        assert!(recording.take("x ."));
        let problems = recording.evaluated(
            Path::new("a.launch.py"),
            "p a.launch.py",
            &LaunchLimits::default(),
        );
        assert_eq!(
            &*problems.unwrap().unwrap_err()[0].place.file,
            "/opt/p/a.launch.py"
        );
    }

    #[test]
    fn every_file_of_the_recorder_is_carried() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("launch").join(FOLDER);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".py"))
            .collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
