//! Finds policy entries that can never match: they look like a permission but allow nothing.

use super::Policy;
use super::known::{CAPABILITIES, SERVICE_TYPES, VOLUME_TYPES};
use crate::formats::{is_key, is_label, is_subdomain, is_sysctl};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::near::instead;

/// Why an entry can never match, or `None`.
type Why = fn(&str) -> Option<String>;

impl Policy {
    /// The first entry that can never match: its path below `policy`, and the reason.
    pub fn idle_entry(&self) -> Option<(String, Diagnostic)> {
        let lists: [(&str, &[String], Why); 16] = [
            ("allow_namespaces", &self.allow_namespaces, namespace),
            ("allow_capabilities", &self.allow_capabilities, capability),
            ("allow_volume_types", &self.allow_volume_types, volume_type),
            ("allow_service_types", &self.allow_service_types, service_type),
            ("allow_fields", &self.allow_fields, field),
            ("allow_sysctls", &self.allow_sysctls, sysctl),
            ("allow_resources", &self.allow_resources, key),
            ("allow_labels", &self.allow_labels, key),
            ("allow_annotations", &self.allow_annotations, annotation),
            ("allow_tolerations", &self.allow_tolerations, key),
            ("allow_service_accounts", &self.allow_service_accounts, object),
            ("allow_secrets", &self.allow_secrets, object),
            ("allow_priority_classes", &self.allow_priority_classes, object),
            ("allow_runtime_classes", &self.allow_runtime_classes, object),
            ("allow_schedulers", &self.allow_schedulers, object),
            ("allow_image_pull_secrets", &self.allow_image_pull_secrets, object),
        ];
        lists.into_iter().find_map(|(list, entries, why)| {
            let mut entries = entries.iter().enumerate();
            entries.find_map(|(index, entry)| {
                let why = why(entry)?;
                let what = format!("`{list}` has {entry:?}, which can never match");
                let error = Code::NeverMatches.says(what).help(why);
                Some((format!("{list}[{index}]"), error))
            })
        })
    }
}

fn namespace(entry: &str) -> Option<String> {
    let why = match entry.contains('*') {
        true => "name namespaces in full, or use \"*\" alone for all except kube-*",
        false => "use at most 63 lowercase letters, digits and '-'",
    };
    (entry != "*" && !is_label(entry)).then(|| why.to_owned())
}

fn capability(entry: &str) -> Option<String> {
    if entry.contains('*') {
        return Some("list capabilities one by one, without `*`".to_owned());
    }
    let upper = entry.to_ascii_uppercase();
    among(
        upper.trim_start_matches("CAP_"),
        &CAPABILITIES,
        "Linux capability",
    )
}

fn volume_type(entry: &str) -> Option<String> {
    match entry {
        entry if entry.eq_ignore_ascii_case("hostPath") => {
            Some("use `allow_host_path: true` instead".to_owned())
        }
        "secret" => Some("use `allow_secrets` instead".to_owned()),
        entry => among(entry, &VOLUME_TYPES, "volume type"),
    }
}

fn service_type(entry: &str) -> Option<String> {
    among(entry, &SERVICE_TYPES, "Service type")
}

/// One of `known`, or a prefix of one followed by `*`.
fn among(entry: &str, known: &[&str], what: &str) -> Option<String> {
    let (start, open) = begun(entry);
    let fits = |name: &&&str| match open {
        true => name.starts_with(start),
        false => **name == start,
    };
    match known.iter().find(fits) {
        Some(_) => None,
        None => Some(format!(
            "unknown {what}; {}",
            instead(entry, known.iter().copied())
        )),
    }
}

fn field(entry: &str) -> Option<String> {
    let (start, open) = begun(entry);
    let numbered = start.split('[').skip(1).any(|part| !part.starts_with(']'));
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '[' | ']' | '/' | '_' | '-');
    let rooted = ["spec.", "metadata."].iter().any(|root| start.starts_with(root));
    let why = match () {
        () if numbered => "write [] after a list, as in spec.containers[].tty",
        () if open && start.is_empty() => return None,
        () if !rooted || !start.chars().all(inner) => "write the full path of a field, as in spec.overhead",
        () => return None,
    };
    Some(why.to_owned())
}

fn key(entry: &str) -> Option<String> {
    let (start, open) = begun(entry);
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let fits = match open {
        true => start.chars().all(inner),
        false => is_key(start),
    };
    unfit(entry, fits, "letters, digits, '-', '_', '.' and one '/'")
}

/// Like [`key`], in any case: Kubernetes checks annotations in lower case.
fn annotation(entry: &str) -> Option<String> {
    key(&entry.to_ascii_lowercase())
}

fn sysctl(entry: &str) -> Option<String> {
    let (start, open) = begun(entry);
    let inner = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/');
    let fits = match open {
        true => start.chars().all(inner),
        false => is_sysctl(start),
    };
    unfit(
        entry,
        fits,
        "lowercase letters, digits, '-' and '_' between '.' or '/'",
    )
}

fn object(entry: &str) -> Option<String> {
    let (start, open) = begun(entry);
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let fits = match open {
        true => start.chars().all(inner),
        false => is_subdomain(start),
    };
    unfit(entry, fits, "lowercase letters, digits, '-' and '.'")
}

fn unfit(entry: &str, fits: bool, letters: &str) -> Option<String> {
    let inside = entry.trim_end_matches('*').contains('*');
    match (fits, inside) {
        (true, _) => None,
        (false, true) => Some("`*` is allowed only at the end".to_owned()),
        (false, false) => Some(format!("use {letters}")),
    }
}

/// An entry without its trailing `*`, and whether it had one.
fn begun(entry: &str) -> (&str, bool) {
    entry
        .strip_suffix('*')
        .map_or((entry, false), |start| (start, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(text: &str) -> Option<(String, Diagnostic)> {
        let policy: Policy = serde_saphyr::from_str(text).unwrap();
        policy.idle_entry()
    }

    #[test]
    fn entries_that_can_match_are_accepted() {
        for text in [
            "allow_namespaces: [lab, \"*\", kube-system]",
            "allow_capabilities: [SYS_NICE, cap_net_raw, ALL]",
            "allow_volume_types: [nfs, csi, \"*\", \"azure*\", volumeClaimTemplates]",
            "allow_service_types: [NodePort, externalIPs]",
            "allow_fields: [spec.overhead, \"spec.containers[].resources.claims\", \"*\", \"spec.os*\"]",
            "allow_resources: [nvidia.com/gpu, \"nvidia.com/*\", hugepages-2Mi, \"*\"]",
            "allow_sysctls: [net.core.rmem_max, \"net.*\", net/ipv4/ip_forward, \"net/*\"]",
            "allow_sysctls: [net.ipv4.conf.a-network-interface-of-a-robot-with-a-name.accept_redirects]",
            "allow_annotations: [Example.com/Owner, owner]",
            "allow_secrets: [robot-key, \"robot-*\"]",
            "allow_tolerations: [\"*\", example.com/gpu]",
        ] {
            assert_eq!(idle(text), None, "{text}");
        }
    }

    #[test]
    fn entries_that_can_never_match_are_named_with_the_way_out() {
        for (text, path, why) in [
            (
                "allow_capabilities: [\"*\"]",
                "allow_capabilities[0]",
                "list capabilities one by one, without `*`",
            ),
            (
                "allow_capabilities: [SYS_NICE, SYS_NIC]",
                "allow_capabilities[1]",
                "unknown Linux capability; did you mean `SYS_NICE`?",
            ),
            (
                "allow_resources: [\"nv*dia\"]",
                "allow_resources[0]",
                "`*` is allowed only at the end",
            ),
            (
                "allow_namespaces: [\"robot-*\"]",
                "allow_namespaces[0]",
                "name namespaces in full, or use \"*\" alone for all except kube-*",
            ),
            (
                "allow_volume_types: [NFS]",
                "allow_volume_types[0]",
                "unknown volume type; did you mean `nfs`?",
            ),
            (
                "allow_volume_types: [hostpath]",
                "allow_volume_types[0]",
                "use `allow_host_path: true` instead",
            ),
            (
                "allow_volume_types: [hostPath]",
                "allow_volume_types[0]",
                "use `allow_host_path: true` instead",
            ),
            (
                "allow_service_types: [Nodeport]",
                "allow_service_types[0]",
                "unknown Service type; did you mean `NodePort`?",
            ),
            (
                "allow_fields: [\"spec.containers[0].tty\"]",
                "allow_fields[0]",
                "write [] after a list, as in spec.containers[].tty",
            ),
            (
                "allow_fields: [overhead]",
                "allow_fields[0]",
                "write the full path of a field, as in spec.overhead",
            ),
            (
                "allow_secrets: [Robot]",
                "allow_secrets[0]",
                "use lowercase letters, digits, '-' and '.'",
            ),
            (
                "allow_sysctls: [Net.core.rmem_max]",
                "allow_sysctls[0]",
                "use lowercase letters, digits, '-' and '_' between '.' or '/'",
            ),
            (
                "allow_sysctls: [net..core]",
                "allow_sysctls[0]",
                "use lowercase letters, digits, '-' and '_' between '.' or '/'",
            ),
            (
                "allow_labels: [Example.com/owner]",
                "allow_labels[0]",
                "use letters, digits, '-', '_', '.' and one '/'",
            ),
            (
                "allow_labels: [\"\"]",
                "allow_labels[0]",
                "use letters, digits, '-', '_', '.' and one '/'",
            ),
        ] {
            let (found, error) = idle(text).unwrap();
            assert_eq!(found, path, "{text}");
            assert_eq!(
                (error.code, error.help.as_str()),
                (Code::NeverMatches, why),
                "{text}"
            );
        }
    }
}
