//! Rendering: an evaluated description and a profile become Kubernetes objects.
//!
//! ```text
//!   Description ──┐             ┌── record   one ConfigMap that owns the rest
//!   Profile ──────┼── launch ───┼── objects  per process a Pod, and a ConfigMap for its parameters
//!   Target ───────┘             └── problems differences to ROS's own launch
//! ```
//!
//! Pure: the same input gives the same bytes. One process is one container, in its own pod unless the profile
//! groups processes. The image's entrypoint is kept, since it sources ROS's setup file; `run.sh` then finds
//! the executable in `AMENT_PREFIX_PATH`, resolves other paths into packages, and becomes the process.

mod alike;
pub mod applied;
mod argv;
mod command;
mod component;
mod container;
mod contradictions;
mod devices;
mod discovery;
mod group;
mod idle;
mod lost;
mod memory;
mod merge;
mod middleware;
mod names;
mod parameters;
pub mod picture;
mod pod;
pub mod profile;
pub mod record;
mod release;
mod security;
mod service;
mod shell;
mod warnings;
mod workload;
mod wrapper;
mod yaml;

pub use command::escape;
pub use shell::handed_on;
pub use yaml::to_yaml;

use crate::profile::Profile;
use podbay_core::launch_id::LaunchId;
use podbay_core::object::Object;
use podbay_description::cancel::CANCELLED;
use podbay_description::limits::LaunchLimits;
use podbay_description::{Description, Process};
use podbay_text::diagnostic::{Code, Diagnostic, Place};

/// The target of rendering.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Id of the launch.
    pub launch_id: LaunchId,
    /// Namespace of all objects; "" to leave it to `kubectl apply`.
    pub namespace: String,
    /// Source of the description, for a person.
    pub source: String,
    /// Its launch arguments, `name:=value`.
    pub arguments: Vec<String>,
    /// Environment of every container, overridden by the profile: `ROS_DOMAIN_ID` and the like.
    pub environment: Vec<(String, String)>,
    /// Whether everything runs on one host, which also means: without Services and images.
    pub one_host: bool,
    /// podbay's own `ROS_DISTRO`, which processes on its host have, too; "" if it is not set.
    pub distro: String,
    /// Whether podbay's own node discovers others only by multicast.
    pub multicast_only: bool,
    /// Limits of the objects, and cancellation.
    pub limits: LaunchLimits,
}

/// A launch as Kubernetes objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The ConfigMap that records the launch and, once it has a uid, owns the other objects
    /// ([`record::own`]).
    pub record: Object,
    /// The other objects, in the order of creation.
    pub objects: Vec<Object>,
    /// Differences to ROS's own launch, for the author of the file.
    pub problems: Vec<Diagnostic>,
}

impl Rendered {
    /// All objects, the record first.
    pub fn all(&self) -> impl Iterator<Item = &Object> {
        std::iter::once(&self.record).chain(&self.objects)
    }
}

/// Renders `description` for `target`. The error lists what cannot be rendered.
pub fn launch(
    description: &Description,
    profile: &Profile,
    target: &Target,
) -> Result<Rendered, Vec<Diagnostic>> {
    let mut names = names::Names::new(target.launch_id.as_str());
    let shares = group::partition(&description.processes, profile, &mut names);
    let plan = discovery::plan(&shares, &mut names, target).map_err(alike::once)?;
    let (rendered, mut errors) = render_shares(&plan, &shares, target)?;
    let mut problems = warnings::of_launch(description, profile, target);
    problems.extend(plan.warnings(rendered.iter().map(RenderedShare::pod), target));
    let pods = rendered.iter().map(|part| (part.share, part.pod()));
    problems.extend(lost::warnings(pods, target));
    let mut objects = plan.objects;
    errors.extend(
        objects
            .iter()
            .filter_map(|object| warnings::too_large(object, &Place::default())),
    );
    for share in rendered {
        objects.extend(share.objects);
        objects.push(share.workload);
        problems.extend(share.problems);
    }
    problems.extend(plan.problems);
    let record = record::new(target, &objects);
    errors.extend(warnings::too_large(&record, &Place::default()));
    if !errors.is_empty() {
        return Err(alike::once(errors));
    }
    let problems = alike::once(problems).into_iter();
    Ok(Rendered {
        record,
        objects,
        problems: problems.map(Diagnostic::warning).collect(),
    })
}

/// One pod of the launch.
struct RenderedShare<'a> {
    share: &'a group::Share<'a>,
    /// The pod, or the workload that creates it.
    workload: Object,
    /// The pod that the workload creates.
    template: Option<Object>,
    objects: Vec<Object>,
    problems: Vec<Diagnostic>,
}

impl RenderedShare<'_> {
    fn pod(&self) -> &Object {
        self.template.as_ref().unwrap_or(&self.workload)
    }
}

/// All shares, rendered according to `plan`, and errors.
fn render_shares<'a>(
    plan: &discovery::Plan,
    shares: &'a [group::Share<'a>],
    target: &Target,
) -> Result<(Vec<RenderedShare<'a>>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (mut rendered, mut errors) = (Vec::new(), Vec::new());
    let mut services = service::Services::default();
    let mut room = Room::new(&target.limits);
    for (share, join) in shares.iter().zip(plan.joins()) {
        match render_share(share, join, &mut services) {
            Ok(done) => {
                for object in done.objects.iter().chain([&done.workload]) {
                    room.take(object.cost())?;
                    errors.extend(warnings::too_large(object, &share.maker(object).source));
                }
                rendered.push(done);
            }
            Err(problems) => errors.extend(problems),
        }
        room.take(0)?;
    }
    Ok((rendered, errors))
}

/// Remaining room for objects.
struct Room<'a> {
    limits: &'a LaunchLimits,
    left: usize,
}

impl<'a> Room<'a> {
    fn new(limits: &'a LaunchLimits) -> Self {
        Self {
            limits,
            left: limits.objects(),
        }
    }

    /// Reserves `bytes`; fails if there is no room, or if cancelled.
    fn take(&mut self, bytes: usize) -> Result<(), Vec<Diagnostic>> {
        if self.limits.cancel.is_cancelled() {
            return Err(vec![Code::Cancelled.says(CANCELLED)]);
        }
        let left = self.left.checked_sub(bytes);
        let refused = || self.limits.objects_too_large();
        self.left = left.ok_or_else(|| vec![refused()])?;
        Ok(())
    }
}

fn render_share<'a>(
    share: &'a group::Share<'a>,
    join: &discovery::Join,
    services: &mut service::Services,
) -> Result<RenderedShare<'a>, Vec<Diagnostic>> {
    let mut rendered = share.render(join, services)?;
    let workload = workload::of(share, &mut rendered.pod).map_err(|problem| vec![problem])?;
    rendered.problems.extend(workload.problems);
    let (workload, template) = match workload.object {
        Some(object) => (object, Some(rendered.pod)),
        None => (rendered.pod, None),
    };
    Ok(RenderedShare {
        share,
        workload,
        template,
        objects: rendered.objects,
        problems: rendered.problems,
    })
}

/// A diagnostic with `code` about `process`, at its place in the launch file.
fn problem(code: Code, process: &Process, what: impl Into<String>) -> Diagnostic {
    about(process, code.says(what))
}

/// `diagnostic` about `process`, at its place in the launch file.
fn about(process: &Process, diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.about(title(process)).at(&process.source)
}

/// `diagnostic` about `process`, at the first of `keys` in the file of its `profile`.
fn at_profile(process: &Process, profile: &Profile, keys: &[&str], diagnostic: Diagnostic) -> Diagnostic {
    match profile.place(keys) {
        None => about(process, diagnostic),
        Some(place) if process.source.is_unknown() => diagnostic.about(title(process)).at(&place),
        Some(place) => {
            let who = format!("{} ({})", title(process), process.source);
            diagnostic.about(who).at(&place)
        }
    }
}

/// Name of a process in messages.
fn title(process: &Process) -> String {
    process.node_name().unwrap_or_else(|| {
        let own = [&process.name, &process.exec_name];
        let named = own.into_iter().find(|name| !name.is_empty());
        named.map_or(process.program(), String::as_str).to_owned()
    })
}
