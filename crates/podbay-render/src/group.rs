//! Determines which processes share a pod.
//!
//! ```text
//!   processes ── partition ──> shares ── render ──> a pod each ── merge ──> one pod with all containers
//! ```
//!
//! Each process is rendered as if it had its own pod, so that the profile applies in the same way in a shared
//! pod. If two of them require different values for the pod, that is an error.

use serde_json::json;

use super::discovery::Join;
use super::names::{Name, Names};
use super::service::Services;
use super::{about, at_profile, memory, merge, parameters, pod, title};
use crate::profile::{GroupBy, Profile};
use podbay_core::launch_id::LaunchId;
use podbay_core::names::ANNOTATION_PARAMETERS;
use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_description::{Group, Process};
use podbay_text::diagnostic::{Code, Diagnostic};

/// A process with its profile.
pub(super) struct Member<'a> {
    pub(super) process: &'a Process,
    /// The profile with all matching rules merged.
    pub(super) profile: Profile,
    pub(super) name: Name,
}

/// The processes of one pod, in the order of the description.
pub(super) struct Share<'a> {
    /// The pod's name, if several processes share it.
    own_name: Option<Name>,
    pub(super) members: Vec<Member<'a>>,
}

/// A rendered pod.
pub(super) struct RenderedShare {
    pub(super) pod: Object,
    /// Objects that the pod needs.
    pub(super) objects: Vec<Object>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Distributes processes to pods, with names from `names`.
pub(super) fn partition<'a>(
    processes: &'a [Process],
    profile: &Profile,
    names: &mut Names,
) -> Vec<Share<'a>> {
    let mut shares: Vec<(Option<Common>, Share)> = Vec::new();
    for process in processes {
        let profile = profile.resolve(process);
        let common = common(process, profile.grouping.group.unwrap_or_default());
        let name = names.next(process, profile.workload.kind());
        let member = Member {
            process,
            profile,
            name,
        };
        match shares.iter_mut().find(|(key, _)| key.is_some() && *key == common) {
            Some((_, share)) => share.members.push(member),
            None => shares.push((common, Share::new(member))),
        }
    }
    shares
        .into_iter()
        .map(|(common, share)| share.named(common, names))
        .collect()
}

/// What the processes of a pod have in common.
#[derive(PartialEq)]
enum Common {
    Namespace(String),
    Group(Group),
    Launch,
}

fn common(process: &Process, by: GroupBy) -> Option<Common> {
    match by {
        GroupBy::Node => None,
        GroupBy::Namespace => Some(Common::Namespace(process.namespace.trim_matches('/').to_owned())),
        GroupBy::Group => process.groups.last().cloned().map(Common::Group),
        GroupBy::Launch => Some(Common::Launch),
    }
}

impl<'a> Share<'a> {
    fn new(member: Member<'a>) -> Self {
        Self {
            own_name: None,
            members: vec![member],
        }
    }

    /// A pod of one process is named after the process.
    fn named(mut self, common: Option<Common>, names: &mut Names) -> Self {
        if let Some(common) = common.filter(|_| self.members.len() > 1) {
            let kind = self.kind();
            self.own_name = Some(match common {
                Common::Namespace(namespace) => names.give(&namespace, "root", kind),
                Common::Group(group) => names.give(&group_name(&group), "group", kind),
                Common::Launch => names.give("all", "", kind),
            });
        }
        self
    }

    /// The pod's name.
    pub(super) fn name(&self) -> &Name {
        self.own_name.as_ref().unwrap_or(&self.members[0].name)
    }

    /// The process for which `object` is created; the first, if it is for all.
    pub(super) fn maker(&self, object: &Object) -> &'a Process {
        let (pod, _) = parameters::split_name(object.name());
        let mut others = self.members.iter().skip(1);
        let own = others.find(|member| object.kind() == "ConfigMap" && member.name.pod == pod);
        own.unwrap_or(&self.members[0]).process
    }

    /// The workload: that of the first process for which the profile sets one.
    pub(super) fn kind(&self) -> WorkloadKind {
        let mut kinds = self
            .members
            .iter()
            .map(|member| member.profile.workload.chosen.kind);
        kinds.find_map(|kind| kind).unwrap_or_default()
    }

    /// Renders the pod with everything it needs.
    pub(super) fn render(
        &self,
        join: &Join,
        services: &mut Services,
    ) -> Result<RenderedShare, Vec<Diagnostic>> {
        let (mut pods, mut objects) = (Vec::new(), Vec::new());
        let (mut problems, mut errors) = (Vec::new(), Vec::new());
        for member in &self.members {
            let Member {
                process,
                profile,
                name,
            } = member;
            match pod::render(process, profile, name, &join.target) {
                Ok(rendered) => {
                    pods.push((member, rendered.pod));
                    objects.extend(rendered.objects);
                    problems.extend(rendered.problems);
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let single = |problem| vec![problem];
        let mut pod = merge::pods(pods, self.name()).map_err(single)?;
        if let Some(hash) = parameters::hash(&objects) {
            pod.0["metadata"]["annotations"][ANNOTATION_PARAMETERS] = json!(hash);
        }
        join.apply(&mut pod);
        memory::share(&mut pod, self).map_err(single)?;
        objects.extend(services.open(self, &mut pod, &join.target).map_err(single)?);
        Ok(RenderedShare {
            pod,
            objects,
            problems,
        })
    }

    /// A value that must be the same for all processes for which the profile sets it.
    pub(super) fn agreed<T: PartialEq>(
        &self,
        key: &str,
        of: impl Fn(&Profile) -> Option<T>,
    ) -> Result<Option<T>, Diagnostic> {
        let values = self.members.iter().filter_map(|member| {
            let value = of(&member.profile)?;
            Some((member, Some(value)))
        });
        self.same(key, values)
    }

    /// A value that must be the same for all processes, including unset, since otherwise it would surprise
    /// those without it.
    pub(super) fn shared<T: PartialEq>(
        &self,
        key: &str,
        of: impl Fn(&Profile) -> Option<T>,
    ) -> Result<Option<T>, Diagnostic> {
        let members = self.members.iter();
        self.same(key, members.map(|member| (member, of(&member.profile))))
    }

    fn same<'b, T: PartialEq>(
        &self,
        key: &str,
        mut values: impl Iterator<Item = (&'b Member<'b>, Option<T>)>,
    ) -> Result<Option<T>, Diagnostic> {
        let Some((first, agreed)) = values.next() else {
            return Ok(None);
        };
        match values.find(|(_, value)| *value != agreed) {
            Some((other, _)) => Err(self.disagreement(key, first, other)),
            None => Ok(agreed),
        }
    }

    fn disagreement(&self, key: &str, first: &Member<'_>, other: &Member<'_>) -> Diagnostic {
        let what = format!(
            "it shares pod {} with {}, but `{key}` of the profile differs",
            self.name().pod,
            title(first.process)
        );
        let error = Code::PodDisagreement
            .says(what)
            .help("use the same value for both, or `group: node` for one of them");
        other.at_key(&[first], &[key], error)
    }
}

impl Member<'_> {
    /// `error` about this process, at the last of `keys` in its profile or in those of `others`; without one, at the
    /// process.
    pub(super) fn at_key(&self, others: &[&Self], keys: &[&str], error: Diagnostic) -> Diagnostic {
        let profiles = others.iter().map(|other| &other.profile).chain([&self.profile]);
        let line = |profile: &&Profile| profile.place(keys).map_or(0, |place| place.line);
        match profiles.max_by_key(line).filter(|profile| line(profile) > 0) {
            Some(profile) => at_profile(self.process, profile, keys, error),
            None => about(self.process, error),
        }
    }
}

/// `bringup-12` for `/launch/bringup.launch.xml:12`, and `bringup-12-2` for the second evaluation of that
/// group.
fn group_name(group: &Group) -> String {
    let (file, line) = (LaunchId::of_source(&group.place.file), group.place.line);
    match group.evaluation {
        1 => format!("{file} {line}"),
        again => format!("{file} {line}#{again}"),
    }
}
