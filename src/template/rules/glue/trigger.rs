//! Glue triggers.

use super::job::check_arguments;
use crate::template::node::{Data, Node};
use crate::template::rules::Subject;
use crate::template::sink::{Finding, Sink};

fn kind<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    subject.properties.get("Type")?.text()
}

/// CreateTrigger: each type needs one property, and a schedule is for scheduled triggers.
pub(in crate::template::rules) fn parts_fit_type(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(kind) = kind(subject) else { return };
    let needed = match kind {
        "SCHEDULED" => "Schedule",
        "CONDITIONAL" => "Predicate",
        "EVENT" => "WorkflowName",
        _ => "",
    };
    if !needed.is_empty() && subject.properties.get(needed).is_none() {
        let message = format!("a trigger of type {kind} needs `{needed}`");
        sink.push(Finding::error("missing-property", subject.properties.span, message));
    }
    for (property, only) in [("Schedule", "SCHEDULED"), ("EventBatchingCondition", "EVENT")] {
        if let Some(member) = subject.properties.member(property).filter(|_| kind != only) {
            let message = format!("`{property}` is for triggers of type {only}, not {kind}");
            sink.push(Finding::error("conflicting-properties", member.key_span, message));
        }
    }
    let start = subject.properties.get("StartOnCreation");
    if let Some(start) = start.filter(|node| node.data == Data::Bool(true))
        && matches!(kind, "ON_DEMAND" | "EVENT")
    {
        let message = format!("a trigger of type {kind} cannot be started on creation");
        sink.push(Finding::error("conflicting-properties", start.span, message).help("remove `StartOnCreation`"));
    }
}

/// `cron(minutes hours day-of-month month day-of-week year)` in UTC; one of the two days is `?`, the other decides
/// (<https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html>).
pub(in crate::template::rules) fn schedule(subject: &Subject<'_>, sink: &mut Sink) {
    let Some((node, text)) = subject
        .properties
        .get("Schedule")
        .and_then(|node| Some((node, node.text()?)))
    else {
        return;
    };
    let help = "for example cron(15 2 * * ? *), every day at 02:15 UTC";
    let fields: Option<Vec<&str>> = text
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .map(|fields| fields.split_whitespace().collect());
    let message = match fields.as_deref() {
        Some([_, _, day, _, weekday, _]) if (*day == "?") != (*weekday == "?") => return,
        Some([_, _, _, _, _, _]) => "one of day of month and day of week must be `?`, and the other not".to_owned(),
        Some(fields) => format!("a schedule has six fields, this one {}", fields.len()),
        None => format!("`{text}` is not a schedule"),
    };
    sink.push(Finding::error("bad-schedule", node.span, message).help(help));
}

/// An action starts either a job or a crawler.
pub(in crate::template::rules) fn actions(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("Actions") else {
        return;
    };
    let actions = node.list().unwrap_or_default();
    if node.list().is_some_and(<[Node]>::is_empty) {
        let message = "a trigger needs an action";
        sink.push(Finding::error("missing-property", node.span, message));
    }
    for action in actions {
        one_of(action, "an action", ["JobName", "CrawlerName"], sink);
        check_arguments(action.get("Arguments"), sink);
    }
}

/// Conditions: `LogicalOperator` may look optional, but CreateTrigger refuses a condition without it; several of them
/// need `Logical`; what a trigger waits for it cannot start ("Job cannot be a Predicate and Action for Conditional
/// Trigger").
pub(in crate::template::rules) fn conditions(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(predicate) = subject.properties.get("Predicate") else {
        return;
    };
    let conditions = predicate.get("Conditions").and_then(Node::list).unwrap_or_default();
    if conditions.len() > 1 && predicate.get("Logical").is_none() {
        let message = "a `Predicate` with several conditions needs `Logical`";
        sink.push(Finding::error("missing-property", predicate.span, message).help("\"AND\" or \"ANY\""));
    }
    let actions = subject
        .properties
        .get("Actions")
        .and_then(Node::list)
        .unwrap_or_default();
    for condition in conditions {
        if condition.members().is_some() && condition.get("LogicalOperator").is_none() {
            let message = "a condition needs `LogicalOperator`";
            let help = "\"LogicalOperator\": \"EQUALS\", the only one there is";
            sink.push(Finding::error("missing-property", condition.span, message).help(help));
        }
        one_of(condition, "a condition", ["JobName", "CrawlerName"], sink);
        for (name, state) in [("JobName", "State"), ("CrawlerName", "CrawlState")] {
            if condition.get(name).is_some() && condition.get(state).is_none() {
                let message = format!("a condition with `{name}` needs `{state}`");
                sink.push(Finding::error("missing-property", condition.span, message));
            }
        }
        let job = condition
            .get("JobName")
            .filter(|node| !matches!(node.data, Data::Broken));
        if let Some(job) = job
            && actions
                .iter()
                .any(|action| action.get("JobName").is_some_and(|other| other.data == job.data))
        {
            let message = "a trigger cannot start the job that it waits for";
            sink.push(Finding::error("conflicting-properties", job.span, message));
        }
    }
}

fn one_of(node: &Node, what: &str, names: [&str; 2], sink: &mut Sink) {
    if node.members().is_none() {
        return;
    }
    match (node.member(names[0]), node.member(names[1])) {
        (None, None) => {
            let message = format!("{what} needs `{}` or `{}`", names[0], names[1]);
            sink.push(Finding::error("missing-property", node.span, message));
        }
        (Some(_), Some(second)) => {
            let message = format!("{what} has either `{}` or `{}`", names[0], names[1]);
            sink.push(Finding::error("conflicting-properties", second.key_span, message));
        }
        _ => {}
    }
}
