//! A job's arguments: which are the script's, which Glue's own, and which of them name objects.

use std::collections::BTreeMap;

use super::super::{Log, RunError, Stream, Task};
use super::tree;

/// What a run hands to its script, and to Spark.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// With leading `--`.
    pub script: BTreeMap<String, String>,
    /// `--extra-py-files`: addresses of modules and archives.
    pub python_files: Vec<String>,
    /// `--conf`: `a=b --conf c=d`, as Glue takes it.
    pub spark_settings: Vec<String>,
}

/// Glue's own arguments that do nothing here, since what they are about is not on this machine.
/// Source: "AWS Glue job parameters" in the developer guide.
const IDLE: [&str; 17] = [
    "--continuous-log-conversionPattern",
    "--continuous-log-logGroup",
    "--continuous-log-logStreamPrefix",
    "--enable-auto-scaling",
    "--enable-continuous-cloudwatch-log",
    "--enable-continuous-log-filter",
    "--enable-glue-datacatalog",
    "--enable-job-insights",
    "--enable-metrics",
    "--enable-observability-metrics",
    "--enable-s3-parquet-optimized-committer",
    "--enable-spark-ui",
    "--job-bookmark-option",
    "--job-language",
    "--pipectl-engine",
    "--spark-event-logs-path",
    "--write-shuffle-files-to-s3",
];

/// Glue's own arguments without which a script would do something else.
const REFUSED: [&str; 6] = [
    "--class",
    "--datalake-formats",
    "--extra-files",
    "--extra-jars",
    "--scriptLocation",
    "--user-jars-first",
];

impl Arguments {
    pub fn of(task: &Task, log: Log<'_>) -> Result<Self, RunError> {
        let mut arguments = Self::default();
        for (name, value) in &task.arguments {
            match name.as_str() {
                "--extra-py-files" => {
                    let files = value.split(',').map(str::trim).filter(|file| !file.is_empty());
                    arguments.python_files = files.map(str::to_owned).collect();
                }
                "--conf" => {
                    let settings = value
                        .split("--conf")
                        .map(str::trim)
                        .filter(|setting| !setting.is_empty());
                    arguments.spark_settings = settings.map(str::to_owned).collect();
                }
                "--additional-python-modules" => log(
                    Stream::Error,
                    &format!(
                        "--additional-python-modules is not applied here: the Python of this machine needs {value}"
                    ),
                ),
                "--job-bookmark-option" if value == "job-bookmark-enable" => {
                    return Err(RunError::failed(
                        "the embedded AWS does not have job bookmarks (--job-bookmark-option job-bookmark-enable)",
                    ));
                }
                idle if IDLE.contains(&idle) => {}
                refused if REFUSED.contains(&refused) => {
                    return Err(RunError::failed(format!(
                        "the embedded AWS does not run jobs with the argument {refused}"
                    )));
                }
                _ => drop(arguments.script.insert(name.clone(), value.clone())),
            }
        }
        Ok(arguments)
    }

    /// Arguments that are S3 addresses: name, bucket, key or prefix.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let script = self.script.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let files = self.python_files.iter().map(|file| ("--extra-py-files", file.as_str()));
        script
            .chain(files)
            .filter_map(|(name, value)| tree::address(value).map(|(bucket, key)| (name, bucket, key)))
    }
}
