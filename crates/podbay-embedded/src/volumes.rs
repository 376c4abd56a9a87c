//! A pod's volumes: directories of this machine, made before its first container starts.
//!
//! ```text
//!   <directory of the pod>/volumes/<volume>/…   ── mounted at ──►  mountPath, seen by one container
//! ```
//!
//! Where the machine lets podbay mount nothing, [`rewrite`] puts the directory's own path wherever a mount path
//! stands in the command, the arguments or the environment.

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use k8s_openapi::api::core::v1 as k8s;

use super::data::{Data, Kind, Lookup};
use super::facts;
use super::shim::{Mount, Spec};

/// Why the volumes of a pod are not there.
#[derive(Debug, thiserror::Error)]
pub(super) enum VolumeError {
    /// Something the volume needs is missing; it may come yet.
    #[error("MountVolume.SetUp failed for volume {volume:?} : {message}")]
    Missing { volume: String, message: String },
    /// This machine's disk.
    #[error("volume {volume:?}: {error}")]
    Disk { volume: String, error: io::Error },
}

/// Makes every volume of the pod below `root`.
pub(super) fn make(pod: &k8s::Pod, root: &Path, lookup: Lookup<'_>) -> Result<(), VolumeError> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    for volume in volumes.filter(|volume| volume.host_path.is_none()) {
        let files = files(pod, volume, lookup).map_err(|message| VolumeError::Missing {
            volume: volume.name.clone(),
            message,
        })?;
        write(&root.join(&volume.name), &files).map_err(|error| VolumeError::Disk {
            volume: volume.name.clone(),
            error,
        })?;
    }
    Ok(())
}

/// What to mount where for `container`.
pub(super) fn mounts(pod: &k8s::Pod, container: &k8s::Container, root: &Path) -> Vec<Mount> {
    let wanted = container.volume_mounts.iter().flatten();
    wanted
        .map(|wanted| Mount {
            source: source(pod, wanted, root),
            target: PathBuf::from(&wanted.mount_path),
            read_only: wanted.read_only == Some(true),
        })
        .collect()
}

fn source(pod: &k8s::Pod, wanted: &k8s::VolumeMount, root: &Path) -> PathBuf {
    let mut volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let host_path = volumes
        .find(|volume| volume.name == wanted.name)
        .and_then(|v| v.host_path.as_ref());
    let whole = host_path.map_or_else(|| root.join(&wanted.name), |host| PathBuf::from(&host.path));
    match &wanted.sub_path {
        Some(part) if !part.is_empty() => whole.join(part),
        _ => whole,
    }
}

/// True for a path that stays below where it starts.
pub(super) fn is_contained(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn files(pod: &k8s::Pod, volume: &k8s::Volume, lookup: Lookup<'_>) -> Result<Data, String> {
    if let Some(map) = &volume.config_map {
        let data = lookup
            .whole(Kind::ConfigMap, &map.name, map.optional)?
            .unwrap_or_default();
        return chosen(data, map.items.as_deref(), map.optional);
    }
    if let Some(secret) = &volume.secret {
        let name = secret.secret_name.as_deref().unwrap_or_default();
        let data = lookup
            .whole(Kind::Secret, name, secret.optional)?
            .unwrap_or_default();
        return chosen(data, secret.items.as_deref(), secret.optional);
    }
    let downward = volume
        .downward_api
        .iter()
        .flat_map(|source| source.items.iter().flatten());
    let facts = downward.map(|item| {
        let path = item
            .field_ref
            .as_ref()
            .map_or("", |field| field.field_path.as_str());
        let fact = facts::field(pod, path).ok_or_else(|| format!("unsupported fieldPath: {path}"))?;
        Ok((item.path.clone(), fact.into_bytes()))
    });
    facts.collect()
}

/// Only the keys that `items` names, under the paths it gives them.
fn chosen(data: Data, items: Option<&[k8s::KeyToPath]>, optional: Option<bool>) -> Result<Data, String> {
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return Ok(data);
    };
    let mut files = Data::new();
    for item in items {
        match data.get(&item.key) {
            Some(value) => drop(files.insert(item.path.clone(), value.clone())),
            None if optional == Some(true) => {}
            None => return Err(format!("references non-existent config key: {}", item.key)),
        }
    }
    Ok(files)
}

fn write(directory: &Path, files: &Data) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (name, content) in files {
        let path = directory.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, content)?;
    }
    Ok(())
}

/// Leads the container to its volumes by name instead of by mount.
pub(super) fn rewrite(mut spec: Spec) -> Spec {
    let mounts = std::mem::take(&mut spec.mounts);
    let texts = spec
        .argv
        .iter_mut()
        .chain(spec.env.iter_mut().map(|(_, value)| value));
    for text in texts {
        for mount in &mounts {
            *text = replace_path(
                text,
                &mount.target.to_string_lossy(),
                &mount.source.to_string_lossy(),
            );
        }
    }
    spec.cwd = spec.cwd.map(|cwd| {
        let inside = mounts
            .iter()
            .find_map(|mount| Some(mount.source.join(cwd.strip_prefix(&mount.target).ok()?)));
        inside.unwrap_or(cwd)
    });
    spec
}

/// Replaces the path `from` where it stands as a whole or as the start of a longer path.
fn replace_path(text: &str, from: &str, to: &str) -> String {
    let from = from.trim_end_matches('/');
    if from.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        let starts = !before.ends_with(is_in_name) && !before.ends_with('/');
        let ends = !after.starts_with(is_in_name);
        out.extend([before, if starts && ends { to } else { from }]);
        rest = after;
    }
    out + rest
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_replaced_only_as_paths() {
        for (text, expected) in [
            ("/etc/params", "/pod/v"),
            ("/etc/params/a.yaml", "/pod/v/a.yaml"),
            (
                "--params-file=/etc/params/a:/etc/params",
                "--params-file=/pod/v/a:/pod/v",
            ),
            ("/etc/params-old", "/etc/params-old"),
            ("/usr/etc/params", "/usr/etc/params"),
            ("", ""),
        ] {
            assert_eq!(replace_path(text, "/etc/params", "/pod/v"), expected, "{text}");
        }
    }

    #[test]
    fn rewriting_leaves_no_mounts() {
        let mount = Mount {
            source: "/pod/v".into(),
            target: "/data/".into(),
            read_only: false,
        };
        let spec = Spec {
            argv: vec!["cat".into(), "/data/x".into()],
            env: vec![("D".into(), "/data".into())],
            cwd: Some("/data/sub".into()),
            mounts: vec![mount],
            ..Spec::default()
        };
        let rewritten = rewrite(spec);
        assert_eq!(rewritten.argv, ["cat", "/pod/v/x"]);
        assert_eq!(rewritten.env[0].1, "/pod/v");
        assert_eq!(rewritten.cwd.as_deref(), Some(Path::new("/pod/v/sub")));
        assert!(rewritten.mounts.is_empty());
    }

    #[test]
    fn paths_that_lead_out_are_not_contained() {
        assert!(
            is_contained("a/b") && !is_contained("../a") && !is_contained("/a") && !is_contained("a/../../b")
        );
    }
}
