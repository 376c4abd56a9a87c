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

use super::data::{Lookup, Source};
use super::facts;
use super::object::{Data, Pod, text};
use super::shim::{Mount, Spec};

/// Creates all volumes of the pod in `root`. The error says what is missing, in the kubelet's words; it may
/// appear later.
pub(super) fn make(pod: &Pod, root: &Path, lookup: Lookup<'_>) -> Result<(), String> {
    for volume in pod.spec.volumes.iter().flatten() {
        if volume.host_path.is_some() {
            continue;
        }
        let failed = |why: String| format!("MountVolume.SetUp failed for volume {:?} : {why}", volume.name);
        let files = files(pod, volume, lookup).map_err(failed)?;
        let written = write(&root.join(&volume.name), &files);
        written.map_err(|error| failed(error.to_string()))?;
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

fn files(pod: &Pod, volume: &k8s::Volume, lookup: Lookup<'_>) -> Result<Data, String> {
    if let Some(map) = &volume.config_map {
        let data = lookup.whole(Source("ConfigMap", &map.name, map.optional))?;
        return chosen(data, map.items.as_deref(), map.optional);
    }
    if let Some(secret) = &volume.secret {
        let source = Source("Secret", text(&secret.secret_name), secret.optional);
        return chosen(lookup.whole(source)?, secret.items.as_deref(), secret.optional);
    }
    let items = volume
        .downward_api
        .iter()
        .flat_map(|source| source.items.iter().flatten());
    let file = |item: &k8s::DownwardAPIVolumeFile| {
        let path = item.field_ref.as_ref().map_or("", |field| &field.field_path);
        let fact = facts::field(pod, path).ok_or_else(|| format!("unsupported fieldPath: {path}"))?;
        Ok((item.path.clone(), fact.into_bytes()))
    };
    items.map(file).collect()
}

/// Only the keys in `items`, under their paths.
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
