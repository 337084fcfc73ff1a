//! CloudFormation's resource schemas, embedded, and the walker that checks values against them.

mod pattern;
mod registry;
mod scalar;
mod walk;

pub(super) use registry::{ResourceSchema, kinds, of};
pub(super) use walk::check;
