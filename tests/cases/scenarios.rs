//! Whole ways from a launch file and a profile to manifests, `tests/scenarios/<case>/`: what comes out, that a cluster
//! takes it, and that it reads back as it was written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Service};
use podbay_core::object::Object;
use podbay_launch_file as launch;
use podbay_launch_file::{Options, Source};
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use podbay_testing::Expected;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn name(folder: &Path) -> &str {
    folder.file_name().unwrap().to_str().unwrap()
}

fn rendered(folder: &Path) -> Rendered {
    let file = ["xml", "yaml"].map(|ending| folder.join(format!("{}.launch.{ending}", name(folder))));
    let file = file.into_iter().find(|file| file.exists()).unwrap();
    let description = launch::evaluate(&Source::File(file), &Options::default()).unwrap();
    let profile = fs::read_to_string(folder.join("profile.yaml")).unwrap();
    let profile = Profile::parse(&profile).unwrap().of_file("profile.yaml");
    let target = Target {
        launch_id: name(folder).parse().unwrap(),
        namespace: "default".to_owned(),
        source: name(folder).to_owned(),
        environment: vec![("ROS_DOMAIN_ID".to_owned(), "7".to_owned())],
        ..Target::default()
    };
    render::launch(&description, &profile, &target).unwrap()
}

/// Output of `podbay translate` under a unique name.
fn printed(folder: &Path) -> (Vec<Object>, PathBuf) {
    let Rendered { record, objects, .. } = rendered(folder);
    let all: Vec<_> = std::iter::once(record).chain(objects).collect();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("scenarios")
        .join(name(folder));
    fs::create_dir_all(&out).unwrap();
    let file = out.join("manifests.yaml");
    fs::write(&file, render::to_yaml(&all)).unwrap();
    (all, file)
}

/// Leaves out the script, which would be in every expected file.
fn shorten_script(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("set -efu\n") => "<run.sh>".clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(shorten_script),
        Value::Object(fields) => fields.values_mut().for_each(shorten_script),
        _ => {}
    }
}

pub(crate) fn output(folder: &Path) -> Expected {
    let Rendered {
        mut objects,
        problems,
        ..
    } = rendered(folder);
    objects
        .iter_mut()
        .for_each(|object| shorten_script(&mut object.0));
    let root = format!("{}/", folder.display());
    let notes = problems
        .iter()
        .map(|problem| format!("# {}\n", problem.to_string().replace(&root, "")));
    let output = notes.collect::<String>() + &render::to_yaml(&objects);
    Expected::from([("expected.yaml", output)])
}

/// `object` deserialized as `T` and serialized again.
fn again<T: Serialize + DeserializeOwned>(object: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(object.clone()).unwrap()).unwrap()
}

/// Manifests are unchanged by deserializing and serializing them as typed objects.
pub(crate) fn reads_back(folder: &Path) {
    let (objects, file) = printed(folder);
    let text = fs::read_to_string(file).unwrap();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    assert_eq!(documents.len(), objects.len());
    for (document, object) in documents.iter().zip(&objects) {
        assert_eq!(document, &object.0);
        let typed = match object.kind() {
            "ConfigMap" => again::<ConfigMap>(document),
            "Pod" => again::<Pod>(document),
            "Service" => again::<Service>(document),
            "Deployment" => again::<Deployment>(document),
            "StatefulSet" => again::<StatefulSet>(document),
            "DaemonSet" => again::<DaemonSet>(document),
            "Job" => again::<Job>(document),
            other => panic!("{other}"),
        };
        assert_eq!(&typed, document, "{}", folder.display());
    }
}

fn kubectl(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("kubectl").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// A namespace with the objects that the manifests name.
static CLUSTER: LazyLock<Result<String, String>> =
    LazyLock::new(|| kubectl(&["apply", "-f", "tests/cluster.yaml"]));

/// An API server accepts the manifests unchanged.
pub(crate) fn is_accepted(folder: &Path) {
    assert!(CLUSTER.is_ok(), "{:?}", *CLUSTER);
    let (_, file) = printed(folder);
    let file = file.to_str().unwrap();
    let applied = kubectl(&["apply", "--dry-run=server", "--validate=strict", "-f", file]);
    assert!(applied.is_ok(), "{}: {}", folder.display(), applied.unwrap_err());
}

/// kustomize accepts the manifests as a resource.
pub(crate) fn is_a_resource(folder: &Path) {
    let (mut objects, file) = printed(folder);
    let folder = file.parent().unwrap();
    let kustomization = "resources: [manifests.yaml]\nlabels: [{pairs: {site: hall}}]\n";
    fs::write(folder.join("kustomization.yaml"), kustomization).unwrap();
    let built = kubectl(&["kustomize", folder.to_str().unwrap()]).unwrap();
    let mut documents: Vec<Value> = serde_saphyr::from_multiple(&built).unwrap();
    let key = |object: &Value| (object["kind"].to_string(), object["metadata"]["name"].to_string());
    documents.sort_by_key(key);
    objects.sort_by_key(|object| key(&object.0));
    for object in &mut objects {
        object.0["metadata"]["labels"]["site"] = "hall".into();
    }
    let expected: Vec<_> = objects.into_iter().map(|object| object.0).collect();
    assert_eq!(documents, expected);
}
