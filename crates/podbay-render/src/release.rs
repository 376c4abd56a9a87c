//! The ROS release in an image, as far as the image's name tells.

/// Releases after Humble.
const LATER: [&str; 5] = ["iron", "jazzy", "kilted", "lyrical", "rolling"];

/// Whether an image has Humble; `None` if its name contains no release, or several.
pub(super) fn is_humble(image: &str) -> Option<bool> {
    // the registry and the user are not about the content
    let name = image.rsplit('/').next().unwrap_or_default();
    let has = |release: &str| {
        name.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == release)
    };
    match (has("humble"), LATER.iter().any(|release| has(release))) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_a_word_of_the_name_or_the_tag() {
        for (image, expected) in [
            ("ros:humble", Some(true)),
            ("osrf/ros:jazzy-desktop-full", Some(false)),
            ("ghcr.io/acme/environment:humble", Some(true)),
            ("registry.ironworks.io/robot:humble", Some(true)),
            ("rolling-stock:humble", None),
            ("acme/environment", None),
            ("localhost:5000/jazzy_robot@sha256:0123", Some(false)),
            ("", None),
        ] {
            assert_eq!(is_humble(image), expected, "{image}");
        }
    }
}
