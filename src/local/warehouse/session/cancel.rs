//! Cancelling the statement that a session runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duckdb::InterruptHandle;

use super::super::error::SqlError;
use super::Session;

/// Stops the statement a session runs, from another thread.
#[derive(Clone)]
pub(crate) struct Canceller {
    interrupt: Arc<InterruptHandle>,
    pub(super) cancelled: Arc<AtomicBool>,
    /// Whether a statement runs.
    pub(super) running: Arc<AtomicBool>,
}

impl Canceller {
    pub(super) fn new(interrupt: Arc<InterruptHandle>) -> Self {
        Self {
            interrupt,
            cancelled: Arc::default(),
            running: Arc::default(),
        }
    }

    /// The running statement fails with `Query (n) cancelled on user's request`; if none runs, the next one does.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        // DuckDB forgets an interruption when it starts on a query, and a statement may be several.
        let this = self.clone();
        std::thread::spawn(move || {
            while this.running.load(Ordering::SeqCst) && this.cancelled.load(Ordering::SeqCst) {
                this.interrupt.interrupt();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
    }
}

impl Session {
    pub fn canceller(&self) -> Canceller {
        self.cancel.clone()
    }

    pub(super) fn cancelled(&self) -> SqlError {
        SqlError::new("57014", format!("Query ({}) cancelled on user's request", self.query))
    }

    /// Fails if the statement was cancelled meanwhile.
    pub(in crate::local::warehouse) fn check_cancelled(&self) -> std::result::Result<(), SqlError> {
        if self.cancel.cancelled.swap(false, Ordering::SeqCst) {
            return Err(self.cancelled());
        }
        Ok(())
    }
}
