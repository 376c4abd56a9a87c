//! Limits concurrent evaluations by ROS's own engine. ROS callers wait at most one minute.

use std::time::Duration;

use tokio::time::timeout;

use crate::bridge::queue::{Full, Queue, Sizes, Turn};
use podbay_core::request::{Caller, Refusal};

/// Concurrent evaluations.
const SIZES: Sizes = Sizes {
    local: 2,
    graph: 4,
    of_one: 4,
    of_all: 32,
};

/// How long a caller may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(super) struct Places {
    queue: Queue,
    patience: Duration,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            queue: Queue::new(SIZES),
            patience: PATIENCE,
        }
    }
}

impl Places {
    /// Waits for a turn.
    pub(super) async fn enter(&self, caller: &Caller) -> Result<Turn, Refusal> {
        let turn = self.queue.turn(caller, |full| match full {
            Full::OfOne => busy("of this caller"),
            Full::OfAll => busy("of all callers"),
        });
        match caller {
            Caller::Local => turn.await,
            Caller::Graph(_) => timeout(self.patience, turn)
                .await
                .map_err(|_| busy("for a minute"))?,
        }
    }
}

fn busy(how: &str) -> Refusal {
    Refusal::from(format!(
        "podbay is busy with evaluations by ROS's own engine ({how}); retry later"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let places = Places {
            patience: Duration::from_millis(1),
            ..Places::default()
        };
        let caller = Caller::Graph("dds:0".into());
        let _hangs = places.enter(&caller).await.unwrap();
        let refused = places.enter(&caller).await;
        assert!(refused.is_err_and(|refusal| refusal.message.contains("for a minute")));
    }
}
