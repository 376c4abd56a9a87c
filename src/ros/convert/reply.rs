//! [`Reply`] or [`Refusal`] -> service responses.

use crate::domain::request::{LaunchSummary, Refusal, Reply};
use crate::domain::{description, shown};
use crate::ros::backend::podbay_msgs::{msg, srv};

use super::pod;

/// Most characters of a message, and of one problem.
const MESSAGE: usize = 16 * 1024;
const PROBLEM: usize = 4096;

/// Most launches that are told, each with half a kilobyte or so.
const LAUNCHES: usize = 2000;

/// Most problems of a launch that are told.
const PROBLEMS: usize = 200;

/// What came of a request.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// `success` and `message`, with which every response begins. The message may quote what a caller or a cluster wrote.
fn verdict(outcome: Outcome) -> (bool, String) {
    let (success, message) = match outcome {
        Ok(Reply::Done(message)) => (true, message),
        Ok(Reply::Pod { message, .. } | Reply::Started { message, .. }) => (true, message),
        Ok(_) => (true, String::new()),
        Err(refusal) => (false, refusal.message),
    };
    (
        success,
        shown::lines(&shown::beginning(&message, MESSAGE)).into_owned(),
    )
}

pub(crate) fn create_pod(outcome: Outcome) -> srv::CreatePod::Response {
    let pod = reported(&outcome);
    let (success, message) = verdict(outcome);
    srv::CreatePod::Response {
        success,
        message,
        pod,
    }
}

pub(crate) fn get_pod(outcome: Outcome) -> srv::GetPod::Response {
    let pod = reported(&outcome);
    let (success, message) = verdict(outcome);
    srv::GetPod::Response {
        success,
        message,
        pod,
    }
}

fn reported(outcome: &Outcome) -> msg::Pod {
    match outcome {
        Ok(Reply::Pod { report, .. }) => pod::pod(report),
        _ => msg::Pod::default(),
    }
}

pub(crate) fn delete_pod(outcome: Outcome) -> srv::DeletePod::Response {
    let (success, message) = verdict(outcome);
    srv::DeletePod::Response { success, message }
}

pub(crate) fn restart_pod(outcome: Outcome) -> srv::RestartPod::Response {
    let (success, message) = verdict(outcome);
    srv::RestartPod::Response { success, message }
}

pub(crate) fn stop_launch(outcome: Outcome) -> srv::StopLaunch::Response {
    let (success, message) = verdict(outcome);
    srv::StopLaunch::Response { success, message }
}

pub(crate) fn list_pods(outcome: Outcome) -> srv::ListPods::Response {
    let (pods, continue_token) = match &outcome {
        Ok(Reply::Pods { pods, continue_token }) => (pod::pods(pods), continue_token.clone()),
        _ => Default::default(),
    };
    let (success, message) = verdict(outcome);
    srv::ListPods::Response {
        success,
        message,
        pods,
        continue_token,
    }
}

pub(crate) fn get_logs(outcome: Outcome) -> srv::GetLogs::Response {
    match outcome {
        Ok(Reply::Log(log)) => srv::GetLogs::Response {
            success: true,
            message: String::new(),
            log,
        },
        other => {
            let (success, message) = verdict(other);
            srv::GetLogs::Response {
                success,
                message,
                log: String::new(),
            }
        }
    }
}

pub(crate) fn exec_in_pod(outcome: Outcome) -> srv::ExecInPod::Response {
    match outcome {
        Ok(Reply::Exec {
            exit_code,
            stdout,
            stderr,
        }) => srv::ExecInPod::Response {
            success: true,
            message: String::new(),
            exit_code,
            stdout,
            stderr,
        },
        other => {
            let (success, message) = verdict(other);
            srv::ExecInPod::Response {
                success,
                message,
                ..Default::default()
            }
        }
    }
}

pub(crate) fn start_launch(outcome: Outcome) -> srv::StartLaunch::Response {
    match outcome {
        Ok(Reply::Started {
            message,
            launch_id,
            parts,
            problems,
        }) => srv::StartLaunch::Response {
            success: true,
            message: shown::lines(&shown::beginning(&message, MESSAGE)).into_owned(),
            launch_id,
            pods: parts
                .iter()
                .filter_map(|part| Some(part.pod()?.to_string()))
                .collect(),
            problems: warnings(&problems),
        },
        other => {
            let problems = errors(&other);
            let (success, message) = verdict(other);
            srv::StartLaunch::Response {
                success,
                message,
                problems,
                ..Default::default()
            }
        }
    }
}

pub(crate) fn translate_launch(outcome: Outcome) -> srv::TranslateLaunch::Response {
    let (manifests, description, problems) = match outcome {
        Ok(Reply::Translation {
            manifests,
            description,
            problems,
        }) => (manifests, description, problems),
        other => return not_translated(other),
    };
    srv::TranslateLaunch::Response {
        success: true,
        message: String::new(),
        manifests,
        description,
        problems: warnings(&problems),
    }
}

fn not_translated(outcome: Outcome) -> srv::TranslateLaunch::Response {
    let problems = errors(&outcome);
    let (success, message) = verdict(outcome);
    srv::TranslateLaunch::Response {
        success,
        message,
        problems,
        ..Default::default()
    }
}

pub(crate) fn list_launches(outcome: Outcome) -> srv::ListLaunches::Response {
    let (launches, left_out) = match &outcome {
        Ok(Reply::Launches(launches)) => (
            launches.iter().take(LAUNCHES).map(launch).collect(),
            launches.len().saturating_sub(LAUNCHES),
        ),
        _ => Default::default(),
    };
    let (success, mut message) = verdict(outcome);
    if left_out > 0 {
        message = format!("{left_out} more launches are left out");
    }
    srv::ListLaunches::Response {
        success,
        message,
        launches,
    }
}

fn launch(launch: &LaunchSummary) -> msg::LaunchSummary {
    msg::LaunchSummary {
        id: launch.id.clone(),
        source: launch.source.clone(),
        state: launch.state.clone(),
        pods: launch.pods,
        ready: launch.ready,
    }
}

/// Problems that did not stop a launch.
fn warnings(problems: &[description::Problem]) -> Vec<msg::Problem> {
    told(problems, msg::Problem::WARNING as u8)
}

/// Problems that stopped it.
fn errors(outcome: &Outcome) -> Vec<msg::Problem> {
    let problems = outcome
        .as_ref()
        .err()
        .map(|refusal| refusal.problems.as_slice())
        .unwrap_or_default();
    told(problems, msg::Problem::ERROR as u8)
}

/// The first of `problems`, and how many more there are.
fn told(problems: &[description::Problem], severity: u8) -> Vec<msg::Problem> {
    let first = problems.iter().take(PROBLEMS).map(|it| problem(it, severity));
    let more = problems.len().saturating_sub(PROBLEMS);
    let more = (more > 0).then(|| msg::Problem {
        severity,
        text: format!("and {more} more; `podbay translate` tells all"),
        ..msg::Problem::default()
    });
    first.chain(more).collect()
}

fn problem(problem: &description::Problem, severity: u8) -> msg::Problem {
    msg::Problem {
        file: shown::line(&problem.file).into_owned(),
        line: problem.line,
        severity,
        text: shown::lines(&shown::beginning(&problem.what, PROBLEM)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_wrote_comes_back_without_characters_that_a_terminal_obeys() {
        let refusal = Refusal {
            message: "Pod default/a\u{1b}[31m is not valid\nbut".to_owned(),
            problems: vec![description::Problem {
                file: "a\u{1b}.xml".to_owned(),
                what: "\u{1b}[2J".to_owned(),
                ..description::Problem::default()
            }],
        };
        let shown = "Pod default/a\\u{1b}[31m is not valid\nbut";
        assert_eq!(delete_pod(Err(refusal.clone())).message, shown);
        assert_eq!(create_pod(Err(refusal.clone())).message, shown);
        let translated = translate_launch(Err(refusal));
        assert_eq!(translated.message, shown);
        let [problem] = translated.problems.as_slice() else {
            panic!("{translated:?}")
        };
        assert_eq!(
            (problem.file.as_str(), problem.text.as_str()),
            ("a\\u{1b}.xml", "\\u{1b}[2J")
        );
    }
}
