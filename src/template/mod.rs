//! Configs: CloudFormation-shaped fragments, merged, validated with source positions, evaluated. Pure.

mod contract;
mod project;

pub use contract::{Column, ColumnType, Contract};
pub use project::{Declaration, EmbeddedSettings, Environment, Flow, IngestSettings, Project};
