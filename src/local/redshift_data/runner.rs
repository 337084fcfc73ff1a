//! Statements at work: in memory while they run, in the store from their submission on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::errors::no_statement;
use super::job::Work;
use super::model::{Place, STATEMENTS, Statement, Status};
use super::ports::{Cancel, Engine, Login};
use super::sessions::{Kept, Sessions};
use super::spool::Spool;
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::store::StoreError;

/// Statements that run at once; others are SUBMITTED meanwhile.
const CONCURRENCY: usize = 16;

/// A cancellation that comes between two statements finds none to interrupt, so it is repeated until the end.
const CANCEL_AGAIN: Duration = Duration::from_millis(50);

/// How a statement connects.
pub(super) struct Job {
    pub place: Place,
    pub login: Login,
    /// Why the database refuses the login.
    pub refusal: Option<String>,
    /// The session that is kept afterwards.
    pub session: Option<Arc<Kept>>,
}

/// A statement that has not ended.
pub(super) struct Running {
    statement: Mutex<Statement>,
    /// Whose statements it counts among.
    warehouse: String,
    pub cancelled: CancellationToken,
    canceller: Mutex<Option<Box<dyn Cancel>>>,
    done: watch::Sender<bool>,
}

impl Running {
    pub fn statement(&self) -> MutexGuard<'_, Statement> {
        self.statement.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what interrupts the statement; `None` once nothing is left to interrupt.
    pub fn set_canceller(&self, canceller: Option<Box<dyn Cancel>>) {
        *self.canceller.lock().unwrap_or_else(PoisonError::into_inner) = canceller;
    }

    fn interrupt(&self) {
        if let Some(canceller) = &*self.canceller.lock().unwrap_or_else(PoisonError::into_inner) {
            canceller.cancel();
        }
    }
}

pub(super) struct Runner {
    env: Arc<Env>,
    engine: Arc<dyn Engine>,
    spool: Spool,
    sessions: Sessions,
    running: Mutex<BTreeMap<String, Arc<Running>>>,
    permits: Arc<Semaphore>,
}

impl Runner {
    pub fn new(env: Arc<Env>, engine: Arc<dyn Engine>) -> Self {
        Self {
            spool: Spool::new(&env.dir),
            sessions: Sessions::new(env.clone()),
            env,
            engine,
            running: Mutex::default(),
            permits: Arc::new(Semaphore::new(CONCURRENCY)),
        }
    }

    pub fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone()
    }

    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All statements of the store, and its sessions, which ended with the last process. Statements that had not ended when the last process did have failed: what they did in
    /// a transaction is rolled back.
    pub fn recover(&self) -> Result<Vec<Statement>, AwsError> {
        let mut statements: Vec<_> = STATEMENTS.all(&self.env.store.read()?, "")?;
        let now = self.env.now();
        for (id, statement) in statements.iter_mut().filter(|(_, s)| !s.status.is_final()) {
            let error = "The embedded AWS ended while the statement was running; a transaction that had not been committed was rolled back.";
            statement.end(Status::Failed, Some(error.to_owned()), now);
            self.env
                .store
                .write(|tx| STATEMENTS.put(tx, id, statement).map_err(AwsError::from))?;
        }
        let is_known = |id: &str| {
            statements
                .iter()
                .any(|(known, s)| known == id && s.status == Status::Finished)
        };
        self.spool.remove_others(is_known)?;
        self.sessions.recover(now)?;
        Ok(statements.into_iter().map(|(_, statement)| statement).collect())
    }

    /// Statements of a warehouse that have not ended.
    pub fn active(&self, warehouse: &str) -> usize {
        let running = self.running();
        let active = |r: &&Arc<Running>| r.warehouse == warehouse && !r.statement().status.is_final();
        running.values().filter(active).count()
    }

    /// Stores the statement and sets it to run. Needs a tokio runtime.
    pub fn start(self: &Arc<Self>, statement: Statement, job: Job) -> Result<(), AwsError> {
        let id = statement.id.clone();
        self.env
            .store
            .write(|tx| STATEMENTS.put(tx, &id, &statement).map_err(AwsError::from))?;
        let running = Arc::new(Running {
            statement: Mutex::new(statement),
            warehouse: job.login.warehouse.clone(),
            cancelled: CancellationToken::new(),
            canceller: Mutex::new(None),
            done: watch::Sender::new(false),
        });
        self.running().insert(id, running.clone());
        tokio::spawn(self.clone().drive(running, job));
        Ok(())
    }

    /// Runs the statement once it is its turn, and keeps how it ended.
    async fn drive(self: Arc<Self>, running: Arc<Running>, job: Job) {
        let permit = tokio::select! {
            biased;
            () = running.cancelled.cancelled() => None,
            permit = self.permits.clone().acquire_owned() => permit.ok(),
        };
        let session = job.session.clone();
        match permit {
            None => {
                running.statement().end(Status::Aborted, None, self.env.now());
                if let Some(kept) = session {
                    kept.give_back(None, self.env.now());
                }
            }
            Some(permit) => {
                running.statement().status = Status::Picked;
                let work = Work::new(self.env.clone(), self.clone(), running.clone());
                let ran = tokio::task::spawn_blocking(move || {
                    work.run(job);
                    drop(permit);
                });
                if ran.await.is_err() {
                    let error = "ERROR: the embedded AWS panicked while it ran the statement; this is a bug of pipectl";
                    let now = self.env.now();
                    running.statement().end(Status::Failed, Some(error.to_owned()), now);
                    if let Some(kept) = session {
                        kept.give_back(None, now);
                    }
                }
            }
        }
        self.finish(&running);
    }

    /// Stores how the statement ended and lets go of it. If that fails it stays in memory.
    fn finish(&self, running: &Running) {
        let statement = running.statement().clone();
        if statement.status != Status::Finished
            && let Err(error) = self.spool.remove(&statement.id, statement.parts.len())
        {
            tracing::warn!("results of statement {}: {error}", statement.id);
        }
        let stored: Result<(), StoreError> = self.env.store.write(|tx| STATEMENTS.put(tx, &statement.id, &statement));
        match stored {
            Ok(()) => drop(self.running().remove(&statement.id)),
            Err(error) => tracing::error!("statement {} is not stored: {error}", statement.id),
        }
        running.done.send_replace(true);
    }

    /// The statement as it is now.
    pub fn find(&self, id: &str) -> Result<Statement, AwsError> {
        if let Some(running) = self.running().get(id) {
            return Ok(running.statement().clone());
        }
        let now = self.env.now();
        let stored = STATEMENTS.get(&self.env.store.read()?, id)?;
        stored
            .filter(|statement| !statement.is_expired(now))
            .ok_or_else(no_statement)
    }

    /// All statements of the last 24 hours.
    pub fn all(&self) -> Result<Vec<Statement>, AwsError> {
        let now = self.env.now();
        let running = self.running().clone();
        let stored = STATEMENTS.all(&self.env.store.read()?, "")?.into_iter();
        Ok(stored
            .map(|(id, statement)| match running.get(&id) {
                Some(running) => running.statement().clone(),
                None => statement,
            })
            .filter(|statement| !statement.is_expired(now))
            .collect())
    }

    /// Becomes true when the statement has ended; `None` if it has.
    pub fn done(&self, id: &str) -> Option<watch::Receiver<bool>> {
        Some(self.running().get(id)?.done.subscribe())
    }

    /// Asks a statement to end; false if it has.
    pub fn cancel(self: &Arc<Self>, id: &str) -> bool {
        let Some(running) = self.running().get(id).cloned() else {
            return false;
        };
        if running.statement().status.is_final() {
            return false;
        }
        tokio::spawn(cancel(running));
        true
    }

    /// Asks all statements to end, and waits until they have.
    pub async fn stop(&self) {
        let running: Vec<_> = self.running().values().cloned().collect();
        futures::future::join_all(running.into_iter().map(cancel)).await;
        if let Err(error) = self.sessions.end(self.env.now()) {
            tracing::warn!("sessions are not stored as closed: {error}");
        }
    }

    /// Removes statements past retention, with their results, and sessions.
    pub fn remove_expired(&self) -> Result<(), AwsError> {
        let now = self.env.now();
        self.sessions.remove_expired(now)?;
        let all = STATEMENTS.all(&self.env.store.read()?, "")?;
        let expired: Vec<_> = all
            .into_iter()
            .map(|(_, statement)| statement)
            .filter(|statement| statement.is_expired(now) && statement.status.is_final())
            .collect();
        if expired.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for statement in &expired {
                STATEMENTS.remove(tx, &statement.id)?;
            }
            Ok::<_, AwsError>(())
        })?;
        for statement in &expired {
            self.spool.remove(&statement.id, statement.parts.len())?;
        }
        Ok(())
    }
}

/// Interrupts the statement until it has ended.
async fn cancel(running: Arc<Running>) {
    running.cancelled.cancel();
    let mut done = running.done.subscribe();
    loop {
        running.interrupt();
        let ended = tokio::time::timeout(CANCEL_AGAIN, done.wait_for(|done| *done)).await;
        if ended.is_ok() {
            return;
        }
    }
}
