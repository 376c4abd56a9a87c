//! What the pod of a process gets, besides its container.

use super::section::section;

section! {
    /// What the pod of a process gets, besides its container.
    pub struct Pod {
        /// Service account of the pod. Its token is not mounted.
        service_account_name: Option<String> = "serviceAccountName",
    }
}
