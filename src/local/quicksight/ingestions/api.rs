//! CreateIngestion, DescribeIngestion, ListIngestions, CancelIngestion.

use http::StatusCode;
use serde_json::{Value, json};

use super::{End, Request};
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::document::{ok, reply, seconds};
use crate::local::quicksight::errors::{INGESTION, invalid, not_found};
use crate::local::quicksight::model::{INGESTIONS, Ingestion, IngestionStatus, below};
use crate::local::quicksight::paging::page;
use crate::local::rest::{Input, Reply};
use crate::local::store::Reads;

impl QuickSight {
    pub(in crate::local::quicksight) fn ingestion_arn(&self, data_set: &str, id: &str) -> String {
        self.arn(&format!("dataset/{data_set}/ingestion/{id}"))
    }

    fn ingestion(&self, tx: &impl Reads, input: &Input) -> Result<Ingestion, AwsError> {
        let (data_set, id) = (input.text("DataSetId"), input.text("IngestionId"));
        self.data_set(tx, data_set)?;
        let found = INGESTIONS.get(tx, &below(data_set, id))?;
        found.ok_or_else(|| not_found(format!("Ingestion {id} is not found")).about(INGESTION))
    }

    pub(in crate::local::quicksight) fn create_ingestion(&self, input: &Input) -> Result<Reply, AwsError> {
        let set = self.data_set(&self.env.store.read()?, input.text("DataSetId"))?;
        if !set.spice {
            return Err(invalid(format!(
                "DataSet {} queries its source directly; only data sets in SPICE have ingestions",
                set.id
            )));
        }
        if input.optional("IngestionType") == Some("INCREMENTAL_REFRESH") {
            return Err(invalid(format!(
                "DataSet {} has no refresh properties, without which there is no INCREMENTAL_REFRESH",
                set.id
            )));
        }
        let ingestion = self.start_ingestion(
            &set,
            Request {
                id: Some(input.text("IngestionId").to_owned()),
                source: "MANUAL",
                kind: "FULL_REFRESH",
            },
        )?;
        Ok(reply(
            StatusCode::CREATED,
            json!({
                "Arn": self.ingestion_arn(&set.id, &ingestion.id),
                "IngestionId": ingestion.id,
                "IngestionStatus": ingestion.status.name(),
            }),
        ))
    }

    pub(in crate::local::quicksight) fn describe_ingestion(&self, input: &Input) -> Result<Reply, AwsError> {
        let ingestion = self.ingestion(&self.env.store.read()?, input)?;
        Ok(ok(json!({"Ingestion": self.ingestion_json(&ingestion)})))
    }

    /// The newest first.
    pub(in crate::local::quicksight) fn list_ingestions(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let data_set = input.text("DataSetId");
        self.data_set(&tx, data_set)?;
        let all = INGESTIONS.all(&tx, &below(data_set, ""))?.into_iter();
        let keyed = all.map(|(key, it)| (format!("{:015}\0{key}", it.created.as_millisecond()), it));
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_by(|(one, _), (other, _)| other.cmp(one));
        let (ingestions, next) = page(keyed, true, input)?;
        let ingestions: Vec<_> = ingestions.iter().map(|it| self.ingestion_json(it)).collect();
        Ok(ok(json!({"Ingestions": ingestions, "NextToken": next})))
    }

    /// Cancels "an ongoing ingestion": one that has ended is none.
    pub(in crate::local::quicksight) fn cancel_ingestion(&self, input: &Input) -> Result<Reply, AwsError> {
        let ingestion = self.ingestion(&self.env.store.read()?, input)?;
        let is_it = |it: &super::Attempt| it.data_set == ingestion.data_set && it.id == ingestion.id;
        if !self.going.end(End::Cancelled, is_it) {
            let message = format!(
                "There is no ongoing ingestion {}: it is {}",
                ingestion.id,
                ingestion.status.name()
            );
            return Err(not_found(message).about(INGESTION));
        }
        Ok(ok(json!({
            "Arn": self.ingestion_arn(&ingestion.data_set, &ingestion.id),
            "IngestionId": ingestion.id,
        })))
    }

    fn ingestion_json(&self, ingestion: &Ingestion) -> Value {
        let rows = ingestion.rows.map(|rows| {
            json!({
                "RowsIngested": rows.ingested,
                "RowsDropped": rows.dropped,
                "TotalRowsInDataset": rows.ingested,
            })
        });
        // "WaitingOnIngestion: the ID of the queued ingestion. QueuedIngestion: the ID of the ongoing ingestion. The
        // queued ingestion is waiting for the ongoing ingestion to complete." (QueueInfo's API reference)
        let queue = ingestion
            .waits_for
            .as_ref()
            .filter(|_| ingestion.status == IngestionStatus::Queued);
        let queue = queue.map(|ongoing| json!({"WaitingOnIngestion": ingestion.id, "QueuedIngestion": ongoing}));
        json!({
            "Arn": self.ingestion_arn(&ingestion.data_set, &ingestion.id),
            "IngestionId": ingestion.id,
            "IngestionStatus": ingestion.status.name(),
            "ErrorInfo": ingestion.error,
            "RowInfo": rows,
            "QueueInfo": queue,
            "CreatedTime": seconds(ingestion.created),
            "IngestionTimeInSeconds": ingestion.seconds,
            "IngestionSizeInBytes": ingestion.rows.map(|rows| rows.bytes),
            "RequestSource": ingestion.source,
            "RequestType": ingestion.request,
        })
    }
}
