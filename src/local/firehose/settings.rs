//! The S3 destination's settings: one struct for the API's configuration, update and description shapes, whose
//! members have the same names.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::invalid_argument;
use super::prefix::{Prefix, PrefixError};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// Source: BufferingHints' API reference.
const DEFAULT_SIZE: i64 = 5;
const DEFAULT_INTERVAL: i64 = 300;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct S3Settings {
    #[serde(rename = "RoleARN", skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    #[serde(rename = "BucketARN", skip_serializing_if = "Option::is_none")]
    pub bucket_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_output_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffering_hints: Option<BufferingHints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logging_options: Option<LoggingOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_configuration: Option<Processing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_backup_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_backup_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_backup_update: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_format_conversion_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_partitioning_configuration: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_extension: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_time_zone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BufferingHints {
    #[serde(rename = "SizeInMBs", skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    #[serde(rename = "IntervalInSeconds", skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LoggingOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_stream_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Processing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default)]
    pub processors: Vec<Processor>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Processor {
    #[serde(rename = "Type")]
    pub kind: String,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Parameter {
    pub parameter_name: String,
    pub parameter_value: String,
}

impl S3Settings {
    /// Takes every member that `update` has; the rest stays.
    /// Source: UpdateDestination's API reference.
    pub fn merged(&self, update: Self) -> Self {
        Self {
            role_arn: update.role_arn.or_else(|| self.role_arn.clone()),
            bucket_arn: update.bucket_arn.or_else(|| self.bucket_arn.clone()),
            prefix: update.prefix.or_else(|| self.prefix.clone()),
            error_output_prefix: update.error_output_prefix.or_else(|| self.error_output_prefix.clone()),
            buffering_hints: update.buffering_hints.or_else(|| self.buffering_hints.clone()),
            compression_format: update.compression_format.or_else(|| self.compression_format.clone()),
            encryption_configuration: update
                .encryption_configuration
                .or_else(|| self.encryption_configuration.clone()),
            cloud_watch_logging_options: update
                .cloud_watch_logging_options
                .or_else(|| self.cloud_watch_logging_options.clone()),
            processing_configuration: update
                .processing_configuration
                .or_else(|| self.processing_configuration.clone()),
            s3_backup_mode: update.s3_backup_mode.or_else(|| self.s3_backup_mode.clone()),
            s3_backup_configuration: None,
            s3_backup_update: None,
            data_format_conversion_configuration: update
                .data_format_conversion_configuration
                .or_else(|| self.data_format_conversion_configuration.clone()),
            dynamic_partitioning_configuration: update
                .dynamic_partitioning_configuration
                .or_else(|| self.dynamic_partitioning_configuration.clone()),
            file_extension: update.file_extension.or_else(|| self.file_extension.clone()),
            custom_time_zone: update.custom_time_zone.or_else(|| self.custom_time_zone.clone()),
        }
    }

    /// Checks the members against the model; `at` is the member that holds them.
    pub fn constrain(&self, at: &str, constraints: &mut Constraints) {
        if let Some(role) = &self.role_arn {
            let matches = role.starts_with("arn:") && role.contains(":iam::") && role.contains(":role/");
            constraints.pattern(
                format!("{at}.roleARN"),
                role,
                r"arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+",
                matches,
            );
        }
        if let Some(bucket) = &self.bucket_arn {
            let matches = bucket.starts_with("arn:") && bucket.contains(":s3:::") && !bucket.ends_with(':');
            constraints.pattern(
                format!("{at}.bucketARN"),
                bucket,
                r"arn:.*:s3:::[\w\.\-]{1,255}",
                matches,
            );
        }
        for (name, value) in [
            ("prefix", &self.prefix),
            ("errorOutputPrefix", &self.error_output_prefix),
        ] {
            if let Some(value) = value {
                constraints.length(format!("{at}.{name}"), value, 0, 1024);
            }
        }
        if let Some(format) = &self.compression_format {
            let formats = ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"];
            constraints.one_of(format!("{at}.compressionFormat"), format, &formats);
        }
        if let Some(mode) = &self.s3_backup_mode {
            constraints.one_of(format!("{at}.s3BackupMode"), mode, &["Disabled", "Enabled"]);
        }
        if let Some(hints) = &self.buffering_hints {
            if let Some(size) = hints.size {
                constraints.range(&format!("{at}.bufferingHints.sizeInMBs"), size, 1, 128);
            }
            if let Some(interval) = hints.interval {
                constraints.range(&format!("{at}.bufferingHints.intervalInSeconds"), interval, 0, 900);
            }
        }
        if let Some(extension) = self.file_extension.as_ref().filter(|e| !e.is_empty()) {
            let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!-_.*'()".contains(&b);
            let matches = extension.len() > 1 && extension.starts_with('.') && extension.bytes().all(allowed);
            let pattern = r"^$|\.[0-9a-z!\-_.*'()]+";
            constraints.pattern(format!("{at}.fileExtension"), extension, pattern, matches);
            constraints.length(format!("{at}.fileExtension"), extension, 0, 128);
        }
    }

    /// What AWS checks beyond the model, and what this service does not have.
    pub fn check(&self) -> Result<(), AwsError> {
        if let Some(hints) = &self.buffering_hints
            && hints.size.is_some() != hints.interval.is_some()
        {
            return Err(invalid_argument(
                "BufferingHints must specify both SizeInMBs and IntervalInSeconds.",
            ));
        }
        if !matches!(self.compression(), "UNCOMPRESSED" | "GZIP") {
            return Err(lacks(format_args!(
                "Firehose CompressionFormat {} (it has UNCOMPRESSED and GZIP)",
                self.compression()
            )));
        }
        if self.s3_backup_mode.as_deref() == Some("Enabled") {
            return Err(lacks("Firehose S3BackupMode Enabled"));
        }
        for (value, what) in [
            (&self.data_format_conversion_configuration, "data format conversion"),
            (&self.dynamic_partitioning_configuration, "dynamic partitioning"),
        ] {
            // Format conversion is on unless it says otherwise.
            let configured = value
                .as_ref()
                .is_some_and(|v| v.as_object().is_some_and(|o| !o.is_empty()));
            if configured && value.as_ref().and_then(|v| v.get("Enabled")) != Some(&Value::Bool(false)) {
                return Err(lacks(format_args!("Firehose {what}")));
            }
        }
        for processor in self.processors() {
            processor.check()?;
        }
        self.time_zone()?;
        self.check_prefixes()
    }

    /// Source: developer guide, "Understand custom prefixes", semantic rules.
    fn check_prefixes(&self) -> Result<(), AwsError> {
        let parse = |text: &Option<String>| Prefix::parse(text.as_deref().unwrap_or_default()).map_err(prefix_error);
        let (prefix, error_prefix) = (parse(&self.prefix)?, parse(&self.error_output_prefix)?);
        if prefix.has_error_output_type() {
            return Err(invalid_argument(
                "Prefix cannot contain the expression !{firehose:error-output-type}.",
            ));
        }
        let no_error_prefix = self.error_output_prefix.as_ref().is_none_or(String::is_empty);
        if prefix.has_expressions() && no_error_prefix {
            return Err(invalid_argument(
                "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.",
            ));
        }
        if error_prefix.has_expressions() && !error_prefix.has_error_output_type() {
            return Err(invalid_argument(
                "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}.",
            ));
        }
        Ok(())
    }

    pub fn prefix(&self) -> Result<Prefix, AwsError> {
        Prefix::parse(self.prefix.as_deref().unwrap_or_default()).map_err(prefix_error)
    }

    pub fn compression(&self) -> &str {
        self.compression_format.as_deref().unwrap_or("UNCOMPRESSED")
    }

    pub fn gzip(&self) -> bool {
        self.compression() == "GZIP"
    }

    /// What objects' names end in.
    pub fn extension(&self) -> &str {
        match self.file_extension.as_deref() {
            Some(extension) if !extension.is_empty() => extension,
            _ if self.gzip() => ".gz",
            _ => "",
        }
    }

    pub fn bucket(&self) -> &str {
        let arn = self.bucket_arn.as_deref().unwrap_or_default();
        arn.rsplit(':').next().unwrap_or_default()
    }

    /// Bytes of uncompressed data in one object.
    pub fn buffer_bytes(&self) -> u64 {
        let size = self.buffering_hints.as_ref().and_then(|hints| hints.size);
        (size.unwrap_or(DEFAULT_SIZE) as u64) << 20
    }

    pub fn buffer_interval(&self) -> std::time::Duration {
        let interval = self.buffering_hints.as_ref().and_then(|hints| hints.interval);
        std::time::Duration::from_secs(interval.unwrap_or(DEFAULT_INTERVAL) as u64)
    }

    pub fn time_zone(&self) -> Result<TimeZone, AwsError> {
        match self.custom_time_zone.as_deref() {
            None | Some("" | "UTC") => Ok(TimeZone::UTC),
            Some(name) => {
                TimeZone::get(name).map_err(|_| invalid_argument(format!("CustomTimeZone {name} is not a time zone.")))
            }
        }
    }

    pub fn processors(&self) -> &[Processor] {
        match &self.processing_configuration {
            Some(processing) if processing.enabled == Some(true) => &processing.processors,
            _ => &[],
        }
    }

    /// What is written after each record.
    pub fn delimiter(&self) -> Vec<u8> {
        let append = |processor: &&Processor| processor.kind == "AppendDelimiterToRecord";
        let processor = self.processors().iter().find(append);
        processor.map(Processor::delimiter).unwrap_or_default()
    }

    /// Log group and stream of delivery errors.
    pub fn log(&self) -> Option<(&str, &str)> {
        let options = self.cloud_watch_logging_options.as_ref()?;
        let group = options.log_group_name.as_deref().filter(|name| !name.is_empty())?;
        let stream = options.log_stream_name.as_deref().filter(|name| !name.is_empty())?;
        (options.enabled == Some(true)).then_some((group, stream))
    }

    /// The description's form, with AWS's defaults filled in. `extended` for ExtendedS3DestinationDescription.
    pub fn description(&self, extended: bool) -> Value {
        let mut described = json!({
            "RoleARN": self.role_arn,
            "BucketARN": self.bucket_arn,
            "Prefix": self.prefix.as_deref().unwrap_or_default(),
            "BufferingHints": {
                "SizeInMBs": self.buffering_hints.as_ref().and_then(|h| h.size).unwrap_or(DEFAULT_SIZE),
                "IntervalInSeconds": self.buffering_hints.as_ref().and_then(|h| h.interval).unwrap_or(DEFAULT_INTERVAL),
            },
            "CompressionFormat": self.compression(),
            "EncryptionConfiguration": self.encryption_configuration.clone()
                .unwrap_or_else(|| json!({"NoEncryptionConfig": "NoEncryption"})),
            "CloudWatchLoggingOptions": self.cloud_watch_logging_options.clone()
                .unwrap_or(LoggingOptions { enabled: Some(false), ..LoggingOptions::default() }),
        });
        if let Some(prefix) = &self.error_output_prefix {
            described["ErrorOutputPrefix"] = json!(prefix);
        }
        if extended {
            self.describe_extension(&mut described);
        }
        described
    }

    fn describe_extension(&self, described: &mut Value) {
        described["S3BackupMode"] = json!(self.s3_backup_mode.as_deref().unwrap_or("Disabled"));
        described["ProcessingConfiguration"] = match &self.processing_configuration {
            Some(processing) => json!(processing),
            None => json!({"Enabled": false, "Processors": []}),
        };
        let optional = [
            (
                "DataFormatConversionConfiguration",
                json!(self.data_format_conversion_configuration),
            ),
            (
                "DynamicPartitioningConfiguration",
                json!(self.dynamic_partitioning_configuration),
            ),
            ("FileExtension", json!(self.file_extension)),
            ("CustomTimeZone", json!(self.custom_time_zone)),
        ];
        for (name, value) in optional {
            if !value.is_null() {
                described[name] = value;
            }
        }
    }
}

impl Processor {
    fn check(&self) -> Result<(), AwsError> {
        match self.kind.as_str() {
            "AppendDelimiterToRecord" => Ok(()),
            kind => Err(lacks(format_args!(
                "the Firehose processor {kind} (it has AppendDelimiterToRecord)"
            ))),
        }
    }

    /// A newline unless the processor says otherwise. `\n` is written as two characters in the API.
    fn delimiter(&self) -> Vec<u8> {
        let given = self
            .parameters
            .iter()
            .find(|parameter| parameter.parameter_name == "Delimiter");
        let Some(given) = given else { return b"\n".to_vec() };
        let replaced = given.parameter_value.replace("\\n", "\n").replace("\\t", "\t");
        replaced.replace("\\r", "\r").into_bytes()
    }
}

fn lacks(what: impl std::fmt::Display) -> AwsError {
    AwsError::not_implemented(what)
}

fn prefix_error(error: PrefixError) -> AwsError {
    match error {
        PrefixError::Invalid(message) => invalid_argument(format!("Prefix is invalid: {message}.")),
        PrefixError::NotImplemented(what) => lacks(what),
    }
}
