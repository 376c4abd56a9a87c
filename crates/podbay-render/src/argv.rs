//! Programs that Linux would not start.

use super::{problem, title};
use podbay_core::object::Object;
use podbay_description::Process;
use podbay_description::argv;
use podbay_text::diagnostic::Diagnostic;

/// Refuses a pod of which a container could not be started.
pub(super) fn refuse(process: &Process, pod: &Object) -> Result<(), Diagnostic> {
    let lists = ["initContainers", "containers"].map(|list| pod.0["spec"][list].as_array());
    let mut containers = lists.into_iter().flatten().flatten();
    match containers.find_map(argv::too_large) {
        Some(what) => Err(problem(
            process,
            format!(
                "{}: it has {what}; pass it by a file, such as a parameter file",
                title(process)
            ),
        )),
        None => Ok(()),
    }
}
