//! CompleteMultipartUpload.
//!
//! No byte is copied: the object's body is the list of the parts' files.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::S3;
use super::blob::Blobs;
use super::checksum::{self, Algorithm, Sum, checksum_fields, declared, set_sum};
use super::conditions::Writing;
use super::encryption::set_encryption;
use super::error::{blocking, disk, error};
use super::index;
use super::receive::bad_digest;
use super::record::{Object, Segment, etag};
use super::uploads::{self, Part, Upload};

/// Smallest part but the last, in bytes. Source: S3 user guide, "Amazon S3 multipart upload limits".
const SMALLEST_PART: u64 = 5 << 20;

pub(super) async fn complete(
    s3: &Arc<S3>,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let this = Arc::clone(s3);
    blocking(move || run(&this, input)).await
}

fn run(s3: &S3, input: CompleteMultipartUploadInput) -> S3Result<CompleteMultipartUploadOutput> {
    let at = uploads::entry(&input.bucket, &input.key, &input.upload_id);
    let listed = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.as_deref());
    let assembled = {
        let tx = s3.env.store.read()?;
        let upload = uploads::find(&tx, &input.bucket, &at)?;
        let came = uploads::parts(&tx, &input.upload_id)?;
        let parts = choose(listed.unwrap_or_default(), came, &upload)?;
        Assembled::new(upload, parts, &s3.blobs)?
    };
    check_declared(&input, &assembled)?;
    let conditions = Writing {
        matches: input.if_match,
        none_matches: input.if_none_match,
    };
    let (name, key, upload_id) = (input.bucket, input.key, input.upload_id);
    s3.write(|change| {
        let bucket = index::bucket(change.tx, &name)?;
        uploads::find(change.tx, &name, &at)?;
        conditions.check(index::latest(change.tx, &name, &key)?.as_ref())?;
        let object = assembled.object;
        // A part that was uploaded again since it was looked at has another body now.
        let current: HashSet<_> = uploads::parts(change.tx, &upload_id)?
            .into_iter()
            .map(|(_, part)| part.blob)
            .collect();
        if object.segments.iter().any(|segment| !current.contains(&segment.blob)) {
            return Err(invalid_part());
        }
        let kept: HashSet<_> = object.segments.iter().map(|segment| segment.blob.as_str()).collect();
        uploads::remove(change, &at, &upload_id, |part| !kept.contains(part.blob.as_str()))?;
        let mut output = CompleteMultipartUploadOutput {
            e_tag: Some(etag(&object.etag)),
            location: Some(format!("http://s3.{}.amazonaws.com/{name}/{key}", s3.env.region())),
            ..Default::default()
        };
        set_sum!(output, &object.sum);
        set_encryption!(output, object.encryption);
        let version = index::insert(change, (&name, &bucket), &key, Some(object), s3.now())?;
        output.version_id = index::shown_id(&bucket, &version);
        output.bucket = Some(name.clone());
        output.key = Some(key.clone());
        Ok(output)
    })
}

fn invalid_part() -> S3Error {
    let message = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    error(S3ErrorCode::InvalidPart, message)
}

/// The parts that the request lists, which must be in order, all there, and none but the last too small.
fn choose(listed: &[CompletedPart], came: Vec<(i32, Part)>, upload: &Upload) -> S3Result<Vec<Part>> {
    if listed.is_empty() {
        let message = "You must specify at least one part";
        return Err(error(S3ErrorCode::InvalidRequest, message));
    }
    let numbers: Vec<i32> = listed.iter().map(|part| part.part_number.unwrap_or(0)).collect();
    if numbers.windows(2).any(|pair| pair[0] >= pair[1]) {
        let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
        return Err(error(S3ErrorCode::InvalidPartOrder, message));
    }
    let mut came = came.into_iter().peekable();
    let mut chosen = Vec::with_capacity(listed.len());
    for (wanted, number) in listed.iter().zip(numbers) {
        while came.next_if(|(other, _)| *other < number).is_some() {}
        let (_, part) = came.next_if(|(other, _)| *other == number).ok_or_else(invalid_part)?;
        if wanted.e_tag.as_ref().is_none_or(|tag| tag.value() != part.md5) {
            return Err(invalid_part());
        }
        check_part_sum(wanted, &part, upload)?;
        chosen.push(part);
    }
    let all_but_last = chosen.len() - 1;
    if chosen[..all_but_last].iter().any(|part| part.size < SMALLEST_PART) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        return Err(error(S3ErrorCode::EntityTooSmall, message));
    }
    Ok(chosen)
}

fn check_part_sum(wanted: &CompletedPart, part: &Part, upload: &Upload) -> S3Result<()> {
    match declared(checksum_fields!(wanted))? {
        Some((algorithm, value)) => {
            let same = part
                .sum
                .as_ref()
                .is_some_and(|sum| sum.algorithm == algorithm && sum.value == value);
            if same { Ok(()) } else { Err(invalid_part()) }
        }
        None if upload.composite && upload.algorithm.is_some() => {
            let message = format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {} in the request.",
                upload.algorithm.map_or("", Algorithm::name).to_lowercase(),
                wanted.part_number.unwrap_or(0)
            );
            Err(error(S3ErrorCode::InvalidRequest, message))
        }
        None => Ok(()),
    }
}

/// What the client says about the whole object.
fn check_declared(input: &CompleteMultipartUploadInput, assembled: &Assembled) -> S3Result<()> {
    let object = &assembled.object;
    if input
        .mpu_object_size
        .is_some_and(|size| u64::try_from(size).ok() != Some(object.size))
    {
        let message = format!(
            "The provided 'x-amz-mp-object-size' header does not match what was computed: {}",
            object.size
        );
        return Err(error(S3ErrorCode::InvalidRequest, message));
    }
    let Some((algorithm, value)) = declared(checksum_fields!(input))? else {
        return Ok(());
    };
    let same = object.sum.as_ref().is_some_and(|sum| {
        // A composite checksum may come without its number of parts.
        let bare = sum.value.split('-').next().unwrap_or_default();
        sum.algorithm == algorithm && (sum.value == value || (sum.composite && bare == value))
    });
    if same {
        Ok(())
    } else {
        Err(bad_digest(algorithm.name()))
    }
}

struct Assembled {
    object: Object,
}

impl Assembled {
    fn new(upload: Upload, parts: Vec<Part>, blobs: &Blobs) -> S3Result<Self> {
        let mut md5 = Md5::new();
        for part in &parts {
            md5.update(checksum::unhex(&part.md5)?);
        }
        let sum = match upload.algorithm {
            None => None,
            Some(algorithm) if upload.composite => Some(composite(algorithm, &parts)?),
            Some(algorithm) => Some(full(algorithm, &parts, blobs)?),
        };
        let object = Object {
            size: parts.iter().map(|part| part.size).sum(),
            etag: format!("{}-{}", checksum::hex(&md5.finalize()), parts.len()),
            parts: u32::try_from(parts.len()).ok(),
            segments: parts
                .into_iter()
                .map(|part| Segment {
                    blob: part.blob,
                    size: part.size,
                    sum: part.sum.map(|sum| sum.value),
                })
                .collect(),
            sum,
            headers: upload.headers,
            encryption: upload.encryption,
            tags: upload.tags,
        };
        Ok(Self { object })
    }
}

fn composite(algorithm: Algorithm, parts: &[Part]) -> S3Result<Sum> {
    let values: Vec<String> = parts
        .iter()
        .filter_map(|part| part.sum.as_ref().map(|sum| sum.value.clone()))
        .collect();
    algorithm.composite(&values)
}

/// Reads everything once more. CRCs could be combined instead, but no crate here combines all three.
fn full(algorithm: Algorithm, parts: &[Part], blobs: &Blobs) -> S3Result<Sum> {
    let mut hasher = algorithm.hasher();
    let mut buffer = vec![0; 256 << 10];
    for part in parts {
        let path = blobs.path(&part.blob);
        let failed = |source: std::io::Error| disk("read", &path, &source);
        let mut file = File::open(&path).map_err(failed)?;
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
    }
    Ok(Sum {
        algorithm,
        value: hasher.finish(),
        composite: false,
    })
}
