//! The resource types that are supported, by name.

use std::sync::LazyLock;

use serde_json::Value;

/// The schema of one resource type, parsed at first use.
pub(in crate::template) struct ResourceSchema {
    /// Such as `AWS::Kinesis::Stream`.
    pub kind: &'static str,
    document: LazyLock<Value>,
}

impl std::fmt::Debug for ResourceSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResourceSchema({})", self.kind)
    }
}

/// One line a type: its name, and the file under `schemas/` without `.json`.
macro_rules! schemas {
    ($($kind:literal $file:literal),* $(,)?) => {
        static SCHEMAS: [ResourceSchema; [$($kind),*].len()] = [$(ResourceSchema {
            kind: $kind,
            document: LazyLock::new(|| parse(include_str!(concat!("../schemas/", $file, ".json")))),
        }),*];
    };
}

schemas! {
    "AWS::CloudWatch::Alarm" "cloud-watch-alarm",
    "AWS::CloudWatch::Dashboard" "cloud-watch-dashboard",
    "AWS::Glue::Database" "glue-database",
    "AWS::Glue::Job" "glue-job",
    "AWS::Glue::Table" "glue-table",
    "AWS::Glue::Trigger" "glue-trigger",
    "AWS::IAM::Role" "iam-role",
    "AWS::Kinesis::Stream" "kinesis-stream",
    "AWS::KinesisFirehose::DeliveryStream" "kinesis-firehose-delivery-stream",
    "AWS::Logs::LogGroup" "logs-log-group",
    "AWS::Logs::LogStream" "logs-log-stream",
    "AWS::QuickSight::Dashboard" "quick-sight-dashboard",
    "AWS::QuickSight::DataSet" "quick-sight-data-set",
    "AWS::QuickSight::DataSource" "quick-sight-data-source",
    "AWS::QuickSight::RefreshSchedule" "quick-sight-refresh-schedule",
    "AWS::Redshift::Cluster" "redshift-cluster",
    "AWS::Redshift::ClusterSubnetGroup" "redshift-cluster-subnet-group",
    "AWS::RedshiftServerless::Namespace" "redshift-serverless-namespace",
    "AWS::RedshiftServerless::Workgroup" "redshift-serverless-workgroup",
    "AWS::S3::Bucket" "s3-bucket",
    "AWS::S3::BucketPolicy" "s3-bucket-policy",
    "Pipectl::Redshift::Sql" "pipectl-redshift-sql",
    "Pipectl::RedshiftServerless::UsageLimit" "pipectl-redshift-serverless-usage-limit",
    "Pipectl::S3::Object" "pipectl-s3-object",
}

/// The files are part of the binary and a test parses each of them.
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// The schema of a type, if it is supported.
pub(in crate::template) fn of(kind: &str) -> Option<&'static ResourceSchema> {
    SCHEMAS.iter().find(|schema| schema.kind == kind)
}

/// All supported types, sorted.
pub(in crate::template) fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    SCHEMAS.iter().map(|schema| schema.kind)
}

impl ResourceSchema {
    pub(super) fn root(&self) -> &Value {
        &self.document
    }

    /// What a `$ref` points to: `#/definitions/Tag`.
    pub(super) fn definition(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    fn paths(&self, list: &str) -> impl Iterator<Item = &str> {
        let paths = self.document.get(list).and_then(Value::as_array).into_iter().flatten();
        paths
            .filter_map(Value::as_str)
            .map(|path| path.strip_prefix("/properties").unwrap_or(path))
    }

    /// Names that `Fn::GetAtt` takes: `Arn`, `Endpoint.Address`.
    pub(in crate::template) fn attributes(&self) -> impl Iterator<Item = String> {
        let single = self.paths("readOnlyProperties").filter(|path| !path.contains('*'));
        single.map(|path| path.trim_start_matches('/').replace('/', "."))
    }

    pub(super) fn is_read_only(&self, path: &str) -> bool {
        self.paths("readOnlyProperties").any(|known| known == path)
    }

    /// JSON pointers into the properties whose change needs a new resource.
    pub(in crate::template) fn replacement_paths(&self) -> Vec<String> {
        self.paths("createOnlyProperties").map(str::to_owned).collect()
    }

    /// JSON pointers into the properties that are never returned.
    pub(in crate::template) fn write_only_paths(&self) -> Vec<String> {
        self.paths("writeOnlyProperties").map(str::to_owned).collect()
    }

    /// Names of the properties that make up a resource's physical identity.
    pub(in crate::template) fn identifier(&self) -> impl Iterator<Item = &str> {
        self.paths("primaryIdentifier").map(|path| path.trim_start_matches('/'))
    }

    /// The property that names the resource and may be left out, and the name's greatest length.
    pub(in crate::template) fn name_property(&self) -> Option<(&str, usize)> {
        let root = self.root();
        let required = root.get("required").and_then(Value::as_array);
        let required = |name: &str| required.is_some_and(|list| list.iter().any(|item| item == name));
        let own = self.identifier().last();
        let name = self.identifier().find(|name| {
            // Ids of data sources and data sets; a refresh schedule's data set is another resource.
            let id = matches!(*name, "DataSetId" | "DataSourceId") && Some(*name) == own;
            (id || name.ends_with("Name") || name.ends_with("Identifier"))
                && !required(name)
                && !self.is_read_only(&format!("/{name}"))
        })?;
        let limit = root
            .pointer(&format!("/properties/{name}/maxLength"))
            .and_then(Value::as_u64);
        Some((name, limit.map_or(255, |limit| limit as usize)))
    }
}

#[cfg(test)]
mod tests {
    use fancy_regex::Regex;

    use super::*;

    #[test]
    fn every_file_is_the_schema_of_its_type() {
        for schema in &SCHEMAS {
            assert_eq!(schema.root()["typeName"], schema.kind);
            assert!(schema.root()["properties"].is_object(), "{}", schema.kind);
        }
        let names: Vec<_> = kinds().collect();
        assert!(names.is_sorted());
    }

    #[test]
    fn every_pattern_compiles_and_every_reference_leads_somewhere() {
        fn visit(schema: &ResourceSchema, value: &Value) {
            match value {
                Value::Object(members) => {
                    for (key, inner) in members {
                        match (key.as_str(), inner.as_str()) {
                            ("pattern", Some(pattern)) => {
                                assert!(Regex::new(pattern).is_ok(), "{}: {pattern}", schema.kind);
                            }
                            ("$ref", Some(to)) => assert!(schema.definition(to).is_some(), "{}: {to}", schema.kind),
                            _ => visit(schema, inner),
                        }
                    }
                }
                Value::Array(items) => items.iter().for_each(|item| visit(schema, item)),
                _ => {}
            }
        }
        SCHEMAS.iter().for_each(|schema| visit(schema, schema.root()));
    }

    /// A keyword that the walker does not know would allow everything in silence.
    #[test]
    fn the_walker_knows_every_keyword() {
        const KNOWN: [&str; 25] = [
            "$ref",
            "additionalProperties",
            "allOf",
            "anyOf",
            "const",
            "definitions",
            "dependentExcluded",
            "dependentRequired",
            "enum",
            "items",
            "maxItems",
            "maxLength",
            "maximum",
            "minItems",
            "minLength",
            "minimum",
            "oneOf",
            "pattern",
            "patternProperties",
            "primaryIdentifier",
            "properties",
            "required",
            "type",
            "typeName",
            "uniqueItems",
        ];
        fn visit(kind: &str, schema: &Value) {
            for (key, inner) in schema.as_object().into_iter().flatten() {
                let paths = key.ends_with("OnlyProperties");
                assert!(paths || KNOWN.contains(&key.as_str()), "{kind}: {key}");
                match key.as_str() {
                    "properties" | "definitions" | "patternProperties" => {
                        inner
                            .as_object()
                            .into_iter()
                            .flatten()
                            .for_each(|(_, schema)| visit(kind, schema));
                    }
                    "items" | "additionalProperties" => visit(kind, inner),
                    "oneOf" | "anyOf" | "allOf" => {
                        inner
                            .as_array()
                            .into_iter()
                            .flatten()
                            .for_each(|schema| visit(kind, schema));
                    }
                    _ => {}
                }
            }
        }
        SCHEMAS.iter().for_each(|schema| visit(schema.kind, schema.root()));
    }

    #[test]
    fn knows_the_name_property_of_each_type() {
        let cases = [
            ("AWS::Glue::Database", Some(("DatabaseName", 255))),
            ("AWS::Glue::Job", Some(("Name", 255))),
            ("AWS::Glue::Table", Some(("Name", 255))),
            ("AWS::Glue::Trigger", Some(("Name", 255))),
            ("AWS::IAM::Role", Some(("RoleName", 64))),
            ("AWS::Kinesis::Stream", Some(("Name", 128))),
            ("AWS::KinesisFirehose::DeliveryStream", Some(("DeliveryStreamName", 64))),
            ("AWS::Logs::LogGroup", Some(("LogGroupName", 512))),
            ("AWS::Logs::LogStream", Some(("LogStreamName", 512))),
            ("AWS::QuickSight::Dashboard", None),
            ("AWS::QuickSight::DataSet", Some(("DataSetId", 255))),
            ("AWS::QuickSight::DataSource", Some(("DataSourceId", 255))),
            ("AWS::QuickSight::RefreshSchedule", None),
            ("AWS::Redshift::Cluster", Some(("ClusterIdentifier", 63))),
            ("AWS::Redshift::ClusterSubnetGroup", None),
            ("AWS::RedshiftServerless::Workgroup", None),
            ("AWS::S3::Bucket", Some(("BucketName", 63))),
            ("AWS::S3::BucketPolicy", None),
            ("Pipectl::S3::Object", None),
        ];
        for (kind, expected) in cases {
            assert_eq!(of(kind).unwrap().name_property(), expected, "{kind}");
        }
    }
}
