//! The objects a COPY reads: those under a prefix, or those a manifest lists.

use std::path::PathBuf;

use serde::Deserialize;

use super::super::dialect::{Copy, CopyFormat};
use super::super::error::SqlError;
use super::super::role::s3_path;
use super::super::scratch::Scratch;
use super::super::session::Session;

/// An object to load.
#[derive(Debug)]
pub(super) struct Found {
    bucket: String,
    key: String,
    /// Bytes.
    size: u64,
}

/// An object to load, as a file.
#[derive(Debug)]
pub(super) struct File {
    pub bucket: String,
    pub key: String,
    /// Bytes.
    pub size: u64,
    pub path: PathBuf,
}

impl File {
    /// `s3://bucket/key`
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// <https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html>
#[derive(Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    url: String,
    #[serde(default)]
    mandatory: bool,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    content_length: Option<u64>,
}

impl Session {
    /// Finds what `copy` is to load.
    pub(super) fn locate(&self, copy: &Copy) -> Result<Vec<Found>, SqlError> {
        let (bucket, key) = s3_path(&copy.from)?;
        if copy.manifest {
            return self.read_manifest(copy, bucket, key);
        }
        let parquet = matches!(copy.format, CopyFormat::Parquet { .. });
        let listed = self
            .outside
            .objects
            .list(bucket, key)
            .map_err(|error| self.s3_failed(&error))?;
        let found = listed
            .into_iter()
            .filter(|object| !parquet || !is_hidden(&object.key))
            .map(|object| Found {
                bucket: bucket.to_owned(),
                key: object.key,
                size: object.size,
            });
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return Err(self.no_prefix(key));
        }
        Ok(found)
    }

    fn no_prefix(&self, prefix: &str) -> SqlError {
        let what = format!("The specified S3 prefix '{prefix}' does not exist");
        SqlError::new("XX000", what).detail(8001, "", self.query)
    }

    fn read_manifest(&self, copy: &Copy, bucket: &str, key: &str) -> Result<Vec<Found>, SqlError> {
        let bytes = self.read_object(bucket, key).map_err(|error| match error.as_deref() {
            Some("NoSuchKey") => self.no_prefix(key),
            _ => SqlError::new("XX000", "Problem reading manifest file").detail(8001, &copy.from, self.query),
        })?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| {
            let what = "Invalid JSON format in manifest file";
            SqlError::new("XX000", what).detail(8001, format!("{}: {error}", copy.from), self.query)
        })?;
        let parquet = matches!(copy.format, CopyFormat::Parquet { .. });
        let mut found = Vec::new();
        for entry in manifest.entries {
            found.extend(self.manifest_entry(entry, parquet)?);
        }
        Ok(found)
    }

    /// The object of an entry; `None` if it is not there and need not be.
    fn manifest_entry(&self, entry: Entry, parquet: bool) -> Result<Option<Found>, SqlError> {
        let (bucket, key) = s3_path(&entry.url)?;
        let length = entry.meta.as_ref().and_then(|meta| meta.content_length);
        if parquet && length.is_none() {
            let what = "Manifest entries of columnar files need the key content_length in meta";
            return Err(SqlError::new("XX000", what).detail(8001, &entry.url, self.query));
        }
        let object = match self.outside.objects.head(bucket, key) {
            Ok(object) => object,
            Err(error) if error.code == "NoSuchKey" && !entry.mandatory => return Ok(None),
            Err(error) => {
                let what = format!(
                    "{},Status {},Error {}",
                    error.message.trim_end_matches('.'),
                    error.status.as_u16(),
                    error.code
                );
                let what = format!("Problem reading file of manifest - S3ServiceException:{what}");
                return Err(SqlError::new("XX000", what).detail(8001, &entry.url, self.query));
            }
        };
        if let Some(length) = length.filter(|length| *length != object.size) {
            let context = format!(
                "The length of the file does not match the manifest's content_length. Manifest: {length}, File: {}, File \
                 name: {}",
                object.size, entry.url
            );
            let what = if parquet {
                "Spectrum Scan Error"
            } else {
                "Manifest does not match the file"
            };
            return Err(SqlError::new("XX000", what).detail(15001, context, self.query));
        }
        Ok(Some(Found {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: object.size,
        }))
    }

    /// The bytes of a small object, or the code of S3's error.
    pub(super) fn read_object(&self, bucket: &str, key: &str) -> Result<Vec<u8>, Option<String>> {
        let scratch = Scratch::new(&self.database.scratch).map_err(|_| None)?;
        let file = scratch.path().join("object");
        let read = self.outside.objects.materialise(bucket, key, &file);
        read.map_err(|error| Some(error.code.into_owned()))?;
        std::fs::read(&file).map_err(|_| None)
    }

    /// Makes files of the objects.
    pub(super) fn materialise(&self, found: Vec<Found>, scratch: &Scratch) -> Result<Vec<File>, SqlError> {
        let mut files = Vec::with_capacity(found.len());
        for (index, object) in found.into_iter().enumerate() {
            let path = scratch.path().join(format!("{index:06}"));
            let made = self.outside.objects.materialise(&object.bucket, &object.key, &path);
            made.map_err(|error| self.s3_failed(&error))?;
            files.push(File {
                bucket: object.bucket,
                key: object.key,
                size: object.size,
                path,
            });
        }
        Ok(files)
    }
}

/// Files that Spectrum, which reads Parquet for COPY, passes over
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-tables.html>).
fn is_hidden(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.is_empty() || name.starts_with(['.', '_', '#']) || name.ends_with('~')
}
