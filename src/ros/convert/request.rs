//! Service requests -> [`Request`]. A request that makes no sense is refused here, by name.

use std::time::Duration;

use crate::ros::backend::podbay_msgs::srv;
use podbay_core::grace::LONGEST;
use podbay_core::names::PodKey;
use podbay_core::request::{CreatePod, ExecInPod, GetLogs, LaunchSource, ListPods, Refusal, Request};
use podbay_text::lengths;
use podbay_text::lengths::Text;

/// How long a command may run when the request does not say.
const EXEC_TIMEOUT: Duration = Duration::from_secs(30);

/// A request as the domain has it, or why it cannot be.
pub(crate) type Asked = Result<Request, Refusal>;

pub(crate) fn create_pod(request: srv::CreatePod::Request) -> Asked {
    Ok(Request::CreatePod(CreatePod {
        namespace: label("pod_namespace", request.pod_namespace)?,
        manifest: text(Text::Document, "manifest", request.manifest)?,
        dry_run: request.dry_run,
    }))
}

pub(crate) fn delete_pod(request: srv::DeletePod::Request) -> Asked {
    let key = key(request.pod_namespace, request.name)?;
    Ok(Request::DeletePod {
        key,
        grace: grace(request.grace_period)?,
    })
}

pub(crate) fn restart_pod(request: srv::RestartPod::Request) -> Asked {
    let key = key(request.pod_namespace, request.name)?;
    Ok(Request::RestartPod {
        key,
        grace: grace(request.grace_period)?,
    })
}

pub(crate) fn get_pod(request: srv::GetPod::Request) -> Asked {
    Ok(Request::GetPod {
        key: key(request.pod_namespace, request.name)?,
    })
}

pub(crate) fn list_pods(request: srv::ListPods::Request) -> Asked {
    Ok(Request::ListPods(ListPods {
        namespace: label("pod_namespace", request.pod_namespace)?,
        label_selector: text(Text::Selector, "label_selector", request.label_selector)?,
        launch: label("launch", request.launch)?,
        limit: request.limit,
        continue_token: text(Text::Selector, "continue_token", request.continue_token)?,
    }))
}

pub(crate) fn get_logs(request: srv::GetLogs::Request) -> Asked {
    Ok(Request::GetLogs(GetLogs {
        key: key(request.pod_namespace, request.name)?,
        container: label("container", request.container)?,
        tail_lines: request.tail_lines,
        previous: request.previous,
    }))
}

pub(crate) fn exec_in_pod(request: srv::ExecInPod::Request) -> Asked {
    Ok(Request::ExecInPod(ExecInPod {
        key: key(request.pod_namespace, request.name)?,
        container: label("container", request.container)?,
        command: arguments("command", request.command)?,
        timeout: timeout(request.timeout)?,
    }))
}

/// The launch that a request names; the messages of both services have the same fields.
macro_rules! launch_source {
    ($request:expr) => {
        LaunchSource {
            launch_id: label("launch_id", $request.launch_id)?,
            package: text(Text::Name, "package", $request.package)?,
            file: text(Text::Path, "file", $request.file)?,
            description: text(Text::Document, "description", $request.description)?,
            format: label("format", $request.format)?,
            arguments: arguments("arguments", $request.arguments)?,
            profile: text(Text::Name, "profile", $request.profile)?,
        }
    };
}

pub(crate) fn start_launch(request: srv::StartLaunch::Request) -> Asked {
    Ok(Request::StartLaunch(launch_source!(request)))
}

pub(crate) fn translate_launch(request: srv::TranslateLaunch::Request) -> Asked {
    Ok(Request::TranslateLaunch(launch_source!(request)))
}

pub(crate) fn stop_launch(request: srv::StopLaunch::Request) -> Asked {
    if request.launch_id.is_empty() {
        return Err("launch_id is empty; list_launches tells which launches there are".into());
    }
    Ok(Request::StopLaunch {
        launch_id: label("launch_id", request.launch_id)?,
    })
}

#[allow(clippy::needless_pass_by_value)] // as its sisters
pub(crate) fn list_launches(_: srv::ListLaunches::Request) -> Asked {
    Ok(Request::ListLaunches)
}

/// The pod `name`; an empty namespace is left for the bridge to fill in.
fn key(namespace: String, name: String) -> Result<PodKey, Refusal> {
    if name.is_empty() {
        return Err("name is empty; give the name of a pod (list_pods tells which there are)".into());
    }
    let (namespace, name) = (
        label("pod_namespace", namespace)?,
        text(Text::Name, "name", name)?,
    );
    Ok(PodKey::new(namespace, name))
}

/// The text of `field`, which is within its bound.
fn text(kind: Text, field: &str, text: String) -> Result<String, Refusal> {
    kind.check(field, &text)?;
    Ok(text)
}

fn label(field: &str, value: String) -> Result<String, Refusal> {
    text(Text::Label, field, value)
}

fn arguments(field: &str, list: Vec<String>) -> Result<Vec<String>, Refusal> {
    lengths::check_list(field, &list)?;
    for argument in &list {
        Text::Argument.check(&format!("one of {field}"), argument)?;
    }
    Ok(list)
}

fn grace(seconds: i64) -> Result<Option<Duration>, Refusal> {
    let longest = LONGEST.as_secs();
    match u64::try_from(seconds) {
        Ok(seconds) if seconds <= longest => Ok(Some(Duration::from_secs(seconds))),
        _ if seconds == -1 => Ok(None),
        _ => Err(format!(
            "grace_period is {seconds}; give at most {longest} seconds, or -1 for the pod's own"
        )
        .into()),
    }
}

fn timeout(seconds: f64) -> Result<Duration, Refusal> {
    if seconds == 0.0 {
        return Ok(EXEC_TIMEOUT);
    }
    let refusal = || {
        format!(
            "timeout is {seconds}; give at most {} seconds, or 0 for {} s",
            LONGEST.as_secs(),
            EXEC_TIMEOUT.as_secs()
        )
        .into()
    };
    let timeout = Duration::try_from_secs_f64(seconds).ok();
    timeout.filter(|timeout| *timeout <= LONGEST).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_no_clock_can_hold_are_refused() {
        assert_eq!(grace(-1), Ok(None));
        assert_eq!(grace(30), Ok(Some(Duration::from_secs(30))));
        for seconds in [i64::MIN, -2, i64::MAX] {
            let refusal = grace(seconds).unwrap_err();
            assert!(
                refusal.message.contains("at most 31622400 seconds"),
                "{refusal:?}"
            );
        }
        assert_eq!(timeout(0.0), Ok(EXEC_TIMEOUT));
        assert_eq!(timeout(0.5), Ok(Duration::from_millis(500)));
        for seconds in [-1.0, 1e18, f64::INFINITY, f64::NAN] {
            assert!(timeout(seconds).is_err(), "{seconds}");
        }
    }

    #[test]
    fn texts_beyond_their_bounds_are_named() {
        let long = || "x".repeat(20_000_000);
        let said = |asked: Asked| asked.unwrap_err().message;
        let get = |pod_namespace: String, name: String| get_pod(srv::GetPod::Request { pod_namespace, name });
        assert_eq!(
            said(get(String::new(), long())),
            "name has 20000000 bytes; at most 253 are taken"
        );
        assert_eq!(
            said(get(long(), "a".to_owned())),
            "pod_namespace has 20000000 bytes; at most 63 are taken"
        );
        let command = srv::ExecInPod::Request {
            name: "a".to_owned(),
            command: vec![String::new(); 2000],
            ..Default::default()
        };
        assert_eq!(
            said(exec_in_pod(command)),
            "command has 2000 elements; at most 1000 are taken"
        );
        let launch = srv::StartLaunch::Request {
            arguments: vec!["a:=1".to_owned(), long()],
            ..Default::default()
        };
        assert_eq!(
            said(start_launch(launch)),
            "one of arguments has 20000000 bytes; at most 131072 are taken"
        );
        let selector = srv::ListPods::Request {
            label_selector: long(),
            ..Default::default()
        };
        assert_eq!(
            said(list_pods(selector)),
            "label_selector has 20000000 bytes; at most 4096 are taken"
        );
    }
}
