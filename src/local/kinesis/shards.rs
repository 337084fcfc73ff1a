//! ListShards, and a shard's form in answers.

use base64_simd::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::{invalid_argument, not_found};
use super::input::StreamRef;
use super::model::{self, Shard, Status, Stream, shard_id};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// How long a page's token is good for. Source: ListShards' API reference.
const TOKEN_SECONDS: i64 = 300;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListShards {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    next_token: Option<String>,
    exclusive_start_shard_id: Option<String>,
    max_results: Option<i64>,
    stream_creation_timestamp: Option<f64>,
    shard_filter: Option<ShardFilter>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ShardFilter {
    #[serde(rename = "Type")]
    kind: String,
    shard_id: Option<String>,
    timestamp: Option<f64>,
}

/// Where the next page goes on.
#[derive(Serialize, Deserialize)]
struct Token {
    stream: String,
    id: String,
    after: u32,
    filter: Option<ShardFilter>,
    issued: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardList {
    shards: Vec<ShardDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardDescription {
    shard_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjacent_parent_shard_id: Option<String>,
    hash_key_range: HashKeyRange,
    sequence_number_range: SequenceNumberRange,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HashKeyRange {
    starting_hash_key: String,
    ending_hash_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SequenceNumberRange {
    starting_sequence_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<String>,
}

impl HashKeyRange {
    pub fn of(shard: &Shard) -> Self {
        Self {
            starting_hash_key: shard.first_hash.to_string(),
            ending_hash_key: shard.last_hash.to_string(),
        }
    }
}

impl ShardDescription {
    /// Shard `number` of the stream, which must exist.
    pub fn of(stream: &Stream, number: u32) -> Self {
        let shard = &stream.shards[number as usize];
        // Position 0 is before the first record: reading AFTER the starting number reads it all.
        let ending = shard
            .closed
            .map(|closed| stream.sequence(number, closed.end).to_string());
        Self {
            shard_id: shard_id(number),
            parent_shard_id: shard.parent.map(shard_id),
            adjacent_parent_shard_id: shard.adjacent_parent.map(shard_id),
            hash_key_range: HashKeyRange::of(shard),
            sequence_number_range: SequenceNumberRange {
                starting_sequence_number: stream.sequence(number, 0).to_string(),
                ending_sequence_number: ending,
            },
        }
    }
}

impl ShardFilter {
    fn constrain(&self, constraints: &mut Constraints) {
        constraints.one_of(
            "shardFilter.type",
            &self.kind,
            &[
                "AFTER_SHARD_ID",
                "AT_TRIM_HORIZON",
                "FROM_TRIM_HORIZON",
                "AT_LATEST",
                "AT_TIMESTAMP",
                "FROM_TIMESTAMP",
            ],
        );
    }

    /// Whether the filter lets a shard pass. Source: ShardFilter's API reference.
    fn passes(&self, stream: &Stream, number: u32, now: Timestamp) -> Result<bool, AwsError> {
        let shard = &stream.shards[number as usize];
        let horizon = stream.horizon(now).max(stream.created);
        let open_at = |at: Timestamp| shard.created <= at && shard.closed.is_none_or(|closed| closed.at > at);
        let since = |at: Timestamp| shard.closed.is_none_or(|closed| closed.at >= at);
        Ok(match self.kind.as_str() {
            "AFTER_SHARD_ID" => {
                let after = self.shard_id.as_deref().and_then(model::shard_number);
                number
                    > after.ok_or_else(|| invalid_argument("ShardId must be specified for filter AFTER_SHARD_ID."))?
            }
            "AT_LATEST" => shard.closed.is_none(),
            "AT_TRIM_HORIZON" => open_at(horizon),
            "FROM_TRIM_HORIZON" => since(horizon),
            "AT_TIMESTAMP" => open_at(self.at()?.max(stream.created)),
            _ => since(self.at()?),
        })
    }

    fn at(&self) -> Result<Timestamp, AwsError> {
        let seconds = self
            .timestamp
            .ok_or_else(|| invalid_argument(format!("Timestamp must be specified for filter {}.", self.kind)))?;
        Timestamp::from_millisecond((seconds * 1000.0) as i64)
            .map_err(|_| invalid_argument("Timestamp is out of range."))
    }
}

impl ListShards {
    fn check(&self) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        if let Some(limit) = self.max_results {
            constraints.range("maxResults", limit, 1, 10_000);
        }
        if let Some(filter) = &self.shard_filter {
            filter.constrain(&mut constraints);
        }
        if let Some(shard) = &self.exclusive_start_shard_id {
            constraints.name("exclusiveStartShardId", shard, 128);
        }
        constraints.check()?;
        let named = self.stream_name.is_some() || self.stream_arn.is_some() || self.stream_id.is_some();
        match (&self.next_token, named) {
            (None, false) => Err(invalid_argument("Either NextToken or StreamName should be provided.")),
            (Some(_), true) => Err(invalid_argument(
                "NextToken and StreamName cannot be provided together.",
            )),
            _ => Ok(()),
        }
    }
}

impl Kinesis {
    pub(super) fn list_shards(&self, input: ListShards) -> Result<ShardList, AwsError> {
        input.check()?;
        let now = self.env.now();
        let (live, after, filter) = match &input.next_token {
            Some(token) => {
                let token = self.open_token(token)?;
                let live = self.by_name(&token.stream)?;
                if live.view().stream.id != token.id {
                    return Err(self.stream_not_found(&token.stream));
                }
                (live, Some(token.after), token.filter)
            }
            None => {
                let reference = StreamRef {
                    name: input.stream_name.as_deref(),
                    arn: input.stream_arn.as_deref(),
                    id: input.stream_id.as_deref(),
                };
                let live = self.find(reference, Constraints::default())?;
                let after = input.exclusive_start_shard_id.as_deref();
                (live, after.and_then(model::shard_number), input.shard_filter.clone())
            }
        };
        let view = live.view();
        let stream = &view.stream;
        if let Some(seconds) = input.stream_creation_timestamp
            && (seconds - stream.created.as_millisecond() as f64 / 1000.0).abs() >= 1.0
        {
            return Err(not_found(format!(
                "Stream {} under account {} was not created at the given time.",
                stream.name,
                self.env.account()
            )));
        }
        match stream.status(now) {
            Status::Active | Status::Updating => {}
            other => return Err(self.not_active(&stream.name, other)),
        }
        let limit = input.max_results.unwrap_or(1000) as usize;
        let mut passing = Vec::new();
        for (number, shard) in stream.numbered() {
            let listed = after.is_none_or(|after| number > after) && !stream.expired(shard, now);
            let filtered = match &filter {
                Some(filter) if listed => filter.passes(stream, number, now)?,
                _ => true,
            };
            if listed && filtered {
                passing.push(number);
            }
        }
        let more = passing.len() > limit;
        passing.truncate(limit);
        let token = passing.last().filter(|_| more).map(|last| Token {
            stream: stream.name.clone(),
            id: stream.id.clone(),
            after: *last,
            filter,
            issued: now.as_second(),
        });
        Ok(ShardList {
            shards: passing.iter().map(|n| ShardDescription::of(stream, *n)).collect(),
            next_token: token.map(|token| seal(&token)).transpose()?,
        })
    }

    fn open_token(&self, token: &str) -> Result<Token, AwsError> {
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).ok();
        let token: Token = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| invalid_argument("NextToken is invalid."))?;
        if self.env.now().as_second() - token.issued > TOKEN_SECONDS {
            return Err(AwsError::bad_request(
                "ExpiredNextTokenException",
                "The pagination token passed to the operation is expired.",
            ));
        }
        Ok(token)
    }
}

fn seal(token: &Token) -> Result<String, AwsError> {
    let bytes = serde_json::to_vec(token).map_err(AwsError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode_to_string(bytes))
}
