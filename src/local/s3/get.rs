//! GetObject and HeadObject.

use std::io::SeekFrom;
use std::ops;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use s3s::dto::*;
use s3s::{Body, S3Error, S3ErrorCode, S3Response, S3Result};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::S3;
use super::blob::Blobs;
use super::checksum::set_sum;
use super::conditions::Reading;
use super::encryption::set_encryption;
use super::error::{disk, error, invalid_argument};
use super::index;
use super::record::{self, Object, Version};
use crate::local::store::Reads;

/// Bytes read from disk at a time.
const CHUNK: u64 = 512 << 10;

/// An object that was asked for.
pub(super) struct Found {
    pub bucket: record::Bucket,
    pub version: Version,
    pub object: Object,
}

impl Found {
    pub fn shown_id(&self) -> Option<String> {
        index::shown_id(&self.bucket, &self.version)
    }
}

/// Finds the newest version of a key, or the one asked for.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`; for a delete marker `NoSuchKey`, or `MethodNotAllowed`
/// where it was asked for by its id, with the headers that tell so.
pub(super) fn find(tx: &impl Reads, bucket: &str, key: &str, version_id: Option<&str>) -> S3Result<Found> {
    let settings = index::bucket(tx, bucket)?;
    let version = match version_id {
        None => index::latest(tx, bucket, key)?.ok_or_else(index::no_such_key)?,
        Some(id) => index::by_id(tx, bucket, key, id)?.ok_or_else(|| {
            let message = "The specified version does not exist.";
            error(S3ErrorCode::NoSuchVersion, message)
        })?,
    };
    match version.object.clone() {
        Some(object) => Ok(Found {
            bucket: settings,
            version,
            object,
        }),
        None => Err(delete_marker(&version, version_id.is_some())),
    }
}

fn delete_marker(version: &Version, by_id: bool) -> S3Error {
    let mut refusal = if by_id {
        let message = "The specified method is not allowed against this resource.";
        error(S3ErrorCode::MethodNotAllowed, message)
    } else {
        index::no_such_key()
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::from_str(&version.id) {
        headers.insert("x-amz-version-id", id);
    }
    refusal.set_headers(headers);
    refusal
}

/// The bytes that a request wants.
struct Wanted {
    range: ops::Range<u64>,
    /// `Content-Range`, if it is not the whole object.
    shown: Option<String>,
}

fn wanted(object: &Object, range: Option<Range>, part: Option<i32>) -> S3Result<Wanted> {
    let size = object.size;
    let range = match (range, part) {
        (Some(_), Some(_)) => {
            let message = "Cannot specify both Range header and partNumber query parameter";
            return Err(error(S3ErrorCode::InvalidRequest, message));
        }
        (None, None) => None,
        (Some(range), None) => Some(range.check(size).ok().filter(|range| !range.is_empty())),
        (None, Some(part)) => Some(part_range(object, part)?),
    };
    match range {
        None => Ok(Wanted {
            range: 0..size,
            shown: None,
        }),
        Some(Some(range)) => Ok(Wanted {
            shown: Some(format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))),
            range,
        }),
        Some(None) => Err(not_satisfiable(size)),
    }
}

/// An object that was not uploaded in parts is its own part 1.
fn part_range(object: &Object, part: i32) -> S3Result<Option<ops::Range<u64>>> {
    let number = usize::try_from(part)
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    let number =
        number.ok_or_else(|| invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))?;
    let Some(segment) = object.segments.get(number - 1) else {
        let message = "The requested partnumber is not satisfiable";
        return Err(super::error::custom(
            http::StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidPartNumber",
            message,
        ));
    };
    let start: u64 = object.segments[..number - 1].iter().map(|segment| segment.size).sum();
    Ok(Some(start..start + segment.size))
}

fn not_satisfiable(size: u64) -> S3Error {
    let mut refusal = error(S3ErrorCode::InvalidRange, "The requested range is not satisfiable");
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_RANGE, value);
        refusal.set_headers(headers);
    }
    refusal
}

/// Fills the members that GetObject and HeadObject share.
macro_rules! describe {
    ($output:expr, $found:expr, $wanted:expr, $input:expr) => {{
        let (object, output) = (&$found.object, &mut $output);
        let headers = object.headers.clone();
        output.accept_ranges = Some("bytes".into());
        output.content_length = i64::try_from($wanted.range.end - $wanted.range.start).ok();
        output.content_range = $wanted.shown.clone();
        output.e_tag = Some(record::etag(&object.etag));
        output.last_modified = Some($found.version.last_modified());
        output.version_id = $found.shown_id();
        let content_type = headers.content_type.unwrap_or_else(|| "binary/octet-stream".into());
        output.content_type = Some($input.response_content_type.clone().unwrap_or(content_type));
        output.content_encoding = $input.response_content_encoding.clone().or(headers.content_encoding);
        output.content_disposition = $input
            .response_content_disposition
            .clone()
            .or(headers.content_disposition);
        output.content_language = $input.response_content_language.clone().or(headers.content_language);
        output.cache_control = $input.response_cache_control.clone().or(headers.cache_control);
        output.expires = $input.response_expires.clone().or(headers.expires);
        output.website_redirect_location = headers.website_redirect;
        // STANDARD is not reported.
        output.storage_class = headers
            .storage_class
            .filter(|class| class != StorageClass::STANDARD)
            .map(StorageClass::from);
        output.metadata = (!headers.user.is_empty()).then(|| headers.user.into_iter().collect());
        output.parts_count = $input.part_number.and(object.parts).and_then(|n| i32::try_from(n).ok());
        output.tag_count = Some(object.tags.len())
            .filter(|n| *n > 0)
            .and_then(|n| i32::try_from(n).ok());
        set_encryption!(output, object.encryption);
        // The stored checksum is of the whole object.
        let whole = $wanted.shown.is_none();
        if whole
            && $input
                .checksum_mode
                .as_ref()
                .is_some_and(|mode| mode.as_str() == "ENABLED")
        {
            set_sum!(output, &object.sum);
        }
    }};
}

pub(super) async fn get_object(s3: &Arc<S3>, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    // A body can vanish between looking it up and opening it; the index then has a newer answer.
    for _ in 0..3 {
        if let Some(output) = try_get(s3, &input).await? {
            return Ok(output);
        }
    }
    Err(index::no_such_key())
}

async fn try_get(s3: &Arc<S3>, input: &GetObjectInput) -> S3Result<Option<GetObjectOutput>> {
    let found = find(
        &s3.env.store.read()?,
        &input.bucket,
        &input.key,
        input.version_id.as_deref(),
    )?;
    let conditions = Reading {
        matches: input.if_match.clone(),
        none_matches: input.if_none_match.clone(),
        modified_since: input.if_modified_since.clone(),
        unmodified_since: input.if_unmodified_since.clone(),
    };
    conditions.check(&found.version, &found.object)?;
    let wanted = wanted(&found.object, input.range, input.part_number)?;
    let mut pieces = pieces(&s3.blobs, &found.object, wanted.range.clone());
    if let Some(first) = pieces.first_mut() {
        match tokio::fs::File::open(&first.path).await {
            Ok(file) => first.file = Some(file),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(disk("open", &first.path, &source)),
        }
    }
    let mut output = GetObjectOutput {
        body: Some(stream(pieces)),
        ..Default::default()
    };
    describe!(output, found, wanted, input);
    Ok(Some(output))
}

pub(super) fn head_object(s3: &S3, input: &HeadObjectInput) -> S3Result<S3Response<HeadObjectOutput>> {
    let tx = s3.env.store.read()?;
    let found = find(&tx, &input.bucket, &input.key, input.version_id.as_deref())?;
    let conditions = Reading {
        matches: input.if_match.clone(),
        none_matches: input.if_none_match.clone(),
        modified_since: input.if_modified_since.clone(),
        unmodified_since: input.if_unmodified_since.clone(),
    };
    conditions.check(&found.version, &found.object)?;
    let wanted = wanted(&found.object, input.range, input.part_number)?;
    // HeadObjectOutput of s3s has no tag count, so the members go through GetObject's.
    let mut described = GetObjectOutput::default();
    describe!(described, found, wanted, input);
    let mut response = S3Response::new(head_output(described));
    if wanted.shown.is_some() {
        response.status = Some(http::StatusCode::PARTIAL_CONTENT);
    }
    if let Some(count) = Some(found.object.tags.len()).filter(|count| *count > 0) {
        response.headers.insert("x-amz-tagging-count", count.into());
    }
    Ok(response)
}

fn head_output(from: GetObjectOutput) -> HeadObjectOutput {
    HeadObjectOutput {
        accept_ranges: from.accept_ranges,
        bucket_key_enabled: from.bucket_key_enabled,
        cache_control: from.cache_control,
        checksum_crc32: from.checksum_crc32,
        checksum_crc32c: from.checksum_crc32c,
        checksum_crc64nvme: from.checksum_crc64nvme,
        checksum_sha1: from.checksum_sha1,
        checksum_sha256: from.checksum_sha256,
        checksum_type: from.checksum_type,
        content_disposition: from.content_disposition,
        content_encoding: from.content_encoding,
        content_language: from.content_language,
        content_length: from.content_length,
        content_range: from.content_range,
        content_type: from.content_type,
        e_tag: from.e_tag,
        expires: from.expires,
        last_modified: from.last_modified,
        metadata: from.metadata,
        parts_count: from.parts_count,
        ssekms_key_id: from.ssekms_key_id,
        server_side_encryption: from.server_side_encryption,
        storage_class: from.storage_class,
        version_id: from.version_id,
        website_redirect_location: from.website_redirect_location,
        ..Default::default()
    }
}

/// A stretch of one body file.
pub(super) struct Piece {
    pub path: PathBuf,
    pub start: u64,
    /// Bytes.
    pub length: u64,
    file: Option<tokio::fs::File>,
}

/// The stretches that make up `range` of an object.
pub(super) fn pieces(blobs: &Blobs, object: &Object, range: ops::Range<u64>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut offset = 0;
    for segment in &object.segments {
        let (begin, end) = (offset, offset + segment.size);
        offset = end;
        let (from, to) = (range.start.max(begin), range.end.min(end));
        if from < to {
            pieces.push(Piece {
                path: blobs.path(&segment.blob),
                start: from - begin,
                length: to - from,
                file: None,
            });
        }
    }
    pieces
}

fn stream(pieces: Vec<Piece>) -> StreamingBlob {
    let bytes = futures::stream::iter(pieces).then(read).try_flatten();
    let body = http_body_util::StreamBody::new(bytes.map_ok(Frame::data));
    StreamingBlob::from(Body::http_body_unsync(body))
}

async fn read(piece: Piece) -> std::io::Result<impl Stream<Item = std::io::Result<Bytes>>> {
    let mut file = match piece.file {
        Some(file) => file,
        None => tokio::fs::File::open(&piece.path).await?,
    };
    if piece.start > 0 {
        file.seek(SeekFrom::Start(piece.start)).await?;
    }
    let capacity = usize::try_from(piece.length.clamp(1, CHUNK)).unwrap_or(1);
    Ok(ReaderStream::with_capacity(file.take(piece.length), capacity))
}
