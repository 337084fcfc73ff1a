//! Resource types: CloudFormation's shape of each, and the SDK calls behind it.
//!
//! One file (or folder) a type, each with a typed `Properties` and a [`handler::Handler`]; [`declared::Declared`] makes
//! an [`engine::Resource`] of a declaration and its type's handler.

mod bucket;
mod bucket_policy;
mod cloudwatch;
mod declared;
mod delivery_stream;
mod error;
mod glue;
mod handler;
mod log_group;
mod log_stream;
mod ownership;
mod policy;
mod properties;
mod quicksight;
mod redshift;
mod redshift_serverless;
mod role;
mod s3_object;
mod stream;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use error::{Error, PropertyError, UnsupportedType};
pub use ownership::{ENVIRONMENT_TAG, PIPELINE_TAG, RESOURCE_TAG};

use crate::aws::Clients;
use crate::engine;
use crate::template::{Declaration, Project};
use declared::Declared;
use handler::{Handler, Scope};

/// Every type pipectl can deploy.
pub const TYPES: [&str; 24] = [
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Glue::Database",
    "AWS::Glue::Job",
    "AWS::Glue::Table",
    "AWS::Glue::Trigger",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::QuickSight::Dashboard",
    "AWS::QuickSight::DataSet",
    "AWS::QuickSight::DataSource",
    "AWS::QuickSight::RefreshSchedule",
    "AWS::Redshift::Cluster",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "Pipectl::Redshift::Sql",
    "Pipectl::RedshiftServerless::UsageLimit",
    "Pipectl::S3::Object",
];

/// The project's resources as nodes of the engine's graph; of stages that were left out those that the selected ones
/// refer to, to be read only.
///
/// # Errors
/// A declaration's type is not one of [`TYPES`].
pub fn graph_nodes(
    project: &Project,
    clients: Arc<Clients>,
) -> Result<Vec<Arc<dyn engine::Resource>>, UnsupportedType> {
    let selected = project.resources.iter().map(|declaration| (declaration, false));
    let referred = referred(project).into_iter().map(|declaration| (declaration, true));
    selected
        .chain(referred)
        .map(|(declaration, observed)| node(project, declaration, observed, &clients))
        .collect()
}

/// The unselected declarations that selected ones depend on, directly or through others.
fn referred(project: &Project) -> Vec<&Declaration> {
    let mut found: BTreeMap<&str, &Declaration> = BTreeMap::new();
    let mut open: Vec<&Declaration> = project.resources.iter().collect();
    while let Some(declaration) = open.pop() {
        let needed = project
            .unselected
            .iter()
            .filter(|other| declaration.dependencies.contains(&other.id));
        for other in needed {
            if found.insert(&other.id, other).is_none() {
                open.push(other);
            }
        }
    }
    found.into_values().collect()
}

fn node(
    project: &Project,
    declaration: &Declaration,
    observed: bool,
    clients: &Arc<Clients>,
) -> Result<Arc<dyn engine::Resource>, UnsupportedType> {
    let scope = Scope {
        clients: clients.clone(),
        root: project.root.clone(),
        snapshot: declaration.snapshot,
        pipeline: project.name.clone(),
        environment: project.environment.name.clone(),
        id: declaration.id.clone(),
        region: project.environment.region.clone(),
        account: project.environment.account.clone(),
    };
    let declared = Nodes { declaration, observed };
    node_in(scope, &declared)
}

fn node_in(scope: Scope, declared: &Nodes<'_>) -> Result<Arc<dyn engine::Resource>, UnsupportedType> {
    let declaration = declared.declaration;
    Ok(match declaration.kind.as_str() {
        "AWS::CloudWatch::Alarm" => declared.with(cloudwatch::alarm::Alarm, scope),
        "AWS::CloudWatch::Dashboard" => declared.with(cloudwatch::dashboard::Dashboard, scope),
        "AWS::Glue::Database" => declared.with(glue::database::Database, scope),
        "AWS::Glue::Job" => declared.with(glue::job::Job, scope),
        "AWS::Glue::Table" => declared.with(glue::table::Table, scope),
        "AWS::Glue::Trigger" => declared.with(glue::trigger::Trigger, scope),
        "AWS::IAM::Role" => declared.with(role::Role, scope),
        "AWS::Kinesis::Stream" => declared.with(stream::Stream, scope),
        "AWS::KinesisFirehose::DeliveryStream" => declared.with(delivery_stream::DeliveryStream, scope),
        "AWS::Logs::LogGroup" => declared.with(log_group::LogGroup, scope),
        "AWS::Logs::LogStream" => declared.with(log_stream::LogStream, scope),
        "AWS::QuickSight::Dashboard" => declared.with(quicksight::dashboard::Dashboard, scope),
        "AWS::QuickSight::DataSet" => declared.with(quicksight::data_set::DataSet, scope),
        "AWS::QuickSight::DataSource" => declared.with(quicksight::data_source::DataSource, scope),
        "AWS::QuickSight::RefreshSchedule" => declared.with(quicksight::refresh_schedule::RefreshSchedule, scope),
        "AWS::Redshift::Cluster" => declared.with(redshift::cluster::Cluster, scope),
        "AWS::Redshift::ClusterSubnetGroup" => declared.with(redshift::subnet_group::SubnetGroup, scope),
        "AWS::RedshiftServerless::Namespace" => declared.with(redshift_serverless::namespace::Namespace, scope),
        "AWS::RedshiftServerless::Workgroup" => declared.with(redshift_serverless::workgroup::Workgroup, scope),
        "AWS::S3::Bucket" => declared.with(bucket::Bucket, scope),
        "AWS::S3::BucketPolicy" => declared.with(bucket_policy::BucketPolicy, scope),
        "Pipectl::Redshift::Sql" => declared.with(redshift::sql::Sql, scope),
        "Pipectl::RedshiftServerless::UsageLimit" => declared.with(redshift_serverless::usage_limit::UsageLimit, scope),
        "Pipectl::S3::Object" => declared.with(s3_object::S3Object::default(), scope),
        kind => {
            return Err(UnsupportedType {
                id: declaration.id.clone(),
                kind: kind.to_owned(),
                file: declaration.file.clone(),
                line: declaration.line,
            });
        }
    })
}

/// What the nodes of every type have in common.
struct Nodes<'a> {
    declaration: &'a Declaration,
    observed: bool,
}

impl Nodes<'_> {
    fn with<H: Handler>(&self, handler: H, scope: Scope) -> Arc<dyn engine::Resource> {
        Arc::new(Declared::new(handler, scope, self.declaration.clone(), self.observed))
    }
}
