//! What a dashboard's body may hold. Errors refuse it, warnings come with the answer.
//! Source: API reference, "Dashboard Body Structure and Syntax"; wording of errors: what people report of PutDashboard.

use serde_json::{Map, Value};

use super::metric_widget::metric;

/// Place and message of each.
#[derive(Default)]
pub(super) struct Findings {
    pub errors: Vec<(String, String)>,
    pub warnings: Vec<(String, String)>,
}

impl Findings {
    pub fn error(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push((path.to_owned(), message.into()));
    }

    fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.warnings.push((path.to_owned(), message.into()));
    }

    /// The member, which must be there.
    pub fn required<'a>(&mut self, path: &str, object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
        let value = object.get(name);
        if value.is_none() {
            self.error(path, format!("Should have required property '{name}'"));
        }
        value
    }
}

const MEMBERS: [&str; 5] = ["end", "periodOverride", "start", "variables", "widgets"];
const TYPES: [&str; 7] = ["alarm", "chart", "custom", "explorer", "log", "metric", "text"];
const WIDGET: [&str; 6] = ["height", "properties", "type", "width", "x", "y"];
const MAX_WIDGETS: usize = 500;

pub(super) fn check(body: &Value) -> Findings {
    let mut findings = Findings::default();
    let Value::Object(members) = body else {
        findings.error("", "Should be object");
        return findings;
    };
    unexpected(members, &MEMBERS, "", "dashboard", &mut findings);
    if members.contains_key("end") && !members.contains_key("start") {
        findings.error(
            "/end",
            "If you specify a value for end, you must also specify a value for start",
        );
    }
    if members
        .get("periodOverride")
        .is_some_and(|value| value != "auto" && value != "inherit")
    {
        findings.error(
            "/periodOverride",
            "Should be equal to one of the allowed values: auto, inherit",
        );
    }
    match findings.required("", members, "widgets") {
        Some(Value::Array(widgets)) => {
            if widgets.len() > MAX_WIDGETS {
                findings.error("/widgets", format!("Should NOT have more than {MAX_WIDGETS} items"));
            }
            for (place, item) in widgets.iter().enumerate() {
                widget(item, &format!("/widgets/{place}"), &mut findings);
            }
        }
        Some(_) => findings.error("/widgets", "Should be array"),
        None => {}
    }
    findings
}

fn unexpected(members: &Map<String, Value>, known: &[&str], path: &str, what: &str, findings: &mut Findings) {
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        let message =
            format!("The \"{name}\" property is not expected to be part of a {what} definition, will be ignored");
        findings.warning(&format!("{path}/{name}"), message);
    }
}

fn widget(item: &Value, path: &str, findings: &mut Findings) {
    let Value::Object(members) = item else {
        findings.error(path, "Should be object");
        return;
    };
    unexpected(members, &WIDGET, path, "widget", findings);
    // A grid 24 units wide.
    for (name, least, most) in [("x", 0, 23), ("y", 0, i64::MAX), ("width", 1, 24), ("height", 1, 1_000)] {
        let place = format!("{path}/{name}");
        match members.get(name).map(Value::as_i64) {
            None => {}
            Some(None) => findings.error(&place, "Should be integer"),
            Some(Some(value)) if value < least => findings.error(&place, format!("Should be >= {least}")),
            Some(Some(value)) if value > most => findings.error(&place, format!("Should be <= {most}")),
            Some(Some(_)) => {}
        }
    }
    let kind = findings.required(path, members, "type").and_then(Value::as_str);
    let properties = findings.required(path, members, "properties");
    let place = format!("{path}/properties");
    let properties = match properties {
        Some(Value::Object(properties)) => properties,
        Some(_) => return findings.error(&place, "Should be object"),
        None => return,
    };
    match kind {
        Some("metric") => metric(properties, &place, findings),
        Some("text") => text(properties, "markdown", &place, findings),
        Some("log") => {
            text(properties, "query", &place, findings);
            text(properties, "region", &place, findings);
        }
        Some("custom") => text(properties, "endpoint", &place, findings),
        Some("alarm") => alarms(properties, &place, findings),
        Some(kind) if TYPES.contains(&kind) => {}
        Some(_) => findings.error(
            &format!("{path}/type"),
            format!("Should be equal to one of the allowed values: {}", TYPES.join(", ")),
        ),
        None => {}
    }
}

pub(super) fn text(properties: &Map<String, Value>, name: &str, path: &str, findings: &mut Findings) {
    if let Some(value) = findings.required(path, properties, name)
        && !value.is_string()
    {
        findings.error(&format!("{path}/{name}"), "Should be string");
    }
}

fn alarms(properties: &Map<String, Value>, path: &str, findings: &mut Findings) {
    let place = format!("{path}/alarms");
    match findings.required(path, properties, "alarms") {
        Some(Value::Array(alarms)) => {
            match alarms.len() {
                0 => findings.error(&place, "Should NOT have less than 1 items"),
                1..=100 => {}
                _ => findings.error(&place, "Should NOT have more than 100 items"),
            }
            for (number, alarm) in alarms.iter().enumerate() {
                let arn = alarm
                    .as_str()
                    .is_some_and(|arn| arn.starts_with("arn:") && arn.contains(":alarm:"));
                if !arn {
                    findings.error(&format!("{place}/{number}"), "Should be the ARN of an alarm");
                }
            }
        }
        Some(_) => findings.error(&place, "Should be array"),
        None => {}
    }
}
