//! One ingestion from its turn to its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::End;
use super::read::Reading;
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::columns::Shape;
use crate::local::quicksight::connection::{ingestion_fault, target};
use crate::local::quicksight::model::{DATA_SETS, DATA_SOURCES, Fault, INGESTIONS, Ingestion, IngestionStatus, Rows};

/// An interruption that comes between two queries finds none to interrupt, so it is repeated until the end.
const AGAIN: Duration = Duration::from_millis(50);

/// What interrupts the query of an ingestion, once there is one.
type Interrupt = Arc<Mutex<Option<Box<dyn Fn() + Send + Sync>>>>;

impl QuickSight {
    /// Waits for the ingestion before, runs this one, and keeps how it ended.
    pub(super) async fn drive(
        self: Arc<Self>,
        key: String,
        before: Option<CancellationToken>,
        stop: CancellationToken,
        done: CancellationToken,
    ) {
        let turn = async {
            if let Some(before) = before {
                before.cancelled().await;
            }
            tokio::time::sleep(self.env.options.timing.quicksight).await;
        };
        let turn_came = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = turn => true,
        };
        let outcome = match turn_came {
            true => self.ingest(&key, &stop).await,
            false => Err(Fault::new(
                "INGESTION_CANCELED",
                "The ingestion was cancelled before it began.",
            )),
        };
        let end = self.going.runs().get(&key).and_then(|attempt| attempt.end);
        if let Err(error) = self.finish(&key, outcome, end) {
            tracing::error!("ingestion {key:?} is not stored: {error}");
        }
        self.going.runs().remove(&key);
        done.cancel();
    }

    /// Changes an ingestion that is still there: its data set may have been deleted.
    fn change_ingestion(&self, key: &str, change: impl FnOnce(&mut Ingestion)) -> Result<(), AwsError> {
        self.env.store.write(|tx| {
            if let Some(mut ingestion) = INGESTIONS.get(tx, key)? {
                change(&mut ingestion);
                INGESTIONS.put(tx, key, &ingestion)?;
            }
            Ok(())
        })
    }

    fn finish(&self, key: &str, outcome: Result<Rows, Fault>, end: Option<End>) -> Result<(), AwsError> {
        let now = self.env.now();
        if let Ok(rows) = &outcome {
            let data_set = key.split('\0').next().unwrap_or_default();
            self.env.store.write(|tx| {
                if let Some(mut set) = DATA_SETS.get(tx, data_set)? {
                    set.consumed = rows.bytes;
                    DATA_SETS.put(tx, data_set, &set)?;
                }
                Ok::<_, AwsError>(())
            })?;
        }
        self.change_ingestion(key, |ingestion| match (outcome, end) {
            (Ok(rows), _) => {
                ingestion.rows = Some(rows);
                ingestion.end(IngestionStatus::Completed, None, now);
            }
            (Err(_), Some(End::Cancelled)) => {
                let fault = Fault::new("INGESTION_CANCELED", "The ingestion was cancelled.");
                ingestion.end(IngestionStatus::Cancelled, Some(fault), now);
            }
            (Err(_), Some(End::DataSetDeleted)) => {
                let fault = Fault::new("DATA_SET_DELETED", "The data set was deleted.");
                ingestion.end(IngestionStatus::Failed, Some(fault), now);
            }
            (Err(_), Some(End::Closed)) => {
                let message = "The embedded AWS closed while this ingestion was going; start another.";
                let fault = Fault::new("INTERNAL_SERVICE_ERROR", message);
                ingestion.end(IngestionStatus::Failed, Some(fault), now);
            }
            (Err(fault), None) => ingestion.end(IngestionStatus::Failed, Some(fault), now),
        })
    }

    /// Reads the source on a thread of its own.
    async fn ingest(self: &Arc<Self>, key: &str, stop: &CancellationToken) -> Result<Rows, Fault> {
        self.change_ingestion(key, |ingestion| {
            ingestion.status = IngestionStatus::Running;
            ingestion.waits_for = None;
        })
        .map_err(internal)?;
        let interrupt = Interrupt::default();
        let data_set = key.split('\0').next().unwrap_or_default().to_owned();
        let (me, slot, stopped) = (self.clone(), interrupt.clone(), stop.clone());
        let mut work = tokio::task::spawn_blocking(move || me.read_source(&data_set, &slot, &stopped));
        let ended = tokio::select! {
            ended = &mut work => ended,
            () = stop.cancelled() => loop {
                if let Some(interrupt) = &*interrupt.lock().unwrap_or_else(PoisonError::into_inner) {
                    interrupt();
                }
                if let Ok(ended) = tokio::time::timeout(AGAIN, &mut work).await {
                    break ended;
                }
            },
        };
        ended.unwrap_or_else(|_| {
            let message = "the embedded AWS panicked while it read the source; this is a bug of pipectl";
            Err(Fault::new("INTERNAL_SERVICE_ERROR", message))
        })
    }

    /// Connects and reads all rows. Blocks.
    fn read_source(&self, data_set: &str, interrupt: &Interrupt, stop: &CancellationToken) -> Result<Rows, Fault> {
        let (shape, source) = {
            let tx = self.env.store.read().map_err(internal)?;
            let set = DATA_SETS.get(&tx, data_set).map_err(internal)?;
            let set = set.ok_or_else(|| Fault::new("DATA_SET_DELETED", "The data set was deleted."))?;
            if !set.spice {
                let message = "The data set queries its source directly; it has nothing in SPICE.";
                return Err(Fault::new("DATA_SET_NOT_SPICE", message));
            }
            let shape = Shape::read(&set.given).map_err(internal)?;
            let arn = shape.origin.data_source_arn.clone();
            let id = arn.strip_prefix(&self.data_source_arn("")).unwrap_or_default();
            let source = DATA_SOURCES.get(&tx, id).map_err(internal)?;
            let gone = || Fault::new("DATA_SOURCE_NOT_FOUND", format!("Data source {arn} does not exist."));
            (shape, source.ok_or_else(gone)?)
        };
        let target = target(&source).map_err(ingestion_fault)?;
        let mut reader = self.warehouses.connect(&target).map_err(ingestion_fault)?;
        *interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader.interrupt());
        if stop.is_cancelled() {
            return Err(Fault::new("INGESTION_CANCELED", "The ingestion was cancelled."));
        }
        Reading::new(&shape).run(reader.as_mut(), stop)
    }
}

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::new("INTERNAL_SERVICE_ERROR", error.to_string())
}
