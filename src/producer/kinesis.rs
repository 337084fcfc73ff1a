//! Kinesis Data Streams as a sink.

use async_trait::async_trait;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::Config;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry, ShardFilter, ShardFilterType};

use crate::aws::{self, ErrorKind};

use super::shards::{Shard, ShardMap};
use super::sink::{Entry, Rejection, Sink, SinkError, SinkErrorKind};

/// Puts records into one stream.
pub struct KinesisSink {
    client: Client,
    stream: String,
}

impl KinesisSink {
    /// `stream` is the stream's name.
    pub fn new(client: Client, stream: impl Into<String>) -> Self {
        Self {
            client,
            stream: stream.into(),
        }
    }
}

#[async_trait]
impl Sink for KinesisSink {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        let records = entries.into_iter().map(request_entry).collect::<Result<_, _>>()?;
        let request = self
            .client
            .put_records()
            .stream_name(&self.stream)
            .set_records(Some(records));
        // The producer paces and counts retries itself; retries inside the SDK would hide throttling from it.
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let answer = request.customize().config_override(once).send().await;
        match answer {
            Ok(output) => Ok(output.records.into_iter().map(result).collect()),
            Err(error) => Err(sink_error("PutRecords", &self.stream, error)),
        }
    }
}

fn request_entry(entry: Entry) -> Result<PutRecordsRequestEntry, SinkError> {
    PutRecordsRequestEntry::builder()
        .data(Blob::new(entry.data))
        .partition_key(entry.partition_key)
        .set_explicit_hash_key(entry.explicit_hash_key)
        .build()
        .map_err(|error| SinkError {
            kind: SinkErrorKind::Fatal,
            message: format!("a PutRecords request cannot be built: {error}"),
            source: Some(Box::new(error)),
        })
}

/// A record was taken only if it has a sequence number and no error code.
fn result(entry: PutRecordsResultEntry) -> Result<(), Rejection> {
    match (entry.error_code, entry.sequence_number) {
        (None, Some(_)) => Ok(()),
        (Some(code), _) => Err(Rejection {
            code,
            message: entry.error_message.unwrap_or_default(),
        }),
        (None, None) => Err(Rejection {
            code: "NoSequenceNumber".into(),
            message: "the answer has no sequence number".into(),
        }),
    }
}

/// The open shards of `stream`, by paged ListShards.
pub async fn list_shards(client: &Client, stream: &str) -> Result<ShardMap, SinkError> {
    let mut shards = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request = match token.take() {
            // A token carries the stream and the filter; naming them again is refused.
            Some(token) => client.list_shards().next_token(token),
            None => client.list_shards().stream_name(stream).shard_filter(open_shards()?),
        };
        let page = request
            .send()
            .await
            .map_err(|error| sink_error("ListShards", stream, error))?;
        for shard in page.shards.unwrap_or_default() {
            // A closed shard has an ending sequence number; some emulators ignore the filter.
            if shard
                .sequence_number_range()
                .is_some_and(|range| range.ending_sequence_number().is_some())
            {
                continue;
            }
            let range = shard.hash_key_range();
            let hash = |text: Option<&str>| text.and_then(|text| text.parse::<u128>().ok());
            let first_hash = hash(range.map(|range| range.starting_hash_key()));
            let last_hash = hash(range.map(|range| range.ending_hash_key()));
            let (Some(first_hash), Some(last_hash)) = (first_hash, last_hash) else {
                return Err(fatal(format!(
                    "ListShards of {stream}: shard {} has no hash key range",
                    shard.shard_id()
                )));
            };
            shards.push(Shard {
                id: shard.shard_id().to_owned(),
                first_hash,
                last_hash,
            });
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    if shards.is_empty() {
        return Err(fatal(format!(
            "stream {stream} has no open shards; is it being deleted?"
        )));
    }
    Ok(ShardMap::new(shards))
}

fn open_shards() -> Result<ShardFilter, SinkError> {
    let filter = ShardFilter::builder().r#type(ShardFilterType::AtLatest).build();
    filter.map_err(|error| fatal(format!("a ListShards request cannot be built: {error}")))
}

fn fatal(message: String) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Fatal,
        message,
        source: None,
    }
}

/// What a failed call means for resending.
fn sink_error<E>(operation: &'static str, stream: &str, error: SdkError<E>) -> SinkError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let error = aws::failure("kinesis", operation, stream, error);
    let kind = match error.kind {
        ErrorKind::Throttled => SinkErrorKind::Throttled,
        ErrorKind::Unreachable | ErrorKind::ServiceFault | ErrorKind::Unreadable => SinkErrorKind::Transient,
        _ => SinkErrorKind::Fatal,
    };
    SinkError {
        kind,
        message: error.to_string(),
        source: Some(Box::new(error)),
    }
}
