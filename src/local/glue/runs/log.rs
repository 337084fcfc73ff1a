//! A run's lines on their way to CloudWatch Logs, in batches: a commit for each would slow the run down.

use std::sync::{Arc, Mutex, PoisonError};

use crate::local::error::AwsError;
use crate::local::glue::runner::Stream;
use crate::local::ports::LogSink;

const OUTPUT: &str = "/aws-glue/jobs/output";
const ERROR: &str = "/aws-glue/jobs/error";
/// From Glue 5.0 on a script's stderr is in the log of its stdout, and `/aws-glue/jobs/error` has Glue's own lines, of
/// which there are none here (<https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html>).
const ONE_LOG: u32 = 5;
/// Bytes that wait at most for the next tick.
const BATCH: usize = 128 << 10;
/// Longest event, in bytes; CloudWatch Logs takes 1 MiB with its overhead.
const LONGEST: usize = 256 << 10;

/// The log of one run: a stream of its id in each group.
pub(super) struct RunLog {
    sink: Arc<dyn LogSink>,
    id: String,
    /// Whether stderr goes where stdout goes.
    one: bool,
    pending: Mutex<Pending>,
    /// Held while lines are written, so that they stay in order.
    writing: Mutex<()>,
}

#[derive(Default)]
struct Pending {
    output: Vec<String>,
    error: Vec<String>,
    bytes: usize,
}

impl RunLog {
    /// Makes groups and streams where they are missing. `version` is Glue's: `5.0`.
    pub fn open(sink: Arc<dyn LogSink>, id: &str, version: &str) -> Result<Self, AwsError> {
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        for group in [OUTPUT, ERROR] {
            sink.ensure(group, id)?;
        }
        Ok(Self {
            sink,
            id: id.to_owned(),
            one: major.is_none_or(|major| major >= ONE_LOG),
            pending: Mutex::default(),
            writing: Mutex::default(),
        })
    }

    pub fn line(&self, stream: Stream, line: &str) {
        let line = event(line);
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.bytes += line.len();
        match stream {
            Stream::Error if !self.one => pending.error.push(line),
            Stream::Output | Stream::Error => pending.output.push(line),
        }
        let full = pending.bytes > BATCH;
        drop(pending);
        if full {
            self.flush();
        }
    }

    /// Writes what waits. A log that cannot be written does not end the run.
    pub fn flush(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        for (group, lines) in [(OUTPUT, pending.output), (ERROR, pending.error)] {
            if lines.is_empty() {
                continue;
            }
            if let Err(error) = self.sink.append(group, &self.id, &lines) {
                tracing::warn!(group, run = self.id, %error, "lines of a job run are lost");
            }
        }
    }
}

/// A line as an event: not empty, and not longer than one may be.
fn event(line: &str) -> String {
    match line {
        "" => " ".to_owned(),
        line => line[..line.floor_char_boundary(LONGEST)].to_owned(),
    }
}
