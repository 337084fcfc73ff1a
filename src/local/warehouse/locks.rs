//! Locks of tables, which LOCK takes until its transaction ends.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::SqlError;

/// Which session has which tables, and who waits for what.
#[derive(Default)]
pub(super) struct Locks {
    held: Mutex<Held>,
    released: Condvar,
}

#[derive(Default)]
struct Held {
    /// By table, the session that has it.
    owners: HashMap<String, i64>,
    /// By session, the table it waits for.
    waiting: HashMap<i64, String>,
}

impl Locks {
    /// Takes a table's lock for a session, which may have it already; waits while another has it.
    ///
    /// # Errors
    /// Those of `check`, which is asked from time to time; `deadlock detected`.
    pub fn take(&self, table: &str, session: i64, check: impl Fn() -> Result<(), SqlError>) -> Result<(), SqlError> {
        let mut held = self.held();
        let taken = loop {
            match held.owners.get(table) {
                Some(owner) if *owner != session => {}
                _ => {
                    held.owners.insert(table.to_owned(), session);
                    break Ok(());
                }
            }
            held.waiting.insert(session, table.to_owned());
            if held.waits_for_itself(session) {
                break Err(SqlError::new("40P01", "deadlock detected"));
            }
            let waited = self.released.wait_timeout(held, Duration::from_millis(100));
            held = waited.unwrap_or_else(PoisonError::into_inner).0;
            if let Err(error) = check() {
                break Err(error);
            }
        };
        held.waiting.remove(&session);
        taken
    }

    /// Gives up all that a session has.
    pub fn release(&self, session: i64) {
        self.held().owners.retain(|_, owner| *owner != session);
        self.released.notify_all();
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
            let Some(owner) = self.waiting.get(&at).and_then(|table| self.owners.get(table)) else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_waiting_is_a_deadlock() {
        let locks = Locks::default();
        let free = || Ok(());
        locks.take("a", 1, free).unwrap();
        locks.take("a", 1, free).unwrap();
        locks.take("b", 2, free).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| locks.take("b", 1, free));
            while locks.held().waiting.is_empty() {
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(
                locks.take("a", 2, free).unwrap_err().message,
                "ERROR: deadlock detected"
            );
            locks.release(2);
            waiting.join().unwrap().unwrap();
        });
        let stop = || Err(SqlError::new("57014", "stopped"));
        assert!(locks.take("a", 3, stop).is_err());
    }
}
