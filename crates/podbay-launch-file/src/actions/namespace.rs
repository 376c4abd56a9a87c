//! Joining of namespaces, and validation of ROS names.

use super::super::place::{Outcome, shown};
use podbay_text::diagnostic::Code;

/// `namespace` below `base`, absolute; `None` without either.
pub(super) fn join(base: Option<&str>, namespace: Option<&str>) -> Option<String> {
    let joined = match (base, namespace) {
        (None, None) => return None,
        (Some(base), None) => base.to_owned(),
        (base, Some(namespace)) => match base.filter(|base| !base.is_empty()) {
            Some(base) if !namespace.starts_with('/') => {
                format!("{}/{namespace}", if base == "/" { "" } else { base })
            }
            _ => namespace.to_owned(),
        },
    };
    let stripped = if joined == "/" {
        "/"
    } else {
        joined.trim_end_matches('/')
    };
    Some(match stripped.starts_with('/') {
        true => stripped.to_owned(),
        false => format!("/{stripped}"),
    })
}

/// The container named by `target`. ROS uses it in a service name, which is resolved for its own node in the
/// root namespace, so pushed namespaces do not apply.
pub(super) fn resolve_target(target: &str) -> Outcome<String> {
    let shown = shown(target);
    let refused =
        |why: &str| Err(Code::NodeName.says(format!("'{shown}' is not a valid target container: {why}")));
    if target.starts_with('~') {
        return refused("'~' would be the node of ROS's launch itself; use the container's full name");
    }
    let name = target.strip_prefix('/').unwrap_or(target);
    if name.is_empty() {
        return refused("the name is empty");
    }
    match name.split('/').filter_map(invalid_token).next() {
        Some(why) => refused(why),
        None => Ok(format!("/{name}")),
    }
}

/// Refuses a name that is not a valid node name.
pub(super) fn check_name(name: &str) -> Outcome<()> {
    match invalid_token(name) {
        _ if name.is_empty() => Err(Code::NodeName.says("the node name is empty")),
        None if name.len() <= 255 => Ok(()),
        None => Err(Code::NodeName.says("the node name exceeds the limit of 255 characters")),
        Some(why) => {
            let wrong = Code::NodeName.says(format!("'{}' is not a valid node name: {why}", shown(name)));
            let parts = name
                .rsplit_once('/')
                .filter(|(_, name)| invalid_token(name).is_none());
            let help = parts.map(|(outer, name)| {
                let outer = if outer.is_empty() { "/" } else { outer };
                format!(
                    "use the name '{}' and the namespace '{}'",
                    shown(name),
                    shown(outer)
                )
            });
            Err(wrong.help(help.unwrap_or_default()))
        }
    }
}

/// Refuses a namespace that is not a valid absolute namespace.
pub(super) fn check_namespace(namespace: &str) -> Outcome<()> {
    let tokens = match namespace {
        "/" => return Ok(()),
        other => other.strip_prefix('/').unwrap_or(other).split('/'),
    };
    match tokens.filter_map(invalid_token).next() {
        None if namespace.len() <= 245 => Ok(()),
        None => Err(Code::NodeName.says("the namespace exceeds the limit of 245 characters")),
        Some(why) => {
            Err(Code::NodeName.says(format!("'{}' is not a valid namespace: {why}", shown(namespace))))
        }
    }
}

fn invalid_token(token: &str) -> Option<&'static str> {
    if token.is_empty() {
        return Some("parts between '/' must not be empty");
    }
    if token.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("parts must not start with a digit");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!token.chars().all(fits)).then_some("only letters, digits and '_' are allowed")
}
