//! Sessions that outlive their statement: SessionKeepAliveSeconds and SessionId. They are connections, so they end with
//! the process; what is told of them is in the store for a day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::errors::{not_found, validation};
use super::model::{Place, RETENTION};
use super::ports::{Login, Session};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::store::{StoreError, Table};

/// Of one cluster or workgroup. Source: Redshift management guide, "Running SQL statements with session reuse when
/// calling the Amazon Redshift Data API".
const MAX_SESSIONS: usize = 500;
/// A session's whole life. Source: the same section.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// By id. Of open sessions memory knows better.
const SESSIONS: Table<Record> = Table::new("redshift-data.sessions");

/// What is told of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub id: String,
    pub place: Place,
    pub status: SessionStatus,
    pub created: Timestamp,
    /// When the status changed.
    pub updated: Timestamp,
    /// How long it is kept after a statement, in seconds.
    pub keep_alive: i64,
    /// When it ends if nothing uses it.
    pub expires: Timestamp,
    /// The statement that has it.
    pub statement: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SessionStatus {
    Available,
    Busy,
    Closed,
}

impl SessionStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Busy => "BUSY",
            Self::Closed => "CLOSED",
        }
    }
}

impl Record {
    /// What lists are ordered by: time of creation and id.
    pub fn named(&self) -> (Timestamp, &str) {
        (self.created, &self.id)
    }

    fn occupy(&mut self, statement: &str, now: Timestamp) {
        (self.status, self.updated) = (SessionStatus::Busy, now);
        self.statement = Some(statement.to_owned());
    }

    fn release(&mut self, now: Timestamp) {
        let after = |from: Timestamp, time| from.checked_add(time).unwrap_or(Timestamp::MAX);
        let idle = after(now, SignedDuration::from_secs(self.keep_alive));
        self.expires = idle.min(after(self.created, MAX_AGE));
        (self.status, self.updated, self.statement) = (SessionStatus::Available, now, None);
    }

    fn close(&mut self, now: Timestamp) {
        (self.status, self.updated, self.statement) = (SessionStatus::Closed, now, None);
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.status == SessionStatus::Available && self.expires <= now
    }

    /// "Lists the sessions that the caller created in the last 24 hours."
    fn is_told(&self, now: Timestamp) -> bool {
        let end = self.created.checked_add(RETENTION).unwrap_or(Timestamp::MAX);
        self.status != SessionStatus::Closed || now < end
    }
}

/// A session that is kept.
pub(super) struct Kept {
    pub place: Place,
    pub login: Login,
    pub id: String,
    state: Mutex<State>,
}

struct State {
    /// `None` before the first statement has connected, and while a statement has it.
    connection: Option<Box<dyn Session>>,
    record: Record,
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self) -> Record {
        self.state().record.clone()
    }

    /// Takes the session for a statement, one at a time, and keeps it afterwards as long as the statement asks for.
    pub fn occupy(&self, statement: &str, seconds: Option<i64>, now: Timestamp) -> Result<(), AwsError> {
        let record = &mut self.state().record;
        if record.status == SessionStatus::Busy {
            return Err(validation(format!(
                "Session {} is running a statement. A session runs one statement at a time.",
                self.id
            )));
        }
        record.keep_alive = seconds.unwrap_or(record.keep_alive);
        record.occupy(statement, now);
        Ok(())
    }

    /// Takes the connection out for the statement that has the session.
    pub fn take(&self) -> Option<Box<dyn Session>> {
        self.state().connection.take()
    }

    /// Gives the connection back once the statement has ended. Without one, the next statement connects anew.
    pub fn give_back(&self, connection: Option<Box<dyn Session>>, now: Timestamp) {
        let mut state = self.state();
        state.connection = connection;
        state.record.release(now);
    }
}

type Open = BTreeMap<String, Arc<Kept>>;

/// All sessions: the open ones, and what is told of the others.
pub(super) struct Sessions {
    env: Arc<Env>,
    open: Mutex<Open>,
}

impl Sessions {
    pub fn new(env: Arc<Env>) -> Self {
        let open = Mutex::default();
        Self { env, open }
    }

    /// The open sessions, after those that are over have been closed.
    fn open(&self, now: Timestamp) -> Result<MutexGuard<'_, Open>, AwsError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut over = Vec::new();
        open.retain(|_, kept| {
            let mut record = kept.record();
            let is_over = record.is_over(now);
            if is_over {
                let expired = record.expires;
                record.close(expired);
                over.push(record);
            }
            !is_over
        });
        self.store(&over)?;
        Ok(open)
    }

    fn store(&self, records: &[Record]) -> Result<(), AwsError> {
        if records.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            let mut records = records.iter();
            records.try_for_each(|record| SESSIONS.put(tx, &record.id, record).map_err(AwsError::from))
        })
    }

    fn stored(&self) -> Result<Vec<Record>, StoreError> {
        let stored = SESSIONS.all(&self.env.store.read()?, "")?;
        Ok(stored.into_iter().map(|(_, record)| record).collect())
    }

    /// Begins a session, busy with its first statement.
    pub fn begin(
        &self,
        place: Place,
        login: Login,
        seconds: i64,
        statement: &str,
        now: Timestamp,
    ) -> Result<Arc<Kept>, AwsError> {
        let mut open = self.open(now)?;
        let of_warehouse = open.values().filter(|kept| kept.login.warehouse == login.warehouse);
        if of_warehouse.count() >= MAX_SESSIONS {
            return Err(AwsError::bad_request(
                "ActiveSessionsExceededException",
                format!("Active sessions exceeded the allowed quota ({MAX_SESSIONS})."),
            ));
        }
        let id = uuid::Uuid::new_v4().to_string();
        let mut record = Record {
            id: id.clone(),
            place: place.clone(),
            status: SessionStatus::Busy,
            created: now,
            updated: now,
            keep_alive: seconds,
            expires: now,
            statement: None,
        };
        record.occupy(statement, now);
        self.store(std::slice::from_ref(&record))?;
        let kept = Arc::new(Kept {
            id: id.clone(),
            place,
            login,
            state: Mutex::new(State {
                connection: None,
                record,
            }),
        });
        open.insert(id, kept.clone());
        Ok(kept)
    }

    /// An open session.
    pub fn find(&self, id: &str, now: Timestamp) -> Result<Arc<Kept>, AwsError> {
        let kept = self.open(now)?.get(id).cloned();
        kept.ok_or_else(|| not_found(format!("Session {id} is not available.")))
    }

    /// The sessions of the last 24 hours.
    pub fn all(&self, now: Timestamp) -> Result<Vec<Record>, AwsError> {
        let open = self.open(now)?;
        let stored = self.stored()?.into_iter();
        Ok(stored
            .map(|record| open.get(&record.id).map_or(record, |kept| kept.record()))
            .filter(|record| record.is_told(now))
            .collect())
    }

    /// Closes the sessions of the last process.
    pub fn recover(&self, now: Timestamp) -> Result<(), AwsError> {
        let mut left = self.stored()?;
        left.retain(|record| record.status != SessionStatus::Closed);
        left.iter_mut().for_each(|record| record.close(now));
        self.store(&left)
    }

    /// Forgets sessions past retention.
    pub fn remove_expired(&self, now: Timestamp) -> Result<(), AwsError> {
        let open = self.open(now)?;
        let mut expired = self.stored()?;
        expired.retain(|record| !open.contains_key(&record.id) && !record.is_told(now));
        if expired.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for record in &expired {
                SESSIONS.remove(tx, &record.id)?;
            }
            Ok(())
        })
    }

    /// Ends all sessions.
    pub fn end(&self, now: Timestamp) -> Result<(), AwsError> {
        let open = std::mem::take(&mut *self.open(now)?);
        let mut ended: Vec<_> = open.values().map(|kept| kept.record()).collect();
        ended.iter_mut().for_each(|record| record.close(now));
        self.store(&ended)
    }
}
