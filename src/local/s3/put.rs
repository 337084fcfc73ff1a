//! PutObject, and objects that come as a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::S3;
use super::checksum::{Algorithm, checksum_fields, declared, set_sum};
use super::chunked::Trailers;
use super::conditions::Writing;
use super::encryption::{Wanted, resolve, set_encryption};
use super::error::disk;
use super::receive::{Declared, receive};
use super::record::{Headers, Object, Segment, etag};
use super::{blob, checksum, index, names, tags};
use crate::local::error::AwsError;
use crate::local::store::Write;

/// The metadata members that PutObject, CreateMultipartUpload and CopyObject share.
macro_rules! headers {
    ($input:expr) => {
        $crate::local::s3::record::Headers {
            content_type: $input.content_type,
            content_encoding: $input.content_encoding,
            content_disposition: $input.content_disposition,
            content_language: $input.content_language,
            cache_control: $input.cache_control,
            expires: $input.expires,
            website_redirect: $input.website_redirect_location,
            storage_class: $input.storage_class.map(|class| class.as_str().to_owned()),
            user: $input.metadata.unwrap_or_default().into_iter().collect(),
        }
    };
}
pub(super) use headers;

pub(super) async fn put_object(s3: &Arc<S3>, req: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let trailers = req.extensions.get::<Trailers>().cloned();
    let input = req.input;
    names::check_key(&input.key)?;
    names::check_acl(input.acl.as_ref().map(ObjectCannedACL::as_str))?;
    names::check_unsupported(
        input.sse_customer_algorithm.is_some(),
        input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some(),
    )?;
    let declared = Declared {
        length: input.content_length,
        md5: input.content_md5.clone(),
        sum: declared(checksum_fields!(input))?,
        algorithm: algorithm(input.checksum_algorithm.as_ref())?,
        trailers,
    };
    let wanted = Wanted {
        algorithm: input.server_side_encryption,
        key: input.ssekms_key_id,
        bucket_key: input.bucket_key_enabled,
    };
    let conditions = Writing {
        matches: input.if_match,
        none_matches: input.if_none_match,
    };
    let tags = tags::from_header(input.tagging.as_deref())?;
    let headers = headers!(input);
    names::check_metadata(&headers)?;
    index::bucket(&s3.env.store.read()?, &input.bucket)?;
    let received = receive(&s3.blobs, input.body, declared).await?;

    let (bucket_name, key, this) = (input.bucket, input.key, Arc::clone(s3));
    s3.commit(move |change| {
        let bucket = index::bucket(change.tx, &bucket_name)?;
        conditions.check(index::latest(change.tx, &bucket_name, &key)?.as_ref())?;
        let object = Object {
            size: received.size,
            etag: received.md5,
            segments: vec![Segment {
                blob: change.store(received.fresh)?,
                size: received.size,
                sum: None,
            }],
            parts: None,
            sum: received.sum,
            headers,
            encryption: resolve(&this, change.tx, &bucket_name, wanted)?,
            tags,
        };
        let mut output = PutObjectOutput {
            e_tag: Some(etag(&object.etag)),
            ..Default::default()
        };
        set_sum!(output, &object.sum);
        set_encryption!(output, object.encryption);
        let version = index::insert(change, (&bucket_name, &bucket), &key, Some(object), this.now())?;
        output.version_id = index::shown_id(&bucket, &version);
        Ok(output)
    })
    .await
}

/// The algorithm named in `x-amz-sdk-checksum-algorithm` or `x-amz-checksum-algorithm`.
pub(super) fn algorithm(name: Option<&ChecksumAlgorithm>) -> S3Result<Option<Algorithm>> {
    name.map(|name| Algorithm::parse(name.as_str())).transpose()
}

/// Metadata of an object that is stored as a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectMeta {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    /// User metadata, names without `x-amz-meta-`.
    pub user: Vec<(String, String)>,
    /// MD5 of the file, if the writer has computed it; saves reading the file.
    pub md5: Option<[u8; 16]>,
}

/// See [`S3::put_file`].
pub(super) fn put_file(
    s3: &S3,
    bucket_name: &str,
    key: &str,
    body: &Path,
    meta: ObjectMeta,
    also: impl FnOnce(&Write) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    names::check_key(key)?;
    index::bucket(&s3.env.store.read()?, bucket_name)?;
    let (size, etag) = measure(body, meta.md5)?;
    let headers = Headers {
        content_type: meta.content_type,
        content_encoding: meta.content_encoding,
        user: meta.user,
        ..Headers::default()
    };
    let fresh = s3.blobs.reserve()?;
    blob::link(body, &fresh.path())?;
    s3.write(|change| -> Result<(), AwsError> {
        let bucket = index::bucket(change.tx, bucket_name)?;
        let object = Object {
            size,
            etag,
            segments: vec![Segment {
                blob: change.store(fresh)?,
                size,
                sum: None,
            }],
            parts: None,
            sum: None,
            headers,
            encryption: resolve(s3, change.tx, bucket_name, Wanted::default())?,
            tags: Vec::new(),
        };
        index::insert(change, (bucket_name, &bucket), key, Some(object), s3.now())?;
        also(change.tx)
    })?;
    std::fs::remove_file(body).map_err(|source| disk("remove", body, &source))?;
    Ok(())
}

/// Size in bytes and MD5 in hexadecimal of a file.
fn measure(path: &Path, known: Option<[u8; 16]>) -> S3Result<(u64, String)> {
    let failed = |source: std::io::Error| disk("read", path, &source);
    let mut file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if let Some(md5) = known {
        return Ok((size, checksum::hex(&md5)));
    }
    let mut hasher = Md5::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok((size, checksum::hex(&hasher.finalize()))),
            n => hasher.update(&buffer[..n]),
        }
    }
}
