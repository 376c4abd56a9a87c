//! The evaluation of a `group`.

use std::fmt;

use podbay_text::diagnostic::{Place, source};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One evaluation of a `group`; in JSON `FILE:LINE`, or `FILE:LINE#2` for the second one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Place of the action.
    pub place: Place,
    /// Number of this evaluation, from 1. A group in a file that is included twice is evaluated twice.
    pub evaluation: usize,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.source();
        match self.evaluation {
            1 => f.write_str(&place),
            again => write!(f, "{place}#{again}"),
        }
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let again = text.rsplit_once('#').and_then(|(place, number)| {
            let evaluation = number.parse().ok().filter(|number| *number > 1)?;
            Some((place, evaluation))
        });
        let (place, evaluation) = again.unwrap_or((&text, 1));
        Ok(Self {
            place: source::parsed(place),
            evaluation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_the_same_after_json() {
        for (file, line, evaluation, written) in [
            ("/a.launch.xml", 3, 1, "/a.launch.xml:3"),
            ("/a.launch.xml", 3, 2, "/a.launch.xml:3#2"),
            ("/a:7", 3, 12, "/a:7:3#12"),
            ("/a#2", 3, 1, "/a#2:3"),
        ] {
            let group = Group {
                place: Place::file(file).at_line(line),
                evaluation,
            };
            let json = serde_json::to_value(&group).unwrap();
            assert_eq!(json, written);
            assert_eq!(serde_json::from_value::<Group>(json).unwrap(), group);
        }
    }
}
