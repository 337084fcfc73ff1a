//! Sessions that outlive their statement: SessionKeepAliveSeconds and SessionId. They are connections, so they end with
//! the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::errors::{not_found, validation};
use super::model::Place;
use super::ports::{Login, Session};
use crate::local::error::AwsError;

/// Source: Redshift management guide, "Considerations when calling the Amazon Redshift Data API".
const MAX_SESSIONS: usize = 500;

/// A session that is kept.
pub(super) struct Kept {
    pub id: String,
    pub place: Place,
    pub login: Login,
    state: Mutex<State>,
}

struct State {
    /// `None` before the first statement has connected, and while a statement has it.
    connection: Option<Box<dyn Session>>,
    keep_alive: SignedDuration,
    /// When an idle session ends.
    expires: Timestamp,
    busy: bool,
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection out for a statement.
    pub fn take(&self) -> Option<Box<dyn Session>> {
        self.state().connection.take()
    }

    /// Gives the connection back once the statement has ended. Without one, the next statement connects anew.
    pub fn give_back(&self, connection: Option<Box<dyn Session>>, now: Timestamp) {
        let mut state = self.state();
        state.connection = connection;
        state.busy = false;
        state.expires = now.checked_add(state.keep_alive).unwrap_or(Timestamp::MAX);
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let state = self.state();
        !state.busy && state.expires <= now
    }
}

/// All sessions that are kept.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, Arc<Kept>>>);

impl Sessions {
    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session, busy with its first statement.
    pub fn begin(&self, place: Place, login: Login, seconds: i64, now: Timestamp) -> Result<Arc<Kept>, AwsError> {
        let mut sessions = self.locked();
        sessions.retain(|_, kept| !kept.is_over(now));
        if sessions.len() >= MAX_SESSIONS {
            return Err(AwsError::bad_request(
                "ActiveSessionsExceededException",
                format!("Active sessions exceeded the allowed quota ({MAX_SESSIONS})."),
            ));
        }
        let kept = Arc::new(Kept {
            id: uuid::Uuid::new_v4().to_string(),
            place,
            login,
            state: Mutex::new(State {
                connection: None,
                keep_alive: SignedDuration::from_secs(seconds),
                expires: now,
                busy: true,
            }),
        });
        sessions.insert(kept.id.clone(), kept.clone());
        Ok(kept)
    }

    /// Takes a session for a statement. One statement at a time.
    pub fn reuse(&self, id: &str, seconds: Option<i64>, now: Timestamp) -> Result<Arc<Kept>, AwsError> {
        let mut sessions = self.locked();
        sessions.retain(|_, kept| !kept.is_over(now));
        let kept = sessions.get(id).cloned();
        drop(sessions);
        let kept = kept.ok_or_else(|| not_found(format!("Session {id} is not available.")))?;
        let mut state = kept.state();
        if state.busy {
            return Err(validation(format!(
                "Session {id} is running a statement. A session runs one statement at a time."
            )));
        }
        state.busy = true;
        if let Some(seconds) = seconds {
            state.keep_alive = SignedDuration::from_secs(seconds);
        }
        drop(state);
        Ok(kept)
    }

    /// Ends all sessions.
    pub fn end(&self) {
        self.locked().clear();
    }
}
