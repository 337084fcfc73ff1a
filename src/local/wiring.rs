//! How the services of the embedded AWS reach each other.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::AwsError;
use super::firehose::{Also, Firehose, Object, ObjectSink};
use super::iam::Iam;
use super::kinesis::Kinesis;
use super::logs::Logs;
use super::ports::{LogSink, RoleCheck};
use super::redshift::Databases;
use super::s3::{ObjectMeta, S3};
use super::tagging::TagSource;
use super::warehouse::Warehouses;

impl RoleCheck for Iam {
    fn can_assume(&self, role_arn: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError> {
        Iam::can_assume(self, role_arn, service, source_arn)
    }
}

impl ObjectSink for S3 {
    fn put_file(&self, object: Object<'_>, body: &Path, also: Also<'_>) -> Result<(), AwsError> {
        let meta = ObjectMeta {
            content_type: Some(object.content_type.to_owned()),
            content_encoding: object.content_encoding.map(str::to_owned),
            ..ObjectMeta::default()
        };
        S3::put_file(self, object.bucket, object.key, body, meta, also)
    }
}

impl LogSink for Logs {
    fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError> {
        Logs::ensure(self, group, stream)
    }

    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError> {
        Logs::append(self, group, stream, messages)
    }
}

impl Databases for Warehouses {
    fn create(&self, warehouse: &str, database: &str) -> Result<(), AwsError> {
        Warehouses::create(self, warehouse, database)
    }

    fn drop_warehouse(&self, warehouse: &str) -> Result<(), AwsError> {
        Warehouses::drop_warehouse(self, warehouse)
    }
}

impl TagSource for S3 {
    fn tagged(&self) -> Result<Vec<(String, BTreeMap<String, String>)>, AwsError> {
        S3::tagged(self)
    }
}

impl TagSource for Kinesis {
    fn tagged(&self) -> Result<Vec<(String, BTreeMap<String, String>)>, AwsError> {
        Kinesis::tagged(self)
    }
}

impl TagSource for Firehose {
    fn tagged(&self) -> Result<Vec<(String, BTreeMap<String, String>)>, AwsError> {
        Firehose::tagged(self)
    }
}
