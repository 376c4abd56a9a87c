//! Services for pods: request -> operation, reply -> response.

use super::field::{arguments, grace, key, label, text, timeout};
use super::pod;
use super::refusal::{Refusable, message, refusable};
use crate::operation::{
    CreatePod, Created, DeletePod, Done, ExecInPod, Exited, Found, GetLogs, GetPod, ListPods, Log, Pods,
    RestartPod,
};
use crate::ros::backend::podbay_msgs::srv;
use podbay_core::cluster::{Exec, ExecOutput, LogQuery};
use podbay_core::model::{Page, PodQuery};
use podbay_core::request::Refusal;
use podbay_text::lengths::Text;

refusable!(CreatePod);

impl TryFrom<srv::CreatePod::Request> for CreatePod {
    type Error = Refusal;

    fn try_from(request: srv::CreatePod::Request) -> Result<Self, Refusal> {
        Ok(Self {
            namespace: label("pod_namespace", request.pod_namespace)?,
            manifest: text(Text::Document, "manifest", request.manifest)?,
            dry_run: request.dry_run,
        })
    }
}

impl From<Created> for srv::CreatePod::Response {
    fn from(created: Created) -> Self {
        Self {
            success: true,
            message: message(&created.message),
            pod: pod::pod(&created.report),
        }
    }
}

refusable!(DeletePod);

impl TryFrom<srv::DeletePod::Request> for DeletePod {
    type Error = Refusal;

    fn try_from(request: srv::DeletePod::Request) -> Result<Self, Refusal> {
        Ok(Self {
            key: key(request.pod_namespace, request.name)?,
            grace: grace(request.grace_period)?,
        })
    }
}

impl From<Done> for srv::DeletePod::Response {
    fn from(Done(done): Done) -> Self {
        Self {
            success: true,
            message: message(&done),
        }
    }
}

refusable!(RestartPod);

impl TryFrom<srv::RestartPod::Request> for RestartPod {
    type Error = Refusal;

    fn try_from(request: srv::RestartPod::Request) -> Result<Self, Refusal> {
        Ok(Self {
            key: key(request.pod_namespace, request.name)?,
            grace: grace(request.grace_period)?,
        })
    }
}

impl From<Done> for srv::RestartPod::Response {
    fn from(Done(done): Done) -> Self {
        Self {
            success: true,
            message: message(&done),
        }
    }
}

refusable!(GetPod);

impl TryFrom<srv::GetPod::Request> for GetPod {
    type Error = Refusal;

    fn try_from(request: srv::GetPod::Request) -> Result<Self, Refusal> {
        let key = key(request.pod_namespace, request.name)?;
        Ok(Self { key })
    }
}

impl From<Found> for srv::GetPod::Response {
    fn from(Found(report): Found) -> Self {
        Self {
            success: true,
            message: format!("Pod {}", report.pod.key),
            pod: pod::pod(&report),
        }
    }
}

refusable!(ListPods);

impl TryFrom<srv::ListPods::Request> for ListPods {
    type Error = Refusal;

    fn try_from(request: srv::ListPods::Request) -> Result<Self, Refusal> {
        Ok(Self(PodQuery {
            namespace: label("pod_namespace", request.pod_namespace)?,
            label_selector: text(Text::Selector, "label_selector", request.label_selector)?,
            launch: label("launch", request.launch)?,
            limit: request.limit,
            continue_token: text(Text::Selector, "continue_token", request.continue_token)?,
        }))
    }
}

impl From<Pods> for srv::ListPods::Response {
    fn from(Pods(Page { pods, continue_token }): Pods) -> Self {
        Self {
            success: true,
            message: String::new(),
            pods: pod::pods(&pods),
            continue_token,
        }
    }
}

refusable!(GetLogs);

impl TryFrom<srv::GetLogs::Request> for GetLogs {
    type Error = Refusal;

    fn try_from(request: srv::GetLogs::Request) -> Result<Self, Refusal> {
        Ok(Self(LogQuery {
            key: key(request.pod_namespace, request.name)?,
            container: label("container", request.container)?,
            tail_lines: request.tail_lines,
            previous: request.previous,
        }))
    }
}

impl From<Log> for srv::GetLogs::Response {
    fn from(Log(log): Log) -> Self {
        Self {
            success: true,
            message: String::new(),
            log,
        }
    }
}

refusable!(ExecInPod);

impl TryFrom<srv::ExecInPod::Request> for ExecInPod {
    type Error = Refusal;

    fn try_from(request: srv::ExecInPod::Request) -> Result<Self, Refusal> {
        Ok(Self(Exec {
            key: key(request.pod_namespace, request.name)?,
            container: label("container", request.container)?,
            command: arguments("command", request.command)?,
            timeout: timeout(request.timeout)?,
        }))
    }
}

impl From<Exited> for srv::ExecInPod::Response {
    fn from(Exited(output): Exited) -> Self {
        let ExecOutput {
            exit_code,
            stdout,
            stderr,
        } = output;
        Self {
            success: true,
            message: String::new(),
            exit_code,
            stdout,
            stderr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_beyond_their_bounds_are_named() {
        let long = || "x".repeat(20_000_000);
        let get = |pod_namespace: String, name: String| {
            let asked = GetPod::try_from(srv::GetPod::Request { pod_namespace, name });
            asked.unwrap_err().message
        };
        assert_eq!(
            get(String::new(), long()),
            "name has 20000000 bytes and exceeds the limit of 253"
        );
        assert_eq!(
            get(long(), "a".to_owned()),
            "pod_namespace has 20000000 bytes and exceeds the limit of 63"
        );
        let command = srv::ExecInPod::Request {
            name: "a".to_owned(),
            command: vec![String::new(); 2000],
            ..Default::default()
        };
        assert_eq!(
            ExecInPod::try_from(command).unwrap_err().message,
            "command has 2000 elements and exceeds the limit of 1000"
        );
        let selector = srv::ListPods::Request {
            label_selector: long(),
            ..Default::default()
        };
        assert_eq!(
            ListPods::try_from(selector).unwrap_err().message,
            "label_selector has 20000000 bytes and exceeds the limit of 4096"
        );
    }

    #[test]
    fn what_a_caller_wrote_comes_back_without_characters_that_a_terminal_obeys() {
        let refusal = Refusal::from("Pod default/a\u{1b}[31m is not valid\nbut");
        let shown = "Pod default/a\\u{1b}[31m is not valid\nbut";
        assert_eq!(srv::DeletePod::Response::refused(refusal.clone()).message, shown);
        assert_eq!(srv::CreatePod::Response::refused(refusal).message, shown);
        let done = Done("Pod default/a\u{1b}[31m is being deleted".to_owned());
        let shown = "Pod default/a\\u{1b}[31m is being deleted";
        assert_eq!(srv::DeletePod::Response::from(done).message, shown);
    }
}
