//! The differences between releases of ROS 2.
//!
//! The reference is Jazzy: launch 3.4.3 and launch_ros 0.26.6. Later additions are accepted, unless
//! `ROS_DISTRO` names a release without them. Later changes of behaviour are followed only if `ROS_DISTRO`
//! names a release with them. If the packages are installed here, their versions count, since updates also
//! bring changes.

use std::path::Path;

use super::Options;
use super::markup::Entity;
use super::packages::Packages;
use super::place::{At, Outcome};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::files;
use podbay_text::near::nearest;

type Version = (u32, u32, u32);

/// A feature that some releases do not have.
#[derive(Debug)]
pub(super) struct Feature {
    package: Package,
    /// The first version with it.
    since: Version,
    /// The first release with that version.
    release: &'static str,
    /// Updates of earlier releases with it.
    updates: &'static [Version],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Package {
    Launch,
    LaunchRos,
}

use Package::{Launch, LaunchRos};

impl Package {
    fn of(self, launch: Version, launch_ros: Version) -> Version {
        match self {
            Launch => launch,
            LaunchRos => launch_ros,
        }
    }

    fn version(self, (major, minor, patch): Version) -> String {
        let name = match self {
            Launch => "launch",
            LaunchRos => "launch_ros",
        };
        format!("{name} {major}.{minor}.{patch}")
    }
}

impl Feature {
    /// The update that added it to the release of this version.
    fn update_of(&self, version: Version) -> Option<Version> {
        let same = |update: &&Version| (version.0, version.1) == (update.0, update.1);
        self.updates.iter().find(same).copied()
    }
}

const fn feature(
    package: Package,
    since: Version,
    release: &'static str,
    updates: &'static [Version],
) -> Feature {
    Feature {
        package,
        since,
        release,
        updates,
    }
}

/// A timer's actions see the launch configurations of the place where the timer is, and change none outside.
pub(super) const TIMER_KEEPS_SCOPE: Feature = feature(Launch, (3, 8, 1), "kilted", &[(3, 4, 5)]);
/// A timer's actions see the environment of the place where the timer is.
pub(super) const TIMER_KEEPS_ENVIRONMENT: Feature = feature(Launch, (3, 9, 6), "lyrical", &[]);
/// `$(dirname)` is restored after an include.
pub(super) const INCLUDE_KEEPS_DIRNAME: Feature = feature(Launch, (3, 9, 6), "lyrical", &[]);
/// Sections with `*` in a parameter file apply to components.
pub(super) const COMPONENT_WILDCARDS: Feature =
    feature(LaunchRos, (0, 29, 1), "lyrical", &[(0, 28, 2), (0, 26, 8)]);

/// Tags, attributes and elements that some releases do not have.
const SYNTAX: &[(&str, Option<&str>, Feature)] = &[
    ("for", None, FOR_EACH),
    ("for_each", None, FOR_EACH),
    (
        "include",
        Some("let"),
        feature(Launch, (3, 9, 3), "lyrical", &[(3, 8, 4), (3, 4, 7)]),
    ),
    (
        "lifecycle_node",
        None,
        feature(LaunchRos, (0, 29, 4), "lyrical", &[]),
    ),
    (
        "load_composable_node",
        Some("composable_lifecycle_node"),
        COMPOSABLE_LIFECYCLE_NODE,
    ),
    ("log", Some("level"), LOG_LEVELS),
    ("log_debug", None, LOG_LEVELS),
    ("log_error", None, LOG_LEVELS),
    ("log_info", None, LOG_LEVELS),
    ("log_warning", None, LOG_LEVELS),
    ("executable", Some("respawn_max_retries"), RETRIES),
    ("node", Some("respawn_max_retries"), RETRIES),
    (
        "node_container",
        Some("composable_lifecycle_node"),
        COMPOSABLE_LIFECYCLE_NODE,
    ),
    ("node_container", Some("respawn_max_retries"), RETRIES),
    (
        "set_ros_log_dir",
        None,
        feature(LaunchRos, (0, 20, 0), "iron", &[]),
    ),
    (
        "set_use_sim_time",
        None,
        feature(LaunchRos, (0, 29, 3), "lyrical", &[(0, 28, 3), (0, 26, 9)]),
    ),
];

/// Substitutions that some releases do not have.
const SUBSTITUTIONS: &[(&str, Feature)] = &[
    ("equals", EQUALS),
    ("not-equals", EQUALS),
    ("file-content", feature(Launch, (2, 2, 0), "jazzy", &[(2, 0, 3)])),
    ("if", feature(Launch, (3, 2, 0), "jazzy", &[(2, 0, 4)])),
    ("index", FOR_EACH),
    ("for-var", FOR_EACH),
];

const EQUALS: Feature = feature(Launch, (1, 3, 0), "iron", &[]);
const FOR_EACH: Feature = feature(Launch, (3, 8, 0), "kilted", &[]);
const LOG_LEVELS: Feature = feature(Launch, (3, 9, 1), "lyrical", &[]);
const RETRIES: Feature = feature(Launch, (3, 1, 0), "jazzy", &[]);
const COMPOSABLE_LIFECYCLE_NODE: Feature = feature(LaunchRos, (0, 29, 3), "lyrical", &[]);

/// Releases, with the versions of launch and launch_ros to assume if the packages are not installed here.
const RELEASES: &[(&str, Version, Version)] = &[
    ("humble", (1, 0, 14), (0, 19, 13)),
    ("iron", (2, 0, 4), (0, 24, 2)),
    ("jazzy", (3, 4, 3), (0, 26, 6)),
    ("kilted", (3, 8, 7), (0, 28, 4)),
    ("lyrical", (3, 9, 6), (0, 29, 8)),
];

/// A warning about an unknown `ROS_DISTRO`, which is treated as a later release with all features.
pub fn check_distro(name: &str) -> Option<String> {
    let known = || RELEASES.iter().map(|(known, ..)| *known).chain(["rolling"]);
    if name.is_empty() || known().any(|known| known == name) {
        return None;
    }
    let meant = match nearest(name, known()) {
        Some(near) => format!("; did you mean {near}?"),
        None => String::new(),
    };
    Some(format!(
        "unknown ROS_DISTRO {name:?}: launch files are evaluated as in a release after lyrical{meant}"
    ))
}

/// The release that an evaluation follows.
#[derive(Clone, Debug, Default)]
pub(super) struct Release {
    /// `ROS_DISTRO`; "" if unset.
    name: String,
    /// Versions of launch and launch_ros; `None` for the features of all releases.
    versions: Option<(Version, Version)>,
}

impl Release {
    /// The release according to `options`.
    pub(super) fn of(options: &Options, packages: &Packages) -> Self {
        let known = RELEASES.iter().find(|(name, ..)| *name == options.ros_distro);
        let versions = known.map(|&(_, launch, launch_ros)| {
            let installed = |package, otherwise| installed(packages, package).unwrap_or(otherwise);
            (installed("launch", launch), installed("launch_ros", launch_ros))
        });
        Self {
            name: options.ros_distro.clone(),
            versions,
        }
    }

    /// Whether this named release has the feature. The reference does not.
    pub(super) fn does(&self, feature: &Feature) -> bool {
        // Rolling, and any unknown later release, have all features.
        !self.name.is_empty() && self.accepts(feature)
    }

    /// Whether this release accepts the feature; without a named release, all are accepted.
    pub(super) fn accepts(&self, feature: &Feature) -> bool {
        let Some((launch, launch_ros)) = self.versions else {
            return true;
        };
        let version = feature.package.of(launch, launch_ros);
        version >= feature.since || feature.update_of(version).is_some_and(|update| version >= update)
    }

    /// Refuses an element, or a part of it, that this release does not have.
    pub(super) fn check(&self, entity: &Entity<'_>) -> Result<(), Diagnostic> {
        let applies = |part: &Option<&'static str>| part.is_none_or(|part| entity.has(part));
        for (tag, part, feature) in SYNTAX {
            if *tag == entity.tag() && applies(part) && !self.accepts(feature) {
                let what = match part {
                    Some(part) => format!("'{part}' in <{tag}>"),
                    None => format!("<{tag}>"),
                };
                return self.refuse(&what, feature).at(entity.place());
            }
        }
        Ok(())
    }

    /// Refuses a substitution that this release does not have, or that does not work in it.
    pub(super) fn check_substitution(&self, name: &str) -> Outcome<()> {
        let known = SUBSTITUTIONS.iter().find(|(known, _)| *known == name);
        if let Some((_, feature)) = known.filter(|(_, feature)| !self.accepts(feature)) {
            return self.refuse(&format!("$({name})"), feature);
        }
        let instead = match name {
            "any" | "all" => "$(and) and $(or)",
            "optenv" => "$(env NAME DEFAULT)",
            _ => return Ok(()),
        };
        match ["humble", "iron", "jazzy"].contains(&self.name.as_str()) {
            true => Err(Code::NotInRelease
                .says(format!("$({name}) does not work in ROS 2 {}", self.name))
                .help(format!("use {instead}"))),
            false => Ok(()),
        }
    }

    fn refuse(&self, what: &str, feature: &Feature) -> Outcome<()> {
        let Feature { release, since, .. } = feature;
        let name = &self.name;
        let new = format!("new in ROS 2 {release} ({})", feature.package.version(*since));
        let version = self
            .versions
            .map(|(launch, launch_ros)| feature.package.of(launch, launch_ros));
        let why = match version.and_then(|version| feature.update_of(version)) {
            Some(update) => format!("{new}, and in {name} since {}", feature.package.version(update)),
            None => new,
        };
        Err(Code::NotInRelease.says(format!("{what} is {why}")).help(format!(
            "ROS_DISTRO is {name}, which does \
         not have it. Without ROS_DISTRO, podbay accepts the features of all releases"
        )))
    }
}

/// The version of a package installed here.
fn installed(packages: &Packages, package: &str) -> Option<Version> {
    let manifest = packages.share(package).ok()?.join("package.xml");
    version(&manifest)
}

fn version(manifest: &Path) -> Option<Version> {
    let text = files::text(manifest, files::WRITTEN).ok()?;
    let (_, rest) = text.split_once("<version>")?;
    let (version, _) = rest.split_once("</version>")?;
    let mut numbers = version.trim().split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_release_is_reported() {
        for known in ["", "humble", "jazzy", "rolling"] {
            assert_eq!(check_distro(known), None);
        }
        let said = check_distro("jazy").unwrap();
        assert!(
            said.starts_with("unknown ROS_DISTRO \"jazy\"") && said.ends_with("; did you mean jazzy?"),
            "{said}"
        );
        assert!(check_distro("marvellous").unwrap().ends_with("after lyrical"));
    }
}
