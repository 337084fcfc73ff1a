//! Kinesis Data Streams.

use super::Subject;
use crate::template::sink::{Finding, Sink};

fn mode<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    match subject.properties.get("StreamModeDetails") {
        // CreateStream: PROVISIONED is the default.
        None => Some("PROVISIONED"),
        Some(details) => details.get("StreamMode")?.text(),
    }
}

/// CreateStream: `ShardCount` is required for a provisioned stream and not allowed for an on-demand one
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>).
pub(super) fn shards_fit_mode(subject: &Subject<'_>, sink: &mut Sink) {
    match (mode(subject), subject.properties.member("ShardCount")) {
        (Some("ON_DEMAND"), Some(count)) => {
            let message = "an ON_DEMAND stream has no `ShardCount`: AWS sets it";
            let help = "remove `ShardCount`, or set StreamMode to PROVISIONED";
            sink.push(Finding::error("conflicting-properties", count.key_span, message).help(help));
        }
        (Some("PROVISIONED"), None) => {
            let message = "a PROVISIONED stream needs `ShardCount`";
            let help = "add `ShardCount`, or \"StreamModeDetails\": {\"StreamMode\": \"ON_DEMAND\"}";
            sink.push(Finding::error("missing-property", subject.properties.span, message).help(help));
        }
        _ => {}
    }
}

/// IncreaseStreamRetentionPeriod: 24 to 8760 hours (the schema's minimum of 1 is not what the service takes).
pub(super) fn retention(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("RetentionPeriodHours") else {
        return;
    };
    if node.integer().is_some_and(|hours| (1..24).contains(&hours)) {
        let message = "`RetentionPeriodHours` must be from 24 to 8760";
        sink.push(Finding::error("out-of-range", node.span, message));
    }
}

/// CreateStream: `WarmThroughputMiBps` is for on-demand streams.
pub(super) fn warm_throughput(subject: &Subject<'_>, sink: &mut Sink) {
    if mode(subject) == Some("PROVISIONED")
        && let Some(warm) = subject.properties.member("WarmThroughputMiBps")
    {
        let message = "`WarmThroughputMiBps` is for ON_DEMAND streams";
        sink.push(Finding::error("conflicting-properties", warm.key_span, message).help("remove it"));
    }
}
