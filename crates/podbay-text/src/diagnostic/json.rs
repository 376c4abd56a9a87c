//! A diagnostic as JSON: `file`, `line` and `what` are always present, the other fields if they are known.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::source::number_after;
use super::{Code, Diagnostic, Includes, Parts, Place, Severity};

/// The JSON form.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    file: String,
    #[serde(default)]
    line: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    column: u32,
    #[serde(default)]
    severity: Severity,
    /// Unset if ROS's own engine wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    what: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    help: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    included_from: Vec<String>,
    /// Number of further includes, after the third one in `included_from`.
    #[serde(default, skip_serializing_if = "is_zero")]
    included_from_omitted: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            file: self.place.file.to_string(),
            line: self.place.line,
            column: self.place.column,
            severity: self.severity,
            code: Some(self.code.to_string()),
            what: self.message.clone(),
            about: self.about.clone(),
            help: self.help.clone(),
            included_from: self.included.places().iter().map(written).collect(),
            included_from_omitted: self.included.omitted(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Diagnostic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let code = written.code.as_deref().map_or(Ok(Code::ByRos), |name| {
            let unknown = || serde::de::Error::custom(format!("{name:?} is not a code of this podbay"));
            Code::named(name).ok_or_else(unknown)
        })?;
        Ok(Self::from(Parts {
            severity: written.severity,
            code,
            place: Place {
                file: written.file.into(),
                line: written.line,
                column: written.column,
            },
            about: written.about,
            message: written.what,
            help: written.help,
            included: Includes::new(
                written.included_from.iter().map(|text| place(text)).collect(),
                written.included_from_omitted,
            ),
        }))
    }
}

/// `FILE:LINE:COLUMN`, without unknown parts unless the name of the file ends like a place.
fn written(place: &Place) -> String {
    match number_after(&place.file) {
        Some(_) => format!("{}:{}:{}", place.file, place.line, place.column),
        None => place.to_string(),
    }
}

/// Parses what [`written`] writes.
fn place(text: &str) -> Place {
    let Some((before, last)) = number_after(text) else {
        return Place::file(text);
    };
    match number_after(before) {
        None => Place::file(before).at_line(last),
        Some((file, line)) => Place {
            file: file.into(),
            line,
            column: last,
        },
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let all = [Self::Warning, Self::Error];
        let known = all.into_iter().find(|severity| severity.as_str() == name);
        known.ok_or_else(|| serde::de::Error::unknown_variant(&name, &["warning", "error"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_is_the_same_after_json() {
        let mut diagnostic = Code::NotXml
            .says("broken")
            .about("/talker")
            .help("mend it")
            .at(&Place::file("a.launch.xml").at_line(3));
        let with_column = Place {
            column: 5,
            ..Place::file("d.launch.xml").at_line(6)
        };
        let places = vec![
            Place::file("b.launch.xml").at_line(4),
            Place::file("c"),
            with_column,
        ];
        diagnostic.included = places.into();
        let json = serde_json::to_value(&diagnostic).unwrap();
        assert_eq!(
            (&json["file"], &json["line"], &json["what"]),
            (&"a.launch.xml".into(), &3.into(), &"broken".into())
        );
        assert_eq!(
            json["included_from"],
            serde_json::json!(["b.launch.xml:4", "c", "d.launch.xml:6:5"])
        );
        assert_eq!(serde_json::from_value::<Diagnostic>(json).unwrap(), diagnostic);
    }

    #[test]
    fn a_file_named_like_a_place_is_the_same_after_json() {
        let file = |name: &str, line, column| Place {
            column,
            ..Place::file(name).at_line(line)
        };
        for place in [
            file("a:7", 0, 0),
            file("a:7", 3, 0),
            file("a:7", 3, 5),
            file("a:7:9", 3, 5),
            file("a:b", 3, 0),
        ] {
            let mut diagnostic = Code::NotXml.says("broken");
            diagnostic.included = vec![place].into();
            let json = serde_json::to_value(&diagnostic).unwrap();
            assert_eq!(serde_json::from_value::<Diagnostic>(json).unwrap(), diagnostic);
        }
    }

    #[test]
    fn a_long_chain_of_includes_is_cut() {
        let mut diagnostic = Code::NotXml.says("broken");
        diagnostic.included = (1..=500)
            .map(|line| Place::file("b").at_line(line))
            .collect::<Vec<_>>()
            .into();
        let json = serde_json::to_value(&diagnostic).unwrap();
        let chain = ["b:1", "b:2", "b:3", "b:498", "b:499", "b:500"];
        assert_eq!(
            (&json["included_from"], &json["included_from_omitted"]),
            (&chain.into(), &494.into())
        );
        assert_eq!(serde_json::from_value::<Diagnostic>(json).unwrap(), diagnostic);
    }

    #[test]
    fn ros_s_engine_gives_no_code() {
        let json = r#"{"file": "a.launch.py", "line": 1, "what": "w"}"#;
        let diagnostic: Diagnostic = serde_json::from_str(json).unwrap();
        assert_eq!(diagnostic.to_string(), "a.launch.py:1: error[PB0901]: w");
    }

    #[test]
    fn an_unknown_code_is_not_taken_for_another() {
        let error = serde_json::from_str::<Diagnostic>(r#"{"code": "PB9999", "what": "w"}"#).unwrap_err();
        assert_eq!(error.to_string(), "\"PB9999\" is not a code of this podbay");
    }
}
