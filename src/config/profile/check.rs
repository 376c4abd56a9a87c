//! What is wrong with a profile, beyond what its types say.

use super::Profile;
use super::container::Resources;
use super::quantity::is_quantity;

/// Why a profile cannot be used, and where. Reading it again unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[error("{mistake}")]
pub struct Error {
    /// Line of the file, from 1; 0 when unknown.
    pub line: u32,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong with a profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Mistake {
    #[error("{0}")]
    Yaml(String),
    #[error("`command` is empty; name a program, or leave the key out")]
    EmptyCommand,
    #[error("`command` holds {{{0}}}, which is nothing known; it may hold {{package}} and {{executable}}")]
    UnknownPlaceholder(String),
    #[error(
        "`resources` has {key}: {value}, which is no Kubernetes quantity; write it as 500m, 2, 1.5Gi or 512Mi"
    )]
    Quantity { key: String, value: String },
    #[error("`sharedMemory` is {0}, which is no size; write it as 256Mi or 1Gi, or 0 for none")]
    SharedMemory(String),
}

impl Profile {
    /// The first mistake in this profile and its rules.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_own().map_err(|mistake| Error {
            line: self.line,
            mistake,
        })?;
        self.rules.iter().try_for_each(Self::check)
    }

    fn check_own(&self) -> Result<(), Mistake> {
        if self.container.command.as_ref().is_some_and(Vec::is_empty) {
            return Err(Mistake::EmptyCommand);
        }
        let words = self.container.command.iter().flatten();
        words.map(String::as_str).try_for_each(placeholders)?;
        quantities(&self.container.resources)?;
        shared_memory(self.grouping.shared_memory.as_deref())
    }
}

fn shared_memory(size: Option<&str>) -> Result<(), Mistake> {
    match size.filter(|size| !is_quantity(size)) {
        Some(size) => Err(Mistake::SharedMemory(size.to_owned())),
        None => Ok(()),
    }
}

fn quantities(resources: &Resources) -> Result<(), Mistake> {
    let mut all = resources.requests.iter().chain(&resources.limits);
    match all.find(|(_, value)| !is_quantity(value)) {
        Some((key, value)) => Err(Mistake::Quantity {
            key: key.clone(),
            value: value.clone(),
        }),
        None => Ok(()),
    }
}

fn placeholders(word: &str) -> Result<(), Mistake> {
    for part in word.split('{').skip(1) {
        match part.split_once('}') {
            Some(("package" | "executable", _)) => {}
            Some((name, _)) => return Err(Mistake::UnknownPlaceholder(name.to_owned())),
            None => return Err(Mistake::UnknownPlaceholder(part.to_owned())),
        }
    }
    Ok(())
}
