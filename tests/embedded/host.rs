//! Embedded clusters for tests, in this process or in another one that can be killed.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use podbay_core::cluster::Cluster;
use podbay_core::object::Object;
use podbay_embedded::{BackoffRule, EmbeddedCluster, EmbeddedOptions};

use crate::conformance::{Fixture, compile_testpod};
use crate::processes::{MARK, Marked};

/// Names a folder with podbay and testpod, for a user who cannot access cargo's.
const FILES: &str = "PODBAY_TEST_FILES";

static TESTPOD: LazyLock<PathBuf> = LazyLock::new(|| match files() {
    Some(folder) => folder.join("testpod"),
    None => compile_testpod(env!("CARGO_TARGET_TMPDIR").as_ref()),
});

fn files() -> Option<PathBuf> {
    std::env::var_os(FILES).map(PathBuf::from)
}

/// Directory of a cluster of this test.
pub(crate) fn scratch(test: &str) -> PathBuf {
    let folder = files().unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    folder.join(format!("{test}-{}", std::process::id()))
}

fn podbay() -> PathBuf {
    files().map_or_else(
        || env!("CARGO_BIN_EXE_podbay").into(),
        |folder| folder.join("podbay"),
    )
}

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// podbay's settings, but with a short restart back-off, and separate from other tests.
pub(crate) fn options(test: &str) -> EmbeddedOptions {
    EmbeddedOptions {
        namespaces: vec!["robots".to_owned()],
        backoff: BackoffRule {
            initial: Duration::from_secs(2),
            ..BackoffRule::default()
        },
        podbay: Some(podbay()),
        directory: Some(scratch(test)),
        ..EmbeddedOptions::default()
    }
}

pub(crate) async fn fixture(test: &'static str) -> Fixture {
    with_options(options(test))
}

pub(crate) fn with_options(options: EmbeddedOptions) -> Fixture {
    let folder = options.directory.clone().map(Folder);
    let cluster = EmbeddedCluster::new(options).unwrap_or_else(|error| panic!("{error}"));
    Fixture {
        cluster: Arc::new(cluster),
        namespace: "robots".to_owned(),
        image: "ignored".to_owned(),
        program: TESTPOD.to_string_lossy().into_owned(),
        _keep: Box::new(folder),
    }
}

/// Whether this process was started by [`start`].
pub(crate) fn is_asked_for() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs a cluster with this pod until it is killed.
pub(crate) fn run(pod: Object) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let cluster = EmbeddedCluster::new(options("host")).unwrap();
        cluster.create(&pod, false).await.unwrap();
        std::future::pending::<()>().await;
    });
}

/// Runs one test again in a separate process, in which [`is_asked_for`] is true.
pub(crate) fn start(test: &str, marked: &Marked) -> (Child, Folder) {
    let host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(MARK, marked.mark())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let folder = scratch("host").with_file_name(format!("host-{}", host.id()));
    (host, Folder(folder))
}

/// Runs every test but `this` as a user without privileges.
pub(crate) fn run_all_as_nobody(this: &str) -> Output {
    const NOBODY: u32 = 65534;
    let folder = Folder(std::env::temp_dir().join(format!("podbay-test-{}", std::process::id())));
    std::fs::create_dir(&folder.0).unwrap();
    std::os::unix::fs::chown(&folder.0, Some(NOBODY), Some(NOBODY)).unwrap();
    let tests = std::env::current_exe().unwrap();
    for (file, name) in [(&tests, "tests"), (&podbay(), "podbay"), (&*TESTPOD, "testpod")] {
        std::fs::copy(file, folder.0.join(name)).unwrap();
    }
    Command::new(folder.0.join("tests"))
        .args(["--skip", this])
        .env(FILES, &folder.0)
        .current_dir(&folder.0)
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap()
}
