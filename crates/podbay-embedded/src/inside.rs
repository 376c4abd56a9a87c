//! What callers read from containers and run in them.

use std::io;
use std::sync::Arc;

use futures::{Stream, TryStreamExt};

use super::log::Log;
use super::site::Site;
use podbay_core::cluster::{Error, Exec, ExecOutput, LogQuery, Result};
use podbay_core::names::PodKey;

impl Site {
    pub(super) fn logs(&self, query: &LogQuery) -> Result<String> {
        let log = self.log(&query.container, query.previous)?;
        log.read(query.tail_lines).map_err(unreadable(self.key()))
    }

    pub(super) fn follow(&self, container: &str) -> Result<impl Stream<Item = Result<String>> + use<>> {
        let lines = self.log(container, false)?.follow();
        Ok(lines.map_err(unreadable(self.key())))
    }

    pub(super) async fn exec(&self, query: &Exec) -> Result<ExecOutput> {
        let name = self.name_of(&query.container)?;
        let context = self.contexts.lock().get(name).cloned();
        let context = context.ok_or_else(|| self.refused(name, "is not running"))?;
        let run = context.run(&query.command, query.timeout).await;
        run.map_err(|error| Error::Refused(format!("container {name} of pod {}: {error}", self.key())))
    }

    /// The log of the latest run, or of the previous one.
    fn log(&self, container: &str, previous: bool) -> Result<Arc<Log>> {
        let name = self.name_of(container)?;
        let log = self.logs.get(name).and_then(|logs| logs.get(previous));
        let missing = if previous {
            "has no previous run"
        } else {
            "is waiting to start"
        };
        log.ok_or_else(|| self.refused(name, missing))
    }

    /// Name of a container; "" is the only one.
    fn name_of<'a>(&'a self, container: &'a str) -> Result<&'a str> {
        let containers = &self.pod.spec.containers;
        match (container, containers.as_slice()) {
            ("", [only]) => return Ok(&only.name),
            _ if self.logs.contains_key(container) => return Ok(container),
            _ => {}
        }
        let names: Vec<_> = containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        let names = names.join(", ");
        Err(match container {
            "" => Error::Refused(format!(
                "pod {} has several containers; name one of {names}",
                self.key()
            )),
            _ => self.refused(container, &format!("not found; the pod has {names}")),
        })
    }

    fn refused(&self, container: &str, why: &str) -> Error {
        Error::Refused(format!("container {container} of pod {} {why}", self.key()))
    }
}

fn unreadable(pod: PodKey) -> impl Fn(io::Error) -> Error {
    move |error| Error::Refused(format!("the log of pod {pod} cannot be read: {error}"))
}
