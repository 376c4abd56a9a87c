//! Rules about the size of a caller's manifest: it is kept, parsed and whole, for as long as the pod is there.

use super::Denial;
use crate::object::{Object, VALUE};

/// Most that a manifest may cost, in bytes of memory; a large pod has some ten thousand.
const MOST: usize = 256 * 1024;

/// Denies a manifest that takes too much memory.
pub(super) fn check(pod: &Object) -> Option<Denial> {
    let cost = pod.cost();
    (cost > MOST).then(|| Denial {
        rule: "size",
        what: format!(
            "the manifest comes to {cost} bytes, {VALUE} of them for each value in it; at most {MOST} are taken"
        ),
        way_out: "put large data into a ConfigMap or a volume".to_owned(),
    })
}
