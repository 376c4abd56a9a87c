//! `exec_in_pod`: runs a command in a container.

use super::{Context, Operation, asked};
use podbay_core::cluster::{Exec, ExecOutput};
use podbay_core::object::ObjectRef;
use podbay_core::request::Refusal;

/// Run a command in a container and wait for its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecInPod(pub Exec);

/// The result of the command, also if it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exited(pub ExecOutput);

impl Operation for ExecInPod {
    type Reply = Exited;

    const NAME: &'static str = "exec_in_pod";
    const MUTATES: bool = true;

    fn about(&self) -> String {
        format!("{} {}", asked(&self.0.key), self.0.command.join(" "))
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Exited, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let Self(exec) = self;
        let key = bridge.complete(exec.key)?;
        bridge.admit_namespace(caller, &key)?;
        bridge.admit_exec(caller)?;
        if exec.command.is_empty() {
            return Err("the command is empty; provide the program and its arguments".into());
        }
        if let Some(index) = exec.command.iter().position(|word| word.contains('\0')) {
            return Err(Refusal::from(format!(
                "the command has a NUL character in command[{index}], which processes cannot receive; remove it"
            )));
        }
        let container = bridge.container(&key, exec.container)?;
        bridge.look_into(caller, &key).await?;
        context.touched.push(ObjectRef::pod(&key.namespace, &key.name));
        let exec = Exec {
            key,
            container,
            ..exec
        };
        Ok(Exited(bridge.cluster.exec(&exec).await?))
    }
}
