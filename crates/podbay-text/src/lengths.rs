//! How long what a caller sends may be, by what it means. The ROS graph is open to anyone, so everything that comes
//! from there has a bound before anything is done with it, the log included.

use super::shown;

/// Largest request from the ROS graph, serialized. What Kubernetes stores is limited to about 1 MiB.
pub const REQUEST: usize = 2 * 1024 * 1024;

/// Largest answer to the ROS graph, in bytes of its texts. A larger one goes out in so many datagrams that its reader
/// loses some in every round, and gets it after minutes if at all.
pub const ANSWER: usize = 2 * 1024 * 1024;

/// Most characters of a caller's text in a line of the log.
const SHORT: usize = 256;

/// What a text of a request is, and how long it may be in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Name of a pod, a profile, a package or a format: what Kubernetes takes at most.
    Name,
    /// A DNS label: a namespace, a container, the id of a launch, which becomes part of names and a label's value.
    Label,
    /// A label selector, or the token of a page.
    Selector,
    /// Path of a file.
    Path,
    /// An argument: the most that Linux hands to a process.
    Argument,
    /// A manifest or a launch description; about as much as Kubernetes stores.
    Document,
}

/// Most elements of a list in a request.
pub const LIST: usize = 1000;

impl Text {
    /// Most bytes of it.
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

    /// `text` if it is within its bound; else a sentence that names the `field`.
    pub fn check(self, field: &str, text: &str) -> Result<(), String> {
        let (length, most) = (text.len(), self.most());
        if length <= most {
            return Ok(());
        }
        let way_out = match self {
            Self::Document => ", split it up",
            _ => "",
        };
        Err(format!(
            "{field} has {length} bytes; at most {most} are taken{way_out}"
        ))
    }
}

/// Whether a list has a length that is taken; else a sentence that names the `field`.
pub fn check_list<T>(field: &str, list: &[T]) -> Result<(), String> {
    match list.len() {
        0..=LIST => Ok(()),
        length => Err(format!("{field} has {length} elements; at most {LIST} are taken")),
    }
}

/// `text` for a line of the log, which writes it out: its beginning.
pub fn short(text: &str) -> String {
    shown::beginning(text, SHORT).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_beyond_its_bound_is_named() {
        assert_eq!(Text::Name.check("name", &"x".repeat(253)), Ok(()));
        assert_eq!(
            Text::Name.check("name", &"x".repeat(254)),
            Err("name has 254 bytes; at most 253 are taken".to_owned())
        );
        assert_eq!(check_list("arguments", &[0; LIST]), Ok(()));
        assert_eq!(
            check_list("arguments", &[0; LIST + 1]),
            Err("arguments has 1001 elements; at most 1000 are taken".to_owned())
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
