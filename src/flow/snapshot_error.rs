//! Why QuickSight gave no snapshot of a dashboard.

use super::error::{Error, why};
use crate::aws::{self, ErrorKind};

/// What went wrong; [`SnapshotError::hint`] says what to do. None holds the address of a file: it is a secret.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// No job was started, or nothing is told of it.
    #[error("QuickSight makes no snapshot of {dashboard}: {error}")]
    Refused { dashboard: String, error: aws::Error },
    /// The job did not complete.
    #[error("QuickSight's snapshot of sheet {sheet} of {dashboard} failed (job {job}){}", why(.kind.as_deref(), .message.as_deref()))]
    Failed {
        dashboard: String,
        sheet: String,
        job: String,
        /// QuickSight's ErrorType.
        kind: Option<String>,
        message: Option<String>,
    },
    /// The job completed, and its file cannot be had.
    #[error("QuickSight's snapshot of sheet {sheet} of {dashboard} cannot be fetched (job {job}): {reason}")]
    Lost {
        dashboard: String,
        sheet: String,
        job: String,
        reason: String,
    },
}

impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(Box::new(error))
    }
}

/// What goes without QuickSight's machines.
const OURSELVES: &str = "pipectl dashboard without --snapshot draws html, png and pdf files itself";

impl SnapshotError {
    /// What to do about it, in plain words.
    pub fn hint(&self) -> String {
        match self {
            Self::Refused { error, .. } => refused(error),
            Self::Failed { kind, .. } => failed(kind.as_deref().unwrap_or_default()),
            Self::Lost { .. } => format!(
                "QuickSight's files can be read for a few minutes, from its own bucket in S3: run the same command again, \
                 where the network reaches S3; {OURSELVES}"
            ),
        }
    }
}

/// By the errors of StartDashboardSnapshotJob
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_StartDashboardSnapshotJob.html>).
fn refused(error: &aws::Error) -> String {
    match error.code.as_str() {
        "UnsupportedUserEditionException" => format!(
            "snapshots need QuickSight's Enterprise edition on AWS, the embedded AWS has none: {OURSELVES}"
        ),
        "UnsupportedPricingPlanException" => format!(
            "the snapshot is made for an anonymous reader, for whom this account must have QuickSight's capacity pricing; \
             {OURSELVES}"
        ),
        "LimitExceededException" => {
            "QuickSight runs 12 snapshot jobs of an account at a time: run the same command again when others have ended"
                .to_owned()
        }
        _ if error.is(ErrorKind::AccessDenied) => format!(
            "allow quicksight:StartDashboardSnapshotJob, DescribeDashboardSnapshotJob and \
             DescribeDashboardSnapshotJobResult on the dashboard; credentials that stand for a QuickSight user \
             (identity-enhanced ones) cannot be used; {OURSELVES}"
        ),
        _ if error.is(ErrorKind::Unsupported) => format!("this endpoint makes no snapshots; {OURSELVES}"),
        _ => error.hint().unwrap_or(OURSELVES).to_owned(),
    }
}

/// By the error types of DescribeDashboardSnapshotJobResult
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DescribeDashboardSnapshotJobResult.html>).
fn failed(kind: &str) -> String {
    match kind {
        "RLS_CHANGED" | "CLS_CHANGED" => {
            "the security of a data set changed meanwhile: run the same command again".to_owned()
        }
        "DATASET_DELETED" => "a data set of the dashboard is gone: run pipectl deploy, then this again".to_owned(),
        "CAPABILITY_RESTRICTED" | "DASHBOARD_ACCESS_DENIED" => format!(
            "QuickSight's custom permissions must allow exports, and the dashboard be open to the reader; {OURSELVES}"
        ),
        _ => format!(
            "the reader is anonymous: data sets with row-level security by user keep their rows from it; a paginated \
             sheet needs the Pixel-perfect reports add-on; {OURSELVES}"
        ),
    }
}
