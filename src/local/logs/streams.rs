//! Log streams: life and listing.

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;

use super::constraints::{self, constrain, invalid};
use super::groups::CreateLogGroup;
use super::model::{EVENTS, GROUPS, STREAMS, Stream, stream_key};
use super::{Logs, already_exists, group, stream};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Named {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DescribeLogStreams {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogStreams {
    log_streams: Vec<LogStream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogStream {
    log_stream_name: String,
    creation_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_event_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ingestion_time: Option<i64>,
    arn: String,
    /// "As of June 17, 2019, this parameter ... is always reported as zero."
    stored_bytes: u64,
}

impl Logs {
    pub(super) fn create_log_stream(&self, input: &Named) -> Result<(), AwsError> {
        let (group_name, name) = (&input.log_group_name, &input.log_stream_name);
        constraints::group_name(group_name)?;
        constraints::stream_name(name)?;
        let now = self.now();
        self.env.store.write(|tx| {
            let mut group = group(tx, group_name)?;
            let key = stream_key(group_name, name);
            if STREAMS.get(tx, &key)?.is_some() {
                return Err(already_exists("The specified log stream already exists"));
            }
            let new = Stream {
                name: name.clone(),
                number: group.streams,
                created: now,
                first_event: None,
                last_event: None,
                last_ingestion: None,
                stored_bytes: 0,
                events: 0,
            };
            group.streams += 1;
            GROUPS.put(tx, group_name, &group)?;
            STREAMS.put(tx, &key, &new).map_err(AwsError::from)
        })
    }

    /// Makes a group and a stream of it where they are missing. Both are as if created with no more than their names.
    pub fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError> {
        let made = [
            self.create_log_group(CreateLogGroup::named(group)),
            self.create_log_stream(&Named {
                log_group_name: group.to_owned(),
                log_stream_name: stream.to_owned(),
            }),
        ];
        made.into_iter().try_for_each(|made| match made {
            Err(error) if error.code == "ResourceAlreadyExistsException" => Ok(()),
            other => other,
        })
    }

    pub(super) fn delete_log_stream(&self, input: &Named) -> Result<(), AwsError> {
        let (group_name, name) = (&input.log_group_name, &input.log_stream_name);
        constraints::group_name(group_name)?;
        constraints::stream_name(name)?;
        self.env.store.write(|tx| {
            let mut group = group(tx, group_name)?;
            let stream = stream(tx, group_name, name)?;
            group.stored_bytes = group.stored_bytes.saturating_sub(stream.stored_bytes);
            GROUPS.put(tx, group_name, &group)?;
            let key = stream_key(group_name, name);
            STREAMS.remove(tx, &key)?;
            EVENTS
                .remove_range(tx, &format!("{key}\0"), &format!("{key}\u{1}"))
                .map_err(AwsError::from)
        })
    }

    pub(super) fn describe_log_streams(&self, input: &DescribeLogStreams) -> Result<LogStreams, AwsError> {
        let limit = constraints::limit(input.limit, 50)?;
        let group_name = self.identified(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let order = input.order_by.as_deref().unwrap_or("LogStreamName");
        constrain(|constraints| constraints.one_of("orderBy", order, &["LogStreamName", "LastEventTime"]))?;
        let by_time = order == "LastEventTime";
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let tx = self.env.store.read()?;
        group(&tx, &group_name)?;
        let prefix = stream_key(&group_name, input.log_stream_name_prefix.as_deref().unwrap_or_default());
        let streams = STREAMS.all(&tx, &prefix)?.into_iter().map(|(_, stream)| stream);
        let keyed = sorted(streams.collect(), by_time, input.descending);
        let (page, next_token) = constraints::page(keyed, input.descending, input.next_token.as_deref(), limit)?;
        let arn = self.arn(&group_name);
        let log_streams = page.into_iter().map(|stream| described(&arn, stream)).collect();
        Ok(LogStreams {
            log_streams,
            next_token,
        })
    }
}

/// Streams with the keys that a token names them by. A stream without events stands before all others.
fn sorted(streams: Vec<Stream>, by_time: bool, descending: bool) -> Vec<(String, Stream)> {
    let key = |stream: &Stream| match by_time {
        true => format!("{:020}{}", stream.last_event.map_or(0, |at| at.max(0) + 1), stream.name),
        false => stream.name.clone(),
    };
    let mut keyed: Vec<_> = streams.into_iter().map(|stream| (key(&stream), stream)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    if descending {
        keyed.reverse();
    }
    keyed
}

fn described(group_arn: &str, stream: Stream) -> LogStream {
    LogStream {
        arn: format!("{group_arn}:log-stream:{}", stream.name),
        log_stream_name: stream.name,
        creation_time: stream.created,
        first_event_timestamp: stream.first_event,
        last_event_timestamp: stream.last_event,
        last_ingestion_time: stream.last_ingestion,
        stored_bytes: 0,
    }
}
