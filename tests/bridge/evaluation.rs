//! Pods that evaluate launch files for ROS callers, and what a translation shows to ROS callers.

use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use podbay::bridge::evaluate::Evaluate;
use podbay::operation::{LaunchRequest, ListPods, TranslateLaunch};
use podbay_launch_file::{Format, Source};
use serde_json::json;

use super::faulty::Fate;
use super::{Podbay, podbay_with_images};

/// A podbay with this profile, whose cluster runs images; pods are recorded, then refused.
pub(super) fn with_profile(test: &str, policy: &str, profile: &str) -> Podbay {
    let mut podbay = podbay_with_images(test, policy);
    let file = podbay.folder.with_extension("profile.yaml");
    std::fs::write(&file, profile).unwrap();
    podbay.bridge.translator.profiles.default = Some(file.into());
    podbay.bridge.translator.evaluator.policy = podbay.bridge.policy.clone();
    let cluster = podbay.bridge.cluster.clone();
    podbay.bridge.translator.evaluator.cluster = Arc::new(move || {
        let cluster = cluster.clone();
        Box::pin(async move { Ok(cluster) })
    });
    podbay.cluster.rule(|_| Fate::Refuse("enough seen".to_owned()));
    podbay
}

fn translate(format: Format, description: &str) -> TranslateLaunch {
    TranslateLaunch(LaunchRequest::new(Source::text(description, Some(format))))
}

/// The translation of an XML description: its text, and its objects.
async fn translated(podbay: &Podbay, description: &str) -> (String, Vec<serde_json::Value>) {
    let translated = podbay.ask(translate(Format::Xml, description)).await.unwrap();
    let manifests = translated.manifests.iter();
    let objects = manifests.map(|text| serde_saphyr::from_str(text).unwrap());
    (translated.manifests.join("---\n"), objects.collect())
}

#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Records the log of this thread until the guard is dropped.
    pub(super) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || log.clone());
        tracing::subscriber::set_default(log.finish())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

const PROFILE: &str = "image: i\nenv: {TOKEN: hunter2}\npodSecurity: privileged\n\
                       podSecurityContext: {seccompProfile: {type: Unconfined}}\n";

/// The tasks of this test share one thread, so reading the pipe there would keep it from being written.
#[tokio::test]
async fn others_are_answered_while_a_profile_is_read() {
    let mut podbay = podbay_with_images("slow-profile", "{}");
    let (reader, mut writer) = io::pipe().unwrap();
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    podbay.bridge.translator.profiles.default = Some(PathBuf::from(path).into());
    let launch = "<launch><executable name='a' cmd='true'/></launch>";
    let translated = podbay.ask(translate(Format::Xml, launch));
    let other = async {
        tokio::task::yield_now().await;
        podbay.ask(ListPods::default()).await.unwrap();
        writer.write_all(b"image: piped\n").unwrap();
        drop(writer);
    };
    let (translated, ()) = tokio::join!(translated, other);
    let manifests = translated.unwrap().manifests.concat();
    assert!(manifests.contains("image: piped"), "{manifests}");
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_evaluates_is_restricted_and_leaves_a_line_in_the_log() {
    let podbay = with_profile("evaluate", "{}", PROFILE);
    podbay
        .cluster
        .rule(|change| match (change.verb, change.what.kind.as_str()) {
            ("create", "Pod") => Fate::Pretend,
            ("create", _) => Fate::Refuse("enough seen".to_owned()),
            _ => Fate::Pass,
        });
    let log = Log::default();
    let guard = log.listen();
    let said = podbay.ask(translate(Format::Python, "import this")).await;
    drop(guard);
    let wanted = podbay.cluster.wanted.lock().unwrap()[0].clone();
    assert_eq!(wanted.kind(), "Pod");
    assert_eq!(
        wanted.0["spec"]["securityContext"]["seccompProfile"],
        json!({"type": "RuntimeDefault"}),
        "{said:?}"
    );
    assert_eq!(wanted.0["spec"]["securityContext"]["runAsNonRoot"], true);
    assert!(!wanted.0.to_string().contains("hunter2"));
    let (log, name) = (log.text(), wanted.name());
    let line = log
        .lines()
        .find(|line| line.contains("action=\"evaluate\""))
        .unwrap_or_else(|| panic!("{log}"));
    assert!(
        line.contains("caller=test") && line.contains("decision=\"done\"") && line.contains("subject="),
        "{line}"
    );
    assert!(line.contains(name), "{line}");
    assert_eq!(*podbay.cluster.uids.lock().unwrap(), ["pretended"]);
    podbay.end().await;
}

#[tokio::test]
async fn the_end_of_podbay_waits_until_pods_that_evaluate_are_deleted() {
    let podbay = with_profile("evaluate-ending", "{}", PROFILE);
    podbay
        .cluster
        .rule(|change| match (change.verb, change.what.kind.as_str()) {
            ("create", "Pod") => Fate::Pretend,
            ("create", _) => Fate::Hang,
            _ => Fate::Pass,
        });
    let end = async {
        // until the pod exists
        while podbay.cluster.asked("create").len() < 2 {
            tokio::task::yield_now().await;
        }
        podbay.bridge.translator.evaluator.end().await;
        podbay.cluster.asked("delete")
    };
    let asked = podbay.ask(translate(Format::Python, "import this"));
    let (said, deleted) = tokio::join!(asked, end);
    assert_eq!(said.unwrap_err(), "podbay is shutting down; retry later");
    let pod = podbay.cluster.asked("create")[0].clone();
    assert_eq!((pod.kind.as_str(), deleted), ("Pod", vec![pod.clone()]));
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_evaluates_is_judged_by_the_policy() {
    let profile = "image: i\nimagePullSecrets: [{name: registry}]\ntolerations: [{operator: Exists}]\n";
    let podbay = with_profile("evaluate-judged", "{}", profile);
    let log = Log::default();
    let guard = log.listen();
    let said = podbay
        .ask(translate(Format::Python, "import this"))
        .await
        .unwrap_err();
    drop(guard);
    assert!(
        said.contains("allow_image_pull_secrets: [registry]") && said.contains("allow_tolerations: [\"*\"]"),
        "{said}"
    );
    assert!(podbay.cluster.wanted.lock().unwrap().is_empty());
    assert!(log.text().contains("decision=\"refused\""), "{}", log.text());
    podbay.end().await;
    let allowed = "{allow_image_pull_secrets: [registry], allow_tolerations: [\"*\"]}";
    let podbay = with_profile("evaluate-allowed", allowed, profile);
    let said = podbay
        .ask(translate(Format::Python, "import this"))
        .await
        .unwrap_err();
    assert!(said.contains("enough seen"), "{said}");
    podbay.end().await;
}

/// A shell drops variables with such names, so they are passed as arguments.
#[tokio::test]
async fn a_translation_does_not_show_what_the_profile_hands_on_around_a_shell() {
    let profile = "env: {a-b: hunter2, robot.key: 'a=hunter2 $$(X)', IFS: hunter2, TOKEN: hunter2}\n";
    let mut podbay = with_profile("shown-around", "{}", profile);
    podbay.bridge.translator.evaluator.how = Some(Evaluate::Native);
    podbay.bridge.translator.environment = vec![("own.one".to_owned(), "7".to_owned())];
    let description = "<launch><node pkg='p' exec='e' args='x=y'>\
                       <env name='its-own' value='5$$ \\$(X) a=b'/></node></launch>";
    let (text, manifests) = translated(&podbay, description).await;
    assert!(!text.contains("hunter2"), "{text}");
    let args = &manifests.last().unwrap()["spec"]["containers"][0]["args"];
    let words = &args.as_array().unwrap()[4..];
    let hidden = "(hidden: set by podbay's profile)";
    assert_eq!(
        words,
        [
            "env".to_owned(),
            "--".to_owned(),
            format!("IFS={hidden}"),
            format!("a-b={hidden}"),
            "its-own=5$$$ $$(X) a=b".to_owned(),
            "own.one=7".to_owned(),
            format!("robot.key={hidden}"),
            "$(exec-in-pkg e p)".to_owned(),
            "x=y".to_owned(),
        ]
    );
    podbay.end().await;
}

#[tokio::test]
async fn a_translation_does_not_show_what_the_profile_sets() {
    let profile = format!(
        "{PROFILE}sidecars: [{{name: s, env: [{{name: KEY, value: s3cret}}]}}]\nworkload: Deployment\n\
         container: {{env: [{{name: MORE, value: s3cret}}]}}\n"
    );
    let mut podbay = with_profile("shown", "{}", &profile);
    podbay.bridge.translator.evaluator.how = Some(Evaluate::Native);
    podbay.bridge.translator.environment = vec![("ROS_DOMAIN_ID".to_owned(), "7".to_owned())];
    let description = "<launch><executable cmd='true'><env name='OWN' value='5$ own'/></executable></launch>";
    let (text, manifests) = translated(&podbay, description).await;
    assert!(!text.contains("hunter2") && !text.contains("s3cret"), "{text}");
    let containers = &manifests.last().unwrap()["spec"]["template"]["spec"]["containers"];
    let shown = |name: &str| {
        let all = containers[0]["env"].as_array().unwrap();
        let found = all.iter().find(|variable| variable["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {all:?}"))["value"].clone()
    };
    assert_eq!(shown("TOKEN"), "(hidden: set by podbay's profile)");
    assert_eq!(shown("ROS_DOMAIN_ID"), "7");
    assert!(shown("OWN").as_str().unwrap().ends_with(" own"));
    podbay.end().await;
}

#[tokio::test]
async fn a_translation_too_large_to_be_sent_is_refused() {
    let podbay = podbay_with_images("too-large", "{}");
    let process = |index: usize| format!("<executable cmd='true {}' name='x{index}'/>", "y".repeat(100_000));
    let description =
        |count: usize| format!("<launch>{}</launch>", (0..count).map(process).collect::<String>());
    let reply = podbay.ask(translate(Format::Xml, &description(5))).await;
    assert_eq!(reply.unwrap().manifests.len(), 6);
    let said = podbay
        .ask(translate(Format::Xml, &description(15)))
        .await
        .unwrap_err();
    assert!(
        said.starts_with("the translation exceeds the limit of 2097152 bytes"),
        "{said}"
    );
    podbay.end().await;
}
