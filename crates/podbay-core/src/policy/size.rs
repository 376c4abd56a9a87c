//! Rules about the size of a caller's manifest, which is kept in memory as long as the pod exists.

use super::Denial;
use crate::object::{Object, VALUE};

/// Memory limit of a manifest in bytes; a large pod takes about ten thousand.
const MOST: usize = 256 * 1024;

/// Denies a manifest that takes too much memory.
pub(super) fn check(pod: &Object) -> Option<Denial> {
    let cost = pod.cost();
    (cost > MOST).then(|| Denial {
        rule: "size",
        what: format!(
            "the manifest has {cost} bytes, counting {VALUE} more for each value, which exceeds the limit of {MOST}"
        ),
        help: "put large data into a ConfigMap or a volume".to_owned(),
    })
}
