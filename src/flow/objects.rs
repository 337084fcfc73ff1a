//! S3 as the flow uses it: listings, and small JSON documents.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::aws::{self, ErrorKind, failure};

/// Documents read at a time.
const READS: usize = 16;

/// An object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub key: String,
    /// Without quotes.
    pub etag: String,
    pub bytes: u64,
}

/// Everything below a prefix, in the order of keys. Markers of folders (keys that end in `/`) are left out.
pub(super) async fn list(s3: &Client, bucket: &str, prefix: &str) -> Result<Vec<Object>, Error> {
    let mut pages = s3
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .into_paginator()
        .send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure("s3", "ListObjectsV2", bucket, error));
        let page = page.map_err(|error| missing(error, bucket))?;
        let found = page.contents.unwrap_or_default().into_iter();
        objects.extend(found.filter_map(|object| {
            let key = object.key.filter(|key| !key.ends_with('/'))?;
            Some(Object {
                key,
                etag: unquoted(object.e_tag),
                bytes: object.size.and_then(|size| size.try_into().ok()).unwrap_or_default(),
            })
        }));
    }
    // S3 lists in the order of UTF-8 bytes; fingerprints rely on it, so a server that does not is put right.
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(objects)
}

/// One object's key and etag.
pub(super) async fn head(s3: &Client, bucket: &str, key: &str) -> Result<Object, Error> {
    let answer = s3.head_object().bucket(bucket).key(key).send().await;
    let place = format!("s3://{bucket}/{key}");
    let answer = answer.map_err(|error| match failure("s3", "HeadObject", &place, error) {
        error if error.is(ErrorKind::NotFound) => Error::NotDeployed { what: place.clone() },
        error => error.into(),
    })?;
    Ok(Object {
        key: key.to_owned(),
        etag: unquoted(answer.e_tag),
        bytes: answer
            .content_length
            .and_then(|size| size.try_into().ok())
            .unwrap_or_default(),
    })
}

/// Writes a document.
pub(super) async fn write(s3: &Client, bucket: &str, key: &str, document: &impl Serialize) -> Result<(), Error> {
    let place = format!("s3://{bucket}/{key}");
    let body = serde_json::to_vec(document).map_err(|error| unreadable(&place, &error))?;
    let request = s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type("application/json")
        .body(ByteStream::from(body));
    let answer = request.send().await;
    answer.map_err(|error| missing(failure("s3", "PutObject", &place, error), bucket))?;
    Ok(())
}

/// Reads the documents of these keys, several at a time, in their order. One that vanished meanwhile is left out.
pub(super) async fn read_all<T: DeserializeOwned>(
    s3: &Client,
    bucket: &str,
    keys: Vec<String>,
) -> Result<Vec<T>, Error> {
    let documents = stream::iter(keys)
        .map(|key| async move { read(s3, bucket, &key).await })
        .buffered(READS);
    let documents: Vec<Option<T>> = documents.try_collect().await?;
    Ok(documents.into_iter().flatten().collect())
}

async fn read<T: DeserializeOwned>(s3: &Client, bucket: &str, key: &str) -> Result<Option<T>, Error> {
    let place = format!("s3://{bucket}/{key}");
    let answer = s3.get_object().bucket(bucket).key(key).send().await;
    let answer = match answer.map_err(|error| failure("s3", "GetObject", &place, error)) {
        Err(error) if error.is(ErrorKind::NotFound) => return Ok(None),
        answer => answer?,
    };
    let body = answer
        .body
        .collect()
        .await
        .map_err(|error| unreadable(&place, &error))?;
    let document = serde_json::from_slice(&body.into_bytes());
    document.map(Some).map_err(|error| unreadable(&place, &error))
}

fn unquoted(etag: Option<String>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

/// Messages of serde name types and members, and of unknown words the words: reports and receipts hold no row values.
fn unreadable(place: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Unreadable {
        place: place.to_owned(),
        reason: reason.to_string(),
    }
}

fn missing(error: aws::Error, bucket: &str) -> Error {
    if error.is(ErrorKind::NotFound) {
        return Error::NotDeployed {
            what: format!("the bucket {bucket}"),
        };
    }
    error.into()
}
