//! `ExtendedS3DestinationConfiguration`: CloudFormation's shape, and the SDK's for create, update and describe.

use aws_sdk_firehose::types as firehose;
use serde::{Deserialize, Serialize};

use super::super::error::Error;
use super::super::handler::Scope;

/// Left out: `S3BackupConfiguration` and `DataFormatConversionConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct ExtendedS3 {
    #[serde(rename = "BucketARN")]
    bucket_arn: Option<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    prefix: Option<String>,
    error_output_prefix: Option<String>,
    buffering_hints: Option<BufferingHints>,
    compression_format: Option<String>,
    encryption_configuration: Option<EncryptionConfiguration>,
    cloud_watch_logging_options: Option<LoggingOptions>,
    processing_configuration: Option<Processing>,
    s3_backup_mode: Option<String>,
    dynamic_partitioning_configuration: Option<DynamicPartitioning>,
    file_extension: Option<String>,
    custom_time_zone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct BufferingHints {
    interval_in_seconds: Option<i32>,
    #[serde(rename = "SizeInMBs")]
    size_in_mbs: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EncryptionConfiguration {
    #[serde(rename = "NoEncryptionConfig")]
    none: Option<String>,
    #[serde(rename = "KMSEncryptionConfig")]
    kms: Option<KmsEncryption>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KmsEncryption {
    #[serde(rename = "AWSKMSKeyARN")]
    key_arn: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct LoggingOptions {
    enabled: bool,
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Processing {
    enabled: bool,
    processors: Vec<Processor>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Processor {
    r#type: String,
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Parameter {
    parameter_name: String,
    parameter_value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct DynamicPartitioning {
    enabled: bool,
    retry_options: Option<RetryOptions>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct RetryOptions {
    duration_in_seconds: Option<i32>,
}

const UNCOMPRESSED: &str = "UNCOMPRESSED";
const NO_ENCRYPTION: &str = "NoEncryption";
const NO_BACKUP: &str = "Disabled";
const UTC: &str = "UTC";

impl ExtendedS3 {
    /// The documented defaults
    /// (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html>).
    /// Those of `BufferingHints` depend on other settings and are left to the service.
    pub(super) fn fill_defaults(&mut self) {
        for text in [
            &mut self.prefix,
            &mut self.error_output_prefix,
            &mut self.file_extension,
        ] {
            text.get_or_insert_default();
        }
        self.compression_format.get_or_insert_with(|| UNCOMPRESSED.into());
        self.s3_backup_mode.get_or_insert_with(|| NO_BACKUP.into());
        self.encryption_configuration
            .get_or_insert_with(|| EncryptionConfiguration {
                none: Some(NO_ENCRYPTION.into()),
                kms: None,
            });
        self.cloud_watch_logging_options.get_or_insert_default();
        self.processing_configuration.get_or_insert_default();
        self.dynamic_partitioning_configuration.get_or_insert_default();
        let zone = self.custom_time_zone.get_or_insert_default();
        if zone.is_empty() {
            *zone = UTC.into();
        }
        if let Some(processing) = &mut self.processing_configuration {
            for processor in &mut processing.processors {
                processor
                    .parameters
                    .sort_by(|a, b| a.parameter_name.cmp(&b.parameter_name));
            }
        }
    }

    /// The request of CreateDeliveryStream: only what differs from the defaults.
    pub(super) fn configuration(&self, scope: &Scope) -> Result<firehose::ExtendedS3DestinationConfiguration, Error> {
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let zone = self.custom_time_zone.clone().filter(|zone| zone != UTC);
        let logging = self
            .cloud_watch_logging_options
            .as_ref()
            .filter(|logging| logging.enabled);
        let processing = self
            .processing_configuration
            .as_ref()
            .filter(|processing| processing.enabled);
        let partitioning = self.dynamic_partitioning_configuration.as_ref().filter(|it| it.enabled);
        let builder = firehose::ExtendedS3DestinationConfiguration::builder()
            .set_bucket_arn(self.bucket_arn.clone())
            .set_role_arn(self.role_arn.clone())
            .set_prefix(set(&self.prefix))
            .set_error_output_prefix(set(&self.error_output_prefix))
            .set_buffering_hints(self.buffering_hints.as_ref().map(BufferingHints::sdk))
            .set_compression_format(self.compression_format.as_deref().map(Into::into))
            .set_encryption_configuration(self.encryption(scope)?)
            .set_cloud_watch_logging_options(logging.map(LoggingOptions::sdk))
            .set_processing_configuration(processing.map(|it| it.sdk(scope)).transpose()?)
            .set_s3_backup_mode(
                self.s3_backup_mode
                    .as_deref()
                    .filter(|mode| *mode != NO_BACKUP)
                    .map(Into::into),
            )
            .set_dynamic_partitioning_configuration(partitioning.map(DynamicPartitioning::sdk))
            .set_file_extension(set(&self.file_extension))
            .set_custom_time_zone(zone);
        scope.built(builder.build())
    }

    /// The request of UpdateDestination: everything, so that what was taken out of the configs goes back to its
    /// default.
    pub(super) fn update(&self, scope: &Scope) -> Result<firehose::ExtendedS3DestinationUpdate, Error> {
        let processing = self
            .processing_configuration
            .as_ref()
            .map(|it| it.sdk(scope))
            .transpose()?;
        // It cannot be turned on or off once the stream exists, so only its settings are sent.
        let partitioning = self.dynamic_partitioning_configuration.as_ref().filter(|it| it.enabled);
        Ok(firehose::ExtendedS3DestinationUpdate::builder()
            .set_bucket_arn(self.bucket_arn.clone())
            .set_role_arn(self.role_arn.clone())
            .set_prefix(self.prefix.clone())
            .set_error_output_prefix(self.error_output_prefix.clone())
            .set_buffering_hints(self.buffering_hints.as_ref().map(BufferingHints::sdk))
            .set_compression_format(self.compression_format.as_deref().map(Into::into))
            .set_encryption_configuration(self.encryption(scope)?)
            .set_cloud_watch_logging_options(self.cloud_watch_logging_options.as_ref().map(LoggingOptions::sdk))
            .set_processing_configuration(processing)
            .set_s3_backup_mode(self.s3_backup_mode.as_deref().map(Into::into))
            .set_dynamic_partitioning_configuration(partitioning.map(DynamicPartitioning::sdk))
            .set_file_extension(self.file_extension.clone())
            .set_custom_time_zone(self.custom_time_zone.clone())
            .build())
    }

    /// What DescribeDeliveryStream says. The service adds parameters to processors (a Lambda's number of retries):
    /// those that `wanted` does not mention for the same processor are left out.
    pub(super) fn of(description: &firehose::ExtendedS3DestinationDescription, wanted: Option<&Self>) -> Self {
        let wanted = wanted.and_then(|wanted| wanted.processing_configuration.as_ref());
        let encryption = description.encryption_configuration.as_ref();
        let partitioning = description.dynamic_partitioning_configuration.as_ref();
        Self {
            bucket_arn: Some(description.bucket_arn.clone()),
            role_arn: Some(description.role_arn.clone()),
            prefix: description.prefix.clone(),
            error_output_prefix: description.error_output_prefix.clone(),
            buffering_hints: description.buffering_hints.as_ref().map(|hints| BufferingHints {
                interval_in_seconds: hints.interval_in_seconds,
                size_in_mbs: hints.size_in_mbs,
            }),
            compression_format: Some(description.compression_format.as_str().to_owned()),
            encryption_configuration: encryption.map(EncryptionConfiguration::of),
            cloud_watch_logging_options: description.cloud_watch_logging_options.as_ref().map(LoggingOptions::of),
            processing_configuration: description
                .processing_configuration
                .as_ref()
                .map(|it| Processing::of(it, wanted)),
            s3_backup_mode: description.s3_backup_mode.as_ref().map(|mode| mode.as_str().to_owned()),
            dynamic_partitioning_configuration: partitioning.map(DynamicPartitioning::of),
            file_extension: description.file_extension.clone(),
            custom_time_zone: description.custom_time_zone.clone(),
        }
    }

    fn encryption(&self, scope: &Scope) -> Result<Option<firehose::EncryptionConfiguration>, Error> {
        let Some(encryption) = &self.encryption_configuration else {
            return Ok(None);
        };
        let kms = encryption.kms.as_ref().map(|kms| {
            scope.built(
                firehose::KmsEncryptionConfig::builder()
                    .set_awskms_key_arn(kms.key_arn.clone())
                    .build(),
            )
        });
        let builder = firehose::EncryptionConfiguration::builder()
            .set_no_encryption_config(encryption.none.as_deref().map(Into::into))
            .set_kms_encryption_config(kms.transpose()?);
        Ok(Some(builder.build()))
    }
}

impl BufferingHints {
    fn sdk(&self) -> firehose::BufferingHints {
        firehose::BufferingHints::builder()
            .set_interval_in_seconds(self.interval_in_seconds)
            .set_size_in_mbs(self.size_in_mbs)
            .build()
    }
}

impl EncryptionConfiguration {
    fn of(sdk: &firehose::EncryptionConfiguration) -> Self {
        let kms = sdk.kms_encryption_config.as_ref();
        Self {
            none: sdk.no_encryption_config.as_ref().map(|none| none.as_str().to_owned()),
            kms: kms.map(|kms| KmsEncryption {
                key_arn: Some(kms.awskms_key_arn.clone()),
            }),
        }
    }
}

impl LoggingOptions {
    fn sdk(&self) -> firehose::CloudWatchLoggingOptions {
        firehose::CloudWatchLoggingOptions::builder()
            .enabled(self.enabled)
            .set_log_group_name(self.log_group_name.clone())
            .set_log_stream_name(self.log_stream_name.clone())
            .build()
    }

    fn of(sdk: &firehose::CloudWatchLoggingOptions) -> Self {
        Self {
            enabled: sdk.enabled.unwrap_or_default(),
            log_group_name: sdk.log_group_name.clone(),
            log_stream_name: sdk.log_stream_name.clone(),
        }
    }
}

impl Processing {
    fn sdk(&self, scope: &Scope) -> Result<firehose::ProcessingConfiguration, Error> {
        let parameter = |parameter: &Parameter| {
            let builder = firehose::ProcessorParameter::builder()
                .parameter_name(parameter.parameter_name.as_str().into())
                .parameter_value(&parameter.parameter_value);
            scope.built(builder.build())
        };
        let processor = |processor: &Processor| {
            let parameters = processor
                .parameters
                .iter()
                .map(parameter)
                .collect::<Result<Vec<_>, _>>()?;
            let parameters = (!parameters.is_empty()).then_some(parameters);
            let builder = firehose::Processor::builder().r#type(processor.r#type.as_str().into());
            scope.built(builder.set_parameters(parameters).build())
        };
        let processors = self.processors.iter().map(processor).collect::<Result<Vec<_>, _>>()?;
        let builder = firehose::ProcessingConfiguration::builder().enabled(self.enabled);
        Ok(builder.set_processors(Some(processors)).build())
    }

    fn of(sdk: &firehose::ProcessingConfiguration, wanted: Option<&Self>) -> Self {
        let processor = |processor: &firehose::Processor| {
            let kind = processor.r#type.as_str();
            let wanted = wanted.and_then(|wanted| wanted.processors.iter().find(|other| other.r#type == kind));
            let mentioned = |name: &str| {
                wanted.is_none_or(|wanted| wanted.parameters.iter().any(|other| other.parameter_name == name))
            };
            let parameters = processor
                .parameters()
                .iter()
                .filter(|it| mentioned(it.parameter_name.as_str()));
            let parameters = parameters.map(|parameter| Parameter {
                parameter_name: parameter.parameter_name.as_str().to_owned(),
                parameter_value: parameter.parameter_value.clone(),
            });
            Processor {
                r#type: kind.to_owned(),
                parameters: parameters.collect(),
            }
        };
        Self {
            enabled: sdk.enabled.unwrap_or_default(),
            processors: sdk.processors().iter().map(processor).collect(),
        }
    }
}

impl DynamicPartitioning {
    fn sdk(&self) -> firehose::DynamicPartitioningConfiguration {
        let retry = self.retry_options.as_ref().map(|retry| {
            firehose::RetryOptions::builder()
                .set_duration_in_seconds(retry.duration_in_seconds)
                .build()
        });
        firehose::DynamicPartitioningConfiguration::builder()
            .enabled(self.enabled)
            .set_retry_options(retry)
            .build()
    }

    fn of(sdk: &firehose::DynamicPartitioningConfiguration) -> Self {
        let retry = sdk.retry_options.as_ref();
        Self {
            enabled: sdk.enabled.unwrap_or_default(),
            retry_options: retry.map(|retry| RetryOptions {
                duration_in_seconds: retry.duration_in_seconds,
            }),
        }
    }
}
