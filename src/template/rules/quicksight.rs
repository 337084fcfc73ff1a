//! QuickSight: data sources, data sets, dashboards, refresh schedules.

use std::collections::HashMap;

use super::Subject;
use crate::template::node::{Data, Node};
use crate::template::sink::{Finding, Sink};
use crate::template::source::Span;
use crate::template::suggest;

/// Passwords and keys stay out of the configs.
pub(super) fn no_password(subject: &Subject<'_>, sink: &mut Sink) {
    let credentials = subject.properties.get("Credentials").and_then(Node::members);
    for member in credentials.unwrap_or_default() {
        if !matches!(member.key.as_str(), "SecretArn" | "CopySourceArn") {
            let message = format!("`Credentials.{}` would put a secret into the configs", member.key);
            let help = "replace it by `SecretArn`, the ARN of a secret in Secrets Manager";
            sink.push(
                Finding::error("secret-in-config", member.key_span, message)
                    .help(help)
                    .secret(),
            );
        }
    }
}

/// CreateDataSet requires what CloudFormation's schema leaves open.
pub(super) fn import_mode(subject: &Subject<'_>, sink: &mut Sink) {
    for name in ["Name", "ImportMode", "PhysicalTableMap"] {
        if subject.properties.member(name).is_none() {
            let message = format!("a data set needs the property `{name}`");
            sink.push(Finding::error("missing-property", subject.properties.span, message));
        }
    }
}

/// A dashboard is made of a definition here, not of a template or an analysis.
pub(super) fn dashboard_is_defined(subject: &Subject<'_>, sink: &mut Sink) {
    if subject.properties.member("Definition").is_none() {
        let message = "a dashboard needs the property `Definition`";
        sink.push(Finding::error("missing-property", subject.properties.span, message));
    }
}

/// Data sets that a definition names are declared in it, and no two of its visuals have one id
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardVersionDefinition.html>).
pub(super) fn identifiers(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(definition) = subject.properties.get("Definition") else {
        return;
    };
    let declarations = definition.get("DataSetIdentifierDeclarations").and_then(Node::list);
    let declared: Vec<&str> = declarations
        .unwrap_or_default()
        .iter()
        .filter_map(|one| one.get("Identifier")?.text())
        .collect();
    let mut visuals = HashMap::new();
    visit(definition, &mut |name, node| match (name, node.text()) {
        ("DataSetIdentifier", Some(text)) if !declared.contains(&text) => {
            let message = format!("no data set is declared as `{text}`");
            let help = suggest::help(text, declared.iter().copied());
            sink.push(Finding::error("unknown-identifier", node.span, message).help_opt(help));
        }
        ("VisualId", Some(text)) => {
            if let Some(first) = visuals.insert(text.to_owned(), node.span) {
                let message = format!("two visuals have the id `{text}`");
                let finding = Finding::error("duplicate-item", node.span, message);
                sink.push(finding.related(first, "first here"));
            }
        }
        _ => {}
    });
}

fn visit(node: &Node, seen: &mut dyn FnMut(&str, &Node)) {
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| visit(item, seen)),
        Data::Map(members) => {
            for member in members {
                seen(&member.key, &member.value);
                visit(&member.value, seen);
            }
        }
        _ => {}
    }
}

/// A weekly schedule names its weekday, a monthly one its day, the others none
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RefreshFrequency.html>), and the time is HH:MM.
pub(super) fn day_fits_interval(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(frequency) = subject.properties.at(&["Schedule", "ScheduleFrequency"]) else {
        return;
    };
    let mut fault = |span: Span, message: String| sink.push(Finding::error("wrong-value", span, message));
    let interval = frequency.get("Interval").and_then(Node::text);
    let needed = match interval {
        Some("WEEKLY") => Some("DayOfWeek"),
        Some("MONTHLY") => Some("DayOfMonth"),
        _ => None,
    };
    let day = frequency.get("RefreshOnDay");
    match (interval, needed) {
        (Some(interval), Some(needed)) if day.and_then(|day| day.member(needed)).is_none() => {
            fault(
                frequency.span,
                format!("a {interval} schedule needs `RefreshOnDay.{needed}`"),
            );
        }
        (Some(interval), None) => {
            if let Some(day) = day {
                fault(
                    day.span,
                    format!("a schedule that is {interval} takes no `RefreshOnDay`"),
                );
            }
        }
        _ => {}
    }
    if let Some(time) = frequency.get("TimeOfTheDay")
        && let Some(text) = time.text()
        && !is_time(text)
    {
        fault(time.span, format!("`TimeOfTheDay` is HH:MM, not `{text}`"));
    }
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else {
        return false;
    };
    let below = |part: &str, limit: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|number| number < limit);
    below(hours, 24) && below(minutes, 60)
}
