//! Takes a request's body to disk, hashing on the way.

use std::fs::File;
use std::io::{Read, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use md5::{Digest, Md5};
use s3s::dto::StreamingBlob;
use s3s::stream::ByteStream;
use s3s::{S3Error, S3ErrorCode, S3Result};
use tokio::task::JoinHandle;

use super::blob::{Blobs, Fresh};
use super::checksum::{self, Algorithm, Hasher, Sum};
use super::chunked::Trailers;
use super::error::{blocking, custom, disk, error};

/// Bytes gathered before a hand-over to the disk thread; two such batches are in memory at most.
const BATCH: usize = 1 << 20;

/// Largest body of one request: 5 GiB. Source: S3 user guide, "Uploading objects".
const LARGEST: u64 = 5 << 30;

/// What the request says about its body.
#[derive(Default)]
pub(super) struct Declared {
    pub length: Option<i64>,
    pub md5: Option<String>,
    /// In a header.
    pub sum: Option<(Algorithm, String)>,
    /// Wanted by `x-amz-sdk-checksum-algorithm` or the upload.
    pub algorithm: Option<Algorithm>,
    /// After the body.
    pub trailers: Option<Trailers>,
}

/// A body on disk, not yet in the index.
pub(super) struct Received {
    pub fresh: Fresh,
    pub size: u64,
    /// Hexadecimal.
    pub md5: String,
    pub sum: Option<Sum>,
}

/// Writes while hashing.
pub(super) struct Sink {
    fresh: Fresh,
    file: File,
    size: u64,
    md5: Md5,
    hasher: Option<(Algorithm, Hasher)>,
}

impl Sink {
    pub fn new(blobs: &Arc<Blobs>, algorithm: Option<Algorithm>) -> S3Result<Self> {
        let fresh = blobs.reserve()?;
        let file = fresh.create()?;
        Ok(Self {
            fresh,
            file,
            size: 0,
            md5: Md5::new(),
            hasher: algorithm.map(|algorithm| (algorithm, algorithm.hasher())),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> S3Result<()> {
        self.md5.update(bytes);
        if let Some((_, hasher)) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.size += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|source| disk("write", &self.fresh.path(), &source))
    }

    /// Copies everything `from` has.
    pub fn write_from(&mut self, mut from: impl Read) -> S3Result<()> {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => self.write(&buffer[..n])?,
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(error(S3ErrorCode::InternalError, source.to_string())),
            }
        }
    }

    pub fn finish(self) -> Received {
        Received {
            fresh: self.fresh,
            size: self.size,
            md5: checksum::hex(&self.md5.finalize()),
            sum: self.hasher.map(|(algorithm, hasher)| Sum {
                algorithm,
                value: hasher.finish(),
                composite: false,
            }),
        }
    }
}

/// Takes the body and verifies all that was declared about it.
///
/// # Errors
/// `BadDigest`, `InvalidDigest`, `IncompleteBody`, `EntityTooLarge`, `MissingContentLength`.
pub(super) async fn receive(blobs: &Arc<Blobs>, body: Option<StreamingBlob>, declared: Declared) -> S3Result<Received> {
    let length = expected_length(&declared, body.as_ref())?;
    let md5 = declared.md5.as_deref().map(checksum::content_md5).transpose()?;
    let trailing = declared.trailers.as_ref().and_then(Trailers::announced);
    if let Some((algorithm, value)) = &declared.sum {
        algorithm.decode(value)?;
    }
    let header = declared.sum.as_ref().map(|(algorithm, _)| *algorithm);
    let sink = Sink::new(blobs, header.or(trailing).or(declared.algorithm))?;
    let received = drain(sink, body).await?;
    if received.size != length {
        return Err(incomplete());
    }
    if md5.is_some_and(|md5| checksum::hex(&md5) != received.md5) {
        return Err(bad_digest("Content-MD5"));
    }
    if let Some((algorithm, value)) = &declared.sum {
        verify(&received, *algorithm, value)?;
    }
    if let (Some(algorithm), Some(trailers)) = (trailing, &declared.trailers) {
        let value = trailers.checksum(algorithm).ok_or_else(|| {
            let message = format!(
                "The trailer for {} announced in x-amz-trailer is missing",
                algorithm.name()
            );
            custom(http::StatusCode::BAD_REQUEST, "MalformedTrailerError", message)
        })?;
        algorithm.decode(&value)?;
        verify(&received, algorithm, &value)?;
    }
    Ok(received)
}

fn expected_length(declared: &Declared, body: Option<&StreamingBlob>) -> S3Result<u64> {
    let known = declared.length.and_then(|length| u64::try_from(length).ok());
    let exact = body.map_or(Some(0), |body| body.remaining_length().exact().map(|n| n as u64));
    let length = known.or(exact).ok_or_else(|| {
        let message = "You must provide the Content-Length HTTP header.";
        error(S3ErrorCode::MissingContentLength, message)
    })?;
    if length > LARGEST {
        let message = "Your proposed upload exceeds the maximum allowed size";
        return Err(error(S3ErrorCode::EntityTooLarge, message));
    }
    Ok(length)
}

/// The disk thread hashes and writes one batch while the next one arrives.
async fn drain(sink: Sink, body: Option<StreamingBlob>) -> S3Result<Received> {
    let mut idle = Some(sink);
    let mut busy: Option<JoinHandle<S3Result<Sink>>> = None;
    let (mut batch, mut gathered) = (Vec::new(), 0);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|source| with_source(incomplete(), source))?;
            gathered += chunk.len();
            batch.push(chunk);
            if gathered >= BATCH {
                let sink = rest(&mut idle, &mut busy).await?;
                let full = std::mem::take(&mut batch);
                busy = Some(tokio::task::spawn_blocking(move || write_all(sink, full)));
                gathered = 0;
            }
        }
    }
    let sink = rest(&mut idle, &mut busy).await?;
    blocking(move || write_all(sink, batch).map(Sink::finish)).await
}

async fn rest(idle: &mut Option<Sink>, busy: &mut Option<JoinHandle<S3Result<Sink>>>) -> S3Result<Sink> {
    let stopped = || error(S3ErrorCode::InternalError, "the disk thread stopped");
    match busy.take() {
        Some(writing) => writing.await.map_err(|_| stopped())?,
        None => idle.take().ok_or_else(stopped),
    }
}

fn write_all(mut sink: Sink, batch: Vec<Bytes>) -> S3Result<Sink> {
    for bytes in batch {
        sink.write(&bytes)?;
    }
    Ok(sink)
}

fn verify(received: &Received, algorithm: Algorithm, value: &str) -> S3Result<()> {
    match &received.sum {
        Some(sum) if sum.algorithm == algorithm && sum.value == value => Ok(()),
        _ => Err(bad_digest(algorithm.name())),
    }
}

pub(super) fn bad_digest(what: &str) -> S3Error {
    error(
        S3ErrorCode::BadDigest,
        format!("The {what} you specified did not match the calculated checksum."),
    )
}

fn incomplete() -> S3Error {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    error(S3ErrorCode::IncompleteBody, message)
}

fn with_source(mut error: S3Error, source: s3s::StdError) -> S3Error {
    error.set_source(source);
    error
}
