//! A session's transaction.

use std::time::{Duration, Instant};

use super::super::answer::Answer;
use super::super::error::{Failure, Result, SqlError};
use super::Session;

/// How long a statement that is its own transaction is repeated while others change the same rows. Redshift lets it wait
/// for their locks.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the session stands with its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    /// Every statement is its own.
    None,
    Open,
    /// A statement failed in it: all is undone, and nothing runs until it is ended.
    Aborted,
}

impl Session {
    pub fn begin(&mut self) -> std::result::Result<(), SqlError> {
        self.start().map_err(Failure::into_sql)
    }

    /// Ends the transaction. One that is aborted is undone, without an error, as COMMIT does it.
    pub fn commit(&mut self) -> std::result::Result<(), SqlError> {
        self.finish().map_err(Failure::into_sql)
    }

    pub fn rollback(&mut self) -> std::result::Result<(), SqlError> {
        self.abort();
        self.transaction = Transaction::None;
        Ok(())
    }

    /// Runs `change` as one transaction, or within the one that is open.
    pub(super) fn atomically(&mut self, mut change: impl FnMut(&mut Self) -> Result<Answer>) -> Result<Answer> {
        if self.transaction == Transaction::Open {
            return change(self);
        }
        let start = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            self.connection.execute_batch("BEGIN TRANSACTION")?;
            let changed = change(self);
            let done = match changed {
                Ok(answer) => self
                    .connection
                    .execute_batch("COMMIT")
                    .map(|()| answer)
                    .map_err(Failure::from),
                Err(failure) => Err(failure),
            };
            let Err(failure) = done else {
                return done;
            };
            self.undo();
            if !failure.is_conflict() || start.elapsed() > PATIENCE {
                return Err(failure);
            }
            self.check_cancelled()?;
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    pub(super) fn start(&mut self) -> Result<()> {
        // A BEGIN within a transaction is a warning and nothing else.
        if self.transaction == Transaction::None {
            self.connection.execute_batch("BEGIN TRANSACTION")?;
            self.transaction = Transaction::Open;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        let state = std::mem::replace(&mut self.transaction, Transaction::None);
        if state == Transaction::Open {
            let done = self.connection.execute_batch("COMMIT");
            if done.is_err() {
                self.undo();
            }
            self.database.locks.release(self.pid);
            done?;
        }
        Ok(())
    }

    /// After TRUNCATE, which commits the transaction it runs in
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html>).
    pub(in crate::local::warehouse) fn end_of_truncate(&mut self) -> Result<()> {
        if self.transaction == Transaction::Open {
            self.finish()?;
        }
        Ok(())
    }

    /// Undoes the transaction, if one is open, and lets nothing run until it is ended.
    pub(super) fn abort(&mut self) {
        if self.transaction == Transaction::Open {
            self.undo();
            self.database.locks.release(self.pid);
            self.transaction = Transaction::Aborted;
        }
    }

    fn undo(&self) {
        // Fails only where no transaction is active.
        let _ = self.connection.execute_batch("ROLLBACK");
    }
}
