//! The reply of `/readyz`, in the format of Kubernetes.

use super::Readiness;
use podbay_core::health::Connection;
use podbay_text::shown;

/// Whether the known state of the cluster is complete and up to date.
pub(super) fn watch(connection: &Connection) -> Readiness {
    match connection {
        Connection::Connected { .. } => Ok(()),
        Connection::Connecting => {
            Err("the initial state of the cluster has not been received yet".to_owned())
        }
        Connection::Lost { reason, .. } => Err(reason.clone()),
    }
}

/// Whether all checks succeed, and the text: `ok`, or one line per check.
pub(super) fn text(checks: &[(&str, Readiness)], verbose: bool) -> (bool, String) {
    let ready = checks.iter().all(|(_, check)| check.is_ok());
    if ready && !verbose {
        return (true, "ok\n".to_owned());
    }
    let lines = checks.iter().map(|(name, check)| match check {
        Ok(()) => format!("[+]{name} ok\n"),
        Err(reason) => format!("[-]{name} failed: {}\n", shown::line(reason)),
    });
    let last = if ready {
        "readyz check passed\n"
    } else {
        "readyz check failed\n"
    };
    (ready, lines.chain([last.to_owned()]).collect())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[track_caller]
    fn check(ros: Readiness, connection: &Connection, verbose: bool, expected: (bool, &str)) {
        let (ready, text) = text(&[("ros", ros), ("watch", watch(connection))], verbose);
        assert_eq!((ready, text.as_str()), expected);
    }

    #[test]
    fn says_what_is_missing() {
        let since = SystemTime::UNIX_EPOCH;
        let connected = Connection::Connected { since };
        let lost = Connection::Lost {
            since,
            reason: "cannot be reached".to_owned(),
        };
        check(Ok(()), &connected, false, (true, "ok\n"));
        check(
            Ok(()),
            &connected,
            true,
            (true, "[+]ros ok\n[+]watch ok\nreadyz check passed\n"),
        );
        check(
            Ok(()),
            &lost,
            false,
            (
                false,
                "[+]ros ok\n[-]watch failed: cannot be reached\nreadyz check failed\n",
            ),
        );
        check(
            Err("no node".to_owned()),
            &Connection::Connecting,
            false,
            (
                false,
                "[-]ros failed: no node\n[-]watch failed: the initial state of the cluster has not been \
                 received yet\nreadyz check failed\n",
            ),
        );
    }
}
