//! How a run is watched and interrupted.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::event::{Event, EventSink};

/// Decides what becomes of work that goes on in AWS when the person interrupts us.
#[async_trait]
pub trait Interruption: Send + Sync {
    /// True to stop the job run, false to leave it running.
    async fn stops(&self, run: &str) -> bool;
}

/// For work that starts no job run.
#[derive(Clone, Copy, Debug)]
pub struct Unstoppable;

#[async_trait]
impl Interruption for Unstoppable {
    async fn stops(&self, _: &str) -> bool {
        false
    }
}

/// Who watches a run.
#[derive(Clone)]
pub struct Watch {
    pub events: EventSink,
    /// Cancelled when the run should end early.
    pub cancel: CancellationToken,
    pub interruption: Arc<dyn Interruption>,
}

impl Watch {
    pub(super) fn tell(&self, event: Event) {
        (self.events)(event);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("cancelled", &self.cancel.is_cancelled())
            .finish()
    }
}
