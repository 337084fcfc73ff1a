//! Metric widgets: what is drawn, and where it comes from.
//! Source: API reference, "Dashboard Body Structure and Syntax", "Metric widget properties".

use serde_json::{Map, Value};

use super::body::Findings;
use crate::local::cloudwatch::metrics::check_period_of_widget;

const VIEWS: [&str; 6] = ["bar", "gauge", "pie", "singleValue", "table", "timeSeries"];
/// Namespace, name and 30 dimensions.
const MAX_FIELDS: usize = 62;

pub(super) fn metric(properties: &Map<String, Value>, path: &str, findings: &mut Findings) {
    let alarms = properties
        .get("annotations")
        .and_then(|annotations| annotations.get("alarms"));
    match properties.get("metrics") {
        Some(Value::Array(metrics)) => {
            for (number, item) in metrics.iter().enumerate() {
                entry(item, &format!("{path}/metrics/{number}"), findings);
            }
        }
        Some(_) => findings.error(&format!("{path}/metrics"), "Should be array"),
        None if alarms.is_some() => {}
        None => {
            // The service lists both ways out, and what they have in common.
            findings.error(path, "Should have required property 'metrics'");
            findings.error(
                path,
                "The metric widget should have specified a region and a data source or an alarm annotation",
            );
            findings.error(path, "Should have required property 'annotations'");
        }
    }
    if alarms.is_none() && properties.contains_key("metrics") {
        super::body::text(properties, "region", path, findings);
    }
    if let Some(view) = properties.get("view")
        && !view.as_str().is_some_and(|view| VIEWS.contains(&view))
    {
        let message = format!("Should be equal to one of the allowed values: {}", VIEWS.join(", "));
        findings.error(&format!("{path}/view"), message);
    }
    if let Some(period) = properties.get("period")
        && !period.as_i64().is_some_and(check_period_of_widget)
    {
        findings.error(&format!("{path}/period"), "Should be 1, 5, 10, 30 or a multiple of 60");
    }
}

/// `["AWS/Kinesis", "IncomingBytes", "StreamName", "s", {"stat": "Sum"}]` or `[{"expression": "m1 / m2"}]`.
fn entry(item: &Value, path: &str, findings: &mut Findings) {
    let Value::Array(fields) = item else {
        findings.error(path, "Should be array");
        findings.error(
            path,
            "Field \"metrics\" has to be an array of array of strings, with an optional metricRenderer object as last element",
        );
        return;
    };
    let names = match fields.split_last() {
        Some((Value::Object(_), names)) => names,
        _ => fields.as_slice(),
    };
    for (number, field) in names.iter().enumerate() {
        if !field.is_string() {
            let message = "Invalid metric field type, only \"String\" type is allowed";
            findings.error(&format!("{path}/{number}"), message);
        }
    }
    let expression = fields.last().and_then(|last| last.get("expression"));
    match names.len() {
        0 if expression.is_some_and(Value::is_string) => {}
        0 => findings.error(path, "Should NOT have less than 1 items"),
        // `...` and `.` stand for fields of the metric before.
        _ if names.iter().any(|name| name == "..." || name == ".") => {}
        1 => findings.error(path, "Should NOT have less than 2 items"),
        count if count > MAX_FIELDS => findings.error(path, format!("Should NOT have more than {MAX_FIELDS} items")),
        count if count % 2 == 1 => findings.error(path, format!("Should NOT have more than {} items", count - 1)),
        _ => {}
    }
}
