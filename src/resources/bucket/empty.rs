//! Empties a bucket: every version, every delete marker, every unfinished upload.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::types as s3;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::super::error::Error;
use super::super::handler::{Scope, found, offered};
use crate::aws::{self, ErrorKind, failure};
use crate::engine::Cx;

/// DeleteObjects calls in flight. A page of the listing is 1,000 keys, which is also what one call takes
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>), so memory holds at most this many pages.
const IN_FLIGHT: usize = 8;

/// Deletes everything in the bucket. Keeps no state: interrupted, the next call goes on with what is left.
pub(super) async fn empty(scope: &Scope, bucket: &str, cx: &Cx) -> Result<(), Error> {
    let deleted = AtomicU64::new(0);
    let pages = stream::try_unfold(Some(Marker::default()), |marker| page(scope, bucket, marker));
    pages
        .try_for_each_concurrent(IN_FLIGHT, async |objects| {
            let count = objects.len() as u64;
            delete(scope, bucket, objects, cx).await?;
            let total = deleted.fetch_add(count, Ordering::Relaxed) + count;
            cx.report(&format!("emptying, {} objects", grouped(total)));
            Ok(())
        })
        .await?;
    abort_uploads(scope, bucket).await
}

/// Where the next page of the listing starts.
#[derive(Default)]
struct Marker {
    key: Option<String>,
    version: Option<String>,
}

type Page = Option<(Vec<s3::ObjectIdentifier>, Option<Marker>)>;

/// A page of versions and delete markers; a bucket that was never versioned lists its objects as version `null`.
async fn page(scope: &Scope, bucket: &str, marker: Option<Marker>) -> Result<Page, Error> {
    let Some(marker) = marker else { return Ok(None) };
    let request = scope
        .clients
        .s3
        .list_object_versions()
        .bucket(bucket)
        .set_key_marker(marker.key)
        .set_version_id_marker(marker.version);
    let answer = found(
        request
            .send()
            .await
            .map_err(|e| failure("s3", "ListObjectVersions", bucket, e)),
    )?;
    let Some(answer) = answer else { return Ok(None) };
    let versions = answer
        .versions()
        .iter()
        .map(|version| (version.key(), version.version_id()));
    let markers = answer
        .delete_markers()
        .iter()
        .map(|marker| (marker.key(), marker.version_id()));
    let objects = versions.chain(markers).filter_map(|(key, version)| {
        let builder = s3::ObjectIdentifier::builder()
            .key(key?)
            .set_version_id(version.map(str::to_owned));
        Some(scope.built(builder.build()))
    });
    let objects = objects.collect::<Result<Vec<_>, _>>()?;
    let more = answer.is_truncated().unwrap_or_default() && answer.next_key_marker.is_some();
    let next = more.then_some(Marker {
        key: answer.next_key_marker,
        version: answer.next_version_id_marker,
    });
    Ok(Some((objects, next)))
}

async fn delete(scope: &Scope, bucket: &str, objects: Vec<s3::ObjectIdentifier>, cx: &Cx) -> Result<(), Error> {
    if objects.is_empty() {
        return Ok(());
    }
    let delete = scope.built(s3::Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
    let request = scope.clients.s3.delete_objects().bucket(bucket).delete(delete);
    scope
        .retrying(cx, async || {
            let answer = request
                .clone()
                .send()
                .await
                .map_err(|e| failure("s3", "DeleteObjects", bucket, e));
            // A quiet answer lists only what was not deleted. Deleting the rest of the page again does no harm.
            match found(answer)?.as_ref().and_then(|answer| answer.errors().first()) {
                None => Ok(()),
                Some(refused) => Err(refusal(bucket, refused)),
            }
        })
        .await
}

fn refusal(bucket: &str, refused: &s3::Error) -> aws::Error {
    let message = format!(
        "{}: {}",
        refused.key().unwrap_or_default(),
        refused.message().unwrap_or_default()
    );
    let error = aws::Error::refused(
        "s3",
        "DeleteObjects",
        bucket,
        refused.code().unwrap_or_default(),
        message,
    );
    match error.kind {
        ErrorKind::AccessDenied => {
            error.with_hint("a bucket policy, an object lock or a missing s3:DeleteObjectVersion permission forbids it")
        }
        _ => error,
    }
}

async fn abort_uploads(scope: &Scope, bucket: &str) -> Result<(), Error> {
    let client = &scope.clients.s3;
    loop {
        // From the start each time: what was aborted is no longer listed.
        let answer = client.list_multipart_uploads().bucket(bucket).send().await;
        let answer = offered(answer.map_err(|e| failure("s3", "ListMultipartUploads", bucket, e)))?;
        let uploads = answer
            .map(|answer| answer.uploads.unwrap_or_default())
            .unwrap_or_default();
        if uploads.is_empty() {
            return Ok(());
        }
        stream::iter(uploads)
            .map(Ok)
            .try_for_each_concurrent(IN_FLIGHT, async |upload| {
                let request = client.abort_multipart_upload().bucket(bucket).set_key(upload.key);
                let answer = request.set_upload_id(upload.upload_id).send().await;
                found(answer.map_err(|e| failure("s3", "AbortMultipartUpload", bucket, e))).map(|_| ())
            })
            .await?;
    }
}

/// `12,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
