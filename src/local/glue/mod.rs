//! AWS Glue: the Data Catalog, jobs, job runs, triggers.

pub(crate) mod runner;
