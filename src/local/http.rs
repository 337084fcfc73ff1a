//! The front door: tells which service a request is for, and gives its answer the wire form of its protocol.

use std::collections::BTreeMap;
use std::io::Read;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderValue, Request, Response, StatusCode, header};
use quick_xml::escape::escape;
use s3s::{Body, HttpError};
use uuid::Uuid;

use super::error::AwsError;
use super::json::JsonService;
use super::query::{Params, QueryService};
use super::rest::{self, Reply, RestService};
use super::s3::Endpoint;

/// Largest body of a request that is not S3's: PutRecords takes 10 MiB, a third more in base64, and some frame.
const BODY_LIMIT: usize = 16 << 20;

/// A service that is given whole HTTP requests.
#[async_trait]
pub(crate) trait HttpService: Send + Sync {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError>;
}

#[async_trait]
impl HttpService for Endpoint {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        Endpoint::call(self, request).await
    }
}

/// All services behind one endpoint.
pub(crate) struct Services {
    /// By the prefix of `X-Amz-Target` (`Kinesis_20131202`).
    pub json: BTreeMap<&'static str, Arc<dyn JsonService>>,
    /// By API version (`2010-05-08`), which every Query request names.
    pub query: BTreeMap<&'static str, Arc<dyn QueryService>>,
    /// By the service's name in signatures (`quicksight`).
    pub rest: BTreeMap<&'static str, Arc<dyn RestService>>,
    /// Services that speak several protocols and are given whole requests: by the prefix of `X-Amz-Target`, which is
    /// their name in the paths of Smithy RPC v2, too (`/service/<name>/operation/<operation>`).
    pub rpc: BTreeMap<&'static str, Arc<dyn HttpService>>,
    /// Everything else.
    pub s3: Arc<dyn HttpService>,
}

impl Services {
    /// Names of what is served, for the health check.
    pub fn names(&self) -> Vec<&'static str> {
        let targets = self.json.keys().chain(self.query.keys()).chain(self.rest.keys());
        let mut names: Vec<_> = targets.chain(self.rpc.keys()).copied().collect();
        names.push("s3");
        names
    }

    /// Answers one request. Never panics: a fault of the embedded AWS is an `InternalFailure`.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let id = Uuid::new_v4().to_string();
        match AssertUnwindSafe(self.route(request, &id)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => json_error(
                &AwsError::internal("the embedded AWS panicked; this is a bug of pipectl"),
                &id,
            ),
        }
    }

    async fn route(&self, request: Request<Body>, id: &str) -> Response<Body> {
        if let Some(service) = self.rpc(&request) {
            return service
                .call(request)
                .await
                .unwrap_or_else(|error| s3_failure(error, id));
        }
        if let Some(target) = request.headers().get("x-amz-target") {
            let target = target.to_str().unwrap_or_default().to_owned();
            let answer = self.json(&target, request).await;
            return answer.map_or_else(|error| json_error(&error, id), |body| json_response(body, id));
        }
        if is_form(&request) {
            return self.query(request, id).await;
        }
        let rest = rest::service_of(request.headers(), request.uri());
        if let Some(service) = rest.and_then(|name| self.rest.get(name.as_str())) {
            return self.rest(service.as_ref(), request, id).await;
        }
        match self.s3.call(request).await {
            Ok(response) => with_s3_request_id(response, id),
            Err(error) => s3_failure(error, id),
        }
    }

    fn rpc(&self, request: &Request<Body>) -> Option<&Arc<dyn HttpService>> {
        let headers = request.headers();
        let name = match headers.get("x-amz-target") {
            Some(target) => target.to_str().ok()?.split_once('.')?.0,
            None if headers.contains_key("smithy-protocol") => {
                request.uri().path().strip_prefix("/service/")?.split_once('/')?.0
            }
            None => return None,
        };
        self.rpc.get(name)
    }

    async fn json(&self, target: &str, request: Request<Body>) -> Result<Vec<u8>, AwsError> {
        let (service, operation) = target.split_once('.').unwrap_or((target, ""));
        let Some(service) = self.json.get(service) else {
            let known: Vec<_> = self.json.keys().copied().collect();
            return Err(AwsError::not_implemented(format_args!(
                "service {service}; it has {}",
                known.join(", ")
            )));
        };
        service.call(operation, read_body(request).await?).await
    }

    async fn rest(&self, service: &dyn RestService, request: Request<Body>, id: &str) -> Response<Body> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let answer = match read_body(request).await {
            Ok(body) => rest::answer(service, &method, &uri, &body, id).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(Reply { status, body }) => {
                let body = serde_json::Value::Object(body).to_string();
                respond(status, "application/json", id, body)
            }
            Err(error) => {
                let body = service.refusal(&error, id).to_string();
                let mut response = respond(error.status, "application/json", id, body);
                set_header(&mut response, "x-amzn-errortype", &error.code);
                response
            }
        }
    }

    async fn query(&self, request: Request<Body>, id: &str) -> Response<Body> {
        let body = match read_body(request).await {
            Ok(body) => body,
            Err(error) => return query_error(&error, "", id),
        };
        let params = Params::parse(&body);
        let action = params.get("Action").unwrap_or_default();
        let Some(service) = params.get("Version").and_then(|version| self.query.get(version)) else {
            let error = AwsError::not_implemented(format_args!(
                "a Query API with {action}; it has CloudWatch, IAM, Redshift and STS"
            ));
            return query_error(&error, "", id);
        };
        match service.call(action, &params).await {
            Ok(result) => query_response(service.namespace(), action, &result, id),
            Err(error) => query_error(&error, service.namespace(), id),
        }
    }
}

fn is_form(request: &Request<Body>) -> bool {
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    form && request.uri().path() == "/"
}

/// The whole body, unpacked where the client packed it (Smithy's requestCompression trait, which knows gzip alone).
pub(crate) async fn read_body(request: Request<Body>) -> Result<Bytes, AwsError> {
    let packed = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding == "gzip");
    let too_large =
        |error: String| AwsError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", error);
    let mut body = request.into_body();
    let body = body.store_all_limited(BODY_LIMIT).await;
    let body = body.map_err(|error| too_large(error.to_string()))?;
    if !packed {
        return Ok(body);
    }
    let mut unpacked = Vec::new();
    let limited = flate2::read::GzDecoder::new(&*body).take(BODY_LIMIT as u64 + 1);
    let read = { limited }.read_to_end(&mut unpacked);
    let read = read.map_err(|error| AwsError::bad_request("SerializationException", format!("not gzip: {error}")))?;
    match read > BODY_LIMIT {
        true => Err(too_large("the body is too large unpacked".into())),
        false => Ok(unpacked.into()),
    }
}

fn respond(status: StatusCode, content_type: &'static str, id: &str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    set_header(&mut response, "x-amzn-requestid", id);
    response
}

fn set_header(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn json_response(body: Vec<u8>, id: &str) -> Response<Body> {
    respond(StatusCode::OK, "application/x-amz-json-1.1", id, body)
}

fn json_error(error: &AwsError, id: &str) -> Response<Body> {
    let body = serde_json::json!({ "__type": error.code, "message": error.message }).to_string();
    let mut response = respond(error.status, "application/x-amz-json-1.1", id, body);
    set_header(&mut response, "x-amzn-errortype", &error.code);
    response
}

fn query_response(namespace: &str, action: &str, result: &str, id: &str) -> Response<Body> {
    let result = match result {
        "" => String::new(),
        inner => format!("<{action}Result>{inner}</{action}Result>"),
    };
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
    );
    respond(StatusCode::OK, "text/xml", id, body)
}

fn query_error(error: &AwsError, namespace: &str, id: &str) -> Response<Body> {
    let fault = if error.status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    let (code, message) = (escape(error.code.as_ref()), escape(error.message.as_str()));
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    );
    respond(error.status, "text/xml", id, body)
}

fn with_s3_request_id(mut response: Response<Body>, id: &str) -> Response<Body> {
    if !response.headers().contains_key("x-amz-request-id") {
        set_header(&mut response, "x-amz-request-id", id);
    }
    response
}

fn s3_failure(error: HttpError, id: &str) -> Response<Body> {
    let message = AwsError::internal(s3s::StdError::from(error)).message;
    let body = format!(
        "<Error><Code>InternalError</Code><Message>{}</Message></Error>",
        escape(message.as_str())
    );
    let response = respond(StatusCode::INTERNAL_SERVER_ERROR, "application/xml", id, body);
    with_s3_request_id(response, id)
}
