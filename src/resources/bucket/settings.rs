//! A bucket's settings other than its lifecycle: shapes, reading all of them, changing those that differ.

use aws_sdk_s3::types as s3;
use serde::{Deserialize, Serialize};

use super::super::error::Error;
use super::super::handler::{Scope, offered};
use super::Properties;
use super::lifecycle::Lifecycle;
use crate::aws::{self, failure};
use crate::engine::Cx;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Encryption {
    server_side_encryption_configuration: Vec<EncryptionRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct EncryptionRule {
    bucket_key_enabled: bool,
    server_side_encryption_by_default: Option<EncryptionDefault>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EncryptionDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
    #[serde(rename = "KMSMasterKeyID")]
    key: Option<String>,
}

/// `Suspended` also stands for never enabled: the two differ in nothing one could configure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Versioning {
    status: Option<String>,
}

impl Versioning {
    pub(super) fn normalise(&mut self) {
        self.status.get_or_insert_with(|| "Suspended".into());
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct PublicAccessBlock {
    block_public_acls: bool,
    block_public_policy: bool,
    ignore_public_acls: bool,
    restrict_public_buckets: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct OwnershipControls {
    rules: Vec<OwnershipRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct OwnershipRule {
    object_ownership: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Logging {
    destination_bucket_name: Option<String>,
    log_file_prefix: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Cors {
    cors_rules: Vec<CorsRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct CorsRule {
    id: Option<String>,
    allowed_headers: Vec<String>,
    allowed_methods: Vec<String>,
    allowed_origins: Vec<String>,
    exposed_headers: Vec<String>,
    max_age: Option<i32>,
}

/// Reads one setting: the call, its name, and what to make of the answer. "Not set" is an answer.
macro_rules! setting {
    ($scope:ident, $bucket:ident, $call:ident, $operation:literal, $read:expr) => {
        async {
            let answer = $scope.clients.s3.$call().bucket($bucket).send().await;
            let answer = offered(answer.map_err(|e| failure("s3", $operation, $bucket, e)))?;
            Ok::<_, aws::Error>(answer.and_then($read))
        }
    };
}

/// All settings, asked for at once.
pub(super) async fn read(scope: &Scope, bucket: &str) -> Result<Properties, aws::Error> {
    let (encryption, versioning, lifecycle, public, ownership, logging, cors) = tokio::try_join!(
        setting!(scope, bucket, get_bucket_encryption, "GetBucketEncryption", |answer| {
            answer
                .server_side_encryption_configuration
                .map(|configuration| Encryption::of(&configuration))
        }),
        versioning(scope, bucket),
        setting!(
            scope,
            bucket,
            get_bucket_lifecycle_configuration,
            "GetBucketLifecycleConfiguration",
            |answer| { answer.rules.map(|rules| Lifecycle::of(&rules)) }
        ),
        setting!(
            scope,
            bucket,
            get_public_access_block,
            "GetPublicAccessBlock",
            |answer| {
                answer
                    .public_access_block_configuration
                    .map(|block| PublicAccessBlock::of(&block))
            }
        ),
        setting!(
            scope,
            bucket,
            get_bucket_ownership_controls,
            "GetBucketOwnershipControls",
            |answer| {
                answer
                    .ownership_controls
                    .map(|controls| OwnershipControls::of(&controls))
            }
        ),
        setting!(scope, bucket, get_bucket_logging, "GetBucketLogging", |answer| {
            answer.logging_enabled.map(|logging| Logging {
                destination_bucket_name: Some(logging.target_bucket),
                log_file_prefix: logging.target_prefix,
            })
        }),
        setting!(scope, bucket, get_bucket_cors, "GetBucketCors", |answer| answer
            .cors_rules
            .map(|rules| Cors::of(&rules))),
    )?;
    Ok(Properties {
        bucket_encryption: encryption,
        versioning_configuration: versioning,
        lifecycle_configuration: lifecycle,
        public_access_block_configuration: public,
        ownership_controls: ownership,
        logging_configuration: logging,
        cors_configuration: cors,
        ..Properties::default()
    })
}

/// Some emulators (moto) put the answer into an element of another name, which the SDK refuses; the status is plain
/// to see in it all the same.
async fn versioning(scope: &Scope, bucket: &str) -> Result<Option<Versioning>, aws::Error> {
    let answer = scope.clients.s3.get_bucket_versioning().bucket(bucket).send().await;
    let misnamed = answer
        .as_ref()
        .err()
        .and_then(|error| error.raw_response())
        .filter(|raw| raw.status().is_success());
    let status = misnamed
        .and_then(|raw| std::str::from_utf8(raw.body().bytes()?).ok())
        .and_then(|text| {
            ["Enabled", "Suspended"]
                .into_iter()
                .find(|status| text.contains(&format!("<Status>{status}</Status>")))
        });
    if let Some(status) = status {
        return Ok(Some(Versioning {
            status: Some(status.to_owned()),
        }));
    }
    let answer = offered(answer.map_err(|e| failure("s3", "GetBucketVersioning", bucket, e)))?;
    Ok(answer.and_then(|answer| answer.status).map(|status| Versioning {
        status: Some(status.as_str().to_owned()),
    }))
}

/// Writes one setting.
macro_rules! write {
    ($scope:ident, $bucket:ident, $cx:ident, $request:expr, $operation:literal) => {{
        let request = $request.bucket($bucket);
        let call = async || {
            request
                .clone()
                .send()
                .await
                .map_err(|e| failure("s3", $operation, $bucket, e))
        };
        $scope.retrying($cx, call).await?
    }};
}

/// Brings the settings of `wanted` that differ in `live`. What `wanted` leaves out stays. Access comes first: a bucket
/// is closed before it is otherwise set up.
pub(super) async fn change(
    scope: &Scope,
    bucket: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let client = &scope.clients.s3;
    if let Some(block) = differing(
        &wanted.public_access_block_configuration,
        &live.public_access_block_configuration,
    ) {
        let request = client
            .put_public_access_block()
            .public_access_block_configuration(block.sdk());
        write!(scope, bucket, cx, request, "PutPublicAccessBlock");
    }
    if let Some(controls) = differing(&wanted.ownership_controls, &live.ownership_controls) {
        let request = client
            .put_bucket_ownership_controls()
            .ownership_controls(controls.sdk(scope)?);
        write!(scope, bucket, cx, request, "PutBucketOwnershipControls");
    }
    if let Some(encryption) = differing(&wanted.bucket_encryption, &live.bucket_encryption) {
        let request = client
            .put_bucket_encryption()
            .server_side_encryption_configuration(encryption.sdk(scope)?);
        write!(scope, bucket, cx, request, "PutBucketEncryption");
    }
    if let Some(versioning) = differing(&wanted.versioning_configuration, &live.versioning_configuration) {
        let status = versioning.status.as_deref().map(Into::into);
        let configuration = s3::VersioningConfiguration::builder().set_status(status).build();
        let request = client.put_bucket_versioning().versioning_configuration(configuration);
        write!(scope, bucket, cx, request, "PutBucketVersioning");
    }
    if let Some(logging) = differing(&wanted.logging_configuration, &live.logging_configuration) {
        let request = client
            .put_bucket_logging()
            .bucket_logging_status(logging.sdk(scope, bucket)?);
        write!(scope, bucket, cx, request, "PutBucketLogging");
    }
    if let Some(lifecycle) = differing(&wanted.lifecycle_configuration, &live.lifecycle_configuration) {
        match lifecycle.sdk(scope)? {
            Some(configuration) => {
                let request = client
                    .put_bucket_lifecycle_configuration()
                    .lifecycle_configuration(configuration);
                write!(scope, bucket, cx, request, "PutBucketLifecycleConfiguration");
            }
            None => {
                write!(
                    scope,
                    bucket,
                    cx,
                    client.delete_bucket_lifecycle(),
                    "DeleteBucketLifecycle"
                );
            }
        }
    }
    if let Some(cors) = differing(&wanted.cors_configuration, &live.cors_configuration) {
        if cors.cors_rules.is_empty() {
            write!(scope, bucket, cx, client.delete_bucket_cors(), "DeleteBucketCors");
        } else {
            write!(
                scope,
                bucket,
                cx,
                client.put_bucket_cors().cors_configuration(cors.sdk(scope)?),
                "PutBucketCors"
            );
        }
    }
    Ok(())
}

fn differing<'a, T: PartialEq>(wanted: &'a Option<T>, live: &Option<T>) -> Option<&'a T> {
    wanted.as_ref().filter(|wanted| live.as_ref() != Some(*wanted))
}

impl Encryption {
    fn of(sdk: &s3::ServerSideEncryptionConfiguration) -> Self {
        let rule = |rule: &s3::ServerSideEncryptionRule| EncryptionRule {
            bucket_key_enabled: rule.bucket_key_enabled.unwrap_or_default(),
            server_side_encryption_by_default: rule.apply_server_side_encryption_by_default.as_ref().map(|default| {
                EncryptionDefault {
                    algorithm: default.sse_algorithm.as_str().to_owned(),
                    key: default.kms_master_key_id.clone(),
                }
            }),
        };
        Self {
            server_side_encryption_configuration: sdk.rules().iter().map(rule).collect(),
        }
    }

    fn sdk(&self, scope: &Scope) -> Result<s3::ServerSideEncryptionConfiguration, Error> {
        let mut builder = s3::ServerSideEncryptionConfiguration::builder();
        for rule in &self.server_side_encryption_configuration {
            let default = rule.server_side_encryption_by_default.as_ref().map(|default| {
                let builder = s3::ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(default.algorithm.as_str().into())
                    .set_kms_master_key_id(default.key.clone());
                scope.built(builder.build())
            });
            let rule = s3::ServerSideEncryptionRule::builder()
                .set_apply_server_side_encryption_by_default(default.transpose()?)
                .set_bucket_key_enabled(rule.bucket_key_enabled.then_some(true));
            builder = builder.rules(rule.build());
        }
        scope.built(builder.build())
    }
}

impl PublicAccessBlock {
    fn of(sdk: &s3::PublicAccessBlockConfiguration) -> Self {
        Self {
            block_public_acls: sdk.block_public_acls.unwrap_or_default(),
            block_public_policy: sdk.block_public_policy.unwrap_or_default(),
            ignore_public_acls: sdk.ignore_public_acls.unwrap_or_default(),
            restrict_public_buckets: sdk.restrict_public_buckets.unwrap_or_default(),
        }
    }

    fn sdk(&self) -> s3::PublicAccessBlockConfiguration {
        s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(self.block_public_acls)
            .block_public_policy(self.block_public_policy)
            .ignore_public_acls(self.ignore_public_acls)
            .restrict_public_buckets(self.restrict_public_buckets)
            .build()
    }
}

impl OwnershipControls {
    fn of(sdk: &s3::OwnershipControls) -> Self {
        let rule = |rule: &s3::OwnershipControlsRule| OwnershipRule {
            object_ownership: rule.object_ownership.as_str().to_owned(),
        };
        Self {
            rules: sdk.rules().iter().map(rule).collect(),
        }
    }

    fn sdk(&self, scope: &Scope) -> Result<s3::OwnershipControls, Error> {
        let mut builder = s3::OwnershipControls::builder();
        for rule in &self.rules {
            let rule = s3::OwnershipControlsRule::builder().object_ownership(rule.object_ownership.as_str().into());
            builder = builder.rules(scope.built(rule.build())?);
        }
        scope.built(builder.build())
    }
}

impl Logging {
    /// Without a destination the bucket logs to itself, as CloudFormation has it.
    fn sdk(&self, scope: &Scope, bucket: &str) -> Result<s3::BucketLoggingStatus, Error> {
        let target = self.destination_bucket_name.as_deref().unwrap_or(bucket);
        let enabled = s3::LoggingEnabled::builder()
            .target_bucket(target)
            .target_prefix(&self.log_file_prefix);
        Ok(s3::BucketLoggingStatus::builder()
            .logging_enabled(scope.built(enabled.build())?)
            .build())
    }
}

impl Cors {
    fn of(rules: &[s3::CorsRule]) -> Self {
        let rule = |rule: &s3::CorsRule| CorsRule {
            id: rule.id.clone(),
            allowed_headers: rule.allowed_headers().to_vec(),
            allowed_methods: rule.allowed_methods.clone(),
            allowed_origins: rule.allowed_origins.clone(),
            exposed_headers: rule.expose_headers().to_vec(),
            max_age: rule.max_age_seconds,
        };
        Self {
            cors_rules: rules.iter().map(rule).collect(),
        }
    }

    fn sdk(&self, scope: &Scope) -> Result<s3::CorsConfiguration, Error> {
        let listed = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        let mut builder = s3::CorsConfiguration::builder();
        for rule in &self.cors_rules {
            let rule = s3::CorsRule::builder()
                .set_id(rule.id.clone())
                .set_allowed_headers(listed(&rule.allowed_headers))
                .set_allowed_methods(Some(rule.allowed_methods.clone()))
                .set_allowed_origins(Some(rule.allowed_origins.clone()))
                .set_expose_headers(listed(&rule.exposed_headers))
                .set_max_age_seconds(rule.max_age);
            builder = builder.cors_rules(scope.built(rule.build())?);
        }
        scope.built(builder.build())
    }
}
