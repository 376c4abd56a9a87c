//! The record of a launch: one ConfigMap that describes the launch and owns everything created for it.
//!
//! | data | what |
//! |---|---|
//! | `source` | source of the launch, for a person |
//! | `arguments` | its arguments, for a person; long ones are cut |
//! | `objects` | names of the created objects, grouped by their kinds |
//!
//! It stays small for any launch: 2,000 nodes with their parameters take less than half of what `kubectl
//! apply` can keep of one object ([`applied`](super::applied)). It does not repeat the objects, which are in
//! the cluster.

use std::collections::HashMap;

use serde_json::json;

use super::{Target, parameters, pod};
use podbay_core::names::LABEL_LAUNCH;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::record;
use podbay_text::shown::beginning;

/// Longest text for a person.
const SHOWN: usize = 1000;

/// Maximum number of arguments.
const ARGUMENTS: usize = 100;

/// The record of a launch that created `objects`.
pub(super) fn new(target: &Target, objects: &[Object]) -> Object {
    let launch_id = target.launch_id.as_str();
    Object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": pod::placed(&record::name(launch_id), pod::labels(launch_id), target),
        "data": {
            "source": beginning(&target.source, SHOWN),
            "arguments": json!(arguments(&target.arguments)).to_string(),
            "objects": listing(launch_id, objects),
        },
    }))
}

/// Sets `owner`, which is stored in the cluster, as the owner of `object`, so that both are deleted together.
pub fn own(object: &mut Object, owner: &Object) {
    object.0["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": owner.name(),
        "uid": owner.uid(),
    }]);
}

/// The objects that a record owns. Unreadable entries are omitted: the record may have been edited, and the
/// garbage collector deletes what remains when the launch is stopped.
pub fn objects(record: &Object) -> Vec<ObjectRef> {
    let lines = record.text("/data/objects").lines();
    lines
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(kinds, names)| names.split(' ').flat_map(|name| named(record, kinds, name)))
        .collect()
}

/// Source of the launch, for a person.
pub fn source(record: &Object) -> &str {
    record.text("/data/source")
}

/// One line for all names with the same kinds of objects, where a leading `-` is the launch id and `*` the
/// name: `v1/ConfigMap *-params, v1/Pod *: -talker -listener`.
fn listing(launch_id: &str, objects: &[Object]) -> String {
    let mut names = Grouped::default();
    for object in objects {
        let ObjectRef {
            api_version,
            kind,
            name,
            ..
        } = object.reference();
        let (name, suffix) = parameters::split_name(&name);
        names.add(name.to_owned(), format!("{api_version}/{kind} *{suffix}"));
    }
    let mut lines = Grouped::default();
    for (name, kinds) in names.0 {
        lines.add(kinds.join(", "), short(launch_id, &name).to_owned());
    }
    let line = |(kinds, names): (String, Vec<String>)| format!("{kinds}: {}\n", names.join(" "));
    lines.0.into_iter().map(line).collect()
}

/// Names by their objects, in the order of their first appearance.
#[derive(Default)]
struct Grouped(Vec<(String, Vec<String>)>, HashMap<String, usize>);

impl Grouped {
    fn add(&mut self, key: String, value: String) {
        let Self(groups, places) = self;
        let place = *places.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(value);
    }
}

fn short<'a>(launch_id: &str, name: &'a str) -> &'a str {
    let rest = name.strip_prefix(launch_id);
    rest.filter(|rest| rest.starts_with('-')).unwrap_or(name)
}

/// The objects of one `name` in a line for `kinds`.
fn named(record: &Object, kinds: &str, name: &str) -> Vec<ObjectRef> {
    let launch_id = match name.starts_with('-') {
        true => record.label(LABEL_LAUNCH),
        false => "",
    };
    let read = |kind: &str| {
        let (kind, pattern) = kind.split_once(' ')?;
        let (api_version, kind) = kind.rsplit_once('/')?;
        Some(ObjectRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: record.namespace().to_owned(),
            name: format!("{launch_id}{name}{}", pattern.strip_prefix('*')?),
        })
    };
    kinds.split(", ").filter_map(read).collect()
}

fn arguments(all: &[String]) -> Vec<String> {
    let more = (all.len() > ARGUMENTS).then(|| format!("… ({} in total)", all.len()));
    let shown = all
        .iter()
        .take(ARGUMENTS)
        .map(|argument| beginning(argument, SHOWN).into_owned());
    shown.chain(more).collect()
}
