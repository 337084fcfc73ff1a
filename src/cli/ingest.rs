//! `pipectl ingest`

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::error::{CliError, aws_error};
use super::exit::Exit;
use super::ingest_view::View;
use super::output::Output;
use super::session::Session;
use super::{Global, human, interrupt, receipt};
use crate::aws::ErrorKind;
use crate::producer::{self, Input, KinesisSink, Options, SinkError, Summary};
use crate::template::Contract;

/// Stream records into Kinesis
///
/// Reads CSV or JSON Lines, gzipped or not, checks every row against the record contract
/// (configs/ingestion/source.json) and sends it. Rows that break the contract are kept aside in a rejects file and
/// the rest goes on; the exit code is then 3.
///
/// Each row also gets `ingested_at`, the start of this ingest, and `ingest_row`, its number in it: so a row that arrives
/// twice counts once, and of several rows with one key the newest wins. What was sent is noted below receipts/ in the raw
/// bucket, by which `pipectl run` tells whether all of it arrived.
#[derive(Clone, Debug, Args)]
#[group(id = "ingest")]
pub(super) struct Arguments {
    /// Files to read, in order; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Where rejected rows go [default: beside the first file, FILE.rejects.jsonl]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

impl Arguments {
    /// Whether every file can be opened, for commands that do much before they ingest.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn openable(&self) -> Result<(), CliError> {
        for file in self.files.iter().filter(|file| *file != "-") {
            std::fs::File::open(file)
                .map_err(|error| CliError::failed(format!("{file}: cannot be opened: {error} (nothing was begun)")))?;
        }
        Ok(())
    }
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let cancel = interrupt::token(output);
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    let result = stream_and_deliver(&session, arguments, cancel, output).await;
    session.close().await;
    let summary = result?;
    Ok(match (summary.interrupted, summary.rows_rejected) {
        (true, _) => Exit::Interrupted,
        (false, 0) => Exit::Done,
        (false, _) => Exit::Attention,
    })
}

/// Sends the files and, on the embedded AWS, delivers them to S3; says what became of their rows.
pub(super) async fn stream_and_deliver(
    session: &Session,
    arguments: &Arguments,
    cancel: CancellationToken,
    output: &Output,
) -> Result<Summary, CliError> {
    let summary = stream(session, arguments, cancel, output).await?;
    for line in sentences(&summary) {
        output.status(&line);
    }
    deliver(session, output).await?;
    // Programs read the summary as the last line.
    if output.json() {
        output.event(&summary_event(&summary));
    }
    Ok(summary)
}

async fn stream(
    session: &Session,
    arguments: &Arguments,
    cancel: CancellationToken,
    output: &Output,
) -> Result<Summary, CliError> {
    let contract = contract(session)?;
    let stream = session.stream_name()?;
    let client = &session.clients.kinesis;
    let shards = producer::list_shards(client, &stream)
        .await
        .map_err(|error| unready(&stream, &error))?;
    let options = Options {
        aggregate: session.project.environment.ingest.aggregate,
        rejects_file: arguments.rejects.clone(),
        ..Options::default()
    };
    let inputs: Vec<Input> = arguments.files.iter().map(|file| Input::parse(file)).collect();
    let sink = Arc::new(KinesisSink::new(client.clone(), stream));
    let view = View::new(output);
    let result = producer::ingest(&inputs, contract, sink, shards, &options, view.sink(), cancel).await;
    view.finish();
    let summary = match &result {
        Ok(summary) => summary,
        Err(failed) => &failed.summary,
    };
    receipt::leave(session, summary, output).await;
    result.map_err(|failed| {
        CliError::failed(failed.to_string())
            .hint_from(&failed)
            .after(summary_event(&failed.summary))
    })
}

fn contract(session: &Session) -> Result<&Contract, CliError> {
    session.project.contract.as_ref().ok_or_else(|| {
        CliError::usage("there is no record contract").hint("describe the record in configs/ingestion/source.json")
    })
}

fn unready(stream: &str, error: &SinkError) -> CliError {
    let failed = CliError::failed(error.to_string()).hint_from(error);
    if aws_error(error).is_some_and(|error| error.is(ErrorKind::NotFound)) {
        return failed.hint(format!("stream {stream} does not exist; run pipectl deploy first"));
    }
    failed
}

/// On the embedded AWS the data is in S3 when the command ends; AWS's Firehose delivers in its own time.
async fn deliver(session: &Session, output: &Output) -> Result<(), CliError> {
    let Some(drained) = session.drain().await? else {
        return Ok(());
    };
    if output.json() {
        output.event(&json!({ "event": "delivered", "records": drained.records, "objects": drained.objects }));
        return Ok(());
    }
    let last = match drained.objects {
        0 => String::new(),
        objects => {
            let (records, objects) = (human::count(drained.records), human::counted(objects, "object"));
            format!(", the last {records} in {objects} just now")
        }
    };
    output.status(&format!("Firehose has delivered everything to S3{last}"));
    Ok(())
}

fn summary_event(summary: &Summary) -> serde_json::Value {
    let mut event = json!({ "event": "summary" });
    if let (Some(event), Ok(serde_json::Value::Object(summary))) =
        (event.as_object_mut(), serde_json::to_value(summary))
    {
        event.extend(summary);
    }
    event
}

fn sentences(summary: &Summary) -> Vec<String> {
    let seconds = summary.seconds.max(f64::MIN_POSITIVE);
    let rate = summary.rows_sent as f64 / seconds;
    let mut lines = vec![format!(
        "{} rows read: {} sent in {} ({}), {} rejected; {}, {} rows/s",
        human::count(summary.rows_read),
        human::count(summary.rows_sent),
        human::counted(summary.records, "record"),
        human::bytes(summary.bytes),
        human::count(summary.rows_rejected),
        human::seconds(std::time::Duration::from_secs_f64(summary.seconds)),
        human::count(rate as u64),
    )];
    if summary.retries > 0 {
        lines.push(format!(
            "{} records were sent again after the stream refused them",
            human::count(summary.retries)
        ));
    }
    if let Some(file) = &summary.rejects_file {
        lines.push(format!(
            "rejected rows, with the reason of each, are in {}:",
            file.display()
        ));
        let reasons = summary.rejected_by.iter().map(|reason| {
            let what = reason.column.as_deref().unwrap_or("the row");
            format!("  {:>8}  {what} {}", human::count(reason.rows), reason.rule.meaning())
        });
        lines.extend(reasons);
    }
    if summary.interrupted {
        lines.push(
            "interrupted: the rest was not read; ingest the same input again, the key tells repeats apart".into(),
        );
    }
    lines
}
