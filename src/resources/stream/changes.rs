//! In-place changes of a stream, one after another: it takes none while it is UPDATING.

use std::time::Duration;

use aws_sdk_kinesis::types as kinesis;

use super::super::error::Error;
use super::super::handler::Scope;
use super::{Properties, active, describe, mode, waiting};
use crate::aws::{Status, Wait, failure, wait_until};
use crate::engine::Cx;

/// Shards are split and merged one after another: hundreds of them take far longer than any other change.
const RESHARDING: Duration = Duration::from_secs(2 * 60 * 60);

/// Brings what differs between `live` and `wanted`, both normalised. Tags are not its business.
pub(super) async fn apply(
    scope: &Scope,
    name: &str,
    arn: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    change_mode(scope, name, arn, live, wanted, cx).await?;
    change_shards(scope, name, wanted, cx).await?;
    change_retention(scope, name, live, wanted, cx).await?;
    change_record_size(scope, name, arn, live, wanted, cx).await?;
    change_encryption(scope, name, live, wanted, cx).await?;
    change_metrics(scope, name, live, wanted, cx).await
}

async fn change_mode(
    scope: &Scope,
    name: &str,
    arn: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    if live.mode() == wanted.mode() {
        return Ok(());
    }
    let request = scope
        .clients
        .kinesis
        .update_stream_mode()
        .stream_arn(arn)
        .stream_mode_details(mode(scope, wanted)?);
    scope
        .retrying(cx, async || {
            request
                .clone()
                .send()
                .await
                .map_err(|e| failure("kinesis", "UpdateStreamMode", name, e))
        })
        .await?;
    active(scope, name, cx).await?;
    Ok(())
}

/// UpdateShardCount goes to at most double and at least half of the present count, so a larger change takes steps
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html>).
async fn change_shards(scope: &Scope, name: &str, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let Some(target) = wanted.shard_count.filter(|_| !wanted.on_demand()) else {
        return Ok(());
    };
    let mut current = active(scope, name, cx).await?.open_shard_count;
    while current != target {
        let next = step(current, target);
        cx.report(&format!("UPDATING, {current} to {next} of {target} shards"));
        let request = scope
            .clients
            .kinesis
            .update_shard_count()
            .stream_name(name)
            .target_shard_count(next)
            .scaling_type(kinesis::ScalingType::UniformScaling);
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("kinesis", "UpdateShardCount", name, e))
            })
            .await?;
        current = resharded(scope, name, current, cx).await?;
    }
    Ok(())
}

/// Waits for a count other than `before`: right after the call the stream can still read as it did before it.
async fn resharded(scope: &Scope, name: &str, before: i32, cx: &Cx) -> Result<i32, Error> {
    let wait = Wait {
        limit: RESHARDING,
        ..waiting(name)
    };
    let report = |state: &str| cx.report(state);
    let count = wait_until(wait, &report, async || {
        let Some(summary) = describe(scope, name).await? else {
            return Ok(Status::new("NOT VISIBLE YET", before));
        };
        let state = match summary.stream_status {
            kinesis::StreamStatus::Active if summary.open_shard_count == before => "UPDATING".to_owned(),
            status => status.as_str().to_owned(),
        };
        Ok(Status::new(state, summary.open_shard_count))
    });
    Ok(count.await?)
}

/// The next count on the way to `target`.
pub(super) fn step(current: i32, target: i32) -> i32 {
    target.clamp((current + 1) / 2, current.saturating_mul(2).max(1))
}

async fn change_retention(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let (Some(from), Some(to)) = (live.retention_period_hours, wanted.retention_period_hours) else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    let client = &scope.clients.kinesis;
    scope
        .retrying(cx, async || {
            if to > from {
                let request = client
                    .increase_stream_retention_period()
                    .stream_name(name)
                    .retention_period_hours(to);
                let answer = request.send().await.map(|_| ());
                answer.map_err(|e| failure("kinesis", "IncreaseStreamRetentionPeriod", name, e))
            } else {
                let request = client
                    .decrease_stream_retention_period()
                    .stream_name(name)
                    .retention_period_hours(to);
                let answer = request.send().await.map(|_| ());
                answer.map_err(|e| failure("kinesis", "DecreaseStreamRetentionPeriod", name, e))
            }
        })
        .await?;
    active(scope, name, cx).await?;
    Ok(())
}

async fn change_record_size(
    scope: &Scope,
    name: &str,
    arn: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let Some(size) = wanted
        .max_record_size_in_kib
        .filter(|size| live.max_record_size_in_kib != Some(*size))
    else {
        return Ok(());
    };
    let request = scope
        .clients
        .kinesis
        .update_max_record_size()
        .stream_arn(arn)
        .max_record_size_in_kib(size);
    scope
        .retrying(cx, async || {
            request
                .clone()
                .send()
                .await
                .map_err(|e| failure("kinesis", "UpdateMaxRecordSize", name, e))
        })
        .await?;
    active(scope, name, cx).await?;
    Ok(())
}

/// StartStreamEncryption also changes the key of a stream that is encrypted already.
async fn change_encryption(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let (Some(from), Some(to)) = (&live.stream_encryption, &wanted.stream_encryption) else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    let client = &scope.clients.kinesis;
    let kms = kinesis::EncryptionType::Kms;
    scope
        .retrying(cx, async || match (&to.key_id, &from.key_id) {
            (Some(key), _) => {
                let request = client
                    .start_stream_encryption()
                    .stream_name(name)
                    .encryption_type(kms.clone());
                let answer = request.key_id(key).send().await.map(|_| ());
                answer.map_err(|e| failure("kinesis", "StartStreamEncryption", name, e))
            }
            (None, Some(key)) => {
                let request = client
                    .stop_stream_encryption()
                    .stream_name(name)
                    .encryption_type(kms.clone());
                let answer = request.key_id(key).send().await.map(|_| ());
                answer.map_err(|e| failure("kinesis", "StopStreamEncryption", name, e))
            }
            (None, None) => Ok(()),
        })
        .await?;
    active(scope, name, cx).await?;
    Ok(())
}

async fn change_metrics(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let only = |these: &[String], others: &[String]| -> Vec<kinesis::MetricsName> {
        these
            .iter()
            .filter(|metric| !others.contains(metric))
            .map(|metric| metric.as_str().into())
            .collect()
    };
    let on = only(&wanted.desired_shard_level_metrics, &live.desired_shard_level_metrics);
    let off = only(&live.desired_shard_level_metrics, &wanted.desired_shard_level_metrics);
    let client = &scope.clients.kinesis;
    if !on.is_empty() {
        let request = client
            .enable_enhanced_monitoring()
            .stream_name(name)
            .set_shard_level_metrics(Some(on));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("kinesis", "EnableEnhancedMonitoring", name, e))
            })
            .await?;
        active(scope, name, cx).await?;
    }
    if !off.is_empty() {
        let request = client
            .disable_enhanced_monitoring()
            .stream_name(name)
            .set_shard_level_metrics(Some(off));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("kinesis", "DisableEnhancedMonitoring", name, e))
            })
            .await?;
        active(scope, name, cx).await?;
    }
    Ok(())
}
