//! Length limits for a caller's input, by meaning. The ROS graph is open to anyone, so all input is limited
//! before it is used, even in the log.

use super::shown;

/// Largest request from the ROS graph, serialized, in bytes. Kubernetes stores objects of about 1 MiB.
pub const REQUEST: usize = 2 * 1024 * 1024;

/// Largest reply to the ROS graph, in bytes of its texts. A larger one takes so many datagrams that its
/// reader loses some in every round, and gets it after minutes, if at all.
pub const REPLY: usize = 2 * 1024 * 1024;

/// Characters of a caller's text in one log line.
const SHORT: usize = 256;

/// The meaning of a text in a request, which determines its limit in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Name of a pod, a profile, a package or a format: the limit of Kubernetes.
    Name,
    /// A DNS label: a namespace, a container, or a launch id, which becomes part of names and a label value.
    Label,
    /// A label selector, or a page token.
    Selector,
    /// Path of a file.
    Path,
    /// An argument: the limit of Linux.
    Argument,
    /// A manifest or a launch file: about what Kubernetes can store.
    Document,
}

/// A text or list above its limit. `Display` names the field, the length and the limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TooLong(String);

impl From<TooLong> for String {
    fn from(TooLong(text): TooLong) -> Self {
        text
    }
}

/// Elements of a list in a request.
const LIST: usize = 1000;

impl Text {
    /// The limit in bytes.
    pub const fn most(self) -> usize {
        match self {
            Self::Name => 253,
            Self::Label => 63,
            Self::Selector => 4096,
            Self::Path => 4096,
            Self::Argument => 128 * 1024,
            Self::Document => 1024 * 1024,
        }
    }

    /// Refuses a `text` above its limit; the error names `field`.
    pub fn check(self, field: &str, text: &str) -> Result<(), TooLong> {
        let (length, most) = (text.len(), self.most());
        if length <= most {
            return Ok(());
        }
        let help = match self {
            Self::Document => "; split it",
            _ => "",
        };
        Err(TooLong(format!(
            "{field} has {length} bytes and exceeds the limit of {most}{help}"
        )))
    }
}

/// Checks the length of a list; the error names `field`.
pub fn check_list<T>(field: &str, list: &[T]) -> Result<(), TooLong> {
    match list.len() {
        0..=LIST => Ok(()),
        length => Err(TooLong(format!(
            "{field} has {length} elements and exceeds the limit of {LIST}"
        ))),
    }
}

/// The beginning of `text`, for one log line.
pub fn short(text: &str) -> String {
    shown::beginning(text, SHORT).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_above_its_limit_is_refused_by_name() {
        assert_eq!(Text::Name.check("name", &"x".repeat(253)), Ok(()));
        assert_eq!(
            Text::Name.check("name", &"x".repeat(254)),
            Err(TooLong(
                "name has 254 bytes and exceeds the limit of 253".to_owned()
            ))
        );
        assert_eq!(check_list("arguments", &[0; LIST]), Ok(()));
        assert_eq!(
            check_list("arguments", &[0; LIST + 1]),
            Err(TooLong(
                "arguments has 1001 elements and exceeds the limit of 1000".to_owned()
            ))
        );
    }

    #[test]
    fn texts_are_short_in_the_log() {
        assert_eq!(short("lab/talker é"), "lab/talker é");
        assert_eq!(short(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(
            short(&"\u{1b}".repeat(20_000_000)),
            format!("{}… (20000000 bytes)", "\u{1b}".repeat(256))
        );
    }
}
