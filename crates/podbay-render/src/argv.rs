//! Refuses programs that Linux cannot start.

use super::problem;
use podbay_core::object::Object;
use podbay_description::Process;
use podbay_description::argv;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Refuses a pod with a container that cannot be started.
pub(super) fn refuse(process: &Process, pod: &Object) -> Result<(), Diagnostic> {
    let lists = ["initContainers", "containers"].map(|list| pod.0["spec"][list].as_array());
    let mut containers = lists.into_iter().flatten().flatten();
    match containers.find_map(argv::too_large) {
        Some(what) => {
            let what = format!("it has {what}; pass it by a file, such as a parameter file");
            Err(problem(Code::CommandLineTooLong, process, what))
        }
        None => Ok(()),
    }
}
