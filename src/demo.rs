//! Two small ROS nodes for trying podbay without ROS: a talker and a listener on `chatter`.

use std::io::Write;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ros::arguments;
use crate::ros::backend::{Node, std_msgs::msg};
use podbay_core::node::{Parameter, Qos};

/// Topic of both nodes.
const TOPIC: &str = "chatter";
/// Samples kept for slow readers, as in rclcpp's demo nodes.
const QOS: Qos = Qos::volatile(10);

/// Why a demo node failed. Retrying unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error(transparent)]
    Arguments(#[from] arguments::Error),
    #[error(transparent)]
    Ros(#[from] crate::ros::Error),
    #[error("parameter rate is {0}; it must be a positive number of messages per second")]
    Rate(String),
    #[error("cannot handle signals or write output: {0}")]
    Io(#[from] std::io::Error),
}

/// Publishes on `chatter`, `rate` (a parameter, default 1) times per second, until it is stopped.
pub(crate) async fn talker(args: Vec<String>) -> Result<(), Error> {
    let (args, mut end) = (arguments::read("talker", args)?, End::new()?);
    let period = period(args.options.parameter("rate"))?;
    let node = Node::open(args.options).await?;
    let publisher = node.publisher(TOPIC, QOS)?;
    let mut tick = tokio::time::interval(period);
    for count in 1_u64.. {
        tokio::select! {
            _ = tick.tick() => {}
            () = end.wait() => break,
        }
        let data = format!("Hello World: {count}");
        say(&format!("Publishing: '{data}'"))?;
        publisher.publish(&msg::String { data }).await?;
    }
    drop(publisher);
    node.close().await;
    Ok(())
}

/// Prints the messages on `chatter` to standard output, until it is stopped.
pub(crate) async fn listener(args: Vec<String>) -> Result<(), Error> {
    let (args, mut end) = (arguments::read("listener", args)?, End::new()?);
    let node = Node::open(args.options).await?;
    let subscription = node.subscribe::<msg::String>(TOPIC, QOS)?;
    {
        let messages = subscription.messages();
        pin_mut!(messages);
        loop {
            tokio::select! {
                Some(message) = messages.next() => say(&format!("I heard: '{}'", message.data))?,
                () = end.wait() => break,
            }
        }
    }
    drop(subscription);
    node.close().await;
    Ok(())
}

fn period(rate: Option<&Parameter>) -> Result<Duration, Error> {
    let rate = match rate {
        None => 1.0,
        Some(Parameter::Double(rate)) => *rate,
        #[allow(clippy::cast_precision_loss)] // nobody sends 2^53 messages a second
        Some(Parameter::Integer(rate)) => *rate as f64,
        Some(other) => return Err(Error::Rate(format!("{other:?}"))),
    };
    let period = Duration::try_from_secs_f64(1.0 / rate)
        .ok()
        .filter(|period| !period.is_zero());
    period.ok_or_else(|| Error::Rate(rate.to_string()))
}

/// Standard output of a container is a pipe; without a flush, lines would be buffered.
fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The signals for a graceful end.
struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
