//! The files that COPY is to take, and no others.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use serde::Serialize;

use super::error::Error;
use super::objects;
use super::places::S3Uri;
use super::report::{Report, Table};

/// A manifest of COPY (<https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html>).
#[derive(Debug, Serialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    url: String,
    /// COPY fails if the file is not there.
    mandatory: bool,
    meta: Meta,
}

/// Needed for Parquet: the file's size in bytes (same page, "Using a manifest with columnar formats").
#[derive(Debug, Serialize)]
struct Meta {
    content_length: u64,
}

/// Writes the manifests of a report's batch, one a table; their places by table. `curated` is the bucket of the files.
pub(super) async fn write(s3: &Client, curated: &str, report: &Report) -> Result<BTreeMap<String, S3Uri>, Error> {
    let mut places = BTreeMap::new();
    for (table, files) in &report.tables {
        if files.objects.is_empty() {
            return Err(Error::EmptyTable {
                table: table.clone(),
                date: report.date,
            });
        }
        let place = S3Uri {
            bucket: curated.to_owned(),
            key: format!("manifests/{}/{table}.json", report.batch),
        };
        objects::write(s3, curated, &place.key, &manifest(curated, files)).await?;
        places.insert(table.clone(), place);
    }
    Ok(places)
}

fn manifest(bucket: &str, files: &Table) -> Manifest {
    let entry = |file: &super::report::File| Entry {
        url: format!("s3://{bucket}/{}", file.key),
        mandatory: true,
        meta: Meta {
            content_length: file.bytes,
        },
    };
    Manifest {
        entries: files.objects.iter().map(entry).collect(),
    }
}
