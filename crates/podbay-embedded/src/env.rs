//! A container's environment, and `$(VAR)` in it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;

use super::data::{Lookup, Missing, Source};
use super::facts;
use super::object::text;

/// Values by name.
pub(super) type Vars = BTreeMap<String, String>;

/// Environment of `container`, as its spec defines it. A later definition of a name replaces an earlier one,
/// and may refer to those before it.
pub(super) fn environment(container: &k8s::Container, lookup: Lookup<'_>) -> Result<Vars, Missing> {
    let mut vars = Vars::new();
    for from in container.env_from.iter().flatten() {
        let source = match (&from.config_map_ref, &from.secret_ref) {
            (Some(map), _) => Source("ConfigMap", &map.name, map.optional),
            (None, Some(secret)) => Source("Secret", &secret.name, secret.optional),
            (None, None) => continue,
        };
        let prefix = text(&from.prefix);
        for (key, value) in lookup.whole(source)? {
            vars.insert(format!("{prefix}{key}"), decoded(&value));
        }
    }
    for var in container.env.iter().flatten() {
        let value = match &var.value_from {
            Some(source) => referred(source, lookup)?,
            None => Some(expand(text(&var.value), &vars)),
        };
        vars.extend(value.map(|value| (var.name.clone(), value)));
    }
    Ok(vars)
}

/// Replaces `$(NAME)` in `text` by the variable; `$$` is a literal `$`, and unknown names remain unchanged.
pub(super) fn expand(text: &str, vars: &Vars) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(escaped) = after.strip_prefix('$') {
            out.push('$');
            rest = escaped;
        } else if let Some((name, beyond)) = after.strip_prefix('(').and_then(|name| name.split_once(')')) {
            match vars.get(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = beyond;
        } else {
            out.push('$');
        }
    }
    out + rest
}

fn referred(source: &k8s::EnvVarSource, lookup: Lookup<'_>) -> Result<Option<String>, Missing> {
    let (source, key) = match (&source.config_map_key_ref, &source.secret_key_ref) {
        (Some(map), _) => (Source("ConfigMap", &map.name, map.optional), &map.key),
        (None, Some(secret)) => (Source("Secret", &secret.name, secret.optional), &secret.key),
        (None, None) => {
            let field = source.field_ref.as_ref();
            return Ok(field.and_then(|field| facts::field(lookup.pod, &field.field_path)));
        }
    };
    Ok(lookup.key(source, key)?.as_deref().map(decoded))
}

fn decoded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::object::{Pod, Stored};
    use crate::store::Store;

    fn vars(list: &[(&str, &str)]) -> Vars {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        list.iter().map(owned).collect()
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

    fn build(env: Value, env_from: Value) -> Result<Vars, Missing> {
        let metadata = json!({"name": "p", "namespace": "n", "labels": {"app": "x"}});
        let pod = Pod {
            metadata: serde_json::from_value(metadata).unwrap(),
            ..Pod::default()
        };
        let container = json!({"name": "c", "env": env, "envFrom": env_from});
        let map = json!({"metadata": {"name": "cm", "namespace": "n"}, "data": {"k": "v"}});
        let map = Stored::ConfigMap(serde_json::from_value(map).unwrap());
        let store = Store::new();
        store.create(map, false).unwrap();
        let lookup = Lookup {
            store: &store,
            pod: &pod,
        };
        environment(&serde_json::from_value(container).unwrap(), lookup)
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
        let expected = [
            ("k", "v"),
            ("A", "2"),
            ("B", "1v"),
            ("N", "p"),
            ("L", "x"),
            ("K", "v"),
        ];
        assert_eq!(built, vars(&expected));
    }

    #[test]
    fn what_is_missing_is_named_as_the_kubelet_does() {
        let key = |name: &str, key: &str| {
            let from = json!({"configMapKeyRef": {"name": name, "key": key}});
            build(json!([{"name": "K", "valueFrom": from}]), json!([]))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(key("no", "k"), "configmap \"no\" not found");
        assert_eq!(key("cm", "x"), "couldn't find key x in ConfigMap n/cm");
        let missing = build(json!([]), json!([{"secretRef": {"name": "s"}}]));
        assert_eq!(missing.unwrap_err().to_string(), "secret \"s\" not found");
    }
}
