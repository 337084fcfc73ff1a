//! Records every request the SDK sends, for checking them against AWS's own API models.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sts::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use serde_json::{Map, Value, json};

use super::presigned::SecretUri;

/// Bodies beyond this are cut. Above the largest request of any API we call (PutRecords: 10 MiB, more as base64 in
/// JSON), so that only uploads to S3 are ever cut.
const BODY_LIMIT: usize = 16 << 20;

/// Headers that carry secrets: their values are not written.
const SECRET_HEADERS: [&str; 2] = ["authorization", "x-amz-security-token"];

/// Appends one JSON line for each request, each attempt of it, to a file.
///
/// A line: `{"service": "kinesis", "operation": "PutRecords", "method", "uri", "headers": {name: value},
/// "body": base64 | null, "body_truncated": bool, "streaming": bool}`. `service` is the signing name (the service part
/// of the SigV4 credential scope). A streamed body (S3 uploads) is not recorded: `body` is null, `streaming` true.
/// The URI of a [presigned URL](super::PresignedUrl) is written without its query.
#[derive(Clone, Debug)]
pub(super) struct Recorder(Arc<Mutex<File>>);

impl Recorder {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut line = entry(context.request(), cfg.load::<Metadata>());
        if cfg.load::<SecretUri>().is_some() {
            let uri = context.request().uri();
            line["uri"] = uri.split_once('?').map_or(uri, |(uri, _)| uri).into();
        }
        let mut line = line.to_string();
        line.push('\n');
        // One write in append mode: lines of several processes do not mix. A lost line would pass for a checked
        // request, so a failure to write fails the call.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(line.as_bytes())?;
        Ok(())
    }
}

fn entry(request: &HttpRequest, metadata: Option<&Metadata>) -> Value {
    let scope = request.headers().get("authorization").and_then(signing_service);
    let service = scope.or_else(|| metadata.map(Metadata::service)).unwrap_or_default();
    let headers: Map<String, Value> = request
        .headers()
        .iter()
        .filter(|(name, _)| !SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let body = request.body().bytes();
    json!({
        "service": service,
        "operation": metadata.map(Metadata::name),
        "method": request.method(),
        "uri": request.uri(),
        "headers": headers,
        "body": body.map(|b| base64_simd::STANDARD.encode_to_string(&b[..b.len().min(BODY_LIMIT)])),
        "body_truncated": body.is_some_and(|b| b.len() > BODY_LIMIT),
        "streaming": body.is_none(),
    })
}

/// `kinesis` of `AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/kinesis/aws4_request, ...`.
fn signing_service(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split(['/', ',']).nth(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::script::{Answer, Script};

    #[tokio::test]
    async fn writes_each_request_without_its_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("requests.jsonl");
        let script = Script::new(|_| Answer::json(r#"{"StreamNames": [], "HasMoreStreams": false}"#));
        let clients = script.recorded(&path).await;
        clients.kinesis.list_streams().limit(7).send().await.unwrap();
        clients.kinesis.list_streams().send().await.unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(!text.to_ascii_lowercase().contains("aws4-hmac"), "{text}");
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["service"], "kinesis");
        assert_eq!(line["operation"], "ListStreams");
        assert_eq!(line["method"], "POST");
        assert_eq!(line["headers"]["x-amz-target"], "Kinesis_20131202.ListStreams");
        let body = base64_simd::STANDARD
            .decode_to_vec(line["body"].as_str().unwrap())
            .unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"Limit": 7}));
        assert_eq!(
            (&line["body_truncated"], &line["streaming"]),
            (&Value::Bool(false), &Value::Bool(false))
        );
    }

    #[test]
    fn the_service_is_read_from_the_credential_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/firehose/aws4_request, SignedHeaders=host";
        assert_eq!(signing_service(header), Some("firehose"));
        assert_eq!(signing_service("Bearer x"), None);
    }
}
