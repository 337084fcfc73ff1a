//! Amazon Data Firehose.

use super::Subject;
use crate::template::node::{Data, Node};
use crate::template::sink::{Finding, Sink};

/// The destination that pipelines of this kind use.
const EXTENDED_S3: &str = "ExtendedS3DestinationConfiguration";

/// CreateDeliveryStream: `[a-zA-Z0-9_.-]+` is the whole name (the schema's pattern is not anchored).
pub(super) fn name(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("DeliveryStreamName") else {
        return;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if let Some(text) = node.text().filter(|text| !text.chars().all(allowed)) {
        let message = format!("a delivery stream cannot be named `{text}`");
        sink.push(Finding::error("bad-pattern", node.span, message).help("letters, digits, `_`, `.` and `-` only"));
    }
}

/// CreateDeliveryStream: exactly one destination
/// (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html>).
pub(super) fn one_destination(subject: &Subject<'_>, sink: &mut Sink) {
    let members = subject.properties.members().unwrap_or_default();
    let found: Vec<_> = members
        .iter()
        .filter(|member| member.key.ends_with("DestinationConfiguration"))
        .collect();
    match found.as_slice() {
        [] => {
            let message = "a delivery stream needs a destination";
            let help = format!("add `{EXTENDED_S3}`");
            sink.push(Finding::error("missing-property", subject.properties.span, message).help(help));
        }
        [first, rest @ ..] => {
            for other in rest {
                let message = "a delivery stream has one destination only";
                let finding = Finding::error("conflicting-properties", other.key_span, message);
                sink.push(finding.related(first.key_span, "the other one"));
            }
        }
    }
}

/// CreateDeliveryStream: the type and the source configuration go together; DirectPut is the default type.
pub(super) fn source_fits_type(subject: &Subject<'_>, sink: &mut Sink) {
    let properties = subject.properties;
    let kind = properties.get("DeliveryStreamType");
    let name = match kind.map(|node| (node, node.text())) {
        None => "DirectPut",
        Some((_, Some(text))) => text,
        Some(_) => return,
    };
    let place = kind.map_or(properties.span, |node| node.span);
    let pairs = [
        ("KinesisStreamAsSource", "KinesisStreamSourceConfiguration"),
        ("MSKAsSource", "MSKSourceConfiguration"),
        ("DatabaseAsSource", "DatabaseSourceConfiguration"),
    ];
    for (wanted, source) in pairs {
        match properties.member(source) {
            None if name == wanted => {
                let message = format!("a delivery stream of type {wanted} needs `{source}`");
                sink.push(Finding::error("missing-property", place, message));
            }
            Some(member) if name != wanted => {
                let message = format!("`{source}` needs the type {wanted}, not {name}");
                let help = format!("set \"DeliveryStreamType\": \"{wanted}\"");
                sink.push(Finding::error("conflicting-properties", member.key_span, message).help(help));
            }
            _ => {}
        }
    }
}

/// CreateDeliveryStream: server-side encryption is for DirectPut; with a Kinesis source the stream's own applies.
pub(super) fn encryption_of_direct_put(subject: &Subject<'_>, sink: &mut Sink) {
    let input = subject.properties.member("DeliveryStreamEncryptionConfigurationInput");
    let kind = subject.properties.get("DeliveryStreamType").and_then(Node::text);
    if let (Some(input), Some("KinesisStreamAsSource")) = (input, kind) {
        let message = "encryption of the delivery stream is for DirectPut only";
        let help = "remove it and set `StreamEncryption` of the Kinesis stream";
        sink.push(Finding::error("conflicting-properties", input.key_span, message).help(help));
    }
}

/// BufferingHints: a value for one of the two needs a value for the other
/// (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html>).
pub(super) fn both_hints(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(hints) = subject.properties.at(&[EXTENDED_S3, "BufferingHints"]) else {
        return;
    };
    for (given, other) in [("SizeInMBs", "IntervalInSeconds"), ("IntervalInSeconds", "SizeInMBs")] {
        if hints.get(given).is_some() && hints.get(other).is_none() {
            let message = format!("`BufferingHints` with `{given}` needs `{other}` too");
            sink.push(Finding::error("missing-property", hints.span, message));
        }
    }
}

fn enabled(node: Option<&Node>) -> bool {
    node.and_then(|node| node.get("Enabled"))
        .is_some_and(|enabled| enabled.data == Data::Bool(true))
}

/// BufferingHints: 64 MiB or more with format conversion or dynamic partitioning
/// (API_BufferingHints, API_DataFormatConversionConfiguration, "Dynamic partitioning" in the developer guide).
pub(super) fn large_buffers(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(destination) = subject.properties.get(EXTENDED_S3) else {
        return;
    };
    let converts = destination.get("DataFormatConversionConfiguration");
    let converts = converts.filter(|node| node.get("Enabled").is_none() || enabled(Some(node)));
    let what = match (converts, enabled(destination.get("DynamicPartitioningConfiguration"))) {
        (Some(_), _) => "format conversion",
        (_, true) => "dynamic partitioning",
        _ => return,
    };
    let Some(size) = destination.at(&["BufferingHints", "SizeInMBs"]) else {
        return;
    };
    if size.integer().is_some_and(|size| size < 64) {
        let message = format!("`SizeInMBs` must be from 64 to 128 with {what}");
        sink.push(Finding::error("out-of-range", size.span, message));
    }
}

/// With conversion to Parquet or ORC the objects are compressed by the format itself: `CompressionFormat` must be
/// UNCOMPRESSED (API_ExtendedS3DestinationConfiguration, `CompressionFormat`).
pub(super) fn conversion_compresses(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(destination) = subject.properties.get(EXTENDED_S3) else {
        return;
    };
    let format = destination.get("CompressionFormat");
    if enabled(destination.get("DataFormatConversionConfiguration"))
        && let Some(format) = format.filter(|format| format.text().is_some_and(|text| text != "UNCOMPRESSED"))
    {
        let message = "with format conversion `CompressionFormat` must be UNCOMPRESSED";
        let help = "set the compression in `OutputFormatConfiguration` instead";
        sink.push(Finding::error("conflicting-properties", format.span, message).help(help));
    }
}

/// CloudWatchLoggingOptions: group and stream are required once logging is on.
pub(super) fn logging(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(options) = subject.properties.at(&[EXTENDED_S3, "CloudWatchLoggingOptions"]) else {
        return;
    };
    for name in ["LogGroupName", "LogStreamName"] {
        if enabled(Some(options)) && options.get(name).is_none() {
            let message = format!("`CloudWatchLoggingOptions` that is enabled needs `{name}`");
            sink.push(Finding::error("missing-property", options.span, message));
        }
    }
}

/// Expressions in prefixes (<https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html>): four namespaces;
/// the error type only in `ErrorOutputPrefix`, which must be there and name it once `Prefix` has an expression.
pub(super) fn prefixes(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(destination) = subject.properties.get(EXTENDED_S3) else {
        return;
    };
    let (prefix, errors) = (destination.get("Prefix"), destination.get("ErrorOutputPrefix"));
    for node in [prefix, errors].into_iter().flatten() {
        expressions_are_known(node, sink);
    }
    let Some((node, text)) = prefix.and_then(|node| Some((node, node.text()?))) else {
        return;
    };
    if text.contains("!{firehose:error-output-type}") {
        let message = "`Prefix` cannot contain !{firehose:error-output-type}";
        sink.push(Finding::error("bad-prefix", node.span, message).help("it belongs into `ErrorOutputPrefix`"));
    }
    if text.contains("!{") && errors.is_none() {
        let message = "a `Prefix` with expressions needs an `ErrorOutputPrefix`";
        let help = "for example \"ErrorOutputPrefix\": \"errors/!{firehose:error-output-type}/\"";
        sink.push(Finding::error("missing-property", node.span, message).help(help));
    }
    if let Some((node, text)) = errors.and_then(|node| Some((node, node.text()?)))
        && text.contains("!{")
        && !text.contains("!{firehose:error-output-type}")
    {
        let message = "an `ErrorOutputPrefix` with expressions must contain !{firehose:error-output-type}";
        sink.push(Finding::error("bad-prefix", node.span, message));
    }
}

fn expressions_are_known(node: &Node, sink: &mut Sink) {
    let Some(text) = node.text() else { return };
    for rest in text.split("!{").skip(1) {
        let (expression, closed) = rest
            .split_once('}')
            .map_or((rest, false), |(expression, _)| (expression, true));
        let good = match expression.split_once(':') {
            Some(("firehose", value)) => matches!(value, "error-output-type" | "random-string"),
            Some(("timestamp" | "partitionKeyFromQuery" | "partitionKeyFromLambda", value)) => !value.is_empty(),
            _ => false,
        };
        if !good || !closed {
            let message = format!("Firehose knows no prefix expression `!{{{expression}}}`");
            let help = "for example !{timestamp:yyyy}, !{firehose:random-string}, !{firehose:error-output-type}";
            sink.push(Finding::error("bad-prefix", node.span, message).help(help));
        }
    }
}
