//! What podbay requires of every cluster. The tests of each backend run all of it:
//!
//! ```ignore
//! #[path = "conformance/mod.rs"]
//! #[macro_use]
//! mod conformance;
//!
//! conformance_tests!(fixture, #[ignore = "needs …"]);
//!
//! async fn fixture(test: &'static str) -> conformance::Fixture { … }
//! ```
//!
//! Pods run [`testpod.c`](testpod.c): one static program, here or in an image.

pub(crate) mod ending;
pub(crate) mod fixture;
pub(crate) mod inside;
pub(crate) mod objects;
pub(crate) mod running;
pub(crate) mod seen;

pub(crate) use fixture::{Fixture, compile_testpod};

/// One test per requirement; `$fixture` is an async function from the test's name to a [`Fixture`].
macro_rules! conformance_tests {
    ($fixture:path $(, #[$attribute:meta])?) => {
        conformance_tests!(@all $fixture, [$(#[$attribute])?],
            objects: create_and_get_and_exists, invalid_objects_are_refused, an_unknown_namespace_is_named,
                dry_run_leaves_nothing, apply_twice_is_one_object, an_owner_takes_its_pods_along,
                launch_records_are_told, only_the_object_of_a_uid_is_deleted, config_maps_are_listed_by_label;
            running: a_pod_becomes_ready, init_containers_run_first, configuration_reaches_the_container,
                missing_configuration_is_waited_for, a_missing_volume_is_told_with_its_reason,
                readiness_follows_an_exec_probe,
                readiness_follows_a_tcp_probe, readiness_follows_an_http_probe,
                startup_comes_before_readiness, liveness_restarts;
            ending: success_is_completed, failure_is_error, a_crash_loop_backs_off,
                a_program_that_cannot_be_run_is_a_start_error, a_failed_init_container_fails_the_pod,
                deletion_is_graceful, grace_ends_in_a_kill, deletion_without_grace;
            inside: logs_and_their_tail, a_log_is_followed_to_its_end, exec_tells_code_and_both_streams,
                what_is_not_there_is_refused;
        );
    };
    (@all $fixture:path, $attributes:tt, $($module:ident: $($test:ident),*;)*) => {
        $($(conformance_tests!(@one $fixture, $attributes, $module, $test);)*)*
    };
    (@one $fixture:path, [$($attribute:tt)*], $module:ident, $test:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $($attribute)*
        async fn $test() {
            let fixture = $fixture(stringify!($test)).await;
            conformance::$module::$test(&fixture).await;
        }
    };
}
