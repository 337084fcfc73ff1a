//! Resource types: CloudFormation's shape of each, and the SDK calls behind it.
//!
//! One file (or folder) a type, each with a typed `Properties` and a [`handler::Handler`]; [`declared::Declared`] makes
//! an [`engine::Resource`] of a declaration and its type's handler.

mod bucket;
mod bucket_policy;
mod declared;
mod delivery_stream;
mod error;
mod handler;
mod log_group;
mod log_stream;
mod ownership;
mod policy;
mod properties;
mod role;
mod s3_object;
mod stream;
#[cfg(test)]
mod testing;

use std::sync::Arc;

pub use error::{Error, PropertyError, UnsupportedType};
pub use ownership::{ENVIRONMENT_TAG, PIPELINE_TAG, RESOURCE_TAG};

use crate::aws::Clients;
use crate::engine;
use crate::template::{Declaration, Project};
use declared::Declared;
use handler::{Handler, Scope};

/// Every type pipectl can deploy.
pub const TYPES: [&str; 8] = [
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "Pipectl::S3::Object",
];

/// The project's resources as nodes of the engine's graph.
///
/// # Errors
/// A declaration's type is not one of [`TYPES`].
pub fn graph_nodes(
    project: &Project,
    clients: Arc<Clients>,
) -> Result<Vec<Arc<dyn engine::Resource>>, UnsupportedType> {
    project
        .resources
        .iter()
        .map(|declaration| node(project, declaration, &clients))
        .collect()
}

fn node(
    project: &Project,
    declaration: &Declaration,
    clients: &Arc<Clients>,
) -> Result<Arc<dyn engine::Resource>, UnsupportedType> {
    let scope = Scope {
        clients: clients.clone(),
        root: project.root.clone(),
        pipeline: project.name.clone(),
        environment: project.environment.name.clone(),
        id: declaration.id.clone(),
        region: project.environment.region.clone(),
    };
    node_in(scope, declaration)
}

fn node_in(scope: Scope, declaration: &Declaration) -> Result<Arc<dyn engine::Resource>, UnsupportedType> {
    fn declared<H: Handler>(handler: H, scope: Scope, declaration: &Declaration) -> Arc<dyn engine::Resource> {
        Arc::new(Declared::new(handler, scope, declaration.clone()))
    }
    Ok(match declaration.kind.as_str() {
        "AWS::IAM::Role" => declared(role::Role, scope, declaration),
        "AWS::Kinesis::Stream" => declared(stream::Stream, scope, declaration),
        "AWS::KinesisFirehose::DeliveryStream" => declared(delivery_stream::DeliveryStream, scope, declaration),
        "AWS::Logs::LogGroup" => declared(log_group::LogGroup, scope, declaration),
        "AWS::Logs::LogStream" => declared(log_stream::LogStream, scope, declaration),
        "AWS::S3::Bucket" => declared(bucket::Bucket, scope, declaration),
        "AWS::S3::BucketPolicy" => declared(bucket_policy::BucketPolicy, scope, declaration),
        "Pipectl::S3::Object" => declared(s3_object::S3Object::default(), scope, declaration),
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
