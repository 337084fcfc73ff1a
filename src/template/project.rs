//! What a project comes to for one environment: the result of loading and evaluating its configs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::contract::Contract;
use super::diagnostic::Diagnostic;

/// A project evaluated for one environment.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder that holds `configs/`.
    pub root: PathBuf,
    pub name: String,
    pub environment: Environment,
    /// Of the selected stages, conditions applied, sorted by id.
    pub resources: Vec<Declaration>,
    /// Of the other stages, in the same form. They are not to be touched, but resources of the selected stages may
    /// refer to them: their live attributes are then read.
    pub unselected: Vec<Declaration>,
    pub flow: Flow,
    /// `configs/ingestion/source.json`, where there is one.
    pub contract: Option<Contract>,
    /// Doubts that stop nothing.
    pub warnings: Vec<Diagnostic>,
}

/// Where a project is deployed to.
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: String,
    /// 12 digits. Nothing is touched in any other account.
    pub account: String,
    pub region: String,
    /// URL of an emulator; `None` means AWS, or the embedded AWS where `embedded` is set.
    pub endpoint: Option<String>,
    /// Set for environments that run on the embedded AWS.
    pub embedded: Option<EmbeddedSettings>,
    /// Named profile of the AWS config file.
    pub profile: Option<String>,
    pub ingest: IngestSettings,
}

/// How true to AWS's pace the embedded AWS is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// Enforce per-shard write rates (1 MiB/s and 1,000 records/s).
    pub aws_limits: bool,
    /// Use AWS's own waiting times instead of short ones.
    pub aws_timing: bool,
}

/// How `pipectl ingest` writes in this environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestSettings {
    /// Pack rows into records in the KPL aggregation format, which Firehose unpacks.
    pub aggregate: bool,
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self { aggregate: true }
    }
}

/// Logical ids of the resources that play a part in the data flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    pub stream: Option<String>,
    pub delivery_stream: Option<String>,
    pub raw_bucket: Option<String>,
    pub curated_bucket: Option<String>,
    /// The Glue job that makes curated rows of raw ones.
    pub job: Option<String>,
    /// The warehouse: the first of `flow.warehouse` that exists in this environment.
    pub warehouse: Option<String>,
    /// The role with which the warehouse reads the curated bucket.
    pub copy_role: Option<String>,
    /// The SQL script that loads one batch, relative to the project. It exists.
    pub load: Option<PathBuf>,
    /// Table of the batches that are loaded, `schema.table`.
    pub ledger: Option<String>,
}

/// One resource of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Logical id.
    pub id: String,
    /// Resource type, such as `AWS::Kinesis::Stream`.
    pub kind: String,
    /// Folder under `configs/` it was declared in.
    pub stage: String,
    /// Relative to the project.
    pub file: PathBuf,
    /// 1-based line of the logical id.
    pub line: usize,
    /// Evaluated properties. References to other resources remain, in three canonical forms only:
    /// `{"Ref": id}`, `{"Fn::GetAtt": [id, attribute]}` and `{"Fn::Join": ["", [...]]}`.
    pub properties: Value,
    /// Logical ids this one refers to or names in `DependsOn`, those of unselected stages included.
    pub dependencies: BTreeSet<String>,
    /// `DeletionPolicy: Retain`.
    pub retain: bool,
    /// `DeletionPolicy: Snapshot`.
    pub snapshot: bool,
    /// JSON pointers that cannot change in place (the schema's `createOnlyProperties`). In these and in
    /// `write_only_paths`, `*` stands for every item of an array.
    pub replacement_paths: Vec<String>,
    /// JSON pointers the service never returns (the schema's `writeOnlyProperties`).
    pub write_only_paths: Vec<String>,
}
