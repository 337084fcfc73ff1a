//! Configs: CloudFormation-shaped fragments, merged, validated with source positions, evaluated. Pure: only
//! [`load`] and [`cloudformation`] touch the file system, and they only read.

mod cloudformation;
mod condition;
mod contract;
mod cycle;
mod diagnostic;
mod environment;
mod evaluate;
mod fields;
mod files;
mod flow;
mod identity;
mod load;
mod merged;
mod names;
mod node;
mod parameter;
mod pattern;
mod project;
mod residual;
mod rules;
mod schema;
mod scope;
mod settings;
mod sink;
mod source;
mod stage;
mod substitute;
mod suggest;
mod syntax;
#[cfg(test)]
mod tests;

pub use cloudformation::cloudformation;
pub use contract::{Column, ColumnType, Contract, INGEST_ROW, INGESTED_AT};
pub use diagnostic::{Diagnostic, Diagnostics, Related, Severity};
pub use environment::LoadOptions;
pub use load::load;
pub use names::default_name_of as default_name;
pub use project::{Declaration, EmbeddedSettings, Environment, Flow, IngestSettings, Project};
pub use residual::resolve;
pub use stage::STAGES;
