//! A mark on what podbay creates. By it, podbay recognizes its own object if the reply to an attempt was
//! lost.

use podbay_core::names::ANNOTATION_REQUEST;
use podbay_core::object::Object;

/// `object` with a mark of this attempt to create it.
pub(crate) fn marked(mut object: Object) -> Object {
    let mark = format!("{:016x}", fastrand::u64(..));
    object.0["metadata"]["annotations"][ANNOTATION_REQUEST] = mark.into();
    object
}

/// Whether `now` was created by the attempt that created `wanted`.
pub(crate) fn same_mark(now: &Object, wanted: &Object) -> bool {
    let mark = |object: &Object| object.annotation(ANNOTATION_REQUEST).to_owned();
    !mark(wanted).is_empty() && mark(now) == mark(wanted)
}
