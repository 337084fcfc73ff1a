//! Before a delivery stream goes: what it has buffered is lost with it, so a bucket that is kept gets it first.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::error::CliError;
use super::human;
use super::output::Output;
use super::session::Session;
use crate::engine::{Action, Plan, Step};

/// Firehose's buffering interval where the configs name none (Firehose API, BufferingHints), in seconds.
const DEFAULT_INTERVAL: u64 = 300;

/// Where a plan deletes a delivery stream and keeps a bucket, delivers what is buffered: at once on the embedded AWS,
/// elsewhere by waiting one buffering interval, after which Firehose has written what it had.
pub(super) async fn before_deletion(
    session: &Session,
    plan: &Plan,
    cancel: &CancellationToken,
    output: &Output,
) -> Result<(), CliError> {
    let keeps_bucket = plan
        .steps
        .iter()
        .any(|step| step.action == Action::Keep && step.kind == "AWS::S3::Bucket");
    let Some(interval) = plan.steps.iter().filter_map(interval).max().filter(|_| keeps_bucket) else {
        return Ok(());
    };
    if session.drain().await?.is_some() {
        return Ok(());
    }
    output.status(&format!(
        "a bucket is kept: waiting {} for Firehose to deliver what it has buffered; stop what still writes to the stream",
        human::seconds(interval)
    ));
    tokio::select! {
        () = tokio::time::sleep(interval) => {}
        () = cancel.cancelled() => {}
    }
    Ok(())
}

/// The buffering interval of a delivery stream that is about to be deleted.
fn interval(step: &Step) -> Option<Duration> {
    if step.kind != "AWS::KinesisFirehose::DeliveryStream" || step.action != Action::Delete {
        return None;
    }
    Some(buffering(&step.live.as_ref()?.document))
}

/// The buffering interval in the properties of a delivery stream.
pub(super) fn buffering(properties: &Value) -> Duration {
    let hint = properties.pointer("/ExtendedS3DestinationConfiguration/BufferingHints/IntervalInSeconds");
    Duration::from_secs(hint.and_then(Value::as_u64).unwrap_or(DEFAULT_INTERVAL))
}
