//! The `aws-chunked` content encoding, signed or not, with or without trailers.
//! Source: S3 API reference, "Signature calculations: transferring a payload in multiple chunks".
//!
//! Chunk signatures are not verified, as no signature is.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use s3s::{Body, StdError};

use super::checksum::Algorithm;

/// Longest chunk header or trailer line, in bytes.
const LINE: usize = 8 << 10;

/// Headers that follow a body; filled when the body has been read.
#[derive(Clone, Default)]
pub(super) struct Trailers {
    announced: Option<Algorithm>,
    received: Arc<Mutex<HeaderMap>>,
}

impl Trailers {
    /// From the value of `x-amz-trailer`.
    pub fn new(announced: Option<&str>) -> Self {
        Self {
            announced: announced.and_then(|names| {
                names
                    .split(',')
                    .find_map(|name| Algorithm::from_header(&name.trim().to_ascii_lowercase()))
            }),
            received: Arc::default(),
        }
    }

    /// The checksum that is going to come.
    pub fn announced(&self) -> Option<Algorithm> {
        self.announced
    }

    /// The checksum that came.
    pub fn checksum(&self, algorithm: Algorithm) -> Option<String> {
        let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.get(&name)?.to_str().ok().map(str::to_owned)
    }

    fn add(&self, line: &str) {
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        let parsed = (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim()));
        if let (Ok(name), Ok(value)) = parsed {
            let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
            received.insert(name, value);
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ChunkError {
    #[error("aws-chunked: the body ends inside a chunk")]
    Truncated,
    #[error("aws-chunked: {0:?} is not a chunk's size")]
    Size(String),
    #[error("aws-chunked: a chunk does not end with CRLF, or a line is too long")]
    Framing,
}

/// Decodes `body`; its trailers go to `trailers`.
pub(super) fn decode(body: Body, trailers: Trailers) -> Body {
    let decoder = Decoder {
        body,
        buffer: BytesMut::new(),
        trailers,
        state: State::Header,
    };
    Body::http_body_unsync(http_body_util::StreamBody::new(decoder.stream()))
}

struct Decoder {
    body: Body,
    buffer: BytesMut,
    trailers: Trailers,
    state: State,
}

enum State {
    Header,
    /// Bytes left of the chunk.
    Data(u64),
    Trailer,
    Done,
}

impl Decoder {
    fn stream(self) -> impl Stream<Item = Result<Frame<Bytes>, StdError>> {
        futures::stream::try_unfold(self, |mut decoder| async move {
            let piece = decoder.next().await?;
            Ok(piece.map(|bytes| (Frame::data(bytes), decoder)))
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StdError> {
        loop {
            match self.state {
                State::Header => {
                    let line = self.line().await?.ok_or(ChunkError::Truncated)?;
                    let size = line.split(';').next().unwrap_or_default().trim();
                    let size = u64::from_str_radix(size, 16).map_err(|_| ChunkError::Size(size.to_owned()))?;
                    self.state = if size == 0 { State::Trailer } else { State::Data(size) };
                }
                State::Data(left) => {
                    if self.buffer.is_empty() && !self.fill().await? {
                        return Err(ChunkError::Truncated.into());
                    }
                    let take = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let piece = self.buffer.split_to(take).freeze();
                    self.state = State::Data(left - take as u64);
                    if left == take as u64 {
                        self.end_of_chunk().await?;
                    }
                    return Ok(Some(piece));
                }
                State::Trailer => match self.line().await? {
                    Some(line) if !line.is_empty() => self.trailers.add(&line),
                    _ => self.state = State::Done,
                },
                State::Done => {
                    // The rest is drained, so that the connection can be used again.
                    self.buffer.clear();
                    if !self.fill().await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn end_of_chunk(&mut self) -> Result<(), StdError> {
        match self.line().await? {
            Some(line) if line.is_empty() => self.state = State::Header,
            _ => return Err(ChunkError::Framing.into()),
        }
        Ok(())
    }

    /// The next line without its CRLF; `None` at the end of the body.
    async fn line(&mut self) -> Result<Option<String>, StdError> {
        loop {
            if let Some(end) = self.buffer.windows(2).take(LINE).position(|pair| pair == b"\r\n") {
                let line = self.buffer.split_to(end);
                self.buffer.advance(2);
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            if self.buffer.len() > LINE {
                return Err(ChunkError::Framing.into());
            }
            if !self.fill().await? {
                let rest = String::from_utf8_lossy(&self.buffer).trim().to_owned();
                self.buffer.clear();
                return Ok((!rest.is_empty()).then_some(rest));
            }
        }
    }

    /// Reads more; false at the end of the body.
    async fn fill(&mut self) -> Result<bool, StdError> {
        match self.body.next().await.transpose()? {
            Some(bytes) if self.buffer.is_empty() => self.buffer = BytesMut::from(bytes),
            Some(bytes) => self.buffer.extend_from_slice(&bytes),
            None => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn decoded(wire: &'static [u8], cut: usize) -> Result<(Vec<u8>, Option<String>), String> {
        let pieces: Vec<Result<Frame<Bytes>, StdError>> = wire
            .chunks(cut)
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece))))
            .collect();
        let body = Body::http_body_unsync(http_body_util::StreamBody::new(futures::stream::iter(pieces)));
        let trailers = Trailers::new(Some("x-amz-checksum-crc32"));
        let mut body = decode(body, trailers.clone());
        let mut all = Vec::new();
        while let Some(piece) = body.next().await {
            all.extend_from_slice(&piece.map_err(|error| error.to_string())?);
        }
        Ok((all, trailers.checksum(Algorithm::Crc32)))
    }

    #[tokio::test]
    async fn decodes_signed_chunks_and_trailers_however_they_are_cut() {
        let wire = b"5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n\r\n\r\n!!\r\n0;chunk-signature=ef\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:12\r\n\r\n";
        for cut in [1, 2, 3, 7, 1000] {
            let (body, sum) = decoded(wire, cut).await.unwrap();
            assert_eq!(body, b"hello\r\n\r\n!!", "cut {cut}");
            assert_eq!(sum.as_deref(), Some("AAAAAA=="), "cut {cut}");
        }
    }

    #[tokio::test]
    async fn refuses_damaged_framing() {
        for (wire, wrong) in [
            (&b"5\r\nhel"[..], "ends inside"),
            (b"5\r\nhelloX\r\n0\r\n\r\n", "CRLF"),
            (b"zz\r\nhello\r\n0\r\n\r\n", "size"),
            (b"5\r\nhello\r\n", "ends inside"),
        ] {
            let error = decoded(wire, 4).await.unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
