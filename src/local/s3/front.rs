//! What happens to a request before `s3s` sees it, so that any credentials are accepted.
//!
//! `s3s` verifies signatures or refuses signed requests. Users of an emulator have made-up credentials of
//! their own, so authorization is taken off here, with header, presigned query (its expiry is honoured)
//! and `aws-chunked` framing. Some members that `s3s` does not know are handled here, too.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use jiff::Timestamp;
use jiff::civil::DateTime;
use s3s::host::{S3Host, VirtualHost};
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpRequest, HttpResponse, S3Error, S3ErrorCode, S3Result};

use super::chunked::{self, Trailers};
use super::error::error;
use super::tags;
use super::unread::Progress;
use crate::local::env::Env;

/// Largest CreateBucket body, in bytes.
const CREATE_BUCKET: usize = 64 << 10;

/// S3 over HTTP.
#[derive(Clone)]
pub(crate) struct Endpoint {
    service: S3Service,
    env: Arc<Env>,
}

impl Endpoint {
    pub fn new(service: S3Service, env: Arc<Env>) -> Self {
        Self { service, env }
    }

    /// Answers one request.
    ///
    /// # Errors
    /// Only if an answer cannot be formed at all; refusals are answers.
    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let head = request.method() == Method::HEAD;
        let (request, progress) = Progress::watch(request);
        let mut response = match self.prepare(request).await {
            Ok(request) => self.service.call(request).await?,
            Err(refusal) => refusal
                .to_http_response()
                .map_err(|error| HttpError::new(error.into()))?,
        };
        progress.mark(&mut response);
        // HTTP has no bodies here, and without a socket nobody else strips them.
        if head || response.status() == StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::empty();
        }
        Ok(response)
    }

    async fn prepare(&self, mut request: HttpRequest) -> S3Result<HttpRequest> {
        self.take_off_authorization(&mut request)?;
        ensure_host(&mut request);
        self.check_expected_owner(request.headers())?;
        drop_malformed_range(request.headers_mut());
        let mut request = take_off_chunks(request);
        if creates_bucket(&request) {
            request = take_off_bucket_tags(request).await?;
        }
        Ok(request)
    }

    fn take_off_authorization(&self, request: &mut HttpRequest) -> S3Result<()> {
        let signed = request.headers_mut().remove(header::AUTHORIZATION);
        if let Some(region) = signed.as_ref().and_then(|value| signing_region(value.to_str().ok()?)) {
            request.extensions_mut().insert(SigningRegion(region.to_owned()));
        }
        let Some(query) = request.uri().query() else {
            return Ok(());
        };
        let presigned = Presigned::read(query);
        if presigned.expires.is_some_and(|at| at < self.env.now()) {
            return Err(error(S3ErrorCode::AccessDenied, "Request has expired"));
        }
        let (rest, hoisted) = (presigned.rest.join("&"), presigned.headers);
        for (name, value) in hoisted {
            request.headers_mut().entry(name).or_insert(value);
        }
        let path = request.uri().path();
        let target = if rest.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{rest}")
        };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = target.parse().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
        Ok(())
    }

    fn check_expected_owner(&self, headers: &HeaderMap) -> S3Result<()> {
        for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
            if headers
                .get(name)
                .is_some_and(|owner| owner.as_bytes() != self.env.account().as_bytes())
            {
                return Err(error(S3ErrorCode::AccessDenied, "Access Denied"));
            }
        }
        Ok(())
    }
}

/// The region that a request was signed for, so the region whose endpoint its client believes to talk to.
#[derive(Clone, Debug)]
pub(super) struct SigningRegion(pub String);

/// From `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/s3/aws4_request, ...`.
fn signing_region(authorization: &str) -> Option<&str> {
    let (_, rest) = authorization.split_once("Credential=")?;
    let scope = rest.split(',').next()?;
    scope.rsplit('/').nth(2)
}

/// A query taken apart.
#[derive(Default)]
struct Presigned<'a> {
    expires: Option<Timestamp>,
    /// Headers that the signer moved into the query.
    headers: Vec<(HeaderName, HeaderValue)>,
    rest: Vec<&'a str>,
}

impl<'a> Presigned<'a> {
    fn read(query: &'a str) -> Self {
        let v2 = query.contains("AWSAccessKeyId=");
        let mut presigned = Self::default();
        let (mut date, mut seconds) = (None, None);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for (raw, (name, value)) in pairs.zip(form_urlencoded::parse(query.as_bytes())) {
            match name.to_ascii_lowercase().as_str() {
                "x-amz-date" => date = DateTime::strptime("%Y%m%dT%H%M%SZ", value.as_ref()).ok(),
                "x-amz-expires" => seconds = value.parse::<i64>().ok(),
                "x-amz-algorithm"
                | "x-amz-credential"
                | "x-amz-signedheaders"
                | "x-amz-signature"
                | "x-amz-security-token" => {}
                "awsaccesskeyid" | "signature" if v2 => {}
                "expires" if v2 => {
                    presigned.expires = value.parse().ok().and_then(|at| Timestamp::from_second(at).ok())
                }
                name if name.starts_with("x-amz-") => {
                    if let (Ok(name), Ok(value)) = (name.parse(), HeaderValue::from_str(&value)) {
                        presigned.headers.push((name, value));
                    }
                }
                _ => presigned.rest.push(raw),
            }
        }
        if let (Some(date), Some(seconds)) = (date, seconds) {
            let signed = date
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
                .map(|zoned| zoned.timestamp());
            presigned.expires = signed.and_then(|at| at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok());
        }
        presigned
    }
}

/// Without a socket the host is only in the URI.
fn ensure_host(request: &mut HttpRequest) {
    if !request.headers().contains_key(header::HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(header::HOST, value);
    }
}

/// A Range header that is not one range is ignored. Source: RFC 9110, 14.2; S3 serves the whole object.
fn drop_malformed_range(headers: &mut HeaderMap) {
    let malformed = headers.get(header::RANGE).is_some_and(|range| {
        range
            .to_str()
            .ok()
            .is_none_or(|range| s3s::dto::Range::parse(range).is_err())
    });
    if malformed {
        headers.remove(header::RANGE);
    }
}

fn take_off_chunks(request: HttpRequest) -> HttpRequest {
    let (mut parts, mut body) = request.into_parts();
    let headers = &mut parts.headers;
    let payload = headers.remove("x-amz-content-sha256");
    let chunked = payload.is_some_and(|payload| payload.as_bytes().starts_with(b"STREAMING-"));
    if chunked {
        let announced = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok());
        let trailers = Trailers::new(announced);
        body = chunked::decode(body, trailers.clone());
        parts.extensions.insert(trailers);
        headers.remove(header::CONTENT_LENGTH);
        if let Some(length) = headers.remove("x-amz-decoded-content-length") {
            headers.insert(header::CONTENT_LENGTH, length);
        }
        strip_encoding(headers);
    }
    HttpRequest::from_parts(parts, body)
}

/// `aws-chunked` is a matter of transport; what remains is the object's own encoding.
fn strip_encoding(headers: &mut HeaderMap) {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let kept: Vec<_> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    let kept = (!kept.is_empty()).then(|| HeaderValue::from_str(&kept.join(",")).ok());
    headers.remove(header::CONTENT_ENCODING);
    if let Some(Some(value)) = kept {
        headers.insert(header::CONTENT_ENCODING, value);
    }
}

fn creates_bucket(request: &HttpRequest) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let plain = query
        .split('&')
        .all(|pair| pair.is_empty() || pair.starts_with("x-id="));
    let path = request.uri().path().trim_matches('/');
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let of_bucket = match host.and_then(bucket_of) {
        Some(_) => path.is_empty(),
        None => !path.is_empty() && !path.contains('/'),
    };
    request.method() == Method::PUT && plain && of_bucket
}

/// CreateBucketConfiguration's `Tags`, which `s3s` does not know. Goes along as an extension.
async fn take_off_bucket_tags(request: HttpRequest) -> S3Result<HttpRequest> {
    let (mut parts, mut body) = request.into_parts();
    let too_large = |source| S3Error::with_source(S3ErrorCode::MaxMessageLengthExceeded, source);
    let xml = body.store_all_limited(CREATE_BUCKET).await.map_err(too_large)?;
    let (rest, tags) = tags::split_create_bucket(&xml)?;
    parts.headers.insert(header::CONTENT_LENGTH, rest.len().into());
    parts.extensions.insert(tags);
    Ok(HttpRequest::from_parts(parts, Body::from(Bytes::from(rest))))
}

/// Bucket names in host names: `bucket.localhost`, `bucket.s3.localhost.localstack.cloud` and AWS's own.
pub(super) struct Hosts;

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let virtual_host = VirtualHost::new(host);
        Ok(match bucket_of(host) {
            Some(bucket) => virtual_host.with_bucket(bucket),
            None => virtual_host,
        })
    }
}

fn bucket_of(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    for domain in [
        ".s3.localhost.localstack.cloud",
        ".s3.localhost",
        ".localhost",
        ".s3.amazonaws.com",
    ] {
        if let Some(bucket) = name.strip_suffix(domain) {
            return (bucket != "s3").then_some(bucket);
        }
    }
    // bucket.s3.<region>.amazonaws.com
    let name = name.strip_suffix(".amazonaws.com")?;
    let (rest, region) = name.rsplit_once('.')?;
    let bucket = rest.strip_suffix(".s3")?;
    (!region.is_empty() && !bucket.is_empty()).then_some(bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bucket_in_the_host() {
        for (host, bucket) in [
            ("data.localhost:4566", Some("data")),
            ("my.data.s3.localhost.localstack.cloud:4566", Some("my.data")),
            ("data.s3.eu-west-1.amazonaws.com", Some("data")),
            ("data.s3.amazonaws.com", Some("data")),
            ("s3.eu-west-1.amazonaws.com", None),
            ("s3.localhost", None),
            ("localhost:4566", None),
            ("127.0.0.1:4566", None),
        ] {
            assert_eq!(bucket_of(host), bucket, "{host}");
        }
    }

    #[test]
    fn finds_the_region_in_the_signature() {
        let header =
            "AWS4-HMAC-SHA256 Credential=a/b/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(signing_region(header), Some("eu-west-1"));
        assert_eq!(signing_region("AWS key:signature"), None);
    }

    #[test]
    fn takes_a_presigned_query_apart() {
        let query = "versionId=x%20y&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-Signature=ab&x-amz-checksum-mode=ENABLED";
        let presigned = Presigned::read(query);
        assert_eq!(presigned.rest, ["versionId=x%20y"]);
        assert_eq!(presigned.expires, Some("2026-01-01T00:01:00Z".parse().unwrap()));
        assert_eq!(presigned.headers[0].0, "x-amz-checksum-mode");
        let v2 = Presigned::read("AWSAccessKeyId=a&Signature=b&Expires=60");
        assert_eq!(v2.expires, Some(Timestamp::from_second(60).unwrap()));
        assert!(v2.rest.is_empty());
    }
}
