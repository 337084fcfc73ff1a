//! DeleteObject and DeleteObjects.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Result};

use super::S3;
use super::blob::Change;
use super::conditions::Writing;
use super::error::error;
use super::index;
use super::record::{Bucket, Versioning};
use crate::local::error::AwsError;

/// Largest DeleteObjects request. Source: S3 API reference, DeleteObjects.
const MOST: usize = 1000;

/// What a deletion did.
struct Deleted {
    /// A delete marker was made, or removed.
    marker: bool,
    version_id: Option<String>,
}

/// Without a version id: removes the object of a bucket without versioning, else lays a delete marker on it.
/// With one: removes that version for good. What is not there counts as deleted.
fn delete(
    change: &Change,
    bucket: (&str, &Bucket),
    key: &str,
    version_id: Option<&str>,
    now: i64,
) -> S3Result<Deleted> {
    let (name, settings) = bucket;
    if let Some(id) = version_id {
        let version = index::by_id(change.tx, name, key, id)?;
        if let Some(version) = &version {
            index::remove(change, name, key, version)?;
        }
        return Ok(Deleted {
            marker: version.is_some_and(|version| version.object.is_none()),
            version_id: Some(id.to_owned()),
        });
    }
    if settings.versioning == Versioning::Never {
        if let Some(version) = index::latest(change.tx, name, key)? {
            index::remove(change, name, key, &version)?;
        }
        return Ok(Deleted {
            marker: false,
            version_id: None,
        });
    }
    let marker = index::insert(change, bucket, key, None, now)?;
    Ok(Deleted {
        marker: true,
        version_id: Some(marker.id),
    })
}

pub(super) async fn delete_object(s3: &Arc<S3>, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let now = s3.now();
    s3.commit(move |change| {
        let bucket = index::bucket(change.tx, &input.bucket)?;
        if input.if_match.is_some() {
            let conditions = Writing {
                matches: input.if_match,
                none_matches: None,
            };
            conditions.check(index::latest(change.tx, &input.bucket, &input.key)?.as_ref())?;
        }
        let deleted = delete(
            change,
            (&input.bucket, &bucket),
            &input.key,
            input.version_id.as_deref(),
            now,
        )?;
        Ok(DeleteObjectOutput {
            delete_marker: deleted.marker.then_some(true),
            version_id: deleted.version_id,
            ..Default::default()
        })
    })
    .await
}

/// DeleteObject without a version id, for the services around S3.
pub(super) fn delete_newest(s3: &S3, bucket_name: &str, key: &str) -> Result<(), AwsError> {
    let now = s3.now();
    s3.write(|change| {
        let bucket = index::bucket(change.tx, bucket_name)?;
        delete(change, (bucket_name, &bucket), key, None, now)?;
        Ok(())
    })
}

/// All of them in one transaction.
pub(super) async fn delete_objects(s3: &Arc<S3>, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    if input.delete.objects.is_empty() || input.delete.objects.len() > MOST {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(error(S3ErrorCode::MalformedXML, message));
    }
    let now = s3.now();
    s3.commit(move |change| {
        let bucket = index::bucket(change.tx, &input.bucket)?;
        let quiet = input.delete.quiet == Some(true);
        let (mut done, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            let named = object.version_id.as_deref();
            match delete(change, (&input.bucket, &bucket), &object.key, named, now) {
                Ok(_) if quiet => {}
                Ok(deleted) => done.push(report(object, deleted)),
                Err(refusal) if refusal.code() == &S3ErrorCode::InternalError => return Err(refusal),
                Err(refusal) => errors.push(Error {
                    code: Some(refusal.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: refusal.message().map(str::to_owned),
                    version_id: object.version_id,
                }),
            }
        }
        Ok(DeleteObjectsOutput {
            deleted: Some(done),
            errors: Some(errors).filter(|errors| !errors.is_empty()),
            ..Default::default()
        })
    })
    .await
}

fn report(object: ObjectIdentifier, deleted: Deleted) -> DeletedObject {
    DeletedObject {
        delete_marker: deleted.marker.then_some(true),
        delete_marker_version_id: deleted.version_id.filter(|_| deleted.marker),
        key: Some(object.key),
        version_id: object.version_id,
    }
}
