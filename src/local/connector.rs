//! The SDK's transport without a socket: requests go straight to the services in this process.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use s3s::Body;

use super::http::Services;

/// An HTTP client for `SdkConfig` whose server is in the same process.
#[derive(Clone)]
pub(crate) struct InProcess(Arc<Services>);

impl InProcess {
    pub fn new(services: Arc<Services>) -> Self {
        Self(services)
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let services = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let request = http::Request::from_parts(head, request_body(body).await?);
            let response = services.handle(request).await;
            let response = response.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// Bodies in memory stay one piece, so that services need not gather them again. They are read, not only looked at: a body
/// that nobody reads is to the SDK a connection that stalls, and after some seconds it would give up a request that waits
/// for its answer.
async fn request_body(body: SdkBody) -> Result<Body, ConnectorError> {
    if body.bytes().is_none() {
        return Ok(Body::http_body_unsync(body));
    }
    let whole = body.collect().await.map_err(ConnectorError::user)?;
    Ok(Body::from(whole.to_bytes()))
}
