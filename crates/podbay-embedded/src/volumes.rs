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
    let mut mounts = std::mem::take(&mut spec.mounts);
    // the innermost mount that contains a path counts
    mounts.sort_by_key(|mount| std::cmp::Reverse(mount.target.components().count()));
    for text in spec.argv.iter_mut().chain(spec.env.values_mut()) {
        *text = replace_paths(text, &mounts);
    }
    if let Some(cwd) = &mut spec.cwd {
        let inside = |mount: &Mount| Some(mount.source.join(cwd.strip_prefix(&mount.target).ok()?));
        *cwd = mounts.iter().find_map(inside).unwrap_or_else(|| cwd.clone());
    }
    spec
}

/// Replaces mount paths, alone or at the start of a longer path, in one pass: sources may contain the path of
/// another mount, such as `/tmp`.
fn replace_paths(text: &str, mounts: &[Mount]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = &text[..text.len() - rest.len()];
        let starts = c == '/' && !before.ends_with(is_in_name) && !before.ends_with('/');
        let mut mounts = mounts.iter().filter(|_| starts);
        let found = mounts.find_map(|mount| Some((&mount.source, below(rest, &mount.target)?)));
        match found {
            Some((source, after)) => {
                out.push_str(&source.to_string_lossy());
                rest = after;
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// What follows the path `target` at the start of `text`; `None` for another path, and for `/`.
fn below<'t>(text: &'t str, target: &Path) -> Option<&'t str> {
    let target = target.to_str()?.trim_end_matches('/');
    let after = text.strip_prefix(target).filter(|_| !target.is_empty())?;
    (!after.starts_with(is_in_name)).then_some(after)
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
        let mounts = [mount("/tmp/pod/v", "/etc/params/"), mount("/tmp/pod/t", "/tmp")];
        for (text, expected) in [
            ("/etc/params", "/tmp/pod/v"),
            ("/etc/params/a.yaml", "/tmp/pod/v/a.yaml"),
            (list, "--params-file=/tmp/pod/v/a:/tmp/pod/v"),
            ("/etc/params-old", "/etc/params-old"),
            ("/usr/etc/params", "/usr/etc/params"),
            ("/tmp/x", "/tmp/pod/t/x"),
            ("/tmp:/etc/params", "/tmp/pod/t:/tmp/pod/v"),
            ("", ""),
        ] {
            assert_eq!(replace_paths(text, &mounts), expected, "{text}");
        }
    }

    fn mount(source: &str, target: &str) -> Mount {
        Mount {
            source: source.into(),
            target: target.into(),
            read_only: false,
        }
    }

    #[test]
    fn rewriting_leaves_no_mounts() {
        let spec = Spec {
            argv: vec!["cat".into(), "/data/x".into(), "/data/sub/x".into()],
            env: [("D".into(), "/data".into())].into(),
            cwd: Some("/data/sub".into()),
            mounts: vec![mount("/pod/v", "/data/"), mount("/pod/w", "/data/sub")],
            ..Spec::default()
        };
        let rewritten = rewrite(spec);
        assert_eq!(rewritten.argv, ["cat", "/pod/v/x", "/pod/w/x"]);
        assert_eq!(rewritten.env["D"], "/pod/v");
        assert_eq!(rewritten.cwd.as_deref(), Some(Path::new("/pod/w")));
        assert!(rewritten.mounts.is_empty());
    }

    #[test]
    fn paths_that_lead_out_are_not_contained() {
        let contained = ["a/b", "../a", "/a", "a/../../b"].map(is_contained);
        assert_eq!(contained, [true, false, false, false]);
    }
}
