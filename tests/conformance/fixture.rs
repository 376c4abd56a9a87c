//! The cluster under test, and pods for it.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use podbay_core::cluster::Cluster;
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use serde_json::{Value, json};

/// A cluster, and a namespace that only one test uses.
pub(crate) struct Fixture {
    pub(crate) cluster: Arc<dyn Cluster>,
    pub(crate) namespace: String,
    /// Image of every container.
    pub(crate) image: String,
    /// Path of testpod in a container.
    pub(crate) program: String,
    /// Dropped at the end of the test.
    pub(crate) _keep: Box<dyn Any + Send + Sync>,
}

impl Fixture {
    /// A pod with one container `main` that runs testpod with these arguments, once.
    pub(crate) fn pod(&self, name: &str, args: &[&str]) -> Object {
        Object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 5,
                "containers": [self.container("main", args)],
            },
        }))
    }

    /// The same, with each of these values set at its JSON pointer.
    pub(crate) fn pod_with(&self, name: &str, args: &[&str], changes: &[(&str, Value)]) -> Object {
        let mut pod = self.pod(name, args);
        for (at, value) in changes {
            let (parent, field) = at.rsplit_once('/').unwrap();
            pod.0.pointer_mut(parent).unwrap()[field] = value.clone();
        }
        pod
    }

    /// A container that runs testpod with these arguments.
    pub(crate) fn container(&self, name: &str, args: &[&str]) -> Value {
        json!({"name": name, "image": self.image, "imagePullPolicy": "IfNotPresent", "command": self.command(args)})
    }

    /// testpod with these arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Vec<String> {
        let program = std::iter::once(self.program.as_str());
        program.chain(args.iter().copied()).map(str::to_owned).collect()
    }

    /// A ConfigMap with this data.
    pub(crate) fn config_map(&self, name: &str, data: Value) -> Object {
        let meta = json!({"name": name, "namespace": self.namespace});
        Object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}))
    }

    pub(crate) async fn create(&self, object: &Object) -> Object {
        self.cluster
            .create(object, false)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn key(&self, name: &str) -> PodKey {
        PodKey::new(&self.namespace, name)
    }

    pub(crate) fn pod_ref(&self, name: &str) -> ObjectRef {
        ObjectRef::pod(&self.namespace, name)
    }
}

/// Builds testpod in this folder and returns its path.
pub(crate) fn compile_testpod(folder: &Path) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/testpod.c");
    let (program, fresh) = (
        folder.join("testpod"),
        folder.join(format!("testpod-{}", std::process::id())),
    );
    let status = Command::new("cc")
        .args(["-static", "-O1", "-o"])
        .arg(&fresh)
        .arg(source)
        .status();
    assert!(
        status.expect("a C compiler, cc, is installed").success(),
        "{source} compiles"
    );
    std::fs::rename(fresh, &program).unwrap();
    program
}
