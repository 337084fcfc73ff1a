//! For tests: real SDK clients over one service behind the real front door, without a socket.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use http::{Request, Response};
use s3s::{Body, HttpError};

use super::connector::InProcess;
use super::http::{HttpService, Services};
use super::json::JsonService;
use super::query::QueryService;
use super::rest::RestService;

/// A service, with what the front door knows it by.
pub(crate) enum Wired {
    /// By the prefix of `X-Amz-Target`.
    Json(&'static str, Arc<dyn JsonService>),
    /// By API version.
    Query(&'static str, Arc<dyn QueryService>),
    /// By the service's name in signatures.
    Rest(&'static str, Arc<dyn RestService>),
    /// By its name in the paths of Smithy RPC v2.
    Rpc(&'static str, Arc<dyn HttpService>),
}

/// In place of S3, for tests of other services.
struct NoS3;

#[async_trait]
impl HttpService for NoS3 {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        panic!("a request for S3: {} {}", request.method(), request.uri())
    }
}

/// A transport that reaches `service`, and only it.
pub(crate) fn transport(service: Wired) -> InProcess {
    let mut services = Services {
        json: Default::default(),
        query: Default::default(),
        rest: Default::default(),
        rpc: Default::default(),
        s3: Arc::new(NoS3),
    };
    match service {
        Wired::Json(target, service) => drop(services.json.insert(target, service)),
        Wired::Query(version, service) => drop(services.query.insert(version, service)),
        Wired::Rest(name, service) => drop(services.rest.insert(name, service)),
        Wired::Rpc(name, service) => drop(services.rpc.insert(name, service)),
    }
    InProcess::new(Arc::new(services))
}

/// Configuration of SDK clients that reach `service`, and only it. Failed requests are not repeated.
pub(crate) fn sdk_config(service: Wired) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(transport(service))
        .build()
}
