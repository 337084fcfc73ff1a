//! Which stream a request means.

use std::sync::{Arc, PoisonError};

use super::Kinesis;
use super::errors::{invalid_argument, not_found};
use super::live::Live;
use super::model::{Status, Stream, Transition};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// The three ways to name a stream; a request may use more than one if they agree.
#[derive(Clone, Copy, Default)]
pub(super) struct StreamRef<'a> {
    pub name: Option<&'a str>,
    pub arn: Option<&'a str>,
    pub id: Option<&'a str>,
}

/// Declares an operation's input: its own members and the three that name a stream.
macro_rules! stream_input {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(super) struct $name {
            stream_name: Option<String>,
            #[serde(rename = "StreamARN")]
            stream_arn: Option<String>,
            stream_id: Option<String>,
            $($(#[$meta])* pub $field: $type,)*
        }

        impl $name {
            pub fn stream(&self) -> $crate::local::kinesis::input::StreamRef<'_> {
                $crate::local::kinesis::input::StreamRef {
                    name: self.stream_name.as_deref(),
                    arn: self.stream_arn.as_deref(),
                    id: self.stream_id.as_deref(),
                }
            }
        }
    };
}
pub(super) use stream_input;

impl StreamRef<'_> {
    /// Checks the members against the model.
    pub fn constrain(&self, constraints: &mut Constraints) {
        if let Some(name) = self.name {
            constraints.name("streamName", name, 128);
        }
        if let Some(arn) = self.arn {
            let matches = arn.starts_with("arn:aws") && arn.contains(":stream/");
            constraints.pattern("streamARN", arn, r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+", matches);
        }
    }
}

impl Kinesis {
    /// The stream a request names, in any state but gone. `constraints` holds what else is wrong with the request.
    pub(super) fn find(&self, stream: StreamRef<'_>, mut constraints: Constraints) -> Result<Arc<Live>, AwsError> {
        stream.constrain(&mut constraints);
        constraints.check()?;
        if let Some(arn) = stream.arn {
            let name = self.name_in(arn)?;
            if stream.name.is_some_and(|given| given != name) {
                return Err(invalid_argument("StreamName and StreamARN name different streams."));
            }
            return self.by_name(name);
        }
        if let Some(name) = stream.name {
            return self.by_name(name);
        }
        let Some(id) = stream.id else {
            return Err(invalid_argument("Either StreamName or StreamARN should be provided."));
        };
        let found = self.streams().into_values().find(|live| {
            let view = live.view();
            view.stream.id == id && view.stream.status(self.env.now()) != Status::Gone
        });
        found.ok_or_else(|| self.stream_not_found(id))
    }

    /// The name in a stream's ARN. Streams of other accounts and regions are not here.
    pub(super) fn name_in<'a>(&self, arn: &'a str) -> Result<&'a str, AwsError> {
        let prefix = self.arn("");
        arn.strip_prefix(prefix.as_str())
            .map(|rest| rest.split('/').next().unwrap_or(rest))
            .ok_or_else(|| not_found(format!("Stream {arn} not found.")))
    }

    pub(super) fn by_name(&self, name: &str) -> Result<Arc<Live>, AwsError> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let live = streams.get(name).cloned();
        drop(streams);
        live.filter(|live| live.view().stream.status(self.env.now()) != Status::Gone)
            .ok_or_else(|| self.stream_not_found(name))
    }

    /// Changes a stream's settings and stores them. `change` returns what to answer; on error nothing changes.
    pub(super) fn change<T>(
        &self,
        live: &Live,
        change: impl FnOnce(&mut Stream) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let _changing = live.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let view = live.view();
        let mut stream = view.stream.clone();
        if stream.status(self.env.now()) == Status::Gone {
            return Err(self.stream_not_found(&stream.name));
        }
        let value = change(&mut stream)?;
        if stream == view.stream {
            return Ok(value);
        }
        self.env
            .store
            .write(|tx| super::STREAMS.put(tx, &stream.name, &stream).map_err(AwsError::from))?;
        live.replace(stream);
        Ok(value)
    }

    /// Like [`Self::change`], for changes that a stream must be ACTIVE for and is UPDATING after.
    pub(super) fn update<T>(
        &self,
        live: &Live,
        change: impl FnOnce(&mut Stream) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        self.change(live, |stream| {
            self.require_active(stream)?;
            let value = change(stream)?;
            let lasts = self.env.options.timing.stream;
            stream.transition = Some(Transition::new(Status::Updating, self.env.now(), lasts));
            Ok(value)
        })
    }

    pub(super) fn require_active(&self, stream: &Stream) -> Result<(), AwsError> {
        match stream.status(self.env.now()) {
            Status::Active => Ok(()),
            Status::Gone => Err(self.stream_not_found(&stream.name)),
            other => Err(self.not_active(&stream.name, other)),
        }
    }
}
