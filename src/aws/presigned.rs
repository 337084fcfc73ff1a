//! Files that a service hands out by a presigned URL: whoever has the URL may read them for a while, nobody else.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>

use std::fmt;

use aws_sdk_sts::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use bytes::Bytes;

use super::error::{Error, ErrorKind, failure};

/// A URL that is a secret: it is shown without its query, which holds the signature.
#[derive(Clone)]
pub struct PresignedUrl(http::Uri);

/// Marks a request whose URI is a secret.
#[derive(Debug)]
pub(super) struct SecretUri;

impl Storable for SecretUri {
    type Storer = StoreReplace<Self>;
}

impl PresignedUrl {
    /// `None` for anything but an absolute `https` URL.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        (uri.scheme_str() == Some("https") && uri.host().is_some()).then_some(Self(uri))
    }

    /// The whole file. `what` names it in errors.
    ///
    /// The request is a GetObject of the SDK, for its connections, timeouts and repetitions, sent to the URL as it is.
    ///
    /// # Errors
    /// The URL's time is over, or its host does not answer.
    pub async fn download(&self, s3: &aws_sdk_s3::Client, what: &str) -> Result<Bytes, Error> {
        // Neither name is sent: the URL takes the place of the address they would make.
        let request = s3.get_object().bucket("presigned").key("file");
        let answer = request.customize().interceptor(self.clone()).send().await;
        let answer = answer.map_err(|error| failure("s3", "GetObject", what, error))?;
        let body = answer.body.collect().await.map_err(|error| {
            let message = format!("the connection ended early: {error}");
            Error::new("s3", "GetObject", what, ErrorKind::Unreachable, message)
        })?;
        Ok(body.into_bytes())
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map(http::uri::Authority::as_str);
        write!(f, "https://{}{}?...", authority.unwrap_or_default(), self.0.path())
    }
}

impl Intercept for PresignedUrl {
    fn name(&self) -> &'static str {
        "PresignedUrl"
    }

    /// After signing. S3 takes one way of authentication only, and headers `x-amz-*` only where the URL's signature
    /// covers them; the caller's own signature and session token are not for the host of a URL that was handed out.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let names: Vec<String> = request.headers().iter().map(|(name, _)| name.to_owned()).collect();
        for name in names.iter().filter(|name| *name != "user-agent") {
            request.headers_mut().remove(name);
        }
        request.set_uri(self.0.to_string())?;
        cfg.interceptor_state().store_put(SecretUri);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::script::{Answer, Script};

    const URL: &str = "https://bucket.s3.us-east-1.amazonaws.com/a%20b/c.pdf?X-Amz-Date=1&X-Amz-Signature=secret";

    #[tokio::test]
    async fn the_url_is_sent_as_it_is_without_our_own_signature() {
        let script = Script::new(|_| Answer::xml("content"));
        let clients = script.clients().await;
        let url = PresignedUrl::parse(URL).unwrap();
        assert_eq!(url.download(&clients.s3, "a file").await.unwrap(), "content");
        let [request] = &script.seen()[..] else {
            panic!("one request")
        };
        assert_eq!(request.path, "/a%20b/c.pdf?X-Amz-Date=1&X-Amz-Signature=secret");
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["user-agent"]);
    }

    #[tokio::test]
    async fn the_signature_is_in_no_record_no_error_and_no_debug_output() {
        let dir = tempfile::tempdir().unwrap();
        let record = dir.path().join("requests.jsonl");
        let script = Script::new(|_| Answer::s3_error(403, "AccessDenied"));
        let clients = script.recorded(&record).await;
        let url = PresignedUrl::parse(URL).unwrap();
        let error = url.download(&clients.s3, "a file").await.unwrap_err();
        assert!(
            error.is(ErrorKind::AccessDenied) && error.to_string().contains("a file"),
            "{error}"
        );
        let recorded = std::fs::read_to_string(record).unwrap();
        assert!(recorded.contains("/a%20b/c.pdf"), "{recorded}");
        for text in [recorded, format!("{error} {error:?}"), format!("{url:?}")] {
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn only_https_is_taken() {
        for url in ["http://h/x?s", "s3://bucket/key", "/x", "", "https://"] {
            assert!(PresignedUrl::parse(url).is_none(), "{url}");
        }
    }
}
