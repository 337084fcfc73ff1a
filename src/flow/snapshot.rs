//! QuickSight's own PDF of a dashboard that is deployed.
//!
//! QuickSight draws one sheet a job: a job makes one PDF, and a PDF has one sheet
//! (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SnapshotFile.html>). No destination is given, so that
//! nobody has to let QuickSight into a bucket: it keeps the file in its own and hands out a presigned URL.

use std::time::Duration;

use aws_sdk_quicksight::operation::describe_dashboard_snapshot_job_result::DescribeDashboardSnapshotJobResultOutput;
use aws_sdk_quicksight::types::{
    Sheet, SnapshotAnonymousUser, SnapshotConfiguration, SnapshotFile, SnapshotFileFormatType, SnapshotFileGroup,
    SnapshotFileSheetSelection, SnapshotFileSheetSelectionScope, SnapshotJobS3Result, SnapshotJobStatus,
    SnapshotUserConfiguration,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::error::Error;
use super::event::Event;
use super::snapshot_error::SnapshotError;
use super::watch::Watch;
use crate::aws::{self, Backoff, Clients, ErrorKind, PresignedUrl, failure, retrying};

/// A dashboard in QuickSight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedDashboard {
    /// Logical id.
    pub id: String,
    /// QuickSight's id.
    pub dashboard_id: String,
}

/// A sheet as QuickSight drew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetSnapshot {
    /// The sheet's id.
    pub sheet: String,
    pub pdf: Bytes,
}

/// Pace of looking: QuickSight takes some ten seconds to minutes.
const PACE: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// How often a state that does not change is told again.
const REMIND: Duration = Duration::from_secs(5);
/// Jobs at a time. An account may run 12
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_StartDashboardSnapshotJob.html>), others' among them.
const JOBS: usize = 4;
/// What every PDF starts with (ISO 32000-1, 7.5.2).
const PDF: &[u8] = b"%PDF-";

/// Has QuickSight draw each sheet of the published version, and fetches the files, in the order of the sheets.
///
/// # Errors
/// The dashboard is not deployed; QuickSight refuses, or a sheet's job fails. When the person interrupts, the jobs go on:
/// there is no call that ends one.
pub async fn snapshot(
    clients: &Clients,
    account: &str,
    dashboard: &DeployedDashboard,
    watch: &Watch,
) -> Result<Vec<SheetSnapshot>, Error> {
    let sheets = sheets(clients, account, dashboard).await?;
    let one = |sheet| Snapshot {
        clients,
        account,
        dashboard,
        sheet,
        job: Uuid::new_v4().to_string(),
        watch,
    };
    let jobs: Vec<Snapshot<'_>> = sheets.into_iter().map(one).collect();
    stream::iter(jobs.iter().map(Snapshot::run))
        .buffered(JOBS)
        .try_collect()
        .await
}

/// Ids of the published version's sheets.
async fn sheets(clients: &Clients, account: &str, dashboard: &DeployedDashboard) -> Result<Vec<String>, Error> {
    let request = clients.quicksight.describe_dashboard();
    let request = request.aws_account_id(account).dashboard_id(&dashboard.dashboard_id);
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|error| failure("quicksight", "DescribeDashboard", &dashboard.dashboard_id, error))
    };
    let answer = match retrying(false, &|_| (), call).await {
        Err(error) if error.is(ErrorKind::NotFound) => {
            let what = format!("the dashboard {}", dashboard.id);
            return Err(Error::NotDeployed { what });
        }
        answer => answer?,
    };
    let version = answer.dashboard.and_then(|dashboard| dashboard.version);
    let sheets = version.and_then(|version| version.sheets).unwrap_or_default();
    let ids: Vec<String> = sheets
        .into_iter()
        .filter_map(|Sheet { sheet_id, .. }| sheet_id)
        .collect();
    match ids.is_empty() {
        false => Ok(ids),
        true => Err(Error::NotReady {
            what: format!("the published version of dashboard {}", dashboard.id),
            state: "without sheets".into(),
            wanted: "one that can be drawn",
        }),
    }
}

/// One sheet's job.
struct Snapshot<'a> {
    clients: &'a Clients,
    account: &'a str,
    dashboard: &'a DeployedDashboard,
    sheet: String,
    /// QuickSight's id of the job, ours to choose.
    job: String,
    watch: &'a Watch,
}

impl Snapshot<'_> {
    async fn run(&self) -> Result<SheetSnapshot, Error> {
        let cancel = &self.watch.cancel;
        if cancel.is_cancelled() {
            let text = format!("no snapshot of sheet {} was begun, and nothing is saved", self.sheet);
            return Err(Error::Interrupted(text));
        }
        let started = Instant::now();
        self.start().await?;
        let fetched = async {
            self.ended(started).await?;
            self.fetch().await
        };
        let pdf = tokio::select! {
            fetched = fetched => fetched?,
            () = cancel.cancelled() => return Err(self.left()),
        };
        self.watch.tell(Event::Snapshot {
            sheet: self.sheet.clone(),
            job: self.job.clone(),
            bytes: pdf.len(),
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(SheetSnapshot {
            sheet: self.sheet.clone(),
            pdf,
        })
    }

    async fn start(&self) -> Result<(), Error> {
        let request = self.clients.quicksight.start_dashboard_snapshot_job();
        let request = request.aws_account_id(self.account);
        let request = request.dashboard_id(&self.dashboard.dashboard_id);
        let request = request.snapshot_job_id(&self.job).user_configuration(reader());
        let request = request.snapshot_configuration(self.configuration()?);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|error| {
                failure(
                    "quicksight",
                    "StartDashboardSnapshotJob",
                    &self.dashboard.dashboard_id,
                    error,
                )
            })
        };
        match retrying(false, &|_| (), call).await {
            Ok(_) => Ok(()),
            // The id is new: an attempt whose answer was lost has started it.
            Err(error) if error.is(ErrorKind::AlreadyExists) => Ok(()),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// The whole sheet as PDF. `ALL_VISUALS` is the only scope of a PDF
    /// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SnapshotFileSheetSelection.html>).
    fn configuration(&self) -> Result<SnapshotConfiguration, Error> {
        let build = || {
            let selection = SnapshotFileSheetSelection::builder()
                .sheet_id(&self.sheet)
                .selection_scope(SnapshotFileSheetSelectionScope::AllVisuals)
                .build()?;
            let file = SnapshotFile::builder()
                .sheet_selections(selection)
                .format_type(SnapshotFileFormatType::Pdf)
                .build()?;
            let group = SnapshotFileGroup::builder().files(file).build();
            SnapshotConfiguration::builder().file_groups(group).build()
        };
        build().map_err(|error| Error::Unreadable {
            place: format!("the snapshot of sheet {}", self.sheet),
            reason: error.to_string(),
        })
    }

    /// Waits until the job has ended, one way or the other.
    async fn ended(&self, started: Instant) -> Result<(), Error> {
        let mut told: Option<(SnapshotJobStatus, Instant)> = None;
        let mut delays = PACE.delays();
        loop {
            match self.state().await {
                Ok(state) => {
                    let news = told
                        .as_ref()
                        .is_none_or(|(told, at)| *told != state || at.elapsed() >= REMIND);
                    if news {
                        self.watch.tell(Event::SnapshotState {
                            sheet: self.sheet.clone(),
                            job: self.job.clone(),
                            state: state.as_str().to_owned(),
                            seconds: started.elapsed().as_secs_f64(),
                        });
                        told = Some((state.clone(), Instant::now()));
                    }
                    if matches!(state, SnapshotJobStatus::Completed | SnapshotJobStatus::Failed) {
                        return Ok(());
                    }
                }
                Err(error) if error.is(ErrorKind::Throttled) => {}
                Err(error) => return Err(self.refused(error)),
            }
            sleep(delays.next().unwrap_or(PACE.cap)).await;
        }
    }

    async fn state(&self) -> Result<SnapshotJobStatus, aws::Error> {
        let request = self.clients.quicksight.describe_dashboard_snapshot_job();
        let request = request.aws_account_id(self.account);
        let request = request.dashboard_id(&self.dashboard.dashboard_id);
        let answer = request.snapshot_job_id(&self.job).send().await;
        let answer = answer.map_err(|error| {
            failure(
                "quicksight",
                "DescribeDashboardSnapshotJob",
                &self.dashboard.dashboard_id,
                error,
            )
        })?;
        answer.job_status.ok_or_else(|| {
            let message = "the answer has no JobStatus".to_owned();
            let operation = "DescribeDashboardSnapshotJob";
            aws::Error::new("quicksight", operation, &self.job, ErrorKind::Unreadable, message)
        })
    }

    /// The file of a job that has ended.
    async fn fetch(&self) -> Result<Bytes, Error> {
        let request = self.clients.quicksight.describe_dashboard_snapshot_job_result();
        let request = request.aws_account_id(self.account);
        let request = request.dashboard_id(&self.dashboard.dashboard_id);
        let request = request.snapshot_job_id(&self.job);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|error| {
                failure(
                    "quicksight",
                    "DescribeDashboardSnapshotJobResult",
                    &self.dashboard.dashboard_id,
                    error,
                )
            })
        };
        let result = retrying(false, &|_| (), call).await;
        let result = result.map_err(|error| self.refused(error))?;
        if let Some(failed) = self.failed(&result) {
            return Err(failed);
        }
        let uri = files(&result).find_map(SnapshotJobS3Result::s3_uri);
        let url = uri.and_then(PresignedUrl::parse);
        let url = url.ok_or_else(|| self.lost("QuickSight names no https address of it".into()))?;
        let what = format!("the snapshot of sheet {}", self.sheet);
        let pdf = url.download(&self.clients.s3, &what).await;
        let pdf = pdf.map_err(|error| self.lost(error.to_string()))?;
        match pdf.starts_with(PDF) {
            true => Ok(pdf),
            false => Err(self.lost(format!("its {} bytes are not a PDF", pdf.len()))),
        }
    }

    /// What the result says of failures: of the job, or of its file.
    fn failed(&self, result: &DescribeDashboardSnapshotJobResultOutput) -> Option<Error> {
        let owned = |kind: Option<&str>, message: Option<&str>| (kind.map(str::to_owned), message.map(str::to_owned));
        let of_job = result.error_info();
        let of_job = of_job.map(|error| owned(error.error_type(), error.error_message()));
        let of_file = files(result).flat_map(SnapshotJobS3Result::error_info);
        let of_file = of_file.map(|error| owned(error.error_type(), error.error_message()));
        let ended_badly = result.job_status() == Some(&SnapshotJobStatus::Failed);
        let found = of_job.into_iter().chain(of_file).next();
        let (kind, message) = match found {
            Some(found) => found,
            None if ended_badly => (None, None),
            None => return None,
        };
        Some(Error::from(SnapshotError::Failed {
            dashboard: self.dashboard.id.clone(),
            sheet: self.sheet.clone(),
            job: self.job.clone(),
            kind,
            message,
        }))
    }

    fn refused(&self, error: aws::Error) -> Error {
        Error::from(SnapshotError::Refused {
            dashboard: self.dashboard.id.clone(),
            error,
        })
    }

    fn lost(&self, reason: String) -> Error {
        Error::from(SnapshotError::Lost {
            dashboard: self.dashboard.id.clone(),
            sheet: self.sheet.clone(),
            job: self.job.clone(),
            reason,
        })
    }
    fn left(&self) -> Error {
        Error::Interrupted(format!(
            "the snapshot job {} of sheet {} goes on in QuickSight, and nothing is saved",
            self.job, self.sheet
        ))
    }
}

/// The person that QuickSight draws for: nobody in particular, who needs no QuickSight user, and no tags unless a data set
/// has row-level security by tags
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SnapshotUserConfiguration.html>).
fn reader() -> SnapshotUserConfiguration {
    let anonymous = SnapshotAnonymousUser::builder().build();
    SnapshotUserConfiguration::builder().anonymous_users(anonymous).build()
}

/// The files of a result.
fn files(result: &DescribeDashboardSnapshotJobResultOutput) -> impl Iterator<Item = &SnapshotJobS3Result> {
    let users = result.result().map(|result| result.anonymous_users());
    let groups = users.unwrap_or_default().iter().flat_map(|user| user.file_groups());
    groups.flat_map(|group| group.s3_results())
}
