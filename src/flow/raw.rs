//! Raw objects by partition: what Firehose delivered, by date of arrival.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use jiff::civil::Date;

use super::error::Error;
use super::event::Event;
use super::objects::{self, Object};
use super::places::Places;
use super::watch::Watch;

/// The name that folders of partitions start with.
const FOLDER: &str = "dt=";

/// All raw objects of one date, in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    pub date: Date,
    pub objects: Vec<Object>,
}

/// The partitions below the raw prefix, by date; of `dates` only, if any are given.
///
/// # Errors
/// A date that has no partition; objects, but none of them in a partition.
pub(super) async fn partitions(
    s3: &Client,
    places: &Places,
    dates: &[Date],
    watch: &Watch,
) -> Result<Vec<Partition>, Error> {
    let bucket = &places.raw_bucket;
    let found = match dates {
        // The partition's own prefix, where the date comes first: years of others need not be listed.
        [_, ..] if places.raw_prefix.ends_with(FOLDER) => {
            let mut found = Vec::new();
            for date in dates {
                let prefix = format!("{}{date}/", places.raw_prefix);
                found.extend(objects::list(s3, bucket, &prefix).await?);
            }
            found
        }
        _ => objects::list(s3, bucket, &places.raw_prefix).await?,
    };
    let (mut partitions, strays) = by_date(found);
    if let Some(example) = strays.first() {
        if partitions.is_empty() {
            return Err(Error::NoPartitions {
                objects: strays.len(),
                bucket: bucket.clone(),
                prefix: places.raw_prefix.clone(),
                example: example.key.clone(),
            });
        }
        watch.tell(Event::Stray {
            objects: strays.len(),
            example: example.key.clone(),
        });
    }
    if let Some(date) = dates.iter().find(|date| !partitions.contains_key(date)) {
        return Err(unknown_date(s3, places, *date).await?);
    }
    partitions.retain(|date, _| dates.is_empty() || dates.contains(date));
    let partition = |(date, objects)| Partition { date, objects };
    Ok(partitions.into_iter().map(partition).collect())
}

async fn unknown_date(s3: &Client, places: &Places, date: Date) -> Result<Error, Error> {
    let all = objects::list(s3, &places.raw_bucket, &places.raw_prefix).await?;
    Ok(Error::UnknownDate {
        date,
        bucket: places.raw_bucket.clone(),
        prefix: places.raw_prefix.clone(),
        known: by_date(all).0.into_keys().collect(),
    })
}

/// Objects by partition, and those that are in none.
fn by_date(objects: Vec<Object>) -> (BTreeMap<Date, Vec<Object>>, Vec<Object>) {
    let mut partitions: BTreeMap<Date, Vec<Object>> = BTreeMap::new();
    let mut strays = Vec::new();
    for object in objects {
        match date_of(&object.key) {
            Some(date) => partitions.entry(date).or_default().push(object),
            None => strays.push(object),
        }
    }
    (partitions, strays)
}

/// The date of the folder `dt=YYYY-MM-DD` that a key is in.
fn date_of(key: &str) -> Option<Date> {
    let (folders, _) = key.rsplit_once('/')?;
    let name = folders.split('/').find_map(|folder| folder.strip_prefix(FOLDER))?;
    let date: Date = name.parse().ok()?;
    // jiff reads other forms of ISO 8601 too.
    (date.to_string() == name).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_folder() {
        let date = |key| date_of(key).map(|date| date.to_string());
        assert_eq!(date("raw/employees/dt=2026-11-25/a.gz").as_deref(), Some("2026-11-25"));
        assert_eq!(date("raw/site=1/dt=2026-11-25/08/a.gz").as_deref(), Some("2026-11-25"));
        for key in [
            "raw/employees/2026/11/25/a.gz",
            "raw/dt=2026-11-25",
            "raw/dt=20261125/a",
            "raw/dt=2026-11-31/a",
            "raw/xdt=2026-11-25/a",
            "a",
        ] {
            assert_eq!(date(key), None, "{key}");
        }
    }
}
