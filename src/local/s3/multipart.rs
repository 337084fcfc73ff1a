//! Multipart uploads: beginning, parts, giving up.
//! Source: S3 user guide, "Uploading and copying objects using multipart upload" and its limits.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::S3;
use super::checksum::{Algorithm, checksum_fields, declared, kind, set_checksum};
use super::chunked::Trailers;
use super::conditions::Reading;
use super::encryption::{Wanted, resolve, set_encryption};
use super::error::{blocking, error, invalid_argument};
use super::put::{algorithm, headers};
use super::receive::{Declared, Received, receive};
use super::record::etag;
use super::uploads::{self, Part, UPLOADS, Upload};
use super::{checksum, copy, index, names, tags};

pub(super) async fn create(s3: &Arc<S3>, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
    names::check_key(&input.key)?;
    names::check_acl(input.acl.as_ref().map(ObjectCannedACL::as_str))?;
    names::check_unsupported(
        input.sse_customer_algorithm.is_some(),
        input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some(),
    )?;
    let algorithm = algorithm(input.checksum_algorithm.as_ref())?;
    let composite = composite(algorithm, input.checksum_type.as_ref())?;
    let tags = tags::from_header(input.tagging.as_deref())?;
    let wanted = Wanted {
        algorithm: input.server_side_encryption,
        key: input.ssekms_key_id,
        bucket_key: input.bucket_key_enabled,
    };
    let headers = headers!(input);
    names::check_metadata(&headers)?;
    let (this, bucket, key) = (Arc::clone(s3), input.bucket, input.key);
    s3.commit(move |change| {
        index::bucket(change.tx, &bucket)?;
        let upload = Upload {
            initiated: this.now(),
            headers,
            tags,
            encryption: resolve(&this, change.tx, &bucket, wanted)?,
            algorithm,
            composite,
        };
        let id = uuid::Uuid::new_v4().simple().to_string();
        UPLOADS.put(change.tx, &uploads::entry(&bucket, &key, &id), &upload)?;
        let mut output = CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(id),
            checksum_algorithm: algorithm.map(checksum::dto),
            checksum_type: algorithm.map(|_| kind(composite)),
            ..Default::default()
        };
        set_encryption!(output, upload.encryption);
        Ok(output)
    })
    .await
}

/// Which kind of checksum the finished object has.
/// Source: S3 user guide, "Checking object integrity", table of full-object and composite support.
fn composite(algorithm: Option<Algorithm>, wanted: Option<&ChecksumType>) -> S3Result<bool> {
    let composite = match (algorithm, wanted.map(ChecksumType::as_str)) {
        (None, Some(_)) => {
            let message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";
            return Err(error(S3ErrorCode::InvalidRequest, message));
        }
        (_, Some(ChecksumType::COMPOSITE)) => true,
        (_, Some(_)) => false,
        (algorithm, None) => algorithm != Some(Algorithm::Crc64Nvme),
    };
    let possible = match algorithm {
        Some(Algorithm::Crc64Nvme) => !composite,
        Some(Algorithm::Sha1 | Algorithm::Sha256) => composite,
        _ => true,
    };
    if !possible {
        let name = algorithm.map_or("", Algorithm::name);
        let kind = if composite { "COMPOSITE" } else { "FULL_OBJECT" };
        let message = format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            name.to_lowercase()
        );
        return Err(error(S3ErrorCode::InvalidRequest, message));
    }
    Ok(composite)
}

fn check_number(number: i32) -> S3Result<()> {
    if !(1..=10_000).contains(&number) {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        return Err(invalid_argument(message));
    }
    Ok(())
}

pub(super) async fn upload_part(s3: &Arc<S3>, req: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    let trailers = req.extensions.get::<Trailers>().cloned();
    let input = req.input;
    check_number(input.part_number)?;
    names::check_unsupported(input.sse_customer_algorithm.is_some(), false)?;
    let at = uploads::entry(&input.bucket, &input.key, &input.upload_id);
    let upload = uploads::find(&s3.env.store.read()?, &input.bucket, &at)?;
    let declared = Declared {
        length: input.content_length,
        md5: input.content_md5.clone(),
        sum: declared(checksum_fields!(input))?,
        algorithm: upload.algorithm.or(algorithm(input.checksum_algorithm.as_ref())?),
        trailers,
    };
    check_algorithm(&upload, &declared)?;
    let received = receive(&s3.blobs, input.body, declared).await?;
    let mut output = UploadPartOutput {
        e_tag: Some(etag(&received.md5)),
        ..Default::default()
    };
    if let Some(sum) = &received.sum {
        set_checksum!(output, sum.algorithm, sum.value.clone());
    }
    set_encryption!(output, upload.encryption);
    store_part(s3, input.bucket, at, input.upload_id, input.part_number, received).await?;
    Ok(output)
}

/// A part must carry the checksum that the upload was begun with.
fn check_algorithm(upload: &Upload, declared: &Declared) -> S3Result<()> {
    let trailing = declared.trailers.as_ref().and_then(Trailers::announced);
    let given = declared.sum.as_ref().map(|(algorithm, _)| *algorithm).or(trailing);
    match (upload.algorithm, given) {
        (Some(wanted), Some(given)) if wanted != given => {
            let message = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                wanted.name().to_lowercase(),
                given.name().to_lowercase()
            );
            Err(error(S3ErrorCode::InvalidRequest, message))
        }
        _ => Ok(()),
    }
}

async fn store_part(
    s3: &Arc<S3>,
    bucket: String,
    upload: String,
    upload_id: String,
    number: i32,
    received: Received,
) -> S3Result<i64> {
    let modified = s3.now();
    s3.commit(move |change| {
        // It may have been finished or given up meanwhile.
        uploads::find(change.tx, &bucket, &upload)?;
        let at = uploads::part_entry(&upload_id, number);
        if let Some(replaced) = uploads::PARTS.get(change.tx, &at)? {
            change.discard(&replaced.blob)?;
        }
        let part = Part {
            blob: change.store(received.fresh)?,
            size: received.size,
            md5: received.md5,
            sum: received.sum,
            modified,
        };
        uploads::PARTS.put(change.tx, &at, &part)?;
        Ok(modified)
    })
    .await
}

pub(super) async fn upload_part_copy(s3: &Arc<S3>, input: UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
    check_number(input.part_number)?;
    let at = uploads::entry(&input.bucket, &input.key, &input.upload_id);
    let upload = uploads::find(&s3.env.store.read()?, &input.bucket, &at)?;
    let conditions = Reading {
        matches: input.copy_source_if_match,
        none_matches: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let found = copy::source(s3, &input.copy_source, &conditions)?;
    let range = source_range(input.copy_source_range.as_deref(), found.object.size)?;
    let (this, algorithm, source_version_id) = (Arc::clone(s3), upload.algorithm, found.shown_id());
    let received = blocking(move || copy::duplicate(&this, &found.object, range, algorithm)).await?;
    let mut result = CopyPartResult {
        e_tag: Some(etag(&received.md5)),
        ..Default::default()
    };
    if let Some(sum) = &received.sum {
        set_checksum!(result, sum.algorithm, sum.value.clone());
    }
    let modified = store_part(s3, input.bucket, at, input.upload_id, input.part_number, received).await?;
    result.last_modified = Some(super::record::timestamp(modified));
    let mut output = UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source_version_id,
        ..Default::default()
    };
    set_encryption!(output, upload.encryption);
    Ok(output)
}

/// `bytes=first-last`, both given and inside the source.
fn source_range(range: Option<&str>, size: u64) -> S3Result<std::ops::Range<u64>> {
    let Some(range) = range else {
        return Ok(0..size);
    };
    match Range::parse(range) {
        Ok(Range::Int {
            first,
            last: Some(last),
        }) if last < size => Ok(first..last + 1),
        Ok(Range::Int { last: Some(_), .. }) => Err(invalid_argument(format!(
            "Range specified is not valid for source object of size: {size}"
        ))),
        _ => Err(invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
        )),
    }
}

pub(super) async fn abort(s3: &Arc<S3>, input: AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
    s3.commit(move |change| {
        let at = uploads::entry(&input.bucket, &input.key, &input.upload_id);
        uploads::find(change.tx, &input.bucket, &at)?;
        uploads::remove(change, &at, &input.upload_id, |_| true)?;
        Ok(AbortMultipartUploadOutput::default())
    })
    .await
}
