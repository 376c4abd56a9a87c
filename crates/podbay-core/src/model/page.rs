//! Lists of pods, with selector and paging.

use std::fmt::Write;
use std::sync::Arc;

use super::selector::{ParseError, Selector};
use super::table::Table;
use crate::health::PodReport;
use crate::names::PodKey;
use crate::report_size::{self, Detail};

/// Which pods to list, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodQuery {
    /// Only this namespace; "" for every namespace podbay watches.
    pub namespace: String,
    /// Kubernetes label selector; "" for all.
    pub label_selector: String,
    /// Only pods of this launch; "" for all.
    pub launch: String,
    /// Maximum number of pods; 0 for no limit.
    pub limit: u32,
    /// Token of the previous page; "" for the first page.
    pub continue_token: String,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The pods, by namespace and name.
    pub pods: Vec<Arc<PodReport>>,
    /// `continue_token` for the next page; "" on the last page.
    pub continue_token: String,
}

/// Why a list is refused. Retrying unchanged does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error(transparent)]
    Selector(#[from] ParseError),
    #[error("continue_token {0:?} is not from list_pods; leave it empty for the first page")]
    Token(String),
}

pub(super) fn list(table: &Table, query: &PodQuery, most: usize) -> Result<Page, Error> {
    let selector: Selector = query.label_selector.parse()?;
    let after = read_token(&query.continue_token)?;
    let start = start(after.as_ref(), &query.namespace);
    let selected = table
        .from(&start)
        .filter(|report| after.as_ref() != Some(&report.pod.key))
        .take_while(|report| query.namespace.is_empty() || report.pod.key.namespace == query.namespace)
        .filter(|report| query.launch.is_empty() || report.pod.launch() == query.launch)
        .filter(|report| selector.matches(&report.pod.labels));
    let limit = if query.limit == 0 {
        usize::MAX
    } else {
        query.limit as usize
    };
    let mut pods: Vec<Arc<PodReport>> = Vec::new();
    let (mut left, mut more) = (most, false);
    for report in selected {
        let rest = left.checked_sub(report_size::bytes(report, Detail::Whole));
        // a page has at least one pod, so that paging makes progress
        if pods.len() >= limit || (rest.is_none() && !pods.is_empty()) {
            more = true;
            break;
        }
        left = rest.unwrap_or(0);
        pods.push(Arc::clone(report));
    }
    let last = pods.last().filter(|_| more);
    let continue_token = last.map_or_else(String::new, |report| write_token(&report.pod.key));
    Ok(Page { pods, continue_token })
}

/// The first key: after the previous page, and within the requested namespace.
fn start(after: Option<&PodKey>, namespace: &str) -> PodKey {
    let first = PodKey::new(namespace, "");
    after.map_or(first.clone(), |after| after.clone().max(first))
}

/// The token is the last key of the page, in hexadecimal, so that nobody writes one manually. It needs no
/// memory here, and stays valid when that pod is gone.
fn write_token(key: &PodKey) -> String {
    key.to_string().bytes().fold(String::new(), |mut token, byte| {
        // writing to a String cannot fail
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn read_token(token: &str) -> Result<Option<PodKey>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let key = unhex(token).and_then(|text| {
        let (namespace, name) = text.split_once('/')?;
        Some(PodKey::new(namespace, name))
    });
    key.map(Some).ok_or_else(|| Error::Token(token.to_owned()))
}

fn unhex(text: &str) -> Option<String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let bytes = digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect();
    String::from_utf8(bytes).ok()
}
