//! An `aws-sdk-s3` client whose server is a function call away.

use std::fmt;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use s3s::Body;

use crate::local::env::{Env, Options};
use crate::local::s3::{Endpoint, S3};
use crate::local::store::Store;

#[derive(Clone)]
struct InProcess(Endpoint);

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
        let endpoint = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            let response = endpoint.call(request.map(Body::http_body_unsync)).await;
            let response = response.map_err(|e| ConnectorError::user(s3s::StdError::from(e)))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x)).map_err(|e| ConnectorError::user(e.into()))
        })
    }
}

/// The service, a client of it, and the folder they live in.
pub(in crate::local) struct Lab {
    pub dir: tempfile::TempDir,
    pub s3: Arc<S3>,
    pub client: Client,
}

impl Lab {
    pub fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    fn open(dir: tempfile::TempDir) -> Self {
        let store = Store::open(&dir.path().join("state.redb")).unwrap();
        let env = Env::new(dir.path().to_owned(), store, Options::default());
        let s3 = S3::new(Arc::new(env)).unwrap();
        let client = client(&s3, "us-east-1");
        Self { dir, s3, client }
    }

    /// Drops everything in memory and opens the folder again.
    pub fn reopen(self) -> Self {
        let Self { dir, s3, client } = self;
        drop((s3, client));
        Self::open(dir)
    }

    /// A lab with one bucket, `data`.
    pub async fn with_bucket() -> Self {
        let lab = Self::new();
        lab.client.create_bucket().bucket("data").send().await.unwrap();
        lab
    }

    pub async fn enable_versioning(&self) {
        self.set_versioning(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
            .await;
    }

    pub async fn set_versioning(&self, status: aws_sdk_s3::types::BucketVersioningStatus) {
        let configuration = aws_sdk_s3::types::VersioningConfiguration::builder()
            .status(status)
            .build();
        let request = self.client.put_bucket_versioning().bucket("data");
        request.versioning_configuration(configuration).send().await.unwrap();
    }

    /// Puts an object and returns its version id.
    pub async fn put(&self, key: &str, body: &'static str) -> Option<String> {
        let request = self.client.put_object().bucket("data").key(key);
        let output = request
            .body(ByteStream::from_static(body.as_bytes()))
            .send()
            .await
            .unwrap();
        output.version_id
    }

    pub async fn get(&self, key: &str) -> String {
        let output = self.client.get_object().bucket("data").key(key).send().await.unwrap();
        String::from_utf8(output.body.collect().await.unwrap().to_vec()).unwrap()
    }

    /// Number of body files.
    pub fn bodies(&self) -> usize {
        let mut count = 0;
        for shard in std::fs::read_dir(self.dir.path().join("s3")).unwrap() {
            let shard = shard.unwrap();
            if shard.file_name() != "incoming" {
                count += std::fs::read_dir(shard.path()).unwrap().count();
            }
        }
        count
    }

    /// Number of markers of bodies that are not in the index.
    pub fn incoming(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("s3/incoming")).unwrap().count()
    }
}

pub(super) fn client(s3: &Arc<S3>, region: &'static str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new("anybody", "any secret", None, None, "test"))
        .http_client(InProcess(s3.service()))
        .build();
    Client::from_conf(config)
}

/// The error code of a refused call.
pub(super) fn code<T, E, R>(result: Result<T, SdkError<E, R>>) -> String
where
    E: ProvideErrorMetadata,
{
    match result {
        Ok(_) => "no error".to_owned(),
        Err(SdkError::ServiceError(refusal)) => refusal.err().code().unwrap_or("no code").to_owned(),
        Err(_) => "no answer".to_owned(),
    }
}

/// `len` bytes that do not repeat soon.
pub(super) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
