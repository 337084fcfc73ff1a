//! What a job run is to process: the document that its `--input` names.

use aws_sdk_s3::Client;
use jiff::civil::Date;
use serde::Serialize;

use super::batch::fingerprint;
use super::error::Error;
use super::objects;
use super::places::S3Uri;
use super::raw::Partition;

/// `runs/<id>/input.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Input {
    version: u32,
    partitions: Vec<InputPartition>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct InputPartition {
    date: Date,
    batch: String,
    /// Relative to the job's `--raw`.
    objects: Vec<String>,
}

impl Input {
    /// Partitions with their batches; `root` is what the job's `--raw` names.
    pub fn new(partitions: &[(Partition, String)], root: &S3Uri) -> Self {
        let relative = |key: &str| key.strip_prefix(&root.key).unwrap_or(key).to_owned();
        let partitions = partitions.iter().map(|(partition, batch)| InputPartition {
            date: partition.date,
            batch: batch.clone(),
            objects: partition.objects.iter().map(|object| relative(&object.key)).collect(),
        });
        Self {
            version: 1,
            partitions: partitions.collect(),
        }
    }

    /// Where it is kept. The same work has the same place, so that a run that is going already is recognised.
    pub fn place(&self, bucket: &str) -> S3Uri {
        let parts: Vec<String> = self
            .partitions
            .iter()
            .flat_map(|partition| [partition.date.to_string(), partition.batch.clone()])
            .collect();
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        S3Uri {
            bucket: bucket.to_owned(),
            key: format!("runs/{}/input.json", fingerprint(&parts, 16)),
        }
    }

    pub async fn write(&self, s3: &Client, place: &S3Uri) -> Result<(), Error> {
        objects::write(s3, &place.bucket, &place.key, self).await
    }
}
