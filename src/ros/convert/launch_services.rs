//! Services for launches: request -> operation, reply -> response.

use super::field::{arguments, label, text};
use super::refusal::{PROBLEM_BYTES, Refusable, TEXT, limited, message, refusable, within};
use crate::operation::{
    Done, LaunchRequest, Launches, ListLaunches, SourceFields, StartLaunch, Started, StopLaunch,
    TranslateLaunch, Translated,
};
use crate::ros::backend::podbay_msgs::{msg, srv};
use podbay_core::launch::LaunchSummary;
use podbay_core::launch_id::LaunchId;
use podbay_core::request::Refusal;
use podbay_text::lengths::{self, Text};
use podbay_text::shown;

/// The launch of a request. The messages of both services have the same fields.
macro_rules! launch_request {
    ($request:expr) => {
        LaunchRequest {
            launch_id: LaunchId::optional(&label("launch_id", $request.launch_id)?)?,
            source: SourceFields {
                package: text(Text::Name, "package", $request.package)?,
                file: text(Text::Path, "file", $request.file)?,
                description: text(Text::Document, "description", $request.description)?,
                format: label("format", $request.format)?,
            }
            .try_into()?,
            arguments: arguments("arguments", $request.arguments)?,
            profile: text(Text::Name, "profile", $request.profile)?,
        }
    };
}

refusable!(StartLaunch, problems);

impl TryFrom<srv::StartLaunch::Request> for StartLaunch {
    type Error = Refusal;

    fn try_from(request: srv::StartLaunch::Request) -> Result<Self, Refusal> {
        Ok(Self(launch_request!(request)))
    }
}

impl From<Started> for srv::StartLaunch::Response {
    fn from(started: Started) -> Self {
        let pods = started.parts.iter().filter_map(|part| part.pod());
        Self {
            success: true,
            message: message(&started.message),
            pods: pods.map(|pod| pod.to_string()).collect(),
            problems: limited(&started.problems, PROBLEM_BYTES),
            launch_id: started.launch_id,
        }
    }
}

refusable!(StopLaunch);

impl TryFrom<srv::StopLaunch::Request> for StopLaunch {
    type Error = Refusal;

    fn try_from(request: srv::StopLaunch::Request) -> Result<Self, Refusal> {
        if request.launch_id.is_empty() {
            return Err("launch_id is required; list_launches lists all launches".into());
        }
        let launch_id = label("launch_id", request.launch_id)?;
        Ok(Self { launch_id })
    }
}

impl From<Done> for srv::StopLaunch::Response {
    fn from(Done(done): Done) -> Self {
        Self {
            success: true,
            message: message(&done),
        }
    }
}

refusable!(ListLaunches);

impl TryFrom<srv::ListLaunches::Request> for ListLaunches {
    type Error = Refusal;

    fn try_from(_: srv::ListLaunches::Request) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

impl From<Launches> for srv::ListLaunches::Response {
    /// As many as fit into a reply.
    fn from(Launches(launches): Launches) -> Self {
        let listed = within(lengths::REPLY, launches.iter().map(launch), |launch| {
            6 * TEXT + launch.id.len() + launch.source.len() + launch.state.len()
        });
        let message = match launches.len() - listed.len() {
            0 => String::new(),
            1 => "1 more launch is omitted".to_owned(),
            left_out => format!("{left_out} more launches are omitted"),
        };
        Self {
            success: true,
            message,
            launches: listed,
        }
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

refusable!(TranslateLaunch, problems);

impl TryFrom<srv::TranslateLaunch::Request> for TranslateLaunch {
    type Error = Refusal;

    fn try_from(request: srv::TranslateLaunch::Request) -> Result<Self, Refusal> {
        Ok(Self(launch_request!(request)))
    }
}

impl From<Translated> for srv::TranslateLaunch::Response {
    fn from(translated: Translated) -> Self {
        let Translated {
            manifests,
            description,
            problems,
        } = translated;
        let translation = description.len() + manifests.iter().map(|text| TEXT + text.len()).sum::<usize>();
        let left = lengths::REPLY.saturating_sub(translation);
        Self {
            success: true,
            message: String::new(),
            manifests,
            description,
            problems: limited(&problems, left.min(PROBLEM_BYTES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_core::launch::LaunchState;
    use podbay_text::diagnostic::Code;

    #[test]
    fn arguments_beyond_their_bounds_are_named() {
        let launch = srv::StartLaunch::Request {
            arguments: vec!["a:=1".to_owned(), "x".repeat(20_000_000)],
            file: "a".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            StartLaunch::try_from(launch).unwrap_err().message,
            "one of arguments has 20000000 bytes and exceeds the limit of 131072"
        );
    }

    #[test]
    fn the_problems_of_a_callers_file_come_back_without_characters_that_a_terminal_obeys() {
        let refusal = Refusal {
            problems: vec![Code::NotXml.says("\u{1b}[2J").in_file("a\u{1b}.xml")],
            ..Refusal::from("not valid")
        };
        let translated = srv::TranslateLaunch::Response::refused(refusal);
        let [problem] = translated.problems.as_slice() else {
            panic!("{translated:?}")
        };
        assert_eq!(
            (problem.file.as_str(), problem.text.as_str()),
            ("a\\u{1b}.xml", "error[PB0104]: \\u{1b}[2J")
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
        let problem = Code::NotXml
            .says("\u{e0041}".repeat(100_000))
            .in_file("\u{1b}".repeat(100_000));
        let problems = vec![problem; 300];
        let refused = srv::TranslateLaunch::Response::refused(Refusal {
            problems: problems.clone(),
            ..Refusal::from("\u{e0041}".repeat(100_000))
        });
        assert!(refused.message.len() < (16 << 10) + 32 && refused.message.ends_with("… (400000 bytes)"));
        assert!(bytes(&refused.problems) < PROBLEM_BYTES + 100);
        let listed = refused.problems.len() - 1;
        assert!(listed > 40, "{listed}");
        assert_eq!(
            refused.problems[listed].text,
            format!("and {} more; `podbay translate` prints all", 300 - listed)
        );
        let full = srv::TranslateLaunch::Response::from(Translated {
            manifests: vec!["x".repeat(lengths::REPLY - 6000)],
            description: String::new(),
            problems,
        });
        assert_eq!(full.problems.len(), 2);
        assert!(full.manifests[0].len() + bytes(&full.problems) <= lengths::REPLY);
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
        let few = srv::ListLaunches::Response::from(Launches(vec![launch.clone(); 1000]));
        assert_eq!((few.launches.len(), few.message.as_str()), (1000, ""));
        let many = srv::ListLaunches::Response::from(Launches(vec![launch; 4000]));
        let told: usize = many.launches.iter().map(|launch| launch.source.len()).sum();
        assert!(told <= lengths::REPLY);
        let left_out = 4000 - many.launches.len();
        assert_eq!(many.message, format!("{left_out} more launches are omitted"));
    }
}
