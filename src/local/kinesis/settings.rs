//! Retention, encryption, mode, record size, shard-level metrics.

use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::{invalid_argument, limit_exceeded};
use super::input::{StreamRef, stream_input};
use super::streams::ModeDetails;
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// Retention in hours. Source: IncreaseStreamRetentionPeriod's API reference.
const MIN_RETENTION: i64 = 24;
const MAX_RETENTION: i64 = 8760;
/// Changes of mode a stream may see in 24 hours. Source: UpdateStreamMode's API reference.
const MODE_CHANGES_A_DAY: usize = 2;
/// Source: MetricsName of the API model, ALL left out.
const METRICS: [&str; 7] = [
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
];

stream_input!(Retention {
    retention_period_hours: Option<i64>,
});

stream_input!(Encryption {
    encryption_type: Option<String>,
    key_id: Option<String>,
});

stream_input!(Monitoring {
    shard_level_metrics: Option<Vec<String>>,
});

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateStreamMode {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    stream_mode_details: Option<ModeDetails>,
    #[serde(rename = "WarmThroughputMiBps")]
    warm_throughput: Option<i64>,
}

stream_input!(UpdateMaxRecordSize {
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size: Option<i64>,
});

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Monitored {
    stream_name: String,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    current_shard_level_metrics: Vec<String>,
    desired_shard_level_metrics: Vec<String>,
}

impl Kinesis {
    pub(super) fn increase_retention(&self, input: Retention) -> Result<(), AwsError> {
        self.retain(input, |current, wanted| {
            (wanted >= current).then_some(()).ok_or("shorter than current")
        })
    }

    pub(super) fn decrease_retention(&self, input: Retention) -> Result<(), AwsError> {
        self.retain(input, |current, wanted| {
            (wanted <= current).then_some(()).ok_or("longer than current")
        })
    }

    fn retain(
        &self,
        input: Retention,
        allowed: impl FnOnce(i64, i64) -> Result<(), &'static str>,
    ) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("retentionPeriodHours", &input.retention_period_hours);
        let live = self.find(input.stream(), constraints)?;
        let wanted = input.retention_period_hours.unwrap_or_default();
        if wanted < MIN_RETENTION {
            return Err(invalid_argument(format!(
                "Minimum allowed retention period is {MIN_RETENTION} hours. Requested retention period ({wanted} hours) \
                 is too short."
            )));
        }
        if wanted > MAX_RETENTION {
            return Err(invalid_argument(format!(
                "Maximum allowed retention period is {MAX_RETENTION} hours. Requested retention period ({wanted} hours) \
                 is too long."
            )));
        }
        self.update(&live, |stream| {
            let current = i64::from(stream.retention_hours);
            allowed(current, wanted).map_err(|how| {
                invalid_argument(format!(
                    "Requested retention period ({wanted} hours) for stream {} can not be {how} retention period \
                     ({current} hours).",
                    stream.name
                ))
            })?;
            stream.retention_hours = wanted as u32;
            Ok(())
        })
    }

    pub(super) fn start_encryption(&self, input: Encryption) -> Result<(), AwsError> {
        let live = self.find(input.stream(), input.check())?;
        if input.encryption_type.as_deref() == Some("NONE") {
            return Err(invalid_argument(
                "EncryptionType NONE cannot be used to start encryption.",
            ));
        }
        self.update(&live, |stream| {
            stream.key_id = input.key_id;
            Ok(())
        })
    }

    pub(super) fn stop_encryption(&self, input: Encryption) -> Result<(), AwsError> {
        let live = self.find(input.stream(), input.check())?;
        self.update(&live, |stream| {
            stream.key_id = None;
            Ok(())
        })
    }

    pub(super) fn update_stream_mode(&self, input: UpdateStreamMode) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("streamARN", &input.stream_arn);
        constraints.required("streamModeDetails", &input.stream_mode_details);
        if let Some(mode) = &input.stream_mode_details {
            mode.constrain(&mut constraints);
        }
        let reference = StreamRef {
            arn: input.stream_arn.as_deref(),
            id: input.stream_id.as_deref(),
            ..StreamRef::default()
        };
        let live = self.find(reference, constraints)?;
        if input.warm_throughput.is_some() {
            return Err(AwsError::not_implemented("Kinesis warm throughput"));
        }
        let on_demand = input.stream_mode_details.is_some_and(|mode| mode.on_demand());
        self.update(&live, |stream| {
            if stream.on_demand == on_demand {
                return Ok(());
            }
            let now = self.env.now();
            let day_ago = now.checked_sub(jiff::SignedDuration::from_hours(24));
            stream
                .mode_changes
                .retain(|at| day_ago.as_ref().is_ok_and(|day_ago| at > day_ago));
            if stream.mode_changes.len() >= MODE_CHANGES_A_DAY {
                return Err(limit_exceeded(format!(
                    "Stream {} can change its mode at most {MODE_CHANGES_A_DAY} times in 24 hours.",
                    stream.name
                )));
            }
            stream.mode_changes.push(now);
            stream.on_demand = on_demand;
            Ok(())
        })
    }

    pub(super) fn update_max_record_size(&self, input: UpdateMaxRecordSize) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("maxRecordSizeInKiB", &input.max_record_size);
        if let Some(size) = input.max_record_size {
            constraints.range("maxRecordSizeInKiB", size, 1024, 10_240);
        }
        let live = self.find(input.stream(), constraints)?;
        self.update(&live, |stream| {
            stream.max_record_kib = input.max_record_size.unwrap_or(1024) as u32;
            Ok(())
        })
    }

    pub(super) fn enable_monitoring(&self, input: Monitoring) -> Result<Monitored, AwsError> {
        self.monitor(input, |metric, current, named| current || named.contains(&metric))
    }

    pub(super) fn disable_monitoring(&self, input: Monitoring) -> Result<Monitored, AwsError> {
        self.monitor(input, |metric, current, named| current && !named.contains(&metric))
    }

    fn monitor(&self, input: Monitoring, desired: impl Fn(&str, bool, &[&str]) -> bool) -> Result<Monitored, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("shardLevelMetrics", &input.shard_level_metrics);
        let metrics = input.shard_level_metrics.as_deref().unwrap_or_default();
        for metric in metrics.iter().filter(|metric| *metric != "ALL") {
            constraints.one_of("shardLevelMetrics", metric, &METRICS);
        }
        if input.shard_level_metrics.is_some() {
            constraints.count("shardLevelMetrics", metrics.len(), 1, 7);
        }
        let live = self.find(input.stream(), constraints)?;
        let named: Vec<&str> = match metrics.iter().any(|metric| metric == "ALL") {
            true => METRICS.to_vec(),
            false => metrics.iter().map(String::as_str).collect(),
        };
        self.update(&live, |stream| {
            let current = stream.metrics.clone();
            let enabled = |metric: &&str| desired(metric, current.iter().any(|c| c == metric), &named);
            stream.metrics = METRICS.iter().filter(|m| enabled(m)).map(|m| (*m).to_owned()).collect();
            Ok(Monitored {
                stream_arn: self.arn(&stream.name),
                stream_name: stream.name.clone(),
                desired_shard_level_metrics: stream.metrics.clone(),
                current_shard_level_metrics: current,
            })
        })
    }
}

impl Encryption {
    fn check(&self) -> Constraints {
        let mut constraints = Constraints::default();
        constraints.required("encryptionType", &self.encryption_type);
        constraints.required("keyId", &self.key_id);
        if let Some(kind) = &self.encryption_type {
            constraints.one_of("encryptionType", kind, &["NONE", "KMS"]);
        }
        if let Some(key) = &self.key_id {
            constraints.length("keyId", key, 1, 2048);
        }
        constraints
    }
}
