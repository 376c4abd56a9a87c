//! A pod's volumes: directories of this machine, created before its first container starts.
//!
//! ```text
//!   <directory of the pod>/volumes/<volume>/…   ── mounted at ──►  mountPath, seen by one container
//! ```
//!
//! If the machine does not permit mounts, [`rewrite`] replaces mount paths in the command, the arguments and
//! the environment by the directories.

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use k8s_openapi::api::core::v1 as k8s;

use super::data::{Lookup, Missing, Source};
use super::facts;
use super::object::{Data, Pod, text};
use super::shim::{Mount, Spec};

/// Why a volume could not be created. The text is the kubelet's.
#[derive(Debug, thiserror::Error)]
#[error("MountVolume.SetUp failed for volume {volume:?} : {cause}")]
pub(super) struct VolumeError {
    volume: String,
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Cause {
    Missing(#[from] Missing),
    Io(#[from] io::Error),
}

/// Creates all volumes of the pod in `root`.
pub(super) fn create(root: &Path, lookup: Lookup<'_>) -> Result<(), VolumeError> {
    for volume in lookup.pod.spec.volumes.iter().flatten() {
        create_one(volume, root, lookup).map_err(|cause| VolumeError {
            volume: volume.name.clone(),
            cause,
        })?;
    }
    Ok(())
}

fn create_one(volume: &k8s::Volume, root: &Path, lookup: Lookup<'_>) -> Result<(), Cause> {
    if volume.host_path.is_none() {
        write(&root.join(&volume.name), &files(volume, lookup)?)?;
    }
    Ok(())
}

/// The mounts of `container`.
pub(super) fn mounts(pod: &Pod, container: &k8s::Container, root: &Path) -> Vec<Mount> {
    let mount = |wanted: &k8s::VolumeMount| {
        let mut volumes = pod.spec.volumes.iter().flatten();
        let volume = volumes.find(|volume| volume.name == wanted.name);
        let host = volume.and_then(|volume| volume.host_path.as_ref());
        let whole = host.map_or_else(|| root.join(&wanted.name), |host| PathBuf::from(&host.path));
        let part = text(&wanted.sub_path);
        Mount {
            source: if part.is_empty() { whole } else { whole.join(part) },
            target: PathBuf::from(&wanted.mount_path),
            read_only: wanted.read_only == Some(true),
        }
    };
    container.volume_mounts.iter().flatten().map(mount).collect()
}

/// Whether a path stays below its start.
pub(super) fn is_contained(path: &str) -> bool {
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    Path::new(path).components().all(inside)
}

fn files(volume: &k8s::Volume, lookup: Lookup<'_>) -> Result<Data, Missing> {
    if let Some(map) = &volume.config_map {
        let source = Source("ConfigMap", &map.name, map.optional);
        return chosen(source, map.items.as_deref(), lookup);
    }
    if let Some(secret) = &volume.secret {
        let source = Source("Secret", text(&secret.secret_name), secret.optional);
        return chosen(source, secret.items.as_deref(), lookup);
    }
    let downward = volume.downward_api.as_ref();
    let items = downward.and_then(|downward| downward.items.as_ref());
    let file = |item: &k8s::DownwardAPIVolumeFile| {
        let value = facts::field(lookup.pod, &item.field_ref.as_ref()?.field_path)?;
        Some((item.path.clone(), value.into_bytes()))
    };
    Ok(items.into_iter().flatten().filter_map(file).collect())
}

/// The keys in `items`, under their paths; all keys without `items`.
fn chosen(source: Source<'_>, items: Option<&[k8s::KeyToPath]>, lookup: Lookup<'_>) -> Result<Data, Missing> {
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return lookup.whole(source);
    };
    let mut files = Data::new();
    for item in items {
        let value = lookup.key(source, &item.key)?;
        files.extend(value.map(|value| (item.path.clone(), value)));
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

/// Rewrites mount paths, instead of mounting volumes.
pub(super) fn rewrite(mut spec: Spec) -> Spec {
    let mounts = std::mem::take(&mut spec.mounts);
    for text in spec.argv.iter_mut().chain(spec.env.values_mut()) {
        for Mount { source, target, .. } in &mounts {
            *text = replace_path(text, &target.to_string_lossy(), &source.to_string_lossy());
        }
    }
    if let Some(cwd) = &mut spec.cwd {
        let inside = |mount: &Mount| Some(mount.source.join(cwd.strip_prefix(&mount.target).ok()?));
        *cwd = mounts.iter().find_map(inside).unwrap_or_else(|| cwd.clone());
    }
    spec
}

/// Replaces the path `from`, alone or at the start of a longer path.
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
        let list = "--params-file=/etc/params/a:/etc/params";
        for (text, expected) in [
            ("/etc/params", "/pod/v"),
            ("/etc/params/a.yaml", "/pod/v/a.yaml"),
            (list, "--params-file=/pod/v/a:/pod/v"),
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
            env: [("D".into(), "/data".into())].into(),
            cwd: Some("/data/sub".into()),
            mounts: vec![mount],
            ..Spec::default()
        };
        let rewritten = rewrite(spec);
        assert_eq!(rewritten.argv, ["cat", "/pod/v/x"]);
        assert_eq!(rewritten.env["D"], "/pod/v");
        assert_eq!(rewritten.cwd.as_deref(), Some(Path::new("/pod/v/sub")));
        assert!(rewritten.mounts.is_empty());
    }

    #[test]
    fn paths_that_lead_out_are_not_contained() {
        let contained = ["a/b", "../a", "/a", "a/../../b"].map(is_contained);
        assert_eq!(contained, [true, false, false, false]);
    }
}
