//! CloudWatch's three protocols over one set of operations: Smithy RPC v2 CBOR (the Rust SDK, boto3 and the AWS CLI of
//! today), awsJson1.0 (SDKs in between) and Query (SDKs up to 2025).
//! Source: Smithy 2.0 specification, "Smithy RPC v2 CBOR protocol", "AWS JSON 1.0 protocol", "AWS query protocol",
//! "awsQueryCompatible trait"; botocore `cloudwatch/2010-08-01`, `metadata.protocols`.

mod cbor;
mod form;
mod reply;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use s3s::{Body, HttpError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

pub(super) use reply::{Item, Structure};

use super::CloudWatch;
use super::fault::{Fault, missing_field};
use crate::local::error::AwsError;
use crate::local::http::{HttpService, read_body};
use crate::local::query::{Params, QueryService};

/// Prefix of `X-Amz-Target`, and the service's name in the paths of RPC v2 CBOR.
pub(crate) const TARGET: &str = "GraniteServiceVersion20100801";
/// API version, by which Query requests are told apart.
pub(crate) const VERSION: &str = "2010-08-01";
const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// An operation's input, whatever form it came in.
pub(super) enum Input {
    /// JSON, or CBOR as JSON: times are numbers, seconds since 1970.
    Tree(Value),
    Form(form::Node),
}

impl Input {
    /// Members that the operation does not have are refused.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, Fault> {
        let parsed = match self {
            Self::Tree(tree) => T::deserialize(tree).map_err(|error| error.to_string()),
            Self::Form(form) => T::deserialize(form).map_err(|error| error.to_string()),
        };
        parsed.map_err(|error| missing_field(&error).unwrap_or_else(|| malformed(error)))
    }
}

fn malformed(error: impl Into<String>) -> Fault {
    AwsError::bad_request("SerializationException", error).into()
}

#[derive(Clone, Copy)]
enum Protocol {
    Cbor,
    Json,
}

#[async_trait]
impl HttpService for CloudWatch {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (protocol, operation) = addressed(&request);
        let answer = self.answer(protocol, &operation, request).await;
        Ok(match answer {
            Ok(item) => success(protocol, &item),
            Err(fault) => failure(protocol, &operation, &fault),
        })
    }
}

impl CloudWatch {
    async fn answer(&self, protocol: Protocol, operation: &str, request: Request<Body>) -> Result<Item, Fault> {
        let body = read_body(request).await?;
        let tree = tree(protocol, &body)?;
        self.run(operation, Input::Tree(tree))
    }
}

/// The protocol, and the operation by the target or by the path `/service/<service>/operation/<operation>`.
fn addressed(request: &Request<Body>) -> (Protocol, String) {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    match target.and_then(|target| target.split_once('.')) {
        Some((_, operation)) => (Protocol::Json, operation.to_owned()),
        None => {
            let path = request.uri().path();
            (Protocol::Cbor, path.rsplit('/').next().unwrap_or_default().to_owned())
        }
    }
}

fn tree(protocol: Protocol, body: &Bytes) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(Value::Object(Default::default()));
    }
    match protocol {
        Protocol::Cbor => cbor::decode(body).map_err(|error| malformed(format!("the body is not CBOR: {error}"))),
        Protocol::Json => serde_json::from_slice(body).map_err(|error| malformed(error.to_string())),
    }
}

fn success(protocol: Protocol, item: &Item) -> Response<Body> {
    let body = match (protocol, item) {
        // "An operation without output has no body", and clients take an empty structure for it, too.
        (Protocol::Cbor, Item::None) => Vec::new(),
        (Protocol::Cbor, item) => cbor::encode(item),
        (Protocol::Json, Item::None) => b"{}".to_vec(),
        (Protocol::Json, item) => item.json().to_string().into_bytes(),
    };
    respond(protocol, http::StatusCode::OK, body)
}

/// Shape in the body, and the code of the Query protocol in a header, which clients prefer.
fn failure(protocol: Protocol, operation: &str, fault: &Fault) -> Response<Body> {
    let item = fault.item(operation);
    let body = match protocol {
        Protocol::Cbor => cbor::encode(&item),
        Protocol::Json => item.json().to_string().into_bytes(),
    };
    let mut response = respond(protocol, fault.error.status, body);
    let side = if fault.error.status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    if let Ok(value) = HeaderValue::from_str(&format!("{};{side}", fault.error.code)) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

fn respond(protocol: Protocol, status: http::StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let kind = match protocol {
        Protocol::Cbor => {
            headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
            "application/cbor"
        }
        Protocol::Json => "application/x-amz-json-1.0",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

#[async_trait]
impl QueryService for CloudWatch {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    async fn call(&self, action: &str, params: &Params) -> Result<String, AwsError> {
        let pairs = params
            .pairs()
            .filter(|(name, _)| !matches!(*name, "Action" | "Version"));
        let item = self.run(action, Input::Form(form::Node::of(pairs)));
        let item = item.map_err(|fault| fault.error)?;
        Ok(match (item.xml(), &item) {
            // An output without members is an element without content, an operation without output no element at all.
            (xml, Item::Structure(_)) if xml.is_empty() => "\n".to_owned(),
            (xml, _) => xml,
        })
    }
}
