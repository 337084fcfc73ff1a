//! One statement on its thread: connect, run the parts, keep their results.

use std::sync::Arc;
use std::time::Instant;

use super::model::{Mode, Statement, Status};
use super::parameters;
use super::ports::{Answer, Session, SqlError};
use super::runner::{Job, Runner, Running};
use crate::local::env::Env;

/// Why the parts ended early.
enum Stop {
    Cancelled,
    /// The message of the statement that failed.
    Failed(String),
}

/// What runs a statement.
pub(super) struct Work {
    env: Arc<Env>,
    runner: Arc<Runner>,
    running: Arc<Running>,
}

impl Work {
    pub fn new(env: Arc<Env>, runner: Arc<Runner>, running: Arc<Running>) -> Self {
        Self { env, runner, running }
    }

    /// Runs the statement to its end, whatever that is. Blocks.
    pub fn run(&self, job: Job) {
        let begun = Instant::now();
        let session = job.session.clone();
        let mut connection = session.as_ref().and_then(|kept| kept.take());
        let ended = self
            .connect(&job, &mut connection)
            .and_then(|()| match &mut connection {
                Some(session) => self.run_on(session.as_mut()),
                None => Ok(()),
            });
        self.running.set_canceller(None);
        let now = self.env.now();
        // Before the end is told: who waits for the statement may use its session at once. A cancellation may still be on
        // its way to the connection, so that one is not kept.
        if let Some(kept) = session {
            let usable = connection.take_if(|_| !self.running.cancelled.is_cancelled());
            kept.give_back(usable, now);
        }
        let mut statement = self.running.statement();
        statement.duration = nanos(begun);
        match ended {
            Ok(()) => statement.end(Status::Finished, None, now),
            Err(Stop::Cancelled) => statement.end(Status::Aborted, None, now),
            Err(Stop::Failed(message)) => statement.end(Status::Failed, Some(message), now),
        }
    }

    fn connect(&self, job: &Job, connection: &mut Option<Box<dyn Session>>) -> Result<(), Stop> {
        if self.running.cancelled.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        if let Some(refusal) = &job.refusal {
            return Err(Stop::Failed(refusal.clone()));
        }
        let session = match connection.take() {
            Some(session) => session,
            None => {
                let connected = self.runner.engine().connect(job.login.clone());
                connected.map_err(|error| Stop::Failed(error.message))?
            }
        };
        self.running.set_canceller(Some(session.canceller()));
        let mut statement = self.running.statement();
        (statement.status, statement.pid) = (Status::Started, session.pid());
        statement.updated = self.env.now();
        drop(statement);
        *connection = Some(session);
        Ok(())
    }

    /// A single statement commits by itself, and so does each of a batch that is not one transaction.
    fn run_on(&self, session: &mut dyn Session) -> Result<(), Stop> {
        let (batch, mode, parts) = {
            let statement = self.running.statement();
            (statement.batch, statement.mode, statement.parts.len())
        };
        match (batch, mode) {
            (false, _) => self.part(session, 0),
            (true, Mode::Transaction) => self.transaction(session, parts),
            (true, Mode::AutoCommit) => self.one_by_one(session, parts),
        }
    }

    /// All parts or none: "If any SQL statement fails, all work is rolled back."
    fn transaction(&self, session: &mut dyn Session, parts: usize) -> Result<(), Stop> {
        session.begin().map_err(|error| self.stopped(error))?;
        let ran = (0..parts).try_for_each(|part| self.part(session, part).map_err(|stop| numbered(stop, part)));
        let ended = ran.and_then(|()| match self.running.cancelled.is_cancelled() {
            true => Err(Stop::Cancelled),
            false => session.commit().map_err(|error| self.stopped(error)),
        });
        if ended.is_err()
            && let Err(error) = session.rollback()
        {
            tracing::warn!("rollback: {error}");
        }
        ended
    }

    /// Each part on its own: "a failure of one statement does not affect the others". The batch has failed if one has.
    fn one_by_one(&self, session: &mut dyn Session, parts: usize) -> Result<(), Stop> {
        let mut failed = None;
        for part in 0..parts {
            match self.part(session, part) {
                Err(Stop::Cancelled) => return Err(Stop::Cancelled),
                Err(stop) => failed = failed.or(Some(numbered(stop, part))),
                Ok(()) => {}
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Runs one part and keeps its result.
    fn part(&self, session: &mut dyn Session, part: usize) -> Result<(), Stop> {
        if self.running.cancelled.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let (id, format, sql, given) = {
            let mut statement = self.running.statement();
            let now = self.env.now();
            let begun = &mut statement.parts[part];
            (begun.status, begun.updated) = (Status::Started, now);
            let sql = begun.sql.clone();
            let given = parameters::of(&sql, &statement.parameters);
            (statement.id.clone(), statement.format, sql, given)
        };
        let begun = Instant::now();
        let answer = session.execute(&sql, &given);
        let kept = match answer {
            Err(error) => Err(self.stopped(error)),
            Ok(answer) if !answer.has_result_set => Ok((answer, -1)),
            Ok(answer) => match self.runner.spool().write(&id, part + 1, format, &answer) {
                Ok(bytes) => Ok((answer, bytes as i64)),
                Err(error) => Err(Stop::Failed(error.to_string())),
            },
        };
        let mut statement = self.running.statement();
        statement.parts[part].query_id = session.query_id();
        self.note(&mut statement, part, nanos(begun), &kept);
        drop(statement);
        kept.map(drop)
    }

    /// Writes down how a part ended.
    fn note(&self, statement: &mut Statement, part: usize, duration: i64, kept: &Result<(Answer, i64), Stop>) {
        let now = self.env.now();
        let part = &mut statement.parts[part];
        (part.updated, part.duration) = (now, duration);
        match kept {
            Ok((answer, bytes)) => {
                part.status = Status::Finished;
                part.has_result = answer.has_result_set;
                part.size = *bytes;
                part.rows = match answer.has_result_set {
                    true => answer.rows.len() as i64,
                    false => answer.affected,
                };
            }
            Err(Stop::Cancelled) => part.status = Status::Aborted,
            Err(Stop::Failed(message)) => {
                part.status = Status::Failed;
                part.error = Some(message.clone());
            }
        }
    }

    /// What an error of the engine means: an interrupted statement was cancelled.
    fn stopped(&self, error: SqlError) -> Stop {
        match self.running.cancelled.is_cancelled() {
            true => Stop::Cancelled,
            false => Stop::Failed(error.message),
        }
    }
}

/// The error of a batch says which of its statements failed.
fn numbered(stop: Stop, part: usize) -> Stop {
    match stop {
        Stop::Failed(message) => Stop::Failed(format!("Query #{} failed with {message}", part + 1)),
        Stop::Cancelled => Stop::Cancelled,
    }
}

fn nanos(begun: Instant) -> i64 {
    begun.elapsed().as_nanos().try_into().unwrap_or(i64::MAX)
}
