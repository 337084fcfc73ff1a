//! Locks of tables, held by sessions until their transactions end.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::dialect::TableName;
use super::error::SqlError;

/// How much of a table a session keeps for itself. Two sessions never have the same table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// Others may read (Redshift's ShareRowExclusiveLock).
    Write,
    /// Nor may others read (AccessExclusiveLock).
    Exclusive,
}

/// Which session has which tables, and who waits for what.
#[derive(Default)]
pub(super) struct Locks {
    held: Mutex<Held>,
    released: Condvar,
}

#[derive(Default)]
struct Held {
    /// By table, the session that has it.
    owners: HashMap<TableName, (i64, Mode)>,
    /// By session, the table it waits for.
    waiting: HashMap<i64, TableName>,
}

impl Locks {
    /// Takes a table's lock for a session, which may have it already; waits while another has it.
    ///
    /// # Errors
    /// Those of `check`, which is asked from time to time; `deadlock detected`.
    pub fn take(
        &self,
        table: &TableName,
        mode: Mode,
        session: i64,
        check: impl Fn() -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let mut held = self.wait(table, session, check, |_| true)?;
        let owned = held.owners.entry(table.clone()).or_insert((session, mode));
        owned.1 = owned.1.max(mode);
        Ok(())
    }

    /// Waits while another session lets nobody read the table.
    ///
    /// # Errors
    /// As those of `take`.
    pub fn pass(
        &self,
        table: &TableName,
        session: i64,
        check: impl Fn() -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.wait(table, session, check, |mode| mode == Mode::Exclusive)
            .map(drop)
    }

    /// Tables that other sessions let nobody read.
    pub fn closed(&self, session: i64) -> Vec<TableName> {
        let held = self.held();
        let closed = held.owners.iter();
        let closed = closed.filter(|(_, (owner, mode))| *owner != session && *mode == Mode::Exclusive);
        closed.map(|(table, _)| table.clone()).collect()
    }

    /// Gives up all that a session has.
    pub fn release(&self, session: i64) {
        self.held().owners.retain(|_, (owner, _)| *owner != session);
        self.released.notify_all();
    }

    /// Waits while another session has the table in a mode that `stops`.
    fn wait(
        &self,
        table: &TableName,
        session: i64,
        check: impl Fn() -> Result<(), SqlError>,
        stops: impl Fn(Mode) -> bool,
    ) -> Result<MutexGuard<'_, Held>, SqlError> {
        let mut held = self.held();
        let mut waited = Ok(());
        while let Some((owner, mode)) = held.owners.get(table).copied() {
            if owner == session || !stops(mode) {
                break;
            }
            held.waiting.insert(session, table.clone());
            if held.waits_for_itself(session) {
                waited = Err(deadlock(session, owner, table));
                break;
            }
            let woken = self.released.wait_timeout(held, Duration::from_millis(100));
            held = woken.unwrap_or_else(PoisonError::into_inner).0;
            waited = check();
            if waited.is_err() {
                break;
            }
        }
        held.waiting.remove(&session);
        waited.map(|()| held)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether those the session waits for wait, in the end, for it.
    fn waits_for_itself(&self, session: i64) -> bool {
        let mut at = session;
        for _ in 0..=self.waiting.len() {
            let Some((owner, _)) = self.waiting.get(&at).and_then(|table| self.owners.get(table)) else {
                return false;
            };
            if *owner == session {
                return true;
            }
            at = *owner;
        }
        false
    }
}

fn deadlock(session: i64, owner: i64, table: &TableName) -> SqlError {
    let schema = table.schema.as_deref().unwrap_or_default();
    SqlError::new(
        "40P01",
        format!(
            "deadlock detected\n  Detail: Process {session} waits for a lock on {schema}.{}; blocked by process {owner}.",
            table.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableName {
        TableName {
            schema: Some("hr".into()),
            name: name.into(),
        }
    }

    #[test]
    fn a_circle_of_waiting_is_a_deadlock() {
        let locks = Locks::default();
        let free = || Ok(());
        let (a, b) = (table("a"), table("b"));
        locks.take(&a, Mode::Write, 1, free).unwrap();
        locks.take(&a, Mode::Exclusive, 1, free).unwrap();
        locks.take(&b, Mode::Write, 2, free).unwrap();
        assert_eq!(locks.closed(2), std::slice::from_ref(&a));
        assert!(locks.closed(1).is_empty());
        locks.pass(&b, 1, free).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| locks.take(&b, Mode::Write, 1, free));
            while locks.held().waiting.is_empty() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let error = locks.pass(&a, 2, free).unwrap_err();
            assert_eq!(
                error.message,
                "ERROR: deadlock detected\n  Detail: Process 2 waits for a lock on hr.a; blocked by process 1."
            );
            locks.release(2);
            waiting.join().unwrap().unwrap();
        });
        let stop = || Err(SqlError::new("57014", "stopped"));
        assert!(locks.take(&a, Mode::Write, 3, stop).is_err());
    }
}
