//! For tests: real SDK clients over one service behind the real front door, without a socket.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use s3s::service::S3ServiceBuilder;

use super::connector::InProcess;
use super::env::Env;
use super::http::Services;
use super::json::JsonService;
use super::query::QueryService;
use super::s3::Endpoint;

/// A service, with what the front door knows it by.
pub(crate) enum Wired {
    /// By the prefix of `X-Amz-Target`.
    Json(&'static str, Arc<dyn JsonService>),
    /// By API version.
    Query(&'static str, Arc<dyn QueryService>),
}

/// An S3 that answers NotImplemented to everything.
struct NoS3;

#[async_trait::async_trait]
impl s3s::S3 for NoS3 {}

/// Configuration of SDK clients that reach `service`, and only it. Failed requests are not repeated.
pub(crate) fn sdk_config(service: Wired) -> SdkConfig {
    let (_dir, env) = Env::temporary();
    let mut services = Services {
        json: Default::default(),
        query: Default::default(),
        s3: Endpoint::new(S3ServiceBuilder::new(NoS3).build(), env),
    };
    match service {
        Wired::Json(target, service) => drop(services.json.insert(target, service)),
        Wired::Query(version, service) => drop(services.query.insert(version, service)),
    }
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(InProcess::new(Arc::new(services)))
        .build()
}
