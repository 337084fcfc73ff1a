//! One ingest from start to end.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::check::RowCheck;
use super::encoder::{Encoder, Shared};
use super::error::{Error, IngestError};
use super::input::Input;
use super::options::Options;
use super::outlet::Stop;
use super::preview::preview;
use super::rejects::Rejects;
use super::report::{ProgressSink, RejectCount, Summary, Tally};
use super::send::{SendFailure, Sender};
use super::shards::ShardMap;
use super::sink::Sink;
use super::stamp::{Stamp, moment};
use crate::template::Contract;

/// Requests parsed ahead of the sending side.
const REQUESTS_AHEAD: usize = 2;

/// What the parsing thread leaves behind.
struct Encoded {
    result: Result<(), Stop>,
    rejects_file: Option<std::path::PathBuf>,
    rejected_by: Vec<RejectCount>,
}

/// Reads `inputs`, checks each row against `contract` and sends the good ones to `sink`; the others are kept in the
/// rejects file.
///
/// All inputs are opened and their headers checked before the first row is sent. On `cancel` no more is read, what was
/// read is still sent, and the summary is marked interrupted. Memory does not depend on the size of the inputs.
///
/// # Errors
///
/// Unusable input, a contract that does not compile, a stream that refuses, or one that takes nothing for
/// `options.patience`. The error holds the summary up to there.
pub async fn ingest(
    inputs: &[Input],
    contract: &Contract,
    sink: Arc<dyn Sink>,
    shards: ShardMap,
    options: &Options,
    progress: ProgressSink,
    cancel: CancellationToken,
) -> Result<Summary, IngestError> {
    let started = Instant::now();
    let ingested_at = moment(options.ingested_at.unwrap_or_else(Timestamp::now));
    let stop = cancel.child_token();
    let shared = Shared {
        check: Arc::new(RowCheck::new(contract).map_err(|error| untouched(error.into()))?),
        options: Arc::new(options.clone()),
        tally: Arc::new(Tally::default()),
        progress,
        cancel: stop.clone(),
    };
    let total_bytes = examine(inputs, shared.check.clone()).await.map_err(untouched)?;
    let path = options
        .rejects_file
        .clone()
        .unwrap_or_else(|| Rejects::default_path(inputs));
    let rejects = Rejects::new(path, inputs).map_err(untouched)?;

    let (requests, pending) = mpsc::channel(REQUESTS_AHEAD);
    let encoder = Encoder::new(shared.clone(), shards, rejects, Stamp::new(&ingested_at), requests);
    let encoded = spawn_encoder(encoder, inputs.to_vec()).map_err(untouched)?;
    let sent = Sender::new(sink, shared.clone(), total_bytes).run(pending).await;
    // If sending failed, the encoder may be waiting for input that never comes.
    stop.cancel();
    let encoded = encoded.await;

    let mut summary = shared.tally.summary();
    summary.ingested_at = Some(ingested_at);
    summary.seconds = started.elapsed().as_secs_f64();
    summary.interrupted = cancel.is_cancelled();
    let encoded_result = match encoded {
        Ok(encoded) => {
            summary.rejects_file = encoded.rejects_file;
            summary.rejected_by = encoded.rejected_by;
            encoded.result
        }
        Err(_) => Err(Stop::Failed(Error::ThreadLost)),
    };
    match (sent, encoded_result) {
        (Err(SendFailure { error, rows_unknown }), _) => Err(IngestError {
            error,
            summary,
            rows_unknown,
        }),
        (Ok(()), Err(Stop::Failed(error))) => Err(IngestError {
            error,
            summary,
            rows_unknown: 0,
        }),
        (Ok(()), Err(Stop::Abandoned)) => Err(IngestError {
            error: Error::ThreadLost,
            summary,
            rows_unknown: 0,
        }),
        (Ok(()), Ok(())) => Ok(summary),
    }
}

/// Checks every input that can be read twice, before anything is sent. Returns their size if all have one.
async fn examine(inputs: &[Input], check: Arc<RowCheck>) -> Result<Option<u64>, Error> {
    if inputs.is_empty() {
        return Err(Error::NoInput);
    }
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err(Error::StdinTwice);
    }
    let inputs = inputs.to_vec();
    let examined = tokio::task::spawn_blocking(move || {
        let mut total = Some(0);
        for input in &inputs {
            let size = input.size()?;
            if size.is_some() {
                preview(input, &check)?;
            }
            total = total.zip(size).map(|(total, size)| total + size);
        }
        Ok(total)
    });
    examined.await.unwrap_or(Err(Error::ThreadLost))
}

/// Runs the encoder on a thread of its own: it blocks, and an ingest that failed does not wait for a read of it.
fn spawn_encoder(mut encoder: Encoder, inputs: Vec<Input>) -> Result<oneshot::Receiver<Encoded>, Error> {
    let (sender, receiver) = oneshot::channel();
    let run = move || {
        let result = encoder.run(&inputs);
        let encoded = Encoded {
            result,
            rejects_file: encoder.rejects.path(),
            rejected_by: encoder.rejects.counts(),
        };
        // Nobody listens if the ingest itself was dropped.
        let _ = sender.send(encoded);
    };
    match std::thread::Builder::new().name("pipectl-encode".into()).spawn(run) {
        Ok(_) => Ok(receiver),
        Err(_) => Err(Error::ThreadLost),
    }
}

fn untouched(error: Error) -> IngestError {
    IngestError {
        error,
        summary: Summary::default(),
        rows_unknown: 0,
    }
}
