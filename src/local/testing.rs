//! Real SDK clients over a service object, without a socket: tests parse what a user's SDK would parse.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use bytes::Bytes;
use http::StatusCode;

use super::error::AwsError;
use super::json::JsonService;
use super::query::{Params, QueryService};
use super::xml::Xml;

/// A service and the protocol it speaks.
#[derive(Clone)]
pub(crate) enum Wired {
    Json(Arc<dyn JsonService>),
    Query(Arc<dyn QueryService>),
}

/// Configuration of SDK clients that reach `service`, and only it. Failed requests are not repeated.
pub(crate) fn sdk_config(service: Wired) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client(service))
        .build()
}

fn http_client(service: Wired) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(service));
    http_client_fn(move |_, _| connector.clone())
}

struct Connector(Wired);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let body = Bytes::copy_from_slice(request.body().bytes().expect("a body in memory"));
            let (status, body) = match service {
                Wired::Json(service) => {
                    let target = request.headers().get("x-amz-target").expect("X-Amz-Target");
                    let operation = target.rsplit('.').next().unwrap_or_default();
                    json_answer(service.call(operation, body).await)
                }
                Wired::Query(service) => {
                    let params = Params::parse(&body);
                    let action = params.get("Action").expect("Action").to_owned();
                    query_answer(&action, service.namespace(), service.call(&action, &params).await)
                }
            };
            let status = status.as_u16().try_into().expect("a status code");
            Ok(HttpResponse::new(status, SdkBody::from(body)))
        })
    }
}

fn json_answer(answer: Result<Vec<u8>, AwsError>) -> (StatusCode, Vec<u8>) {
    match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            let body = serde_json::json!({"__type": error.code, "message": error.message});
            (error.status, body.to_string().into_bytes())
        }
    }
}

fn query_answer(action: &str, namespace: &str, answer: Result<String, AwsError>) -> (StatusCode, Vec<u8>) {
    match answer {
        Ok(result) => {
            let body = format!(
                "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
                 <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
            );
            (StatusCode::OK, body.into_bytes())
        }
        Err(error) => {
            let inside = Xml::new()
                .text("Type", "Sender")
                .text("Code", &error.code)
                .text("Message", &error.message)
                .finish();
            let body = format!("<ErrorResponse><Error>{inside}</Error><RequestId>1</RequestId></ErrorResponse>");
            (error.status, body.into_bytes())
        }
    }
}
