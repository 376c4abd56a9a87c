//! The effect of one change of a pod on the counters.

use podbay_core::pod::{Container, ContainerState, Pod, Termination};

/// The difference between two observations of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Container restarts.
    pub restarts: u64,
    /// Containers killed because they ran out of memory.
    pub oom_kills: u64,
}

/// The difference since `before`. Without it, or if that was another pod of the same name, everything that
/// happened to the pod counts.
pub fn delta(before: Option<&Pod>, after: &Pod) -> Delta {
    let same = before.filter(|before| before.uid == after.uid);
    let mut delta = Delta::default();
    for container in &after.containers {
        let was = same.and_then(|pod| pod.containers.iter().find(|was| was.name == container.name));
        let restarts = container
            .restarts
            .saturating_sub(was.map_or(0, |was| was.restarts));
        delta.restarts += u64::from(restarts);
        let known: Vec<_> = was.into_iter().flat_map(oom_kills).collect();
        let new = oom_kills(container).filter(|kill| !known.contains(kill));
        delta.oom_kills += new.count() as u64;
    }
    delta
}

/// Ends because of memory in a container's status: of this run and the one before.
fn oom_kills(container: &Container) -> impl Iterator<Item = &Termination> {
    let now = match &container.state {
        ContainerState::Terminated(end) => Some(end),
        ContainerState::Waiting { .. } | ContainerState::Running { .. } => None,
    };
    now.into_iter()
        .chain(&container.last)
        .filter(|end| end.was_out_of_memory())
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A running pod with these containers.
    pub(in crate::metrics) fn pod(uid: &str, containers: &[Container]) -> Pod {
        Pod {
            uid: uid.to_owned(),
            containers: containers.to_vec(),
            ..Pod::running("default", "a")
        }
    }

    fn end(reason: &str, second: u64) -> Termination {
        let finished = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        Termination {
            exit_code: 137,
            reason: reason.to_owned(),
            message: String::new(),
            finished,
        }
    }

    /// A running container, or one that has `ended`.
    pub(in crate::metrics) fn container(
        restarts: u32,
        ended: Option<Termination>,
        last: Option<Termination>,
    ) -> Container {
        let started = SystemTime::UNIX_EPOCH;
        let state = ended.map_or(ContainerState::Running { started }, ContainerState::Terminated);
        let (name, image) = ("main".to_owned(), "x".to_owned());
        Container {
            name,
            image,
            init: false,
            sidecar: false,
            ready: true,
            restarts,
            state,
            last,
        }
    }

    #[track_caller]
    fn check(before: Option<Pod>, after: Container, restarts: u64, oom_kills: u64) {
        let after = pod("u1", &[after]);
        assert_eq!(delta(before.as_ref(), &after), Delta { restarts, oom_kills });
    }

    #[test]
    fn restarts_count_the_difference() {
        check(
            Some(pod("u1", &[container(2, None, None)])),
            container(5, None, None),
            3,
            0,
        );
        check(
            Some(pod("u1", &[container(2, None, None)])),
            container(2, None, None),
            0,
            0,
        );
    }

    #[test]
    fn another_pod_of_the_same_name_starts_from_nothing() {
        check(
            Some(pod("u0", &[container(7, None, None)])),
            container(1, None, None),
            1,
            0,
        );
        check(None, container(1, None, Some(end("OOMKilled", 1))), 1, 1);
    }

    #[test]
    fn an_oom_kill_counts_once_on_its_way_through_the_status() {
        let running = container(0, None, None);
        let killed = container(0, Some(end("OOMKilled", 9)), None);
        let restarted = container(1, None, Some(end("OOMKilled", 9)));
        check(Some(pod("u1", &[running])), killed.clone(), 0, 1);
        check(Some(pod("u1", &[killed])), restarted.clone(), 1, 0);
        check(
            Some(pod("u1", std::slice::from_ref(&restarted))),
            container(2, None, Some(end("OOMKilled", 20))),
            1,
            1,
        );
        check(
            Some(pod("u1", &[restarted])),
            container(2, None, Some(end("Error", 20))),
            1,
            0,
        );
    }
}
