//! Checks of the configuration file beyond its types: errors, and settings without effect.

use super::Http;
use super::cli::{ClusterKind, Evaluate};
use super::file::File;
use podbay_core::formats::is_label;
use podbay_description::limits::ConfiguredLimits;
use podbay_text::diagnostic::{Code, Diagnostic};

/// The path of a key, and the error in its value.
type Said = (String, Diagnostic);

/// What the command line sets, and the file does not decide.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Overridden {
    pub(super) cluster: Option<ClusterKind>,
    pub(super) evaluate: Option<Evaluate>,
    pub(super) context: bool,
}

/// The first error.
pub(super) fn error(file: &File, overridden: Overridden) -> Option<Said> {
    namespaces(file)
        .or_else(|| http(file))
        .or_else(|| limits(file))
        .or_else(|| no_images(file, overridden))
        .or_else(|| {
            let (path, said) = file.policy.idle_entry()?;
            Some((format!("policy.{path}"), said))
        })
}

/// Settings that are accepted but do not have the apparent effect.
pub(super) fn warnings(file: &File, overridden: Overridden) -> Vec<Said> {
    let mut warnings = Vec::new();
    if !file.namespaces.is_empty() && !file.policy.allow_namespaces.is_empty() {
        let what = "`allow_namespaces` has no effect with `namespaces`: ROS callers may access the namespaces \
         listed there, and no others";
        warnings.push(("policy.allow_namespaces".to_owned(), Code::NoEffect.says(what)));
    }
    let cluster = overridden.cluster.or(file.cluster);
    if cluster == Some(ClusterKind::Embedded) && file.context.is_some() && !overridden.context {
        let what = "`context` has no effect with the embedded cluster";
        let help = "remove it, or use `cluster: kube`";
        warnings.push(("context".to_owned(), Code::NoEffect.says(what).help(help)));
    }
    warnings
}

fn no_images(file: &File, overridden: Overridden) -> Option<Said> {
    let key = match overridden.evaluate {
        None => "evaluate",
        Some(_) => "cluster",
    };
    let (cluster, evaluate) = (overridden.cluster, overridden.evaluate);
    let wrong = needs_images(cluster.or(file.cluster), evaluate.or(file.evaluate));
    let by_file = cluster.is_none() || evaluate.is_none();
    let what = "`evaluate: image` contradicts the embedded cluster, which cannot run images";
    let help = "use `evaluate: here` and source ROS 2, or remove it";
    (wrong && by_file).then(|| (key.to_owned(), Code::Contradiction.says(what).help(help)))
}

/// Whether an image should evaluate launch files on the embedded cluster.
pub(super) fn needs_images(cluster: Option<ClusterKind>, evaluate: Option<Evaluate>) -> bool {
    cluster == Some(ClusterKind::Embedded) && evaluate == Some(Evaluate::Image)
}

fn namespaces(file: &File) -> Option<Said> {
    let listed = file.namespaces.iter().enumerate();
    let listed = listed.map(|(index, name)| (format!("namespaces[{index}]"), name));
    let own = file.namespace.iter().map(|name| ("namespace".to_owned(), name));
    let bad = listed.chain(own).find(|(_, name)| !is_label(name));
    let named = |(path, name): (String, &String)| {
        let what = format!("{name:?} is not a valid namespace name");
        let help = "use at most 63 lowercase letters, digits and '-', with a letter or a digit at both ends";
        (path, Code::KeyValue.says(what).help(help))
    };
    bad.map(named).or_else(|| {
        let own = file.namespace.as_ref()?;
        let outside = !file.namespaces.is_empty() && !file.namespaces.contains(own);
        let listed = file.namespaces.join(", ");
        let what = format!("`namespace` is {own}, which is not one of `namespaces` ({listed})");
        outside.then(|| {
            (
                "namespace".to_owned(),
                Code::Contradiction.says(what).help("add it there"),
            )
        })
    })
}

fn http(file: &File) -> Option<Said> {
    let http = file.http.as_deref()?;
    let why = http.parse::<Http>().err()?;
    let wrong = Code::KeyValue.says(format!("`http` is {http:?}, which is not a valid address"));
    Some(("http".to_owned(), wrong.help(why.to_string())))
}

fn limits(file: &File) -> Option<Said> {
    let limits = &file.limits;
    let of_launches = [("launch", &limits.launch), ("graph_launch", &limits.graph_launch)];
    let none = of_launches.into_iter().find_map(|(name, launch)| {
        let key = none_of(launch)?;
        Some(format!("limits.{name}.{key}"))
    });
    let requests = (limits.requests_per_second == 0).then(|| "limits.requests_per_second".to_owned());
    let key = none.or(requests)?;
    let what = format!("`{key}` is 0, so nothing would be accepted");
    let wrong = Code::KeyValue
        .says(what)
        .help("use a positive number, or remove it");
    Some((key, wrong))
}

fn none_of(launch: &ConfiguredLimits) -> Option<&'static str> {
    match launch {
        ConfiguredLimits {
            processes: Some(0), ..
        } => Some("processes"),
        ConfiguredLimits { bytes: Some(0), .. } => Some("bytes"),
        ConfiguredLimits { seconds: Some(0), .. } => Some("seconds"),
        _ => None,
    }
}
