//! Reads kubeconfigs: regular files or pipes, within a size limit.

use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR, Path};

use kube::config::Kubeconfig;
use podbay_text::files;

/// Bytes of a kubeconfig; those with certificates of many clusters have some hundred kilobytes.
const LIMIT: usize = 16 << 20;

/// Reads a list of files as one; earlier files override later ones.
pub(super) fn read(paths: &OsStr) -> Result<Kubeconfig, String> {
    let mut all = Kubeconfig::default();
    for path in std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty()) {
        let text = files::text_or_pipe(&path, LIMIT).map_err(|error| error.to_string())?;
        let mut one = Kubeconfig::from_yaml(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Some(folder) = path.parent() {
            resolve(&mut one, folder);
        }
        all = all.merge(one).map_err(|error| error.to_string())?;
    }
    Ok(all)
}

/// Makes relative paths in `config` relative to its `folder`, as kubectl does.
fn resolve(config: &mut Kubeconfig, folder: &Path) {
    let of = |path: &mut Option<String>| {
        if let Some(path) = path {
            // an absolute one stays
            *path = folder.join(&*path).display().to_string();
        }
    };
    for cluster in config
        .clusters
        .iter_mut()
        .filter_map(|named| named.cluster.as_mut())
    {
        of(&mut cluster.certificate_authority);
    }
    for user in config
        .auth_infos
        .iter_mut()
        .filter_map(|named| named.auth_info.as_mut())
    {
        of(&mut user.client_certificate);
        of(&mut user.client_key);
        of(&mut user.token_file);
        let exec = user.exec.as_mut().map(|exec| &mut exec.command);
        // a bare name is searched in PATH
        if let Some(command) =
            exec.filter(|command| command.as_ref().is_some_and(|name| name.contains(MAIN_SEPARATOR)))
        {
            of(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
        clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: ca.crt}}]
        users:
        - {name: files, user: {client-certificate: /etc/me.crt, client-key: keys/me.key, tokenFile: token}}
        - {name: near, user: {exec: {command: bin/login, apiVersion: client.authentication.k8s.io/v1}}}
        - {name: far, user: {exec: {command: login, apiVersion: client.authentication.k8s.io/v1}}}
        ";

    #[test]
    fn relative_paths_are_relative_to_the_file_and_earlier_files_override_later_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        std::fs::write(&first, CONFIG).unwrap();
        std::fs::write(
            &second,
            "clusters: [{name: c, cluster: {server: 'https://other'}}]\ncurrent-context: x\n",
        )
        .unwrap();
        let paths = std::env::join_paths(["".as_ref(), first.as_path(), second.as_path()]).unwrap();
        let config = read(&paths).unwrap();
        let inside = |name: &str| Some(folder.path().join(name).display().to_string());
        assert_eq!(config.current_context.as_deref(), Some("x"));
        let cluster = config.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://c"));
        assert_eq!(cluster.certificate_authority, inside("ca.crt"));
        let user = |at: usize| config.auth_infos[at].auth_info.as_ref().unwrap();
        assert_eq!(user(0).client_certificate.as_deref(), Some("/etc/me.crt"));
        assert_eq!(user(0).client_key, inside("keys/me.key"));
        assert_eq!(user(0).token_file, inside("token"));
        assert_eq!(user(1).exec.as_ref().unwrap().command, inside("bin/login"));
        assert_eq!(user(2).exec.as_ref().unwrap().command.as_deref(), Some("login"));
    }

    #[test]
    fn a_file_that_is_too_large_or_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        std::fs::File::create(&large)
            .unwrap()
            .set_len(LIMIT as u64 + 1)
            .unwrap();
        for (path, part) in [
            (large.as_path(), "16777216"),
            (folder.path(), "folder"),
            (Path::new("/dev/zero"), "/dev/zero"),
        ] {
            let error = read(path.as_os_str()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
