//! Selectors, and lists of pods in pages.

use std::sync::Arc;

use super::{pod, some_pod, start};
use podbay_core::change::{Change, Event};
use podbay_core::health::PodReport;
use podbay_core::model::{self, Model, PodQuery};
use podbay_core::names::LABEL_LAUNCH;
use podbay_core::report_size::{self, Detail};
use proptest::collection::vec;
use proptest::prelude::*;

fn check_selector(selector: &str, expected: &str) {
    let mut model = Model::default();
    let labelled = |name: &str, labels: &[(&str, &str)]| {
        let mut made = pod(name, "1");
        made.labels = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        made
    };
    let pods = vec![
        labelled("a", &[("app", "x"), ("podbay.dev/launch", "l")]),
        labelled("b", &[("app", "y"), ("old", "")]),
        labelled("c", &[]),
    ];
    model.apply(Event::Pods(Change::Reset(pods)), start());
    let query = PodQuery {
        label_selector: selector.to_owned(),
        ..PodQuery::default()
    };
    let got = match model.snapshot().list(&query, usize::MAX) {
        Ok(page) => page
            .pods
            .iter()
            .map(|report| report.pod.key.name.as_str())
            .collect(),
        Err(error) => error.to_string().split_once("; ").unwrap().0.to_owned(),
    };
    assert_eq!(got, expected, "selector {selector:?}");
}

#[test]
fn selectors_select_as_in_kubernetes() {
    check_selector("", "abc");
    check_selector("app=x", "a");
    check_selector(" app == x ", "a");
    check_selector("app!=x", "bc");
    check_selector("app in (x, y)", "ab");
    check_selector("app notin (x,z)", "bc");
    check_selector("app", "ab");
    check_selector("!app", "c");
    check_selector("! app", "c");
    check_selector("app,!old", "a");
    check_selector("old=", "b");
    check_selector("podbay.dev/launch=l,app in (x)", "a");
    check_selector("in in (a)", "");
    check_selector(
        "app=x y",
        "label selector \"app=x y\", position 7: expected a comma or the end",
    );
    check_selector(
        "=x",
        "label selector \"=x\", position 1: expected the name of a label",
    );
    check_selector(
        "app in x",
        "label selector \"app in x\", position 8: expected an opening parenthesis",
    );
    check_selector(
        "app in (x",
        "label selector \"app in (x\", position 10: expected a comma or a closing parenthesis",
    );
    check_selector(
        "app is x",
        "label selector \"app is x\", position 5: expected =, ==, !=, in, notin, a comma or the end",
    );
    check_selector(
        "app,",
        "label selector \"app,\", position 5: expected the name of a label",
    );
    check_selector(
        "ä=x",
        "label selector \"ä=x\", position 1: expected the name of a label",
    );
}

#[test]
fn lists_select_by_launch_and_refuse_forged_tokens() {
    let mut model = Model::default();
    let mut of_launch = pod("a", "1");
    of_launch.labels.insert(LABEL_LAUNCH.to_owned(), "l".to_owned());
    model.apply(
        Event::Pods(Change::Reset(vec![of_launch, pod("b", "2")])),
        start(),
    );
    let list = |launch: &str, token: &str| {
        let query = PodQuery {
            launch: launch.to_owned(),
            continue_token: token.to_owned(),
            ..PodQuery::default()
        };
        model
            .snapshot()
            .list(&query, usize::MAX)
            .map(|page| page.pods.len())
    };
    assert_eq!((list("l", ""), list("", "")), (Ok(1), Ok(2)));
    for bad in ["x", "zz", "616", "6161", "ff"] {
        assert!(list("", bad).unwrap_err().to_string().contains(bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn all_pages_together_are_the_whole_list(
        pods in vec(some_pod(), 0..40), limit in 1..7_u32, namespace in "(|n0|n1|n2)",
    ) {
        let mut model = Model::default();
        model.apply(Event::Pods(Change::Reset(pods)), start());
        let mut query = PodQuery { namespace, ..PodQuery::default() };
        let whole = model.snapshot().list(&query, usize::MAX).unwrap().pods;
        let selected = |report: &&Arc<PodReport>| query.namespace.is_empty() || report.pod.key.namespace == query.namespace;
        prop_assert_eq!(&whole, &model.snapshot().pods().filter(selected).cloned().collect::<Vec<_>>());
        query.limit = limit;
        let mut pages = Vec::new();
        loop {
            let page = model.snapshot().list(&query, usize::MAX).unwrap();
            prop_assert!(page.pods.len() <= limit as usize);
            pages.extend(page.pods);
            query.continue_token = page.continue_token;
            if query.continue_token.is_empty() { break }
        }
        prop_assert_eq!(pages, whole);
    }

    #[test]
    fn pages_have_a_size_and_at_least_one_pod(pods in vec(some_pod(), 0..20), most in 0..4000_usize) {
        let mut model = Model::default();
        model.apply(Event::Pods(Change::Reset(pods)), start());
        let mut query = PodQuery::default();
        let mut pages = Vec::new();
        loop {
            let page = model.snapshot().list(&query, most).unwrap();
            let bytes: usize = page.pods.iter().map(|report| report_size::bytes(report, Detail::Whole)).sum();
            prop_assert!(bytes <= most || page.pods.len() == 1, "{bytes} of {most}");
            pages.extend(page.pods);
            query.continue_token = page.continue_token;
            if query.continue_token.is_empty() { break }
        }
        prop_assert!(pages.iter().eq(model.snapshot().pods()));
    }

    #[test]
    fn any_text_is_a_selector_or_an_error_with_a_position(text in "[a-c=!,() in\\p{L}]{0,20}") {
        if let Err(error) = text.parse::<model::Selector>() {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.position), "{}", error);
        }
    }
}
