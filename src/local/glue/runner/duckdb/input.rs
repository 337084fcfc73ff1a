//! What a run is told: its arguments, and which partitions it makes of which objects.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::super::{RunError, Task};
use super::contract::Contract;
use crate::local::objects::{Objects, Stored};

/// A folder or an object of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub bucket: String,
    pub key: String,
}

impl Place {
    fn parse(url: &str) -> Option<Self> {
        let (bucket, key) = url.strip_prefix("s3://")?.split_once('/').unwrap_or((&url[5..], ""));
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }

    /// The key of something in this folder.
    pub fn key(&self, name: &str) -> String {
        match self.key.trim_end_matches('/') {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// The job's arguments, and the files they name.
pub(super) struct Job {
    pub contract: Contract,
    pub transform: String,
    pub transform_url: String,
    pub raw: Place,
    pub curated: Place,
    pub quarantine: Place,
    pub reports: Place,
    pub partitions: Vec<Partition>,
}

/// One date's objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Partition {
    /// YYYY-MM-DD
    pub date: String,
    pub batch: String,
    /// Keys, relative to the raw folder.
    pub objects: Vec<String>,
}

#[derive(Deserialize)]
struct Input {
    partitions: Vec<Partition>,
}

impl Job {
    pub fn read(task: &Task, objects: &dyn Objects) -> Result<Self, RunError> {
        let argument = |name: &str| {
            let url = task
                .arguments
                .get(name)
                .ok_or_else(|| RunError::failed(format!("the argument {name} is missing")))?;
            Place::parse(url).ok_or_else(|| RunError::failed(format!("the argument {name} is no address of S3: {url}")))
        };
        let (contract, transform) = (argument("--contract")?, argument("--transform")?);
        let text = |place: &Place| read(objects, place, &task.scratch);
        let parsed = Contract::parse(&text(&contract)?).map_err(|error| unreadable(&contract, error))?;
        let raw = argument("--raw")?;
        let partitions = match task.arguments.contains_key("--input") {
            true => {
                let input = argument("--input")?;
                let read: Input = serde_json::from_str(&text(&input)?).map_err(|error| unreadable(&input, error))?;
                read.partitions
            }
            false => find(objects, &raw, &parsed.record, &[&contract, &transform])?,
        };
        let strange = |partition: &&Partition| partition.date.parse::<jiff::civil::Date>().is_err();
        if let Some(partition) = partitions.iter().find(strange) {
            return Err(RunError::failed(format!(
                "a partition has no date YYYY-MM-DD: {}",
                partition.date
            )));
        }
        Ok(Self {
            contract: parsed,
            transform: text(&transform)?,
            transform_url: transform.url(),
            raw,
            curated: argument("--curated")?,
            quarantine: argument("--quarantine")?,
            reports: argument("--reports")?,
            partitions,
        })
    }
}

fn unreadable(place: &Place, error: impl std::fmt::Display) -> RunError {
    RunError::failed(format!("{}: {error}", place.url()))
}

fn read(objects: &dyn Objects, place: &Place, scratch: &Path) -> Result<String, RunError> {
    let file = scratch.join("read");
    objects
        .materialise(&place.bucket, &place.key, &file)
        .map_err(|error| unreadable(place, error))?;
    let text = std::fs::read_to_string(&file).map_err(|error| unreadable(place, error))?;
    std::fs::remove_file(&file).map_err(|error| unreadable(place, error))?;
    Ok(text)
}

/// Every partition there is, for a run that is not told which: by a schedule, or by hand.
fn find(objects: &dyn Objects, raw: &Place, record: &str, code: &[&Place]) -> Result<Vec<Partition>, RunError> {
    let folder = raw.key(&format!("raw/{record}/"));
    let root = raw.key("");
    let code = code.iter().map(|place| objects.head(&place.bucket, &place.key));
    let code = code.collect::<Result<Vec<Stored>, _>>()?;
    let mut dates: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
    for stored in objects.list(&raw.bucket, &folder)? {
        let below = stored.key[folder.len()..]
            .strip_prefix("dt=")
            .and_then(|rest| rest.split_once('/'));
        if let Some((date, _)) = below
            && date.len() == 10
            && date.parse::<jiff::civil::Date>().is_ok()
        {
            dates.entry(date.to_owned()).or_default().push(stored);
        }
    }
    Ok(dates
        .into_iter()
        .map(|(date, found)| Partition {
            date,
            batch: fingerprint(
                found
                    .iter()
                    .map(|object| (&object.key[root.len()..], object))
                    .chain(code.iter().map(|object| (object.key.as_str(), object))),
            ),
            objects: found.iter().map(|object| object.key[root.len()..].to_owned()).collect(),
        })
        .collect())
}

/// Identifies what a partition is made of: data, contract and transformation.
fn fingerprint<'a>(objects: impl Iterator<Item = (&'a str, &'a Stored)>) -> String {
    let mut digest = Sha256::new();
    for (key, object) in objects {
        digest.update(format!("{key}\t{}\n", object.etag));
    }
    digest.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
