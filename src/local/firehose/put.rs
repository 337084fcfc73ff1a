//! PutRecord and PutRecordBatch: into the delivery stream's log before they are acknowledged.

use std::borrow::Cow;

use base64_simd::{Out, STANDARD};
use serde::Deserialize;
use serde_json::json;

use super::describe::required_name;
use super::errors::invalid_argument;
use super::model::Status;
use super::{Delivery, Firehose};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::journal::{AppendError, Batch, Meta};
use crate::local::json;

/// Source: PutRecordBatch's API reference, as the next two.
const MAX_RECORDS: usize = 500;
/// Bytes of one request.
const MAX_REQUEST: usize = 4 << 20;
/// Bytes of one record: 1,000 KiB.
const MAX_RECORD: usize = 1_024_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRecord<'a> {
    delivery_stream_name: Option<String>,
    #[serde(borrow)]
    record: Option<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRecordBatch<'a> {
    delivery_stream_name: Option<String>,
    #[serde(borrow)]
    records: Option<Vec<Record<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Record<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// Parses an input that borrows from the request's body.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, AwsError> {
    serde_json::from_slice(body).map_err(serialization)
}

fn serialization(error: impl std::fmt::Display) -> AwsError {
    AwsError::bad_request("SerializationException", error.to_string())
}

impl Firehose {
    pub(super) fn put_record(&self, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let input: PutRecord<'_> = parse(body)?;
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        constraints.required("record", &input.record);
        let records: Vec<_> = input.record.into_iter().collect();
        let (ids, encrypted) = self.put(input.delivery_stream_name, constraints, &records)?;
        json::output(&json!({"RecordId": ids.first(), "Encrypted": encrypted}))
    }

    pub(super) fn put_record_batch(&self, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let input: PutRecordBatch<'_> = parse(body)?;
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        constraints.required("records", &input.records);
        let records = input.records.unwrap_or_default();
        if records.is_empty() || records.len() > MAX_RECORDS {
            constraints.count("records", records.len(), 1, MAX_RECORDS);
        }
        let (ids, encrypted) = self.put(input.delivery_stream_name, constraints, &records)?;
        let responses: Vec<_> = ids.iter().map(|id| json!({"RecordId": id})).collect();
        json::output(&json!({"FailedPutCount": 0, "Encrypted": encrypted, "RequestResponses": responses}))
    }

    /// Stores the records and returns their ids, and whether they are encrypted at rest.
    fn put(
        &self,
        name: Option<String>,
        mut constraints: Constraints,
        records: &[Record<'_>],
    ) -> Result<(Vec<String>, bool), AwsError> {
        let mut sizes = Vec::with_capacity(records.len());
        for (place, record) in (1..).zip(records) {
            let size = STANDARD.decoded_length(record.data.as_bytes()).map_err(serialization)?;
            if size > MAX_RECORD {
                constraints.count(format!("records.{place}.member.data"), size, 0, MAX_RECORD);
            }
            sizes.push(size);
        }
        constraints.check()?;
        if sizes.iter().sum::<usize>() > MAX_REQUEST {
            return Err(invalid_argument("Records size exceeds 4 MB limit"));
        }
        let name = name.unwrap_or_default();
        let delivery = self.find(&name)?;
        let state = delivery.state();
        if state.source.is_some() {
            return Err(invalid_argument(format!(
                "This operation is not permitted on {} delivery stream type.",
                state.kind()
            )));
        }
        if state.status(self.env.now()) != Status::Active {
            return Err(self.not_found(&name));
        }
        let positions = self.append(&delivery, records, &sizes).map_err(|error| match error {
            PutError::Closed => self.not_found(&name),
            PutError::Other(error) => error,
        })?;
        delivery.changed();
        let meters = delivery.meters(&self.env.meters);
        meters.put(self.env.now(), records.len(), sizes.iter().sum());
        let ids = positions
            .map(|position| format!("{}{position:020}", state.id))
            .collect();
        Ok((ids, state.encryption.enabled))
    }

    fn append(
        &self,
        delivery: &Delivery,
        records: &[Record<'_>],
        sizes: &[usize],
    ) -> Result<impl Iterator<Item = u64> + use<>, PutError> {
        let mut batch = Batch::new(self.env.now().as_millisecond());
        for (record, size) in records.iter().zip(sizes) {
            let data = record.data.as_bytes();
            let decode = |to: &mut [u8]| {
                STANDARD
                    .decode(data, Out::from_slice(to))
                    .map(|_| ())
                    .map_err(serialization)
            };
            batch.push(Meta::default(), *size, decode).map_err(PutError::Other)?;
        }
        match delivery.direct.append(&mut batch) {
            Ok(appended) => {
                let starts: Vec<_> = batch.starts().to_vec();
                Ok(starts.into_iter().map(move |start| appended.first + start as u64))
            }
            Err(AppendError::Closed) => Err(PutError::Closed),
            Err(AppendError::Io(error)) => Err(PutError::Other(error.into())),
        }
    }
}

enum PutError {
    /// The delivery stream was deleted meanwhile.
    Closed,
    Other(AwsError),
}
