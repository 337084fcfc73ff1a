//! CloudWatch Logs.

use super::Subject;
use crate::template::sink::{Finding, Sink};

/// CreateLogGroup: names cannot start with `aws/`
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>).
pub(super) fn reserved_name(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("LogGroupName") else {
        return;
    };
    if node.text().is_some_and(|name| name.starts_with("aws/")) {
        let message = "a log group's name cannot start with `aws/`";
        sink.push(Finding::error("bad-pattern", node.span, message).help("`/aws/...` is allowed"));
    }
}
