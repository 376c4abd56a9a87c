//! The backend `embedded`: what every cluster does, and what only this one must.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "conformance/mod.rs"]
#[macro_use]
mod conformance;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use conformance::{Fixture, compile_testpod};
use podbay::cluster::embedded::{BackoffRule, EmbeddedCluster, EmbeddedOptions};

static TESTPOD: LazyLock<PathBuf> = LazyLock::new(|| compile_testpod(env!("CARGO_TARGET_TMPDIR").as_ref()));

conformance_tests!(fixture);

fn options(test: &str) -> EmbeddedOptions {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
    EmbeddedOptions {
        namespaces: vec!["robots".to_owned()],
        backoff: BackoffRule {
            initial: Duration::from_secs(2),
            ..BackoffRule::default()
        },
        podbay: Some(env!("CARGO_BIN_EXE_podbay").into()),
        directory: Some(directory),
        ..EmbeddedOptions::default()
    }
}

async fn fixture(test: &'static str) -> Fixture {
    with_options(options(test))
}

fn with_options(options: EmbeddedOptions) -> Fixture {
    let cluster = EmbeddedCluster::new(options).unwrap_or_else(|error| panic!("{error}"));
    Fixture {
        cluster: Arc::new(cluster),
        namespace: "robots".to_owned(),
        image: "ignored".to_owned(),
        program: TESTPOD.to_string_lossy().into_owned(),
        _keep: Box::new(()),
    }
}
