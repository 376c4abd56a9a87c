//! A container's environment, and `$(VAR)` in it. Pure: what ConfigMaps and Secrets hold is handed in.

use k8s_openapi::api::core::v1 as k8s;

use super::data::{Data, Kind, Lookup};
use super::facts;

/// Environment of `container` as its spec defines it, in order; a later definition of a name replaces an
/// earlier one. The error is the kubelet's text for `CreateContainerConfigError`.
pub(super) fn environment(
    pod: &k8s::Pod,
    container: &k8s::Container,
    lookup: Lookup<'_>,
) -> Result<Vec<(String, String)>, String> {
    let mut vars = Vars::default();
    for source in container.env_from.iter().flatten() {
        for (name, value) in from_source(source, lookup)? {
            vars.set(&name, text(&value));
        }
    }
    for var in container.env.iter().flatten() {
        let value = match (&var.value, &var.value_from) {
            (_, Some(source)) => from_field(pod, source, lookup)?,
            (Some(value), None) => Some(vars.expand(value)),
            (None, None) => Some(String::new()),
        };
        if let Some(value) = value {
            vars.set(&var.name, value);
        }
    }
    Ok(vars.list)
}

/// `text` with `$(NAME)` replaced by the variable; `$$` is a literal `$`, and an unknown name stays as it is.
pub(super) fn expand(text: &str, vars: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(escaped) = after.strip_prefix('$') {
            out.push('$');
            rest = escaped;
        } else if let Some((name, beyond)) = after.strip_prefix('(').and_then(|name| name.split_once(')')) {
            match vars.iter().find(|(known, _)| known == name) {
                Some((_, value)) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = beyond;
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[derive(Default)]
struct Vars {
    list: Vec<(String, String)>,
}

impl Vars {
    fn set(&mut self, name: &str, value: String) {
        match self.list.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.list.push((name.to_owned(), value)),
        }
    }

    fn expand(&self, text: &str) -> String {
        expand(text, &self.list)
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn from_source(source: &k8s::EnvFromSource, lookup: Lookup<'_>) -> Result<Data, String> {
    let (kind, name, optional) = if let Some(map) = &source.config_map_ref {
        (Kind::ConfigMap, &map.name, map.optional)
    } else if let Some(secret) = &source.secret_ref {
        (Kind::Secret, &secret.name, secret.optional)
    } else {
        return Ok(Data::new());
    };
    let data = lookup.whole(kind, name, optional)?.unwrap_or_default();
    let prefix = source.prefix.as_deref().unwrap_or_default();
    Ok(data
        .into_iter()
        .map(|(key, value)| (format!("{prefix}{key}"), value))
        .collect())
}

fn from_field(
    pod: &k8s::Pod,
    source: &k8s::EnvVarSource,
    lookup: Lookup<'_>,
) -> Result<Option<String>, String> {
    let found = if let Some(key) = &source.config_map_key_ref {
        lookup.key(Kind::ConfigMap, &key.name, &key.key, key.optional)?
    } else if let Some(key) = &source.secret_key_ref {
        lookup.key(Kind::Secret, &key.name, &key.key, key.optional)?
    } else {
        let path = source
            .field_ref
            .as_ref()
            .map_or("", |field| field.field_path.as_str());
        let fact = facts::field(pod, path).ok_or_else(|| format!("unsupported fieldPath: {path}"))?;
        return Ok(Some(fact));
    };
    Ok(found.as_deref().map(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn vars(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn expansion_follows_the_kubelet() {
        let known = vars(&[("A", "1"), ("B", "$(A)"), ("E", "")]);
        for (text, expected) in [
            ("$(A)", "1"),
            ("x$(A)y$(A)", "x1y1"),
            ("$(B)", "$(A)"),
            ("$(E)", ""),
            ("$(NO)", "$(NO)"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$(A", "$(A"),
            ("$A $", "$A $"),
            ("", ""),
        ] {
            assert_eq!(expand(text, &known), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_dollars_stays(text in "[^$]*") {
            prop_assert_eq!(expand(&text, &vars(&[("A", "1")])), text);
        }

        #[test]
        fn doubled_dollars_protect_any_text(text in ".*") {
            prop_assert_eq!(expand(&text.replace('$', "$$"), &vars(&[("A", "1")])), text);
        }
    }

    fn build(env: Value, env_from: Value) -> Result<Vec<(String, String)>, String> {
        let pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "n", "labels": {"app": "x"}},
            "spec": {"nodeName": "host", "containers": []}, "status": {"podIP": "127.0.0.1"}}));
        let container = serde_json::from_value(json!({"name": "c", "env": env, "envFrom": env_from}));
        let find = |kind: Kind, name: &str| {
            (kind == Kind::ConfigMap && name == "cm").then(|| Data::from([("k".to_owned(), b"v".to_vec())]))
        };
        environment(
            &pod.unwrap(),
            &container.unwrap(),
            Lookup {
                namespace: "n",
                find: &find,
            },
        )
    }

    #[test]
    fn values_fields_and_config_maps_in_order() {
        let env = json!([
            {"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(k)"},
            {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "L", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
            {"name": "K", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}},
            {"name": "O", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "k", "optional": true}}},
            {"name": "A", "value": "2"}]);
        let built = build(env, json!([{"configMapRef": {"name": "cm"}}])).unwrap();
        assert_eq!(
            built,
            vars(&[
                ("k", "v"),
                ("A", "2"),
                ("B", "1v"),
                ("N", "p"),
                ("L", "x"),
                ("K", "v")
            ])
        );
    }

    #[test]
    fn what_is_missing_is_named_as_the_kubelet_does() {
        let key = |name: &str, key: &str| json!([{"name": "K", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}]);
        assert_eq!(
            build(key("no", "k"), json!([])).unwrap_err(),
            "configmap \"no\" not found"
        );
        assert_eq!(
            build(key("cm", "x"), json!([])).unwrap_err(),
            "couldn't find key x in ConfigMap n/cm"
        );
        let missing = build(json!([]), json!([{"secretRef": {"name": "s"}}]));
        assert_eq!(missing.unwrap_err(), "secret \"s\" not found");
    }
}
