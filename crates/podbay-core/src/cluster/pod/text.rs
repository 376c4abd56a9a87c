//! Texts that anyone may have written. They are kept as long as the pod exists, so they are shortened.

use std::collections::BTreeMap;
use std::sync::Once;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::names::{
    ANNOTATION_COST, ANNOTATION_EVALUATION, ANNOTATION_NODES, MOST_NODES, MOST_NODES_BYTES, is_node,
    listed_nodes,
};
use podbay_text::lengths::short;
use podbay_text::shown;

/// Limits in characters: a word, such as a reason, and a sentence or an image.
const LONGEST_WORD: usize = 128;
const LONGEST_TEXT: usize = 1024;

/// Digits of a number in an annotation.
const LONGEST_NUMBER: usize = 20;

/// A truncated list of nodes is logged only once, since anyone may create any number of them.
static WARNED: Once = Once::new();

pub(super) fn text(field: &Option<String>) -> String {
    field.clone().unwrap_or_default()
}

/// One word, such as a reason.
pub(super) fn word(field: &Option<String>) -> String {
    cut(field, LONGEST_WORD)
}

/// A message, or the name of an image.
pub(super) fn sentence(field: &Option<String>) -> String {
    cut(field, LONGEST_TEXT)
}

fn cut(field: &Option<String>, most: usize) -> String {
    let text = field.as_deref().unwrap_or_default();
    shown::lines(&shown::beginning(text, most)).into_owned()
}

/// The annotations that podbay reads, within limits: anyone may have written them, and every caller who asks
/// for the pod gets them.
pub(super) fn own_annotations(meta: &ObjectMeta) -> BTreeMap<String, String> {
    let all = meta.annotations.iter().flatten();
    all.filter_map(|(name, text)| {
        let kept = match name.as_str() {
            ANNOTATION_NODES => nodes_of(meta, text),
            ANNOTATION_COST | ANNOTATION_EVALUATION if text.len() <= LONGEST_NUMBER => text.clone(),
            _ => return None,
        };
        Some((name.clone(), kept))
    })
    .collect()
}

/// The valid node names of a list, up to the limits for one pod.
fn nodes_of(meta: &ObjectMeta, list: &str) -> String {
    let mut room = MOST_NODES_BYTES;
    // most of a long list is not even parsed
    let good = listed_nodes(list).take(MOST_NODES).filter(|name| is_node(name));
    let kept: Vec<_> = good
        .take_while(|name| {
            let left = room.checked_sub(name.len() + 1);
            room = left.unwrap_or(0);
            left.is_some()
        })
        .collect();
    if kept.len() < listed_nodes(list).take(MOST_NODES + 1).count() {
        let pod = short(&format!("{}/{}", text(&meta.namespace), text(&meta.name)));
        WARNED.call_once(|| {
            tracing::warn!(
                "Pod {pod}: {ANNOTATION_NODES} was truncated; it may list at most {MOST_NODES} names, such \
                 as /ns/talker, with {MOST_NODES_BYTES} bytes in total. podbay does not report this for other pods"
            );
        });
    }
    kept.join(",")
}
