//! Limits that the schemas cannot say: between properties, of values after evaluation, and between resources. One rule,
//! one function.

pub(super) mod between;
mod cloudwatch;
mod firehose;
mod glue;
mod iam;
mod kinesis;
mod logs;
mod object;
mod policy;
mod quicksight;
mod redshift;
mod s3;

use std::path::Path;

use super::node::Node;
use super::sink::Sink;

pub(super) use object::file_of_project;

/// A resource whose properties are evaluated, named and in the types of the schema.
pub(super) struct Subject<'a> {
    pub properties: &'a Node,
    /// The project's folder, for rules about files.
    pub root: &'a Path,
}

type Rule = fn(&Subject<'_>, &mut Sink);

const RULES: &[(&str, &[Rule])] = &[
    (
        "AWS::CloudWatch::Alarm",
        &[
            cloudwatch::one_watched,
            cloudwatch::complete,
            cloudwatch::periods,
            cloudwatch::queries,
        ],
    ),
    (
        "AWS::CloudWatch::Dashboard",
        &[cloudwatch::dashboard_name, cloudwatch::dashboard_body],
    ),
    ("AWS::Glue::Database", &[glue::catalog::database_name]),
    (
        "AWS::Glue::Job",
        &[
            glue::job::known_command,
            glue::job::pinned_version,
            glue::job::capacity,
            glue::job::flexible,
            glue::job::timeout,
            glue::job::arguments,
        ],
    ),
    (
        "AWS::Glue::Table",
        &[
            glue::catalog::table_name,
            glue::catalog::table_input,
            glue::catalog::columns,
            glue::catalog::projection,
        ],
    ),
    (
        "AWS::Glue::Trigger",
        &[
            glue::trigger::parts_fit_type,
            glue::trigger::schedule,
            glue::trigger::actions,
            glue::trigger::conditions,
        ],
    ),
    ("AWS::IAM::Role", &[iam::trust_policy, iam::inline_policies]),
    (
        "AWS::Kinesis::Stream",
        &[kinesis::shards_fit_mode, kinesis::retention, kinesis::warm_throughput],
    ),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        &[
            firehose::name,
            firehose::one_destination,
            firehose::source_fits_type,
            firehose::encryption_of_direct_put,
            firehose::large_buffers,
            firehose::both_hints,
            firehose::logging,
            firehose::prefixes,
            firehose::conversion_compresses,
        ],
    ),
    ("AWS::Logs::LogGroup", &[logs::reserved_name]),
    (
        "AWS::QuickSight::Dashboard",
        &[quicksight::dashboard_is_defined, quicksight::identifiers],
    ),
    ("AWS::QuickSight::DataSet", &[quicksight::import_mode]),
    ("AWS::QuickSight::DataSource", &[quicksight::no_password]),
    ("AWS::QuickSight::RefreshSchedule", &[quicksight::day_fits_interval]),
    (
        "AWS::Redshift::Cluster",
        &[
            redshift::no_password,
            redshift::managed_password,
            redshift::nodes_fit_type,
            redshift::encrypted,
            redshift::port,
        ],
    ),
    ("AWS::Redshift::ClusterSubnetGroup", &[redshift::subnets]),
    (
        "AWS::RedshiftServerless::Namespace",
        &[redshift::no_password, redshift::default_role],
    ),
    (
        "AWS::RedshiftServerless::Workgroup",
        &[redshift::capacity, redshift::port],
    ),
    ("AWS::S3::Bucket", &[s3::bucket_name]),
    ("AWS::S3::BucketPolicy", &[s3::policy]),
    (
        "Pipectl::Redshift::Sql",
        &[
            redshift::one_warehouse,
            redshift::sources_exist,
            redshift::safe_variables,
            redshift::variables_fit,
        ],
    ),
    ("Pipectl::S3::Object", &[object::source_exists]),
];

/// Applies the rules of a type.
pub(super) fn check(kind: &str, subject: &Subject<'_>, sink: &mut Sink) {
    let rules = RULES
        .iter()
        .filter(|(name, _)| *name == kind)
        .flat_map(|(_, rules)| *rules);
    rules.for_each(|rule| rule(subject, sink));
}
