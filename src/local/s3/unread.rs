//! Tells clients when a refusal leaves their body unread.
//!
//! A client that waits for `100 Continue` gets a refusal before it has sent its body, and would use the
//! connection for its next request, while the server still expects the body. So such answers carry
//! `Connection: close`, as AWS's do. Source: RFC 9110, 10.1.1; RFC 9112, 9.6.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::{Body as _, Frame, SizeHint};
use s3s::{Body, HttpRequest, HttpResponse, StdError};

/// Whether a request's body was read to its end.
pub(super) struct Progress(Arc<AtomicBool>);

impl Progress {
    /// Watches the body of a request that comes over a connection.
    pub fn watch(request: HttpRequest) -> (HttpRequest, Self) {
        let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let progress = Self(Arc::clone(&read));
        if request.body().bytes().is_some() {
            // It is here already.
            read.store(true, Ordering::Relaxed);
            return (request, progress);
        }
        let watched = request.map(|body| Body::http_body_unsync(Watched { body, read }));
        (watched, progress)
    }

    pub fn mark(&self, response: &mut HttpResponse) {
        if !self.0.load(Ordering::Relaxed) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
    }
}

struct Watched {
    body: Body,
    read: Arc<AtomicBool>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
