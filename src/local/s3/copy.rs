//! CopyObject.

use std::ops;
use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::S3;
use super::blob;
use super::checksum::{Algorithm, set_sum};
use super::conditions::Reading;
use super::encryption::{Wanted, resolve, set_encryption};
use super::error::{blocking, disk, error, not_implemented};
use super::get::{self, Found, pieces};
use super::put::{algorithm, headers};
use super::receive::{Received, Sink};
use super::record::{Object, Segment, etag};
use super::{index, names, tags};

/// Largest source of a copy in one request: 5 GiB. Source: S3 API reference, CopyObject.
const LARGEST: u64 = 5 << 30;

/// Finds and checks the source of a copy.
pub(super) fn source(s3: &S3, source: &CopySource, conditions: &Reading) -> S3Result<Found> {
    let CopySource::Bucket {
        bucket,
        key,
        version_id,
    } = source
    else {
        return Err(not_implemented("access points and Outposts as the source of a copy"));
    };
    let found = get::find(&s3.env.store.read()?, bucket, key, version_id.as_deref())?;
    conditions.check_source(&found.version, &found.object)?;
    Ok(found)
}

/// Copies a stretch of an object into a new body. Blocks.
pub(super) fn duplicate(
    s3: &S3,
    from: &Object,
    range: ops::Range<u64>,
    algorithm: Option<Algorithm>,
) -> S3Result<Received> {
    let known = algorithm.is_none_or(|algorithm| from.sum.as_ref().is_some_and(|sum| sum.algorithm == algorithm));
    if let ([segment], None) = (from.segments.as_slice(), from.parts)
        && range == (0..from.size)
        && known
    {
        let fresh = s3.blobs.reserve()?;
        blob::link(&s3.blobs.path(&segment.blob), &fresh.path())?;
        return Ok(Received {
            fresh,
            size: from.size,
            md5: from.etag.clone(),
            sum: from.sum.clone(),
        });
    }
    let mut sink = Sink::new(&s3.blobs, algorithm.or(from.sum.as_ref().map(|sum| sum.algorithm)))?;
    for piece in pieces(&s3.blobs, from, range) {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let failed = |source: std::io::Error| disk("read", &piece.path, &source);
        let mut file = std::fs::File::open(&piece.path).map_err(failed)?;
        file.seek(SeekFrom::Start(piece.start)).map_err(failed)?;
        sink.write_from(file.take(piece.length))?;
    }
    Ok(sink.finish())
}

pub(super) async fn copy_object(s3: &Arc<S3>, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    names::check_key(&input.key)?;
    names::check_acl(input.acl.as_ref().map(ObjectCannedACL::as_str))?;
    names::check_unsupported(
        input.sse_customer_algorithm.is_some() || input.copy_source_sse_customer_algorithm.is_some(),
        input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some(),
    )?;
    index::bucket(&s3.env.store.read()?, &input.bucket)?;
    let conditions = Reading {
        matches: input.copy_source_if_match.clone(),
        none_matches: input.copy_source_if_none_match.clone(),
        modified_since: input.copy_source_if_modified_since.clone(),
        unmodified_since: input.copy_source_if_unmodified_since.clone(),
    };
    let found = source(s3, &input.copy_source, &conditions)?;
    if found.object.size > LARGEST {
        let message =
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120";
        return Err(error(S3ErrorCode::InvalidRequest, message));
    }
    let copy = Copy::new(&input, &found)?;
    let this = Arc::clone(s3);
    let source_version_id = found.shown_id();
    let output = blocking(move || copy.run(&this, &found.object)).await?;
    Ok(CopyObjectOutput {
        copy_source_version_id: source_version_id,
        ..output
    })
}

/// What is written, decided before any byte moves.
struct Copy {
    bucket: String,
    key: String,
    headers: super::record::Headers,
    tags: super::record::Tags,
    wanted: Wanted,
    algorithm: Option<Algorithm>,
}

impl Copy {
    fn new(input: &CopyObjectInput, found: &Found) -> S3Result<Self> {
        let replaces = |directive: Option<&str>| directive == Some("REPLACE");
        let replace_metadata = replaces(input.metadata_directive.as_ref().map(MetadataDirective::as_str));
        let replace_tags = replaces(input.tagging_directive.as_ref().map(TaggingDirective::as_str));
        let given = input.clone();
        let mut headers = headers!(given);
        let changes = replace_metadata
            || headers.storage_class.is_some()
            || headers.website_redirect.is_some()
            || input.server_side_encryption.is_some();
        if is_itself(input) && !changes {
            return Err(onto_itself());
        }
        if !replace_metadata {
            // Storage class and redirect are never copied.
            headers = super::record::Headers {
                storage_class: headers.storage_class,
                website_redirect: headers.website_redirect,
                ..found.object.headers.clone()
            };
        }
        names::check_metadata(&headers)?;
        let tags = if replace_tags {
            tags::from_header(input.tagging.as_deref())?
        } else {
            found.object.tags.clone()
        };
        Ok(Self {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            headers,
            tags,
            wanted: Wanted {
                algorithm: input.server_side_encryption.clone(),
                key: input.ssekms_key_id.clone(),
                bucket_key: input.bucket_key_enabled,
            },
            algorithm: algorithm(input.checksum_algorithm.as_ref())?,
        })
    }

    fn run(self, s3: &S3, from: &Object) -> S3Result<CopyObjectOutput> {
        let copied = duplicate(s3, from, 0..from.size, self.algorithm)?;
        let (name, key) = (self.bucket, self.key);
        s3.write(|change| {
            let bucket = index::bucket(change.tx, &name)?;
            let object = Object {
                size: copied.size,
                etag: copied.md5,
                segments: vec![Segment {
                    blob: change.store(copied.fresh)?,
                    size: copied.size,
                    sum: None,
                }],
                parts: None,
                sum: copied.sum,
                headers: self.headers,
                encryption: resolve(s3, change.tx, &name, self.wanted)?,
                tags: self.tags,
            };
            let mut result = CopyObjectResult {
                e_tag: Some(etag(&object.etag)),
                ..Default::default()
            };
            set_sum!(result, &object.sum);
            let mut output = CopyObjectOutput::default();
            set_encryption!(output, object.encryption);
            let version = index::insert(change, (&name, &bucket), &key, Some(object), s3.now())?;
            result.last_modified = Some(version.last_modified());
            output.copy_object_result = Some(result);
            output.version_id = index::shown_id(&bucket, &version);
            Ok(output)
        })
    }
}

/// The newest version onto its own key. A copy of an older version restores it, and is allowed.
fn is_itself(input: &CopyObjectInput) -> bool {
    match &input.copy_source {
        CopySource::Bucket {
            bucket,
            key,
            version_id: None,
        } => **bucket == *input.bucket && **key == *input.key,
        _ => false,
    }
}

fn onto_itself() -> S3Error {
    error(
        S3ErrorCode::InvalidRequest,
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
}
