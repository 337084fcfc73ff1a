//! The end of a job run's log: the traceback of a script that raised.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use tokio::time::sleep;

use crate::aws::Backoff;

/// Lines asked for, of which the traceback is looked for; the plans in Spark's messages have hundreds.
const TAIL: i32 = 5_000;
/// Lines shown at most.
const SHOWN: usize = 40;
/// Lines shown of a log without a traceback.
const SHOWN_OF_ANY: usize = 15;
/// Lines shown below the exception's own: messages may have several, and Spark's end in a plan.
const SHOWN_BELOW: usize = 3;
/// Characters shown of a line.
const SHOWN_OF_LINE: usize = 300;
/// The first line of a Python traceback.
const TRACEBACK: &str = "Traceback (most recent call last)";
/// How often logs that do not tell why are looked at: Glue writes them a little after the run has ended.
const LOOKS: usize = 5;
const PACE: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(4));

/// A log stream of a run, and the end of it that matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunLog {
    /// The traceback, or the last lines; empty if there is no log.
    pub lines: Vec<String>,
    pub group: String,
    pub stream: String,
}

/// Where a script's traceback may be, likeliest first. From Glue 5.0 on stderr goes to `output`, before to `error`; streams
/// are named like runs, or like their drivers
/// (<https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html>). `base` is the run's LogGroupName.
fn places(base: Option<&str>, run: &str) -> Vec<(String, String)> {
    let base = base.unwrap_or("/aws-glue/jobs").trim_end_matches('/');
    let groups = ["output", "error"].iter();
    groups
        .flat_map(|group| {
            let group = format!("{base}/{group}");
            [run.to_owned(), format!("{run}-driver")].map(|stream| (group.clone(), stream))
        })
        .collect()
}

/// The traceback of a run, or what its log ends with. `message` is the run's ErrorMessage: a log that has it is complete
/// without a traceback, too.
pub(super) async fn find(logs: &Client, base: Option<&str>, run: &str, message: Option<&str>) -> RunLog {
    let places = places(base, run);
    let tells = |line: &String| line.contains(TRACEBACK) || message.is_some_and(|message| line.contains(message));
    let mut delays = PACE.delays();
    let mut other = None;
    for _ in 0..LOOKS {
        for (group, stream) in &places {
            let lines = tail(logs, group, stream).await;
            let told = lines.iter().any(tells);
            let log = RunLog {
                lines: ending(lines),
                group: group.clone(),
                stream: stream.clone(),
            };
            if told {
                return log;
            }
            // Nothing that explains the failure is kept but where there is nothing better.
            if other.as_ref().is_none_or(|other: &RunLog| other.lines.is_empty()) {
                other = Some(log);
            }
        }
        sleep(delays.next().unwrap_or(PACE.cap)).await;
    }
    other.unwrap_or_default()
}

/// A log that cannot be read is no reason to hide why the run failed.
async fn tail(logs: &Client, group: &str, stream: &str) -> Vec<String> {
    let request = logs
        .get_log_events()
        .log_group_name(group)
        .log_stream_name(stream)
        .start_from_head(false)
        .limit(TAIL);
    match request.send().await {
        Ok(answer) => {
            let messages = answer.events.unwrap_or_default().into_iter();
            let messages = messages.filter_map(|event| event.message);
            messages
                .flat_map(|message| message.lines().map(str::to_owned).collect::<Vec<_>>())
                .collect()
        }
        Err(error) => {
            tracing::debug!(%group, %stream, ?error, "no log");
            Vec::new()
        }
    }
}

/// From the last traceback to its exception, if there is one; of a long one its head and its end, which names the error.
fn ending(mut lines: Vec<String>) -> Vec<String> {
    lines.iter_mut().for_each(shorten);
    let Some(at) = lines.iter().rposition(|line| line.contains(TRACEBACK)) else {
        return lines.split_off(lines.len().saturating_sub(SHOWN_OF_ANY));
    };
    let mut trace = lines.split_off(at);
    // Frames are indented; the first line that is not is the exception's.
    let own = trace
        .iter()
        .skip(1)
        .position(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    let end = own.map_or(trace.len(), |own| own + 2);
    let below = trace.len() - end;
    if below > SHOWN_BELOW {
        trace.truncate(end);
        trace.push(left_out(below));
    }
    if trace.len() > SHOWN {
        let more = trace.len() - SHOWN;
        let end = trace.split_off(trace.len() - SHOWN / 2);
        trace.truncate(SHOWN / 2);
        trace.push(left_out(more));
        trace.extend(end);
    }
    trace
}

fn left_out(lines: usize) -> String {
    format!("  ... {lines} lines")
}

fn shorten(line: &mut String) {
    if let Some((at, _)) = line.char_indices().nth(SHOWN_OF_LINE) {
        line.truncate(at);
        line.push_str("...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_traceback_is_shown() {
        let log = "INFO start\nTraceback (most recent call last):\n  old\nValueError: old\nINFO again\n\
            Traceback (most recent call last):\n  File \"job.py\", line 3\nValueError: new";
        let shown = ending(lines(log));
        assert_eq!(shown.len(), 3);
        assert_eq!(shown[2], "ValueError: new");
    }

    #[test]
    fn a_long_traceback_keeps_its_head_and_its_end() {
        let log = format!(
            "Traceback (most recent call last):\n{}ValueError: x",
            "  frame\n".repeat(100)
        );
        let shown = ending(lines(&log));
        assert_eq!(shown.len(), SHOWN + 1);
        assert!(
            shown[0].contains(TRACEBACK) && shown[20] == "  ... 62 lines",
            "{shown:#?}"
        );
        assert_eq!(shown.last().map(String::as_str), Some("ValueError: x"));
    }

    #[test]
    fn the_plan_in_a_message_of_spark_is_left_out() {
        let plan = format!("+- Project [{}]\n", "x, ".repeat(1_000)).repeat(400);
        let log = format!("Traceback (most recent call last):\n  frame\nAnalysisException: no column;\n{plan}");
        assert_eq!(
            ending(lines(&log)),
            [
                "Traceback (most recent call last):",
                "  frame",
                "AnalysisException: no column;",
                "  ... 400 lines"
            ]
        );
        assert_eq!(ending(lines(&plan))[0].chars().count(), SHOWN_OF_LINE + 3);
    }

    #[test]
    fn without_a_traceback_the_last_lines_are_shown() {
        assert_eq!(ending(lines(&"x\n".repeat(100))).len(), SHOWN_OF_ANY);
        assert_eq!(ending(lines("a\nb")), ["a", "b"]);
    }

    #[test]
    fn a_log_is_looked_for_in_glues_groups_or_the_runs_own() {
        let place = |group: &str, stream: &str| (group.to_owned(), stream.to_owned());
        assert_eq!(
            places(None, "jr_1"),
            [
                place("/aws-glue/jobs/output", "jr_1"),
                place("/aws-glue/jobs/output", "jr_1-driver"),
                place("/aws-glue/jobs/error", "jr_1"),
                place("/aws-glue/jobs/error", "jr_1-driver"),
            ]
        );
        assert_eq!(
            places(Some("/aws-glue/jobs-role-config/"), "r")[0].0,
            "/aws-glue/jobs-role-config/output"
        );
    }
}
