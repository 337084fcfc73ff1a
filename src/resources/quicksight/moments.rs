//! Moments in time: text in CloudFormation, seconds since 1970 in the API's JSON.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

/// Members of definitions and data sets below which moments are, by comparison of CloudFormation's schemas with the
/// API's model (botocore quicksight: shapes of type timestamp).
const HOLDERS: [&str; 11] = [
    "DateFilterCondition",
    "DateTimeDatasetParameter",
    "DateTimeHierarchy",
    "DateTimeParameterDeclaration",
    "DateTimeParameters",
    "DateTimeStaticValues",
    "DateTimeValues",
    "TimeEqualityFilter",
    "TimeRangeFilter",
    "WhatIfPointScenario",
    "WhatIfRangeScenario",
];

/// Members below a holder that are names, whatever they look like.
const NAMES: [&str; 6] = ["Name", "Title", "ColumnName", "FilterId", "Parameter", "ParameterName"];

/// Brings the moments of a document into the API's form.
pub(super) fn to_seconds(document: &mut Value) {
    visit(document, false);
}

fn visit(value: &mut Value, held: bool) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.as_str();
                if !(held && NAMES.contains(&name)) {
                    visit(value, held || HOLDERS.contains(&name));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, held)),
        Value::String(text) if held => {
            if let Some(seconds) = seconds(text) {
                *value = seconds;
            }
        }
        _ => {}
    }
}

/// Of ISO 8601 text, in UTC where it names no zone. Whole seconds are a whole number.
pub(super) fn seconds(text: &str) -> Option<Value> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    let moment = zoned.or_else(|| {
        let civil = text.parse::<DateTime>().ok()?;
        civil
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })?;
    match moment.subsec_nanosecond() {
        0 => Some(moment.as_second().into()),
        _ => Some((moment.as_millisecond() as f64 / 1000.0).into()),
    }
}

/// ISO 8601 of seconds since 1970; text stays as it is.
pub(super) fn text(moment: &Value) -> Option<String> {
    match moment {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let milliseconds = (number.as_f64()? * 1000.0).round();
            Timestamp::from_millisecond(milliseconds as i64)
                .ok()
                .map(|moment| moment.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_become_seconds_where_moments_are() {
        let mut document = json!({
            "Title": "2024-01-01",
            "Filters": [
                {"TimeRangeFilter": {"FilterId": "2024-01-01", "Column": {"ColumnName": "2024-01-01"},
                    "RangeMinimumValue": {"StaticValue": "2024-01-01T00:00:00Z"}, "TimeGranularity": "DAY",
                    "RangeMaximumValue": {"StaticValue": "2024-01-01T12:00:00.5"}}},
                {"CategoryFilter": {"Configuration": {"CategoryValues": ["2024-01-01T00:00:00Z"]}}}],
            "ParameterDeclarations": [{"DateTimeParameterDeclaration": {"Name": "2024-01-01",
                "DefaultValues": {"StaticValues": ["2024-01-01"]}}}]
        });
        to_seconds(&mut document);
        assert_eq!(
            document,
            json!({
                "Title": "2024-01-01",
                "Filters": [
                    {"TimeRangeFilter": {"FilterId": "2024-01-01", "Column": {"ColumnName": "2024-01-01"},
                        "RangeMinimumValue": {"StaticValue": 1_704_067_200}, "TimeGranularity": "DAY",
                        "RangeMaximumValue": {"StaticValue": 1_704_110_400.5}}},
                    {"CategoryFilter": {"Configuration": {"CategoryValues": ["2024-01-01T00:00:00Z"]}}}],
                "ParameterDeclarations": [{"DateTimeParameterDeclaration": {"Name": "2024-01-01",
                    "DefaultValues": {"StaticValues": [1_704_067_200]}}}]
            })
        );
    }

    #[test]
    fn seconds_become_text() {
        assert_eq!(text(&json!(1_704_067_200.0)).as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(
            text(&json!("2024-01-01T00:00:00")).as_deref(),
            Some("2024-01-01T00:00:00")
        );
        assert_eq!(text(&json!(null)), None);
    }
}
