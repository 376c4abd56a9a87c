//! A launch file and how to evaluate it, as a request names them.

use std::fmt;

use podbay_core::launch_id::LaunchId;
use podbay_core::request::Refusal;
use podbay_launch_file::{Format, Source};

/// A launch file and how to evaluate it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchRequest {
    /// Launch id; `None` derives one from the file.
    pub launch_id: Option<LaunchId>,
    /// The launch file.
    pub source: Source,
    /// `name:=value` pairs.
    pub arguments: Vec<String>,
    /// Name of a profile, or "" for the default.
    pub profile: String,
}

/// The fields by which a request names a launch file; "" where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFields {
    /// ROS package whose share folder holds `file`; "" when `file` is a path.
    pub package: String,
    /// Launch file.
    pub file: String,
    /// The text of the launch file, instead of a path.
    pub description: String,
    /// The format of `description`: `xml`, `yaml`, `python`; "" for XML or YAML, by its content.
    pub format: String,
}

impl LaunchRequest {
    /// A launch of `source`, all else by default.
    pub fn new(source: Source) -> Self {
        Self {
            launch_id: None,
            source,
            arguments: Vec::new(),
            profile: String::new(),
        }
    }

    /// The requested id, or a new one.
    pub(crate) fn id(&self) -> LaunchId {
        let unique = || LaunchId::unique(&self.source.name(), fastrand::u64(..));
        self.launch_id.clone().unwrap_or_else(unique)
    }
}

impl fmt::Display for LaunchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Text { text, .. } => write!(f, "a launch file of {} bytes", text.len()),
            named => f.write_str(&named.name()),
        }
    }
}

impl TryFrom<SourceFields> for Source {
    type Error = Refusal;

    fn try_from(fields: SourceFields) -> Result<Self, Refusal> {
        let SourceFields {
            package,
            file,
            description,
            format,
        } = fields;
        let format: Option<Format> = match format.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|error| format!("{error}"))?),
        };
        match (package.as_str(), file.as_str(), description.as_str()) {
            ("", "", "") => {
                Err("a launch file is required: provide file, package and file, or description".into())
            }
            ("", "", _) => Ok(Self::text(description, format)),
            (_, _, text) if !text.is_empty() => {
                Err("the request has both file and description; remove one".into())
            }
            (package, "", _) => Err(Refusal::from(format!(
                "the request names package {package}, but no file in it"
            ))),
            (_, file, _) if format.is_some() => Err(Refusal::from(format!(
                "format is only for a description; the suffix of {file} says its format: remove format"
            ))),
            ("", file, _) => Ok(Self::File(file.into())),
            _ => Ok(Self::Package { package, file }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source([package, file, description, format]: [&str; 4]) -> Result<Source, String> {
        let fields = SourceFields {
            package: package.to_owned(),
            file: file.to_owned(),
            description: description.to_owned(),
            format: format.to_owned(),
        };
        Source::try_from(fields).map_err(|refusal| refusal.message)
    }

    #[test]
    fn a_description_is_named_in_one_way() {
        let text = Source::text("<launch/>", Some(Format::Xml));
        assert_eq!(source(["", "", "<launch/>", "xml"]), Ok(text));
        assert_eq!(
            source(["", "a.launch.xml", "", ""]),
            Ok(Source::File("a.launch.xml".into()))
        );
        let (package, file) = ("p".to_owned(), "f".to_owned());
        assert_eq!(source(["p", "f", "", ""]), Ok(Source::Package { package, file }));
        for (fields, expected) in [
            (["", "", "", ""], "a launch file is required"),
            (["", "f", "<launch/>", ""], "both file and description"),
            (["p", "", "<launch/>", ""], "both file and description"),
            (["p", "", "", ""], "names package p, but no file in it"),
            (["", "", "<launch/>", "XML"], "format \"XML\""),
            (["", "f", "", "toml"], "format \"toml\""),
            (
                ["", "f.yaml", "", "xml"],
                "the suffix of f.yaml says its format: remove format",
            ),
            (["p", "f.yaml", "", "yaml"], "format is only for a description"),
        ] {
            let said = source(fields).unwrap_err();
            assert!(said.contains(expected), "{fields:?}: {said}");
        }
    }

    #[test]
    fn a_launch_is_called_after_its_description() {
        let mut launch = LaunchRequest::new(Source::text("<launch/>", None));
        assert!(launch.id().as_str().starts_with("description"), "{}", launch.id());
        assert_eq!(launch.to_string(), "a launch file of 9 bytes");
        launch.source = Source::File("/a/talker.launch.xml".into());
        assert!(launch.id().as_str().starts_with("talker"), "{}", launch.id());
        assert_eq!(launch.to_string(), "/a/talker.launch.xml");
        launch.launch_id = Some("mine".parse().unwrap());
        assert_eq!(launch.id().as_str(), "mine");
    }
}
