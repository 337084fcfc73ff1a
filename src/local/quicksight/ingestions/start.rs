//! Starting an ingestion, and what an earlier process left of them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Attempt;
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::errors::{INGESTION, exists, limit};
use crate::local::quicksight::model::{DataSet, Fault, INGESTIONS, Ingestion, IngestionStatus, below};
use crate::local::store::{Reads, Write};

/// "Enterprise edition: 32 manual refreshes in a 24-hour period for a data set." Source: CreateIngestion's API
/// reference ("You can manually refresh datasets in an Enterprise edition account 32 times in a 24-hour period").
const MANUAL_REFRESHES: usize = 32;
const PERIOD: SignedDuration = SignedDuration::from_hours(24);

/// What asks for an ingestion.
pub(in crate::local::quicksight) struct Request {
    /// None: a new one.
    pub id: Option<String>,
    /// `MANUAL`, `SCHEDULED`
    pub source: &'static str,
    /// `INITIAL_INGESTION`, `EDIT`, `FULL_REFRESH`
    pub kind: &'static str,
}

impl Request {
    /// By the creation or the update of a data set.
    pub fn automatic(kind: &'static str) -> Self {
        Self {
            id: None,
            source: "MANUAL",
            kind,
        }
    }

    /// By a schedule.
    pub fn scheduled() -> Self {
        Self {
            id: None,
            source: "SCHEDULED",
            kind: "FULL_REFRESH",
        }
    }

    fn counts(&self) -> bool {
        (self.source, self.kind) == ("MANUAL", "FULL_REFRESH")
    }
}

impl QuickSight {
    /// Starts an ingestion of a SPICE data set; it waits for those that the data set has going. Needs a tokio runtime.
    ///
    /// # Errors
    /// `ResourceExistsException`, `LimitExceededException`
    pub(in crate::local::quicksight) fn start_ingestion(
        &self,
        set: &DataSet,
        request: Request,
    ) -> Result<Ingestion, AwsError> {
        let now = self.env.now();
        let counts = request.counts();
        let id = request.id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let key = below(&set.id, &id);
        // Held to the end, so that none starts in between.
        let mut runs = self.going.runs();
        let same = runs.values().filter(|attempt| attempt.data_set == set.id);
        let before = same.max_by_key(|attempt| attempt.order);
        let before = before.map(|attempt| (attempt.order, attempt.id.clone(), attempt.done.clone()));
        let ingestion = Ingestion {
            id: id.clone(),
            data_set: set.id.clone(),
            created: now,
            status: match before {
                Some(_) => IngestionStatus::Queued,
                None => IngestionStatus::Initialized,
            },
            error: None,
            rows: None,
            seconds: None,
            source: request.source.to_owned(),
            request: request.kind.to_owned(),
            waits_for: before.as_ref().map(|(_, id, _)| id.clone()),
        };
        self.env.store.write(|tx: &Write| {
            if INGESTIONS.get(tx, &key)?.is_some() {
                return Err(exists(format!("Ingestion {id} already exists")).about(INGESTION));
            }
            if counts {
                check_limit(tx, &set.id, now)?;
            }
            Ok(INGESTIONS.put(tx, &key, &ingestion)?)
        })?;
        let attempt = Attempt {
            data_set: set.id.clone(),
            id,
            order: before.as_ref().map_or(0, |(order, ..)| order + 1),
            stop: CancellationToken::new(),
            done: CancellationToken::new(),
            end: None,
        };
        let (stop, done) = (attempt.stop.clone(), attempt.done.clone());
        runs.insert(key.clone(), attempt);
        drop(runs);
        if let Some(me) = self.me.upgrade() {
            let before = before.map(|(.., done)| done);
            self.going.tasks.spawn(me.drive(key, before, stop, done));
        }
        Ok(ingestion)
    }

    /// Ingestions of an earlier process are FAILED.
    pub(in crate::local::quicksight) fn recover_ingestions(&self) -> Result<(), AwsError> {
        let all = INGESTIONS.all(&self.env.store.read()?, "")?;
        let left: Vec<_> = all.into_iter().filter(|(_, it)| !it.status.is_final()).collect();
        if left.is_empty() {
            return Ok(());
        }
        let now = self.env.now();
        self.env.store.write(|tx| {
            for (key, mut ingestion) in left {
                let message = "The process of the embedded AWS ended while this ingestion was going; start another.";
                ingestion.end(
                    IngestionStatus::Failed,
                    Some(Fault::new("INTERNAL_SERVICE_ERROR", message)),
                    now,
                );
                INGESTIONS.put(tx, &key, &ingestion)?;
            }
            Ok::<_, AwsError>(())
        })
    }
}

fn check_limit(tx: &impl Reads, data_set: &str, now: Timestamp) -> Result<(), AwsError> {
    let recent = |it: &Ingestion| it.source == "MANUAL" && it.request == "FULL_REFRESH" && now - PERIOD < it.created;
    let all = INGESTIONS.all(tx, &below(data_set, ""))?;
    match all.iter().filter(|(_, it)| recent(it)).count() {
        0..MANUAL_REFRESHES => Ok(()),
        _ => Err(limit(format!(
            "DataSet {data_set} has been refreshed {MANUAL_REFRESHES} times in the last 24 hours, which is the most \
             that is possible by request"
        ))
        .about(INGESTION)),
    }
}

impl Ingestion {
    pub(super) fn end(&mut self, status: IngestionStatus, error: Option<Fault>, now: Timestamp) {
        let took = Duration::try_from(now.duration_since(self.created)).unwrap_or_default();
        self.status = status;
        self.error = error;
        self.waits_for = None;
        self.seconds = Some(i64::try_from(took.as_secs()).unwrap_or(i64::MAX));
    }
}
