//! Requests as other clients send them, below the SDK.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use http::{Request, Response, StatusCode};
use s3s::Body;

use super::client::Lab;

async fn call(lab: &Lab, request: http::request::Builder, body: &'static [u8]) -> Response<Body> {
    let request = request.body(Body::from(bytes::Bytes::from_static(body))).unwrap();
    lab.s3.service().call(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().store_all_limited(1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=anyone/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";

#[tokio::test]
async fn signed_chunks_are_unwrapped_without_looking_at_signatures() {
    let lab = Lab::with_bucket().await;
    for (payload, trailer) in [
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", true),
    ] {
        let mut request = Request::put("http://localhost/data/k")
            .header("authorization", SIGNATURE)
            .header("x-amz-date", "20200101T000000Z")
            .header("x-amz-content-sha256", payload)
            .header("content-encoding", "aws-chunked,gzip")
            .header("x-amz-decoded-content-length", "5")
            .header("content-length", "999");
        let body: &[u8] = if trailer {
            request = request.header("x-amz-trailer", "x-amz-checksum-crc32");
            b"5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
        } else {
            b"5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n"
        };
        let response = call(&lab, request, body).await;
        assert_eq!(response.status(), StatusCode::OK, "{payload}");
        assert_eq!(lab.get("k").await, "hello");
        let head = lab.client.head_object().bucket("data").key("k").send().await.unwrap();
        assert_eq!(head.content_encoding(), Some("gzip"));
    }
}

#[tokio::test]
async fn a_wrong_or_missing_trailer_is_refused() {
    let lab = Lab::with_bucket().await;
    let request = || {
        Request::put("http://localhost/data/k")
            .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .header("x-amz-decoded-content-length", "5")
    };
    let wrong = call(
        &lab,
        request(),
        b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
    )
    .await;
    assert!(text(wrong).await.contains("<Code>BadDigest</Code>"));
    let missing = call(&lab, request(), b"5\r\nhello\r\n0\r\n\r\n").await;
    assert!(text(missing).await.contains("<Code>MalformedTrailerError</Code>"));
    let short = call(
        &lab,
        request(),
        b"4\r\nhell\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
    )
    .await;
    assert!(text(short).await.contains("<Code>IncompleteBody</Code>"));
    assert_eq!((lab.bodies(), lab.incoming()), (0, 0));
}

#[tokio::test]
async fn presigned_urls_work_until_they_expire() {
    let lab = Lab::with_bucket().await;
    lab.put("k k", "hello").await;
    let url = |seconds_ago: u64| {
        let start = std::time::SystemTime::now() - Duration::from_secs(seconds_ago);
        let config = PresigningConfig::builder()
            .start_time(start)
            .expires_in(Duration::from_secs(60));
        lab.client
            .get_object()
            .bucket("data")
            .key("k k")
            .presigned(config.build().unwrap())
    };
    let fresh = url(0).await.unwrap();
    let response = call(&lab, Request::get(fresh.uri()), b"").await;
    assert_eq!(text(response).await, "hello");
    let stale = url(3600).await.unwrap();
    let response = call(&lab, Request::get(stale.uri()), b"").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(text(response).await.contains("Request has expired"));
}

#[tokio::test]
async fn buckets_are_found_in_path_and_host() {
    let lab = Lab::with_bucket().await;
    lab.put("a/b", "hello").await;
    for (host, path) in [
        ("127.0.0.1:4566", "/data/a/b"),
        ("localhost:4566", "/data/a/b"),
        ("data.localhost:4566", "/a/b"),
        ("data.s3.localhost.localstack.cloud:4566", "/a/b"),
        ("data.s3.us-east-1.amazonaws.com", "/a/b"),
    ] {
        let response = call(&lab, Request::get(path).header("host", host), b"").await;
        assert_eq!(text(response).await, "hello", "{host}{path}");
    }
    let made = call(&lab, Request::put("/").header("host", "other.localhost:4566"), b"").await;
    assert_eq!(made.status(), StatusCode::OK);
    lab.client.head_bucket().bucket("other").send().await.unwrap();
}

#[tokio::test]
async fn answers_to_head_have_no_body() {
    let lab = Lab::with_bucket().await;
    let response = call(&lab, Request::head("http://localhost/data/none"), b"").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn a_refusal_that_leaves_the_body_unread_closes_the_connection() {
    let lab = Lab::with_bucket().await;
    let put = |bucket: &str| {
        let body = futures::stream::iter([Ok::<_, std::io::Error>(http_body::Frame::data(bytes::Bytes::from(
            "hello",
        )))]);
        let body = Body::http_body_unsync(http_body_util::StreamBody::new(body));
        let request = Request::put(format!("http://localhost/{bucket}/k")).header("content-length", "5");
        let endpoint = lab.s3.service();
        async move { endpoint.call(request.body(body).unwrap()).await }
    };
    let endpoint_closes = |response: Response<Body>| response.headers().get("connection").is_some();
    let (refused, stored) = (put("nowhere"), put("data"));
    assert!(endpoint_closes(refused.await.unwrap()));
    assert!(!endpoint_closes(stored.await.unwrap()));
}

#[tokio::test]
async fn an_endpoint_outside_us_east_1_wants_a_location_constraint() {
    let lab = Lab::new();
    let request = |region: &str| {
        let signature = SIGNATURE.replace("us-east-1", region);
        Request::put("http://localhost/data").header("authorization", signature)
    };
    let plain = call(&lab, request("eu-west-1"), b"").await;
    assert!(
        text(plain)
            .await
            .contains("<Code>IllegalLocationConstraintException</Code>")
    );
    assert_eq!(call(&lab, request("us-east-1"), b"").await.status(), StatusCode::OK);
}
