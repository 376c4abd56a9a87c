//! `get_logs`: the log of a container.

use super::{Context, Kind, Operation, asked};
use podbay_core::cluster::LogQuery;
use podbay_core::request::Refusal;

/// Size limit of a log in one reply. Of a longer one, the end is returned.
const MAX_LOG_BYTES: usize = 1024 * 1024;

/// Read the log of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetLogs(pub LogQuery);

/// The log, or its end if it is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log(pub String);

impl Operation for GetLogs {
    type Reply = Log;

    const NAME: &'static str = "get_logs";
    const KIND: Kind = Kind::Read;
    const MUTATES: bool = false;

    fn about(&self) -> String {
        asked(&self.0.key)
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Log, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let Self(query) = self;
        let key = bridge.complete(query.key)?;
        bridge.admit_namespace(caller, &key)?;
        let container = bridge.container(&key, query.container)?;
        bridge.look_into(caller, &key).await?;
        let query = LogQuery {
            key,
            container,
            ..query
        };
        let log = bridge.cluster.logs(&query).await;
        let log = log.map_err(|error| bridge.without_log(&query, error))?;
        Ok(Log(end_of(log, MAX_LOG_BYTES)))
    }
}

/// The last `limit` bytes of `log`, from the start of a line.
fn end_of(log: String, limit: usize) -> String {
    if log.len() <= limit {
        return log;
    }
    let mut start = log.len() - limit;
    while !log.is_char_boundary(start) {
        start += 1;
    }
    let line = log[start..]
        .find('\n')
        .map_or(start, |newline| start + newline + 1);
    format!(
        "[podbay: truncated to the last {} bytes; use tail_lines]\n{}",
        log.len() - line,
        &log[line..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_at_a_line() {
        assert_eq!(end_of("a\nb\n".into(), 4), "a\nb\n");
        assert_eq!(
            end_of("aé\nb\n".into(), 4),
            "[podbay: truncated to the last 2 bytes; use tail_lines]\nb\n"
        );
    }
}
