//! The API server of KUBECONFIG.

use std::path::Path;
use std::process::Command;

/// Whether it would accept the objects in `yaml`.
pub(crate) fn accepted(yaml: &Path) -> Result<(), String> {
    apply(yaml, &["--dry-run=server", "--validate=strict"])
}

pub(crate) fn apply(yaml: &Path, options: &[&str]) -> Result<(), String> {
    let mut kubectl = Command::new("kubectl");
    let output = kubectl
        .arg("apply")
        .args(options)
        .arg("-f")
        .arg(yaml)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
