//! Refuses programs that Linux cannot start.

use super::problem;
use podbay_core::object::Object;
use podbay_description::{Process, argv};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Refuses a pod with a container that cannot be started.
pub(super) fn refuse(process: &Process, pod: &Object) -> Result<(), Diagnostic> {
    let lists = ["initContainers", "containers"].map(|list| pod.0["spec"][list].as_array());
    let mut containers = lists.into_iter().flatten().flatten();
    match containers.find_map(argv::too_large) {
        Some(what) => {
            let error = problem(Code::CommandLineTooLong, process, format!("it has {what}"));
            Err(error.help("pass it in a file, such as a parameter file"))
        }
        None => Ok(()),
    }
}
