//! SPICE: QuickSight's copies of the data sets, brought up to date with the warehouse.

use std::time::Duration;

use aws_sdk_quicksight::types::{Ingestion, IngestionStatus};
use futures::future::join_all;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::error::{Error, IngestionFailure};
use super::event::Event;
use super::warehouse::Warehouse;
use super::watch::Watch;
use crate::aws::{Backoff, Clients, ErrorKind, SqlStatement, failure, retrying};

/// A data set in SPICE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiceDataSet {
    /// Logical id.
    pub id: String,
    /// QuickSight's id.
    pub data_set_id: String,
    /// A query that counts the rows it must have.
    pub count: String,
}

/// What a refresh brought into SPICE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refreshed {
    /// Logical id of the data set.
    pub data_set: String,
    /// Rows that the data set has in the warehouse.
    pub rows_expected: u64,
    /// Rows that it has in SPICE.
    pub rows: u64,
    /// Rows that QuickSight left out.
    pub rows_dropped: u64,
}

/// Pace of looking: QuickSight takes seconds to minutes.
const PACE: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// How often a state that does not change is told again.
const REMIND: Duration = Duration::from_secs(5);

/// Refreshes all data sets at once and waits for them.
///
/// # Errors
/// The first that failed, after all have ended. When the person interrupts, the ingestions are cancelled: SPICE keeps what
/// it had before.
pub async fn refresh(
    clients: &Clients,
    account: &str,
    warehouse: &Warehouse,
    sets: &[SpiceDataSet],
    watch: &Watch,
) -> Result<Vec<Refreshed>, Error> {
    let one = |set| Refresh {
        clients,
        account,
        set,
        watch,
    };
    let refreshes: Vec<Refresh<'_>> = sets.iter().map(one).collect();
    let ended = join_all(refreshes.iter().map(|refresh| refresh.run(warehouse))).await;
    ended.into_iter().collect()
}

/// One data set's refresh.
struct Refresh<'a> {
    clients: &'a Clients,
    account: &'a str,
    set: &'a SpiceDataSet,
    watch: &'a Watch,
}

impl Refresh<'_> {
    async fn run(&self, warehouse: &Warehouse) -> Result<Refreshed, Error> {
        let started = Instant::now();
        let ingestion = self.start().await?;
        let ended = tokio::select! {
            ended = self.ended(&ingestion) => ended?,
            () = self.watch.cancel.cancelled() => return Err(self.cancel(&ingestion).await?),
        };
        if ended.ingestion_status != IngestionStatus::Completed {
            return Err(self.failed(&ingestion, &ended));
        }
        let rows = ended.row_info();
        let count = |value: Option<i64>| value.and_then(|value| value.try_into().ok());
        let ingested = count(rows.and_then(|rows| rows.rows_ingested()));
        let refreshed = Refreshed {
            data_set: self.set.id.clone(),
            rows_expected: self.expected(warehouse).await?,
            rows: count(rows.and_then(|rows| rows.total_rows_in_dataset()))
                .or(ingested)
                .unwrap_or(0),
            rows_dropped: count(rows.and_then(|rows| rows.rows_dropped())).unwrap_or(0),
        };
        self.watch.tell(Event::Refreshed {
            refreshed: refreshed.clone(),
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(refreshed)
    }

    /// The id of a new ingestion. One that goes on already is no hindrance: QuickSight queues the next.
    async fn start(&self) -> Result<String, Error> {
        let id = Uuid::new_v4().to_string();
        let request = self.clients.quicksight.create_ingestion();
        let request = request.aws_account_id(self.account).data_set_id(&self.set.data_set_id);
        let request = request.ingestion_id(&id);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|error| failure("quicksight", "CreateIngestion", &self.set.data_set_id, error))
        };
        match retrying(false, &|_| (), call).await {
            Ok(_) => Ok(id),
            Err(error) if error.is(ErrorKind::NotFound) => Err(Error::NotDeployed {
                what: format!("the data set {}", self.set.id),
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn ended(&self, ingestion: &str) -> Result<Ingestion, Error> {
        let started = Instant::now();
        let mut told: Option<(IngestionStatus, Instant)> = None;
        let mut delays = PACE.delays();
        loop {
            match self.get(ingestion).await {
                Ok(found) => {
                    let state = found.ingestion_status.clone();
                    let news = told
                        .as_ref()
                        .is_none_or(|(told, at)| *told != state || at.elapsed() >= REMIND);
                    if news {
                        self.watch.tell(Event::RefreshState {
                            data_set: self.set.id.clone(),
                            state: state.as_str().to_owned(),
                            seconds: started.elapsed().as_secs_f64(),
                        });
                        told = Some((state.clone(), Instant::now()));
                    }
                    if matches!(
                        state,
                        IngestionStatus::Completed | IngestionStatus::Failed | IngestionStatus::Cancelled
                    ) {
                        return Ok(found);
                    }
                }
                Err(Error::Aws(error)) if error.is(ErrorKind::Throttled) => {}
                Err(error) => return Err(error),
            }
            sleep(delays.next().unwrap_or(PACE.cap)).await;
        }
    }

    async fn get(&self, ingestion: &str) -> Result<Ingestion, Error> {
        let request = self.clients.quicksight.describe_ingestion();
        let request = request.aws_account_id(self.account).data_set_id(&self.set.data_set_id);
        let answer = request.ingestion_id(ingestion).send().await;
        let answer = answer.map_err(|error| failure("quicksight", "DescribeIngestion", ingestion, error))?;
        answer.ingestion.ok_or_else(|| Error::Unreadable {
            place: format!("the answer about ingestion {ingestion}"),
            reason: "it has no Ingestion".into(),
        })
    }

    async fn expected(&self, warehouse: &Warehouse) -> Result<u64, Error> {
        let statement = SqlStatement {
            text: &self.set.count,
            offset: 0,
        };
        let file = format!("data set {}", self.set.id);
        let page = warehouse.rows(&file, &statement).await?.all().await?;
        page.count(0, "count").ok_or_else(|| Error::Unreadable {
            place: format!("the number of rows of data set {}", self.set.id),
            reason: "the warehouse gave none".into(),
        })
    }

    fn failed(&self, ingestion: &str, ended: &Ingestion) -> Error {
        let error = ended.error_info();
        Error::Ingestion(Box::new(IngestionFailure {
            data_set: self.set.id.clone(),
            ingestion: ingestion.to_owned(),
            state: ended.ingestion_status.as_str().to_owned(),
            kind: error
                .and_then(|error| error.r#type())
                .map(|kind| kind.as_str().to_owned()),
            message: error.and_then(|error| error.message()).map(str::to_owned),
        }))
    }

    /// Cancels what the person does not want any more.
    async fn cancel(&self, ingestion: &str) -> Result<Error, Error> {
        let request = self.clients.quicksight.cancel_ingestion();
        let request = request.aws_account_id(self.account).data_set_id(&self.set.data_set_id);
        let answer = request.ingestion_id(ingestion).send().await;
        let answer = answer.map_err(|error| failure("quicksight", "CancelIngestion", ingestion, error));
        if let Err(error) = answer {
            // It ended by itself meanwhile.
            tracing::debug!(ingestion, %error, "not cancelled");
        }
        Ok(Error::Interrupted(
            "the refresh was cancelled; SPICE keeps what it had before".into(),
        ))
    }
}
