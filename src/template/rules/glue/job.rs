//! Glue jobs.

use crate::template::node::{Member, Node};
use crate::template::rules::Subject;
use crate::template::sink::{Finding, Sink};
use crate::template::suggest;

/// JobCommand.Name.
const COMMANDS: [&str; 4] = ["glueetl", "gluestreaming", "pythonshell", "glueray"];

/// Arguments that Glue uses itself: never to be set
/// (<https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html>).
const RESERVED: [&str; 4] = ["--debug", "--mode", "--JOB_NAME", "--endpoint"];

/// CreateJob: less than 7 days.
const LONGEST_TIMEOUT: i64 = 10_080;

fn command<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    subject.properties.at(&["Command", "Name"])?.text()
}

fn is_spark(command: &str) -> bool {
    matches!(command, "glueetl" | "gluestreaming")
}

/// Major and minor number.
fn version(subject: &Subject<'_>) -> Option<(u32, u32)> {
    let (major, minor) = subject.properties.get("GlueVersion")?.text()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A known command with a script.
pub(in crate::template::rules) fn known_command(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("Command") else {
        return;
    };
    for needed in ["Name", "ScriptLocation"] {
        if node.members().is_some() && node.get(needed).is_none() {
            let message = format!("`Command` needs `{needed}`");
            sink.push(Finding::error("missing-property", node.span, message));
        }
    }
    if let (Some(name), Some(node)) = (command(subject), node.get("Name"))
        && !COMMANDS.contains(&name)
    {
        let message = format!("Glue has no command `{name}`");
        let help = suggest::help(name, COMMANDS.iter().copied());
        sink.push(Finding::error("wrong-value", node.span, message).help_opt(help));
    }
}

/// CreateJob: a job without `GlueVersion` gets the newest, which is another one as soon as Glue has a newer: another
/// Spark, another Python, by a deploy that changed nothing.
pub(in crate::template::rules) fn pinned_version(subject: &Subject<'_>, sink: &mut Sink) {
    if command(subject).is_some_and(is_spark) && subject.properties.get("GlueVersion").is_none() {
        let message = "a Spark job needs `GlueVersion`: without it Glue takes the newest, another one later than now";
        let help = "pin it, for example \"GlueVersion\": \"5.0\"";
        sink.push(Finding::error("missing-property", subject.properties.span, message).help(help));
    }
}

/// CreateJob: capacity is either `WorkerType` and `NumberOfWorkers`, or `MaxCapacity`, which Spark jobs since Glue 2.0
/// do not take.
pub(in crate::template::rules) fn capacity(subject: &Subject<'_>, sink: &mut Sink) {
    let properties = subject.properties;
    if let Some(old) = properties.member("AllocatedCapacity") {
        let message = "`AllocatedCapacity` is deprecated";
        let help = "use `WorkerType` and `NumberOfWorkers`, or `MaxCapacity` for a Python shell job";
        sink.push(Finding::error("unsupported-property", old.key_span, message).help(help));
    }
    let (kind, number) = (properties.member("WorkerType"), properties.member("NumberOfWorkers"));
    let pairs = [(kind, number, "NumberOfWorkers"), (number, kind, "WorkerType")];
    for (given, other, name) in pairs {
        if let (Some(given), None) = (given, other) {
            let message = format!("`{}` needs `{name}` too", given.key);
            sink.push(Finding::error("missing-property", given.key_span, message));
        }
    }
    let Some(most) = properties.member("MaxCapacity") else {
        return;
    };
    if let Some(given) = kind.or(number) {
        let message = format!("a job has either `MaxCapacity` or `{}`", given.key);
        sink.push(Finding::error("conflicting-properties", most.key_span, message).help("remove one of them"));
    } else if command(subject).is_some_and(is_spark) && version(subject).is_some_and(|version| version >= (2, 0)) {
        let message = "Spark jobs since Glue 2.0 do not take `MaxCapacity`";
        let help = "use `WorkerType` and `NumberOfWorkers`";
        sink.push(Finding::error("conflicting-properties", most.key_span, message).help(help));
    }
}

/// CreateJob: FLEX is for Spark ETL jobs of Glue 3.0 and later.
pub(in crate::template::rules) fn flexible(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("ExecutionClass") else {
        return;
    };
    let fits = command(subject).is_none_or(|name| name == "glueetl")
        && version(subject).is_none_or(|version| version >= (3, 0));
    if node.text() == Some("FLEX") && !fits {
        let message = "the execution class FLEX is for glueetl jobs of Glue 3.0 and later";
        sink.push(Finding::error("conflicting-properties", node.span, message));
    }
}

pub(in crate::template::rules) fn timeout(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("Timeout") else {
        return;
    };
    if node.integer().is_some_and(|minutes| minutes > LONGEST_TIMEOUT) {
        let message = format!("`Timeout` must be from 1 to {LONGEST_TIMEOUT} minutes (7 days)");
        sink.push(Finding::error("out-of-range", node.span, message));
    }
}

/// Names of arguments start with two dashes, or the script does not see them; some are Glue's own.
pub(in crate::template::rules) fn arguments(subject: &Subject<'_>, sink: &mut Sink) {
    for property in ["DefaultArguments", "NonOverridableArguments"] {
        check_arguments(subject.properties.get(property), sink);
    }
}

pub(super) fn check_arguments(arguments: Option<&Node>, sink: &mut Sink) {
    let members: &[Member] = arguments.and_then(Node::members).unwrap_or_default();
    for member in members {
        let name = member.key.as_str();
        if !name.starts_with("--") {
            let message = format!("the argument `{name}` must start with `--`");
            let help = format!("write `--{}`", name.trim_start_matches('-'));
            sink.push(Finding::error("bad-argument", member.key_span, message).help(help));
        } else if RESERVED.contains(&name) {
            let message = format!("`{name}` is Glue's own argument and must not be set");
            sink.push(Finding::error("bad-argument", member.key_span, message).help("remove it"));
        }
    }
}
