//! Which runner a job gets.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Log, RunError, Runner, Task};

/// Names the engine of a run, among its arguments; `PIPECTL_GLUE_ENGINE` names that of all runs.
const ARGUMENT: &str = "--pipectl-engine";
const VARIABLE: &str = "PIPECTL_GLUE_ENGINE";

/// The runners. A job whose transformation is a SQL file (`--transform`) runs in this process, unless the run or the
/// environment wants `spark`; every other job is its script, and runs under Spark.
pub(crate) struct Engines {
    pub sql: Arc<dyn Runner>,
    pub spark: Arc<dyn Runner>,
}

impl Engines {
    fn choose(&self, task: &Task, everywhere: Option<&str>) -> Result<&dyn Runner, RunError> {
        let wanted = task.arguments.get(ARGUMENT).map(String::as_str).or(everywhere);
        let has_sql = task.arguments.contains_key("--transform");
        match wanted {
            Some("spark") => Ok(self.spark.as_ref()),
            Some("duckdb") if has_sql => Ok(self.sql.as_ref()),
            Some("duckdb") => Err(RunError::failed(
                "only jobs with a SQL transformation (--transform) run under duckdb; this one is a script for spark",
            )),
            None if has_sql => Ok(self.sql.as_ref()),
            None => Ok(self.spark.as_ref()),
            Some(other) => Err(RunError::failed(format!(
                "the engine of a job is spark or duckdb, not {other}"
            ))),
        }
    }
}

impl Runner for Engines {
    fn run(&self, task: &Task, log: Log<'_>, stop: &CancellationToken) -> Result<(), RunError> {
        let everywhere = std::env::var(VARIABLE).ok().filter(|engine| !engine.is_empty());
        self.choose(task, everywhere.as_deref())?.run(task, log, stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with its name.
    struct Named(&'static str);

    impl Runner for Named {
        fn run(&self, _: &Task, _: Log<'_>, _: &CancellationToken) -> Result<(), RunError> {
            Err(RunError::failed(self.0))
        }
    }

    #[test]
    fn a_sql_transformation_runs_in_process_unless_spark_is_wanted() {
        let engines = Engines {
            sql: Arc::new(Named("sql")),
            spark: Arc::new(Named("spark")),
        };
        let chosen = |arguments: &[(&str, &str)], everywhere| {
            let task = Task {
                job: "j".into(),
                run_id: "jr_1".into(),
                script: "s3://code/j.py".into(),
                arguments: arguments.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
                role: "arn:aws:iam::000000000000:role/glue".into(),
                scratch: "unused".into(),
            };
            let run = |runner: &dyn Runner| runner.run(&task, &|_, _| {}, &CancellationToken::new());
            match engines.choose(&task, everywhere).and_then(run) {
                Err(RunError::Failed { message, .. }) => message,
                other => panic!("{other:?}"),
            }
        };
        let transform = ("--transform", "s3://code/t.sql");
        assert_eq!(chosen(&[transform], None), "sql");
        assert_eq!(chosen(&[], None), "spark");
        assert_eq!(chosen(&[transform], Some("spark")), "spark");
        assert_eq!(chosen(&[transform, (ARGUMENT, "spark")], Some("duckdb")), "spark");
        assert!(chosen(&[], Some("duckdb")).starts_with("only jobs with a SQL transformation"));
        assert!(chosen(&[(ARGUMENT, "hive")], None).ends_with("spark or duckdb, not hive"));
    }
}
