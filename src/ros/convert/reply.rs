//! [`Reply`] or [`Refusal`] -> service responses.

use crate::ros::backend::podbay_msgs::{msg, srv};
use podbay_core::launch::LaunchSummary;
use podbay_core::request::{Refusal, Reply};
use podbay_text::problem::Problem;
use podbay_text::{lengths, shown};

use super::pod;

/// Most bytes of a message, of one problem, and of the file that has it.
const MESSAGE: usize = 16 * 1024;
const PROBLEM: usize = 4096;
const FILE: usize = 1024;

/// Most problems of a launch that are told, and most bytes of them.
const PROBLEMS: usize = 200;
const PROBLEM_BYTES: usize = 256 * 1024;

/// What a response takes for a text or a list beside what is in it.
const TEXT: usize = 8;

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
    (success, shown::fitting(&message, MESSAGE))
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
            message: shown::fitting(&message, MESSAGE),
            launch_id,
            pods: parts
                .iter()
                .filter_map(|part| Some(part.pod()?.to_string()))
                .collect(),
            problems: warnings(&problems, PROBLEM_BYTES),
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
    let translation = description.len() + manifests.iter().map(|text| TEXT + text.len()).sum::<usize>();
    let left = lengths::ANSWER.saturating_sub(translation);
    srv::TranslateLaunch::Response {
        success: true,
        message: String::new(),
        manifests,
        description,
        problems: warnings(&problems, left.min(PROBLEM_BYTES)),
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
        Ok(Reply::Launches(launches)) => {
            let told = within(lengths::ANSWER, launches.iter().map(launch), |launch| {
                6 * TEXT + launch.id.len() + launch.source.len() + launch.state.len()
            });
            let left_out = launches.len() - told.len();
            (told, left_out)
        }
        _ => Default::default(),
    };
    let (success, mut message) = verdict(outcome);
    if left_out > 0 {
        let are = if left_out == 1 {
            "launch is"
        } else {
            "launches are"
        };
        message = format!("{left_out} more {are} left out");
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
        source: shown::line(&launch.source).into_owned(),
        state: launch.state.as_str().to_owned(),
        pods: launch.pods,
        ready: launch.ready,
    }
}

/// Problems that did not stop a launch.
fn warnings(problems: &[Problem], most: usize) -> Vec<msg::Problem> {
    told(problems, msg::Problem::WARNING as u8, most)
}

/// Problems that stopped it.
fn errors(outcome: &Outcome) -> Vec<msg::Problem> {
    let problems = outcome
        .as_ref()
        .err()
        .map(|refusal| refusal.problems.as_slice())
        .unwrap_or_default();
    told(problems, msg::Problem::ERROR as u8, PROBLEM_BYTES)
}

/// The first of `problems`, of so many bytes, and how many more there are.
fn told(problems: &[Problem], severity: u8, most: usize) -> Vec<msg::Problem> {
    let first = problems.iter().take(PROBLEMS).map(|it| problem(it, severity));
    let mut told = within(most, first, |problem| {
        3 * TEXT + problem.file.len() + problem.text.len()
    });
    let more = problems.len() - told.len();
    let more = (more > 0).then(|| msg::Problem {
        severity,
        text: format!("and {more} more; `podbay translate` tells all"),
        ..msg::Problem::default()
    });
    told.extend(more);
    told
}

/// The first of `items` that take at most `most` bytes together.
fn within<T>(most: usize, items: impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut left = most;
    let fits = |item: T| {
        left = left.checked_sub(bytes(&item))?;
        Some(item)
    };
    items.map_while(fits).collect()
}

fn problem(problem: &Problem, severity: u8) -> msg::Problem {
    msg::Problem {
        file: shown::line(&shown::fitting(&problem.file, FILE)).into_owned(),
        line: problem.line,
        severity,
        text: shown::fitting(&problem.what, PROBLEM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_core::launch::LaunchState;

    #[test]
    fn what_a_caller_wrote_comes_back_without_characters_that_a_terminal_obeys() {
        let refusal = Refusal {
            message: "Pod default/a\u{1b}[31m is not valid\nbut".to_owned(),
            problems: vec![Problem {
                file: "a\u{1b}.xml".to_owned(),
                what: "\u{1b}[2J".to_owned(),
                ..Problem::default()
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

    fn bytes(problems: &[msg::Problem]) -> usize {
        problems
            .iter()
            .map(|problem| problem.file.len() + problem.text.len())
            .sum()
    }

    #[test]
    fn what_grows_when_it_is_written_out_stays_within_one_bound() {
        let problem = Problem {
            file: "\u{1b}".repeat(100_000),
            what: "\u{e0041}".repeat(100_000),
            ..Problem::default()
        };
        let problems = vec![problem; 300];
        let refused = translate_launch(Err(Refusal {
            message: "\u{e0041}".repeat(100_000),
            problems: problems.clone(),
        }));
        assert!(refused.message.len() < MESSAGE + 32 && refused.message.ends_with("… (400000 bytes)"));
        assert!(bytes(&refused.problems) < PROBLEM_BYTES + 100);
        let told = refused.problems.len() - 1;
        assert!(told > 40, "{told}");
        assert_eq!(
            refused.problems[told].text,
            format!("and {} more; `podbay translate` tells all", 300 - told)
        );
        let full = translate_launch(Ok(Reply::Translation {
            manifests: vec!["x".repeat(lengths::ANSWER - 6000)],
            description: String::new(),
            problems,
        }));
        assert_eq!(full.problems.len(), 2);
        assert!(full.manifests[0].len() + bytes(&full.problems) <= lengths::ANSWER);
    }

    #[test]
    fn launches_are_told_as_far_as_an_answer_goes() {
        let launch = LaunchSummary {
            id: "a".to_owned(),
            source: "é".repeat(512),
            state: LaunchState::Running,
            pods: 1,
            ready: 1,
        };
        let few = list_launches(Ok(Reply::Launches(vec![launch.clone(); 1000])));
        assert_eq!((few.launches.len(), few.message.as_str()), (1000, ""));
        let many = list_launches(Ok(Reply::Launches(vec![launch; 4000])));
        let told: usize = many.launches.iter().map(|launch| launch.source.len()).sum();
        assert!(told <= lengths::ANSWER);
        let left_out = 4000 - many.launches.len();
        assert_eq!(many.message, format!("{left_out} more launches are left out"));
    }
}
