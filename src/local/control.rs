//! Requests that AWS does not have: is the embedded AWS up, and deliver what is buffered.

use http::{Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use s3s::Body;
use serde::{Deserialize, Serialize};

/// How long a server on this machine may take to say that it is there.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

pub(crate) const PREFIX: &str = "/_pipectl/";
pub(crate) const HEALTH: &str = "/_pipectl/health";
pub(crate) const DRAIN: &str = "/_pipectl/drain";

/// What a drain delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drained {
    /// Records after de-aggregation.
    pub records: u64,
    /// Objects written.
    pub objects: u64,
}

/// A drain could not deliver everything; what it could not is kept for the next one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DrainError(pub(crate) String);

pub(crate) fn health(services: Vec<&'static str>) -> Response<Body> {
    json(
        StatusCode::OK,
        &serde_json::json!({
            "status": "running", "server": "pipectl", "version": env!("CARGO_PKG_VERSION"), "services": services,
        }),
    )
}

pub(crate) fn respond(drained: Result<Drained, DrainError>) -> Response<Body> {
    match drained {
        Ok(drained) => json(StatusCode::OK, &serde_json::json!(drained)),
        Err(error) => json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &serde_json::json!({ "message": error.to_string() }),
        ),
    }
}

pub(crate) fn not_found() -> Response<Body> {
    json(
        StatusCode::NOT_FOUND,
        &serde_json::json!({ "message": "there are /_pipectl/health and POST /_pipectl/drain" }),
    )
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// Whether an embedded AWS serves at `endpoint` (`http://127.0.0.1:4566`).
pub async fn is_server(endpoint: &str) -> bool {
    let request = http::Request::get(format!("{endpoint}{HEALTH}"));
    let Ok(Ok((status, body))) = tokio::time::timeout(PATIENCE, ask(endpoint, request)).await else {
        return false;
    };
    let health: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    status.is_success() && health["server"] == "pipectl"
}

/// Asks the server at `endpoint` (`http://127.0.0.1:4566`) to drain.
pub async fn drain_server(endpoint: &str) -> Result<Drained, DrainError> {
    let (status, body) = ask(endpoint, http::Request::post(format!("{endpoint}{DRAIN}"))).await?;
    if !status.is_success() {
        return Err(DrainError(format!("{endpoint}: {}", String::from_utf8_lossy(&body))));
    }
    serde_json::from_slice(&body).map_err(|error| DrainError(format!("{endpoint}: {error}")))
}

async fn ask(endpoint: &str, request: http::request::Builder) -> Result<(StatusCode, bytes::Bytes), DrainError> {
    let failed = |error: &dyn std::fmt::Display| DrainError(format!("{endpoint}: {error}"));
    let request = request
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|error| failed(&error))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.map_err(|error| failed(&error))?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| failed(&error))?;
    Ok((status, body.to_bytes()))
}
