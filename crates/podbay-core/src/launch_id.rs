//! Ids of launches. An id is a part of the names of all objects of its launch, and a label on them.

use std::fmt;
use std::str::FromStr;

use podbay_text::shown::beginning;

/// Longest id; leaves room for the names of nodes within the 63 characters of a name.
const LONGEST: usize = 40;

/// Characters of an invalid id in an error.
const SHOWN: usize = 60;

/// Length of a random suffix, without the dash.
const SUFFIX: usize = 5;

/// Characters of random suffixes: no vowels, which could form words, and no two that look alike.
const ALPHABET: [char; 24] = [
    'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z', '2', '4',
    '5', '6', '7',
];

/// Suffixes of file names that an id omits.
const EXTENSIONS: [&str; 5] = [".xml", ".yaml", ".yml", ".py", ".launch"];

/// Id of a launch: at most 40 lowercase letters, digits and single `-` between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaunchId(String);

/// A text is not a valid launch id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "launch id {given:?} is invalid: use at most {LONGEST} lowercase letters, digits and single '-' between them, such as \
     {:?}",
    .instead.as_str()
)]
pub struct InvalidLaunchId {
    /// The beginning of the text.
    pub given: String,
    /// A similar, valid id.
    pub instead: LaunchId,
}

impl LaunchId {
    /// The id for a launch of the file `source`: always the same.
    pub fn of_source(source: &str) -> Self {
        let mut stem = source.rsplit(['/', ' ']).next().unwrap_or_default();
        for extension in EXTENSIONS {
            stem = stem.strip_suffix(extension).unwrap_or(stem);
        }
        let stem = plain(stem.trim_end_matches("_launch"), "launch");
        Self(cut(&stem, LONGEST - SUFFIX - 1).to_owned())
    }

    /// An id for a launch of the file `source`, with a suffix derived from `random`.
    pub fn unique(source: &str, random: u64) -> Self {
        let Self(stem) = Self::of_source(source);
        let suffix = (0..SUFFIX).map(|digit| ALPHABET[((random >> (digit * 8)) % 24) as usize]);
        Self(format!("{stem}-{}", suffix.collect::<String>()))
    }

    /// Parses `text`; `None` for "".
    pub fn optional(text: &str) -> Result<Option<Self>, InvalidLaunchId> {
        match text {
            "" => Ok(None),
            text => text.parse().map(Some),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LaunchId {
    fn default() -> Self {
        Self("launch".to_owned())
    }
}

impl FromStr for LaunchId {
    type Err = InvalidLaunchId;

    fn from_str(text: &str) -> Result<Self, InvalidLaunchId> {
        if !text.is_empty() && text.len() <= LONGEST && plain(text, "") == text {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidLaunchId {
            given: beginning(text, SHOWN).into_owned(),
            instead: Self(cut(&plain(text, "launch"), LONGEST).to_owned()),
        })
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `text` in lowercase letters, digits and single dashes; `fallback` if nothing is left.
pub fn plain(text: &str, fallback: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let parts: Vec<_> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        fallback.to_owned()
    } else {
        parts.join("-")
    }
}

/// The beginning of a plain name.
pub fn cut(name: &str, longest: usize) -> &str {
    name.get(..longest).unwrap_or(name).trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &LaunchId) {
        assert_eq!(id.as_str().parse().as_ref(), Ok(id));
    }

    #[test]
    fn ids_come_from_the_file_name() {
        for (source, stem) in [
            ("/opt/x/talker_listener.launch.xml", "talker-listener"),
            ("demo_nodes_cpp Talker.launch.py", "talker"),
            ("nav/bringup_launch.py", "bringup"),
            ("", "launch"),
            ("日本.launch.yaml", "launch"),
        ] {
            assert_eq!(LaunchId::of_source(source).as_str(), stem);
            let id = LaunchId::unique(source, 0x0102_0304_0506_0708);
            let random = id.as_str().strip_prefix(stem).unwrap();
            assert!(random.starts_with('-') && random.len() == 6, "{source}: {id}");
            check(&id);
        }
        check(&LaunchId::unique(&"x".repeat(300), u64::MAX));
        check(&LaunchId::of_source(&"x-".repeat(300)));
        check(&LaunchId::default());
        assert_ne!(LaunchId::unique("a", 1), LaunchId::unique("a", 2));
    }

    #[test]
    fn invalid_ids_are_refused_with_a_valid_one() {
        let long = "x".repeat(41);
        for (id, offer) in [
            ("A_b", "a-b"),
            ("Not_an_id", "not-an-id"),
            ("", "launch"),
            ("a--b", "a-b"),
            ("-a", "a"),
            (&long, &long[..40]),
        ] {
            let error = id.parse::<LaunchId>().unwrap_err();
            assert_eq!(error.instead.as_str(), offer);
            check(&error.instead);
            assert!(
                error.to_string().contains(&format!("such as {offer:?}")),
                "{error}"
            );
        }
    }
}
