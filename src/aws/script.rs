//! A transport for tests: requests are answered by a closure, in process, and kept.

mod cbor;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::connect::{Clients, Endpoint, Target, connect};

/// A request as it would go over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `CreateStream` of `x-amz-target`, `Action` or the path of Smithy RPC v2; for S3, `PUT /bucket?tagging`.
    pub(crate) operation: String,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    fn of(request: &HttpRequest) -> Self {
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let uri: http::Uri = request.uri().parse().expect("the SDK writes valid URIs");
        let path = plain(&uri);
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let target = request
            .headers()
            .get("x-amz-target")
            .and_then(|t| t.split('.').next_back());
        let form = form_value(&body, "Action").filter(|_| path == "/");
        let rpc = path.starts_with("/service/").then(|| path.rsplit_once("/operation/"));
        let target = target.or(rpc.flatten().map(|(_, operation)| operation));
        let operation = match (target, form) {
            (Some(target), _) => target.to_owned(),
            (_, Some(action)) => action,
            _ => format!("{} {path}", request.method()),
        };
        Self {
            operation,
            method: request.method().to_owned(),
            path,
            headers,
            body,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The body of Smithy RPC v2.
    pub(crate) fn cbor(&self) -> Value {
        cbor::decode(&self.body)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A parameter of an AWS Query body.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        form_value(&self.body, name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// Path and query without the slash at the end, the `x-id` that only names the operation, and empty values.
fn plain(uri: &http::Uri) -> String {
    let query = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.starts_with("x-id="));
    let query: Vec<_> = query
        .map(|pair| pair.trim_end_matches('='))
        .filter(|pair| !pair.is_empty())
        .collect();
    let path = uri.path().trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

fn form_value(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let value = text
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut out = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/x-amz-json-1.1".into())],
            body: body.into().into_bytes(),
        }
    }

    /// An answer of Smithy RPC v2.
    pub(crate) fn cbor(body: &Value) -> Self {
        Self {
            status: 200,
            headers: vec![
                ("content-type", "application/cbor".into()),
                ("smithy-protocol", "rpc-v2-cbor".into()),
            ],
            body: cbor::encode(body),
        }
    }

    /// An error of a service whose codes are those of its Query protocol.
    pub(crate) fn cbor_error(status: u16, code: &str, body: &Value) -> Self {
        Self::cbor(body)
            .status(status)
            .header("x-amzn-query-error", format!("{code};Sender"))
    }

    pub(crate) fn xml(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/xml".into())],
            body: body.into().into_bytes(),
        }
    }

    /// An error of a JSON service.
    pub(crate) fn error(code: &str, message: &str) -> Self {
        let body = serde_json::json!({"__type": code, "message": message}).to_string();
        Self::json(body).status(400)
    }

    /// An error of S3.
    pub(crate) fn s3_error(status: u16, code: &str) -> Self {
        Self::xml(format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")).status(status)
    }

    /// An error of IAM.
    pub(crate) fn iam_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml(format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>r</RequestId></ErrorResponse>"
        ))
        .status(status)
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// Answers requests and remembers them.
#[derive(Clone)]
pub(crate) struct Script {
    handler: Arc<Handler>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    pub(crate) fn new(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            handler: Arc::new(handler),
            seen: Arc::default(),
        }
    }

    /// The same, but the first requests of these operations are answered so, in the order given.
    pub(crate) fn refusing(self, refusals: Vec<(&'static str, Answer)>) -> Self {
        let (refusals, handler) = (Mutex::new(refusals), self.handler);
        Self::new(move |request| {
            let mut refusals = refusals.lock().unwrap();
            match refusals
                .iter()
                .position(|(operation, _)| *operation == request.operation)
            {
                Some(index) => refusals.remove(index).1,
                None => handler(request),
            }
        })
    }

    /// Clients that talk to this script alone.
    pub(crate) async fn clients(&self) -> Clients {
        self.connect(None).await
    }

    pub(crate) async fn recorded(&self, path: &Path) -> Clients {
        self.connect(Some(path)).await
    }

    async fn connect(&self, record: Option<&Path>) -> Clients {
        let target = Target {
            region: "us-east-1".into(),
            endpoint: Endpoint::InProcess(self.http_client()),
            profile: None,
            record_requests: record.map(Path::to_path_buf),
        };
        connect(&target).await.expect("a script needs no network")
    }

    fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Every request so far, attempts included.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The operations called so far, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.seen().into_iter().map(|request| request.operation).collect()
    }

    /// Requests of one operation.
    pub(crate) fn calls(&self, operation: &str) -> Vec<Request> {
        self.seen()
            .into_iter()
            .filter(|request| request.operation == operation)
            .collect()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = Request::of(&request);
        let answer = (self.handler)(&request);
        self.seen.lock().unwrap().push(request);
        let status = StatusCode::try_from(answer.status).expect("a valid status");
        let mut response = Response::new(status, SdkBody::from(answer.body));
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}
