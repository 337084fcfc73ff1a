//! The restJson1 protocol: method and URI name the operation, its input comes from the path, the query and a JSON body.
//! Source: Smithy 2.0 specification, "AWS restJson1 protocol".
//!
//! A service gives its [`Api`], the part of AWS's model that routing and checks need; operations get an [`Input`] that
//! has passed them.

mod api;
mod check;
mod input;
mod route;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use super::error::AwsError;
use route::Routed;

pub(crate) use api::Api;
pub(crate) use input::Input;

/// A service that speaks restJson1.
#[async_trait]
pub(crate) trait RestService: Send + Sync {
    fn api(&self) -> &'static Api;

    /// Runs one operation (`CreateDataSet`) that the API has an input of. `id` is the request's.
    async fn call(&self, operation: &str, input: Input, id: &str) -> Result<Reply, AwsError>;

    /// The body of a refusal.
    fn refusal(&self, error: &AwsError, _id: &str) -> Value {
        json!({"message": error.message})
    }
}

/// What an operation answers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub body: Map<String, Value>,
}

/// The service that a signed request is for: `quicksight` of
/// `Credential=AKID/20261125/us-east-1/quicksight/aws4_request`, or of the host `quicksight.us-east-1.amazonaws.com`
/// where there is no signature.
pub(crate) fn service_of(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(authorization) = authorization {
        let scope = authorization.split("Credential=").nth(1)?.split(',').next()?;
        return scope.split('/').nth(3).map(str::to_owned);
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| uri.host())?;
    let (service, rest) = host.split_once('.')?;
    rest.contains("amazonaws.com").then(|| service.to_owned())
}

/// Routes, reads and checks one request, and runs it.
pub(crate) async fn answer(
    service: &dyn RestService,
    method: &Method,
    uri: &Uri,
    body: &[u8],
    id: &str,
) -> Result<Reply, AwsError> {
    let api = service.api();
    let Some(Routed {
        name,
        operation,
        labels,
    }) = api.route(method, uri.path())
    else {
        return Err(AwsError::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            format!("{} has no operation {method} {}", api.service, uri.path()),
        ));
    };
    let Some(shape) = &operation.input else {
        return Err(AwsError::not_implemented(format_args!("{}'s {name}", api.service)));
    };
    let mut members = body_members(body)?;
    members.extend(labels);
    members.extend(api.query_members(operation, shape, uri.query().unwrap_or_default())?);
    members.retain(|_, value| !value.is_null());
    let members = Value::Object(members);
    api.check(shape, &members)?;
    let Value::Object(members) = members else {
        return Err(AwsError::internal("an input that is no object"));
    };
    service.call(name, Input::new(members), id).await
}

fn body_members(body: &[u8]) -> Result<Map<String, Value>, AwsError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| AwsError::bad_request("SerializationException", error.to_string()))
}
