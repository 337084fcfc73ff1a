//! Moves records from the feed into buffers and buffers into objects. All of it blocks; the worker runs it off the
//! async threads.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::buffer::Buffer;
use super::feed::{Feed, Origin, Targets};
use super::model::{CHECKPOINTS, Checkpoint, DeliveryStream};
use super::ports::{Object, ObjectSink};
use super::{Delivery, Drained, kpl, prefix};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::journal::Frame;
use crate::local::kinesis::Kinesis;
use crate::local::ports::{LogSink, RoleCheck};

/// Bytes read before the worker gets a chance to look at something else.
const STEP: u64 = 8 << 20;
/// How long records that were put directly are kept while they cannot be delivered.
/// Source: developer guide, "Understand data delivery", S3: 24 hours.
const DIRECT_RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// What the pump reaches.
#[derive(Clone)]
pub(super) struct Ports {
    pub env: Arc<Env>,
    pub kinesis: Arc<Kinesis>,
    pub roles: Arc<dyn RoleCheck>,
    pub objects: Arc<dyn ObjectSink>,
    pub logs: Arc<dyn LogSink>,
}

/// How a step of filling ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// The buffer has reached its size.
    Full,
    /// There is more to read.
    More,
    /// All there is has been read.
    Idle,
    /// The source stream is not there.
    NoSource,
}

/// Whether the source can be read.
enum Opened {
    Ready,
    NoSource,
    /// It is another stream by now, and records of the old one are still in the buffer.
    Replaced,
}

/// What was read of one chunk.
#[derive(Default)]
struct Taken {
    records: usize,
    bytes: usize,
    /// Arrival of the last record.
    last: Option<i64>,
}

impl Taken {
    fn add(&mut self, frame: &Frame) {
        self.records += 1;
        self.bytes += frame.data.len();
        self.last = Some(frame.arrival);
    }
}

pub(super) struct Pump {
    ports: Ports,
    delivery: Arc<Delivery>,
    /// The settings the buffer was begun with.
    settings: Arc<DeliveryStream>,
    /// Of the settings: what follows each row.
    delimiter: Vec<u8>,
    feed: Option<Feed>,
    buffer: Option<Buffer>,
}

impl Pump {
    pub fn new(ports: Ports, delivery: Arc<Delivery>) -> Self {
        let settings = delivery.state();
        Self {
            ports,
            delivery,
            delimiter: settings.destination.delimiter(),
            settings,
            feed: None,
            buffer: None,
        }
    }

    pub fn settings(&self) -> &DeliveryStream {
        &self.settings
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.as_ref().is_none_or(|buffer| buffer.records == 0)
    }

    /// Throws the buffer away; its records are read again from the checkpoint.
    pub fn reset(&mut self) {
        self.buffer = None;
        self.feed = None;
        self.settings = self.delivery.state();
        self.delimiter = self.settings.destination.delimiter();
    }

    /// Takes up changed settings. What is buffered under the old ones is read again.
    pub fn refresh(&mut self) {
        if self.delivery.state().version != self.settings.version {
            self.reset();
        }
    }

    /// Opens the feed at the checkpoint, or anew when the source stream is another one by now.
    fn open(&mut self) -> Result<Opened, AwsError> {
        let origin = match &self.settings.source {
            None => Origin::Direct(self.delivery.direct.clone()),
            Some(source) => match self.ports.kinesis.source(&source.stream_arn) {
                Ok(source) => Origin::Stream(source),
                Err(_) => return Ok(Opened::NoSource),
            },
        };
        let current = origin.id();
        match &self.feed {
            Some(feed) if feed.source_id() == current => return Ok(Opened::Ready),
            // What was read of the stream that is gone is delivered before its successor is read.
            Some(_) if !self.is_empty() => return Ok(Opened::Replaced),
            _ => {}
        }
        let read = self.ports.env.store.read()?;
        let stored = CHECKPOINTS.get(&read, &self.settings.name)?.unwrap_or_default();
        let same = stored.delivery == self.settings.id && stored.source == current;
        let positions = if same { stored.positions } else { Default::default() };
        self.feed = Some(Feed::new(origin, positions));
        Ok(Opened::Ready)
    }

    /// Reads into the buffer, up to `targets` where given, at most a few MiB.
    pub fn fill(&mut self, targets: Option<&Targets>) -> Result<Filled, AwsError> {
        // Half of what was read may be in the buffer.
        self.try_fill(targets).inspect_err(|_| self.reset())
    }

    fn try_fill(&mut self, targets: Option<&Targets>) -> Result<Filled, AwsError> {
        match self.open()? {
            Opened::Ready => {}
            Opened::NoSource => return Ok(Filled::NoSource),
            Opened::Replaced => return Ok(Filled::Full),
        }
        let limit = self.settings.destination.buffer_bytes();
        let mut read = 0;
        while read < STEP {
            if self.buffer.as_ref().is_some_and(|buffer| buffer.bytes >= limit) {
                return Ok(Filled::Full);
            }
            let Some(feed) = self.feed.as_mut() else {
                return Ok(Filled::NoSource);
            };
            if targets.is_some_and(|targets| feed.reached(targets)) {
                return Ok(Filled::Idle);
            }
            let Some((shard, chunk)) = feed.next()? else {
                return Ok(Filled::Idle);
            };
            let (mut position, mut taken) = (None, Taken::default());
            for frame in chunk.frames() {
                self.take(&frame)?;
                taken.add(&frame);
                position = Some(frame.next);
                read += frame.next - frame.position;
                if self.buffer.as_ref().is_some_and(|buffer| buffer.bytes >= limit) {
                    break;
                }
            }
            self.count(&taken);
            // A chunk without a readable record is damaged: nothing in it can be delivered.
            let feed = self.feed.as_mut();
            feed.into_iter()
                .for_each(|feed| feed.advance(shard, position.unwrap_or(chunk.next)));
        }
        Ok(Filled::More)
    }

    /// Tells CloudWatch what was read of a source stream.
    fn count(&self, taken: &Taken) {
        let Some(feed) = self.feed.as_ref().filter(|_| self.settings.source.is_some()) else {
            return;
        };
        let (env, now) = (&self.ports.env, self.ports.env.now());
        feed.count_read(&env.meters, now, taken.records, taken.bytes, taken.last);
        self.delivery.meters(&env.meters).read(now, taken.records, taken.bytes);
    }

    /// Puts one record into the buffer, taken apart if a producer packed it.
    fn take(&mut self, frame: &Frame) -> io::Result<()> {
        let direct = self.settings.source.is_none();
        if direct && frame.arrival < self.horizon() {
            return Ok(());
        }
        if self.buffer.is_none() {
            let gzip = self.settings.destination.gzip();
            self.buffer = Some(Buffer::create(self.buffer_path(), gzip)?);
        }
        let Some(buffer) = &mut self.buffer else { return Ok(()) };
        buffer.oldest = buffer.oldest.min(frame.arrival);
        buffer.records += 1;
        match kpl::records(&frame.data).filter(|_| !direct) {
            Some(rows) => rows.iter().try_for_each(|row| buffer.write(&row.data, &self.delimiter)),
            None => buffer.write(&frame.data, &self.delimiter),
        }
    }

    fn horizon(&self) -> i64 {
        let horizon = self.ports.env.now().checked_sub(DIRECT_RETENTION);
        horizon.map_or(i64::MIN, Timestamp::as_millisecond)
    }

    fn buffer_path(&self) -> PathBuf {
        self.delivery
            .dir
            .join(format!("{}.buffer", uuid::Uuid::new_v4().simple()))
    }

    /// Where the source ends now.
    pub fn ends(&mut self) -> Result<Option<Targets>, AwsError> {
        if matches!(self.open()?, Opened::NoSource) {
            return Ok(None);
        }
        Ok(self.feed.as_ref().map(Feed::ends).transpose()?)
    }

    /// Makes an object of the buffer and moves the checkpoint, both or neither. On error the records stay: in the
    /// buffer, or at the checkpoint. Says so in the delivery stream's log.
    pub fn deliver(&mut self) -> Result<Drained, AwsError> {
        let (now, env) = (self.ports.env.now(), Arc::clone(&self.ports.env));
        if let Some(buffer) = &self.buffer {
            self.delivery.meters(&env.meters).age(now, buffer.oldest);
        }
        let bytes = self.buffer.as_ref().map_or(0, |buffer| buffer.bytes);
        match self.try_deliver() {
            Ok(delivered) => {
                if delivered.objects > 0 {
                    self.delivery.meters(&env.meters).delivered(now, delivered.rows, bytes);
                }
                Ok(delivered)
            }
            Err(error) => {
                self.delivery.meters(&env.meters).failed(now);
                self.report(&error);
                if self.buffer.as_ref().is_some_and(|buffer| !buffer.is_whole()) {
                    self.reset();
                }
                Err(error)
            }
        }
    }

    fn try_deliver(&mut self) -> Result<Drained, AwsError> {
        let (Some(buffer), Some(feed)) = (&mut self.buffer, &self.feed) else {
            return Ok(Drained::default());
        };
        let settings = &self.settings;
        let destination = &settings.destination;
        let role = destination.role_arn.as_deref().unwrap_or_default();
        let arn = super::arn(&self.ports.env, &settings.name);
        if !self.ports.roles.can_assume(role, super::PRINCIPAL, Some(&arn))? {
            return Err(AwsError::new(
                http::StatusCode::FORBIDDEN,
                "AccessDenied",
                format!("Firehose is unable to assume role {role}. Please check the role provided."),
            ));
        }
        let oldest = Timestamp::from_millisecond(buffer.oldest).unwrap_or(self.ports.env.now());
        let at = oldest.to_zoned(destination.time_zone()?);
        let suffix = prefix::suffix(&settings.name, settings.version, &at, destination.extension());
        let key = format!("{}{suffix}", destination.prefix()?.evaluate(&at));
        let (records, rows) = (buffer.records, buffer.rows);
        let checkpoint = feed.checkpoint(&settings.id);
        let object = Object {
            bucket: destination.bucket(),
            key: &key,
            content_type: "application/octet-stream",
            content_encoding: destination.gzip().then_some("gzip"),
        };
        let name = settings.name.clone();
        let commit = Box::new(move |tx: &crate::local::store::Write| {
            let stored: Option<Checkpoint> = CHECKPOINTS.get(tx, &name)?;
            if stored.is_none_or(|stored| stored.delivery != checkpoint.delivery) {
                return Err(AwsError::internal(format!("delivery stream {name} is deleted")));
            }
            Ok(CHECKPOINTS.put(tx, &name, &checkpoint)?)
        });
        self.ports.objects.put_file(object, buffer.finish()?, commit)?;
        // The records are delivered; if old segments stay a while longer nothing is lost.
        if let Err(error) = feed.release() {
            tracing::warn!(delivery_stream = settings.name, %error, "delivered records could not be dropped");
        }
        self.buffer = None;
        Ok(Drained {
            records,
            rows,
            objects: 1,
        })
    }

    /// Writes a line as Firehose does.
    /// Source: developer guide, "Monitor Amazon Data Firehose using CloudWatch Logs", S3 delivery errors.
    fn report(&self, error: &AwsError) {
        let (code, message) = match error.code.as_ref() {
            "NoSuchBucket" => (
                "S3.NoSuchBucket",
                "The specified bucket does not exist. Create the bucket or use a different bucket that does exist."
                    .to_owned(),
            ),
            "AccessDenied" => (
                "S3.AccessDenied",
                "Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume \
                 the role, and the access policy allows access to the S3 bucket."
                    .to_owned(),
            ),
            _ => ("S3.InternalError", error.message.clone()),
        };
        tracing::warn!(delivery_stream = self.settings.name, code, %error, "delivery failed and is tried again");
        let Some((group, stream)) = self.settings.destination.log() else {
            return;
        };
        let line = serde_json::json!({
            "deliveryStreamARN": super::arn(&self.ports.env, &self.settings.name),
            "destination": self.settings.destination.bucket_arn,
            "deliveryStreamVersionId": self.settings.version,
            "message": message,
            "errorCode": code,
        });
        // As on AWS, a log group that is not there does not hold up anything.
        if let Err(error) = self.ports.logs.append(group, stream, &[line.to_string()]) {
            tracing::debug!(group, stream, %error, "the delivery error could not be logged");
        }
    }
}
