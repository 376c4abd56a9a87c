//! Warnings about differences to ROS's own launch. Nothing is omitted silently.

use serde_json::Value;

use super::{
    Target, about, alike, at_profile, command, component, container, idle, middleware, problem, title,
    wrapper,
};
use crate::profile::Profile;
use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_description::process::OnExit;
use podbay_description::symbolic::is_symbolic;
use podbay_description::{Description, ParameterSource, Process, ProcessKind};
use podbay_text::diagnostic::{Code, Diagnostic, Place};

/// Bytes of all files in a ConfigMap.
const LARGEST_CONFIG_MAP: usize = 1024 * 1024;

/// etcd limits an object to 1.5 MiB; this leaves room for additions by the cluster.
const LARGEST: usize = 1024 * 1024 * 3 / 2 - 64 * 1024;

/// Warnings about the launch as a whole.
pub(super) fn of_launch(description: &Description, profile: &Profile, target: &Target) -> Vec<Diagnostic> {
    let mut problems = component::warnings(description);
    let all: Vec<_> = description.processes.iter().collect();
    if !target.one_host {
        problems.extend(missing_image(&all, profile));
    }
    problems.extend(idle::warnings(profile, &all));
    problems
}

/// Warnings about one process.
pub(super) fn of_process(process: &Process, profile: &Profile) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut warn = |code: Code, applies: bool, what: String| {
        if applies {
            problems.push(problem(code, process, what));
        }
    };
    warn(
        Code::RestartsOtherwise,
        process.restart.delay > 0.0,
        format!(
            "respawn_delay {} is ignored: Kubernetes decides how long to wait before a restart",
            process.restart.delay
        ),
    );
    warn(
        Code::RestartsOtherwise,
        process
            .restart
            .max_retries
            .is_some_and(|_| process.restart.wanted && !counts_retries(profile.workload.kind())),
        "respawn_max_retries is ignored: Kubernetes restarts a container without limit, with growing delays"
            .to_owned(),
    );
    warn(
        Code::NotSupervised,
        process.delay > 0.0,
        format!(
            "it starts at once, not {} s after the launch: timers are not supported yet",
            process.delay
        ),
    );
    warn(
        Code::NotSupervised,
        process.on_exit == OnExit::Shutdown,
        "on_exit=shutdown is ignored: when it ends, the rest of the launch continues".to_owned(),
    );
    problems.extend(restart_policy(process, profile));
    problems.extend(misspelt_middleware(process, profile));
    problems.extend(lifecycle(process));
    if profile.container.command.is_some() {
        problems.extend(replaced(process));
    } else if let Some(warning) = wrapper::warning(&command::words(process)) {
        problems.push(about(process, warning));
    }
    problems
}

/// A restart policy of the profile that overrides the respawn of the launch file.
fn restart_policy(process: &Process, profile: &Profile) -> Option<Diagnostic> {
    let patches = profile.pod.patch.all.iter();
    let policy = patches
        .filter_map(|patch| patch["spec"]["restartPolicy"].as_str())
        .next_back()?;
    let effect = match policy {
        _ if !process.restart.wanted => return None,
        "Never" => "it is not restarted",
        "OnFailure" => "it is restarted only after a failure",
        _ => return None,
    };
    let what = format!("pod.spec.restartPolicy: {policy} overrides respawn of the launch file, so {effect}");
    let warning = Code::RestartsOtherwise.says(what).help("remove one of them");
    Some(at_profile(process, profile, &["pod"], warning))
}

/// A middleware whose name is probably misspelt.
fn misspelt_middleware(process: &Process, profile: &Profile) -> Option<Diagnostic> {
    let name = "RMW_IMPLEMENTATION";
    let of_process = process.environment.get(name);
    let value = of_process.or_else(|| profile.container.env.get(name))?;
    let meant = middleware::meant_by(value)?;
    let warning = Code::Discovery
        .says(format!("unknown middleware in {name}: {value}"))
        .help(format!("did you mean {meant}?"));
    Some(match of_process {
        Some(_) => about(process, warning),
        None => at_profile(process, profile, &["env"], warning),
    })
}

/// The lifecycle of `process`, which podbay does not drive.
fn lifecycle(process: &Process) -> Option<Diagnostic> {
    if process.kind != ProcessKind::LifecycleNode {
        return None;
    }
    let autostart = match process.autostart {
        true => "autostart is ignored: ",
        false => "",
    };
    let what = format!("{autostart}podbay does not drive its lifecycle, so it stays unconfigured");
    let node = title(process);
    let help = format!("run: ros2 lifecycle set {node} configure && ros2 lifecycle set {node} activate");
    Some(problem(Code::NotSupervised, process, what).help(help))
}

/// What has no effect if the profile sets the command of `process`.
fn replaced(process: &Process) -> Vec<Diagnostic> {
    const WHY: &str = "the profile sets the command";
    let prefix = (!process.prefix.is_empty())
        .then(|| format!("launch-prefix {:?} is ignored: {WHY}", process.prefix.as_str()));
    let cwd = is_symbolic(&process.cwd).then(|| format!("cwd={} is ignored: {WHY}", process.cwd));
    let references = names_package(process)
        .then(|| format!("references such as $(find-pkg-share …) are passed unresolved: {WHY}"));
    let all = [prefix, cwd, references].into_iter().flatten();
    all.map(|what| problem(Code::LeftOut, process, what)).collect()
}

/// Whether a `kind` limits the number of restarts.
fn counts_retries(kind: WorkloadKind) -> bool {
    match kind {
        WorkloadKind::Job => true,
        WorkloadKind::Pod
        | WorkloadKind::Deployment
        | WorkloadKind::StatefulSet
        | WorkloadKind::DaemonSet => false,
    }
}

/// The error for an object that no cluster can store, with its place in the launch file.
pub(super) fn too_large(object: &Object, place: &Place) -> Option<Diagnostic> {
    let (size, largest, help) = match object.0["data"].as_object() {
        Some(files) => {
            let sizes = files.values().filter_map(Value::as_str).map(str::len);
            let help = "put large parameters into files of the image";
            (sizes.sum(), LARGEST_CONFIG_MAP, help)
        }
        None => (
            object.0.to_string().len(),
            LARGEST,
            "put fewer processes into one pod, or use shorter arguments and environments",
        ),
    };
    let what = || {
        format!(
            "{} would have {size} bytes, which exceeds the limit of {largest}",
            object.reference()
        )
    };
    (size > largest).then(|| Code::ObjectTooLarge.says(what()).help(help).at(place))
}

fn missing_image(processes: &[&Process], profile: &Profile) -> Option<Diagnostic> {
    let without: Vec<_> = processes
        .iter()
        .filter(|process| profile.resolve(process).container.image.is_none())
        .map(|p| title(p))
        .collect();
    let what = || {
        format!(
            "the profile sets no image for {}, so {} is used",
            alike::few(&without),
            container::DEFAULT_IMAGE
        )
    };
    let help = "set `image`, unless that image has the packages";
    (!without.is_empty()).then(|| Code::NoImage.says(what()).help(help))
}

fn names_package(process: &Process) -> bool {
    let in_parameters = process.parameters.iter().any(|source| match source {
        ParameterSource::File { file, content } => is_symbolic(content.as_ref().unwrap_or(file)),
        ParameterSource::Values { values, .. } => {
            values.values().any(|value| is_symbolic(&value.to_string()))
        }
    });
    let words = process
        .arguments
        .iter()
        .chain(&process.ros_arguments)
        .chain(&process.cmd);
    let others = process
        .environment
        .values()
        .chain(process.remappings.iter().map(|(_, to)| to));
    in_parameters || words.chain(others).any(|text| is_symbolic(text))
}
