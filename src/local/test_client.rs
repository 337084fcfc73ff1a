//! For tests: the SDK's HTTP client over one awsJson service, without a socket.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::json::JsonService;

#[derive(Clone)]
struct TestClient(Arc<dyn JsonService>);

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestClient")
    }
}

impl HttpClient for TestClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for TestClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
            let (status, body) = match service.call(&operation, body).await {
                Ok(body) => (http::StatusCode::OK, body),
                Err(error) => {
                    let body = serde_json::json!({"__type": error.code, "message": error.message});
                    (error.status, body.to_string().into_bytes())
                }
            };
            Ok(HttpResponse::new(status.into(), SdkBody::from(body)))
        })
    }
}

/// What an SDK client's configuration takes as its HTTP client.
pub(super) fn over(service: Arc<dyn JsonService>) -> SharedHttpClient {
    SharedHttpClient::new(TestClient(service))
}
