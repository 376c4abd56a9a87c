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

use std::collections::{BTreeSet, HashMap};
use std::fmt;

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

/// Maximum number of objects: more than a ConfigMap has room for, unless somebody writes many kinds into one
/// line.
const OBJECTS: usize = 100_000;

/// A record that lists more objects than any launch has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyObjects;

impl fmt::Display for TooManyObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it lists more than {OBJECTS} objects, so it was edited")
    }
}

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

/// The objects that a record owns. Unreadable entries, and kinds that podbay does not create, are omitted: the
/// record may have been edited, and the garbage collector deletes what remains when the launch is stopped.
pub fn objects(record: &Object) -> Result<Vec<ObjectRef>, TooManyObjects> {
    let mut objects = Vec::new();
    for line in record.text("/data/objects").lines() {
        let Some((kinds, names)) = line.split_once(": ") else {
            continue;
        };
        let kinds: BTreeSet<_> = kinds.split(", ").filter_map(kind).collect();
        let names = || names.split(' ').filter(|name| !name.is_empty());
        // before the product is formed: a short line can list billions of objects
        let number = kinds.len().saturating_mul(names().count());
        if objects.len().saturating_add(number) > OBJECTS {
            return Err(TooManyObjects);
        }
        objects.extend(names().flat_map(|name| kinds.iter().map(move |kind| named(record, *kind, name))));
    }
    Ok(objects)
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

/// `apiVersion`, kind and suffix of the name.
type Kind<'a> = (&'a str, &'a str, &'a str);

/// Reads `v1/ConfigMap *-params`, if podbay creates objects of this kind.
fn kind(text: &str) -> Option<Kind<'_>> {
    let (kind, pattern) = text.split_once(' ')?;
    let (api_version, kind) = kind.rsplit_once('/')?;
    let suffix = pattern.strip_prefix('*')?;
    record::creates(api_version, kind).then_some((api_version, kind, suffix))
}

/// The object of this kind of one `name`.
fn named(record: &Object, (api_version, kind, suffix): Kind<'_>, name: &str) -> ObjectRef {
    let launch_id = match name.starts_with('-') {
        true => record.label(LABEL_LAUNCH),
        false => "",
    };
    ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: record.namespace().to_owned(),
        name: format!("{launch_id}{name}{suffix}"),
    }
}

fn arguments(all: &[String]) -> Vec<String> {
    let more = (all.len() > ARGUMENTS).then(|| format!("… ({} in total)", all.len()));
    let shown = all
        .iter()
        .take(ARGUMENTS)
        .map(|argument| beginning(argument, SHOWN).into_owned());
    shown.chain(more).collect()
}
