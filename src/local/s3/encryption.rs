//! Server-side encryption as AWS reports it.
//! Source: S3 user guide, "Setting default server-side encryption behavior": AES256 unless told otherwise, since 2023.

use s3s::dto::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use s3s::{S3ErrorCode, S3Result};

use super::S3;
use super::configuration::{self, Kind};
use super::error::{error, invalid_argument};
use super::record::Encryption;
use crate::local::store::Reads;

/// What a bucket has until somebody configures another.
pub(super) fn default_configuration() -> ServerSideEncryptionConfiguration {
    ServerSideEncryptionConfiguration {
        rules: vec![ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                kms_master_key_id: None,
                sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
            }),
            bucket_key_enabled: Some(false),
        }],
    }
}

pub(super) fn check_configuration(configuration: &ServerSideEncryptionConfiguration) -> S3Result<()> {
    let [rule] = configuration.rules.as_slice() else {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(error(S3ErrorCode::MalformedXML, message));
    };
    if let Some(default) = &rule.apply_server_side_encryption_by_default {
        let algorithm = default.sse_algorithm.as_str();
        check_algorithm(algorithm)?;
        if algorithm == ServerSideEncryption::AES256 && default.kms_master_key_id.is_some() {
            return Err(invalid_argument(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ));
        }
    }
    Ok(())
}

fn check_algorithm(algorithm: &str) -> S3Result<()> {
    match algorithm {
        ServerSideEncryption::AES256 | ServerSideEncryption::AWS_KMS | ServerSideEncryption::AWS_KMS_DSSE => Ok(()),
        _ => Err(error(
            S3ErrorCode::InvalidEncryptionAlgorithmError,
            "The encryption request you specified is not valid. Supported value: AES256, aws:kms, aws:kms:dsse",
        )),
    }
}

/// What a write asks for.
#[derive(Clone, Default)]
pub(super) struct Wanted {
    pub algorithm: Option<ServerSideEncryption>,
    pub key: Option<String>,
    pub bucket_key: Option<bool>,
}

/// The encryption of a new object: what it asks for, else the bucket's default.
pub(super) fn resolve(s3: &S3, tx: &impl Reads, bucket: &str, wanted: Wanted) -> S3Result<Encryption> {
    let stored = configuration::get::<ServerSideEncryptionConfiguration>(tx, bucket, Kind::Encryption)?;
    let rule = stored.unwrap_or_else(default_configuration).rules.into_iter().next();
    let rule = rule.unwrap_or_default();
    let default = rule.apply_server_side_encryption_by_default;
    let (algorithm, key) = match wanted.algorithm {
        Some(algorithm) => {
            check_algorithm(algorithm.as_str())?;
            (algorithm.as_str().to_owned(), wanted.key)
        }
        None if wanted.key.is_some() => {
            return Err(invalid_argument(
                "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            ));
        }
        None => default.map_or_else(
            || (ServerSideEncryption::AES256.to_owned(), None),
            |default| (default.sse_algorithm.as_str().to_owned(), default.kms_master_key_id),
        ),
    };
    if algorithm == ServerSideEncryption::AES256 {
        return Ok(Encryption {
            algorithm,
            key: None,
            bucket_key: false,
        });
    }
    let key = key.unwrap_or_else(|| "alias/aws/s3".to_owned());
    Ok(Encryption {
        algorithm,
        key: Some(key_arn(s3, key)),
        bucket_key: wanted.bucket_key.or(rule.bucket_key_enabled).unwrap_or(false),
    })
}

/// Keys come as id, alias or ARN, and are reported as ARN.
fn key_arn(s3: &S3, key: String) -> String {
    if key.starts_with("arn:") {
        return key;
    }
    let resource = if key.starts_with("alias/") {
        key
    } else {
        format!("key/{key}")
    };
    s3.env.arn("kms", &resource)
}

/// Sets the encryption members of an output.
macro_rules! set_encryption {
    ($output:expr, $encryption:expr) => {{
        let encryption = &$encryption;
        $output.server_side_encryption = Some(s3s::dto::ServerSideEncryption::from(encryption.algorithm.clone()));
        $output.ssekms_key_id = encryption.key.clone();
        $output.bucket_key_enabled = encryption.bucket_key.then_some(true);
    }};
}
pub(super) use set_encryption;
