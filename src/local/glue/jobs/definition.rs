//! The rules of a job's definition, and what AWS fills in.

use super::capacity;
use super::model::{Command, Definition, ExecutionProperty};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::glue::constraints::{constrain, lines, optional_name};
use crate::local::glue::errors::invalid;

/// Sources: the developer guide's "AWS Glue versions"; botocore `glue/2017-03-31` for 6.0 as the default.
const VERSIONS: [&str; 8] = ["0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1", "6.0"];
const DEFAULT_VERSION: &str = "6.0";
/// "Jobs must have timeout values less than 7 days or 10080 minutes."
const MAX_TIMEOUT: i64 = 10_080;

impl Definition {
    /// Checks a definition and fills in AWS's defaults.
    pub(super) fn completed(mut self) -> Result<Self, AwsError> {
        self.check_members()?;
        self.refuse_what_is_not_here()?;
        let version = self.glue_version.get_or_insert_with(|| DEFAULT_VERSION.into());
        if !VERSIONS.contains(&version.as_str()) {
            return Err(invalid(format!("Glue version {version} is not supported.")));
        }
        let old_default = version.as_str() < "5.0";
        self.check_command()?;
        capacity::complete(&mut self)?;
        self.timeout = self.timeout.or(Some(if old_default { 2880 } else { 480 }));
        check_timeout(self.timeout)?;
        self.check_flex()?;
        let property = self.execution_property.get_or_insert_with(ExecutionProperty::default);
        if *property.max_concurrent_runs.get_or_insert(1) < 1 {
            return Err(invalid("Max concurrent runs must be at least 1."));
        }
        if !(0..=10).contains(self.max_retries.get_or_insert(0)) {
            return Err(invalid("Max retries must be between 0 and 10."));
        }
        self.job_mode.get_or_insert_with(|| "SCRIPT".into());
        self.job_run_queuing_enabled.get_or_insert(false);
        self.execution_class.get_or_insert_with(|| "STANDARD".into());
        Ok(self)
    }

    fn check_members(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            constraints.required("role", &self.role);
            constraints.required("command", &self.command);
            if let Some(mode) = &self.job_mode {
                constraints.one_of("jobMode", mode, &["SCRIPT", "VISUAL", "NOTEBOOK"]);
            }
            lines(constraints, "description", self.description.as_deref(), 0, 2048);
            let security = self.security_configuration.as_deref();
            optional_name(constraints, "securityConfiguration", security);
            if let Some(version) = &self.glue_version {
                let matches = version == "auto" || is_dotted(version);
                constraints.pattern("glueVersion", version, r"^((\w+\.)+\w+|auto)$", matches);
                constraints.length("glueVersion", version, 1, 255);
            }
            if let Some(version) = self
                .command
                .as_ref()
                .and_then(|command| command.python_version.as_ref())
            {
                let matches = ["2", "3", "3.9"].contains(&version.as_str());
                constraints.pattern("command.pythonVersion", version, "^([2-3]|3[.]9)$", matches);
            }
            overrides(
                constraints,
                self.timeout,
                self.worker_type.as_deref(),
                self.execution_class.as_deref(),
                self.notification_property
                    .as_ref()
                    .and_then(|property| property.notify_delay_after),
            );
        })
    }

    fn refuse_what_is_not_here(&self) -> Result<(), AwsError> {
        let nodes = self.code_gen_configuration_nodes.as_ref();
        let has_nodes = nodes.is_some_and(|nodes| nodes.as_object().is_none_or(|nodes| !nodes.is_empty()));
        let lacking = [
            (has_nodes, "visual jobs (CodeGenConfigurationNodes)"),
            (
                self.source_control_details.is_some(),
                "source control of jobs (SourceControlDetails)",
            ),
            (self.maintenance_window.is_some(), "streaming jobs (MaintenanceWindow)"),
            (
                self.glue_version.as_deref() == Some("auto"),
                "automatic version upgrades (GlueVersion auto)",
            ),
        ];
        match lacking.into_iter().find(|(given, _)| *given) {
            Some((_, what)) => Err(AwsError::not_implemented(what)),
            None => Ok(()),
        }
    }

    fn check_command(&mut self) -> Result<(), AwsError> {
        let version = self.glue_version.as_deref().unwrap_or_default();
        let Command {
            name,
            script_location,
            python_version,
            ..
        } = self.command.get_or_insert_with(Command::default);
        match name.as_deref() {
            Some("glueetl") => {}
            Some(known @ ("gluestreaming" | "pythonshell" | "glueray")) => {
                return Err(AwsError::not_implemented(format_args!(
                    "jobs of command {known}; it runs glueetl"
                )));
            }
            _ => {
                return Err(invalid(
                    "Command name must be one of glueetl, gluestreaming, pythonshell, glueray.",
                ));
            }
        }
        let script = script_location.as_deref().unwrap_or_default();
        let in_bucket = script.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        if in_bucket.is_none_or(|(bucket, key)| bucket.is_empty() || key.is_empty()) {
            return Err(invalid("Script location must be an S3 path: s3://bucket/key."));
        }
        let python = python_version.get_or_insert_with(|| "3".into());
        if python != "3" && version >= "2.0" {
            return Err(invalid(format!(
                "Python version {python} is not supported by Glue version {version}."
            )));
        }
        Ok(())
    }

    /// "Only jobs with Glue version 3.0 and above and command type glueetl will be allowed to set ExecutionClass to
    /// FLEX."
    fn check_flex(&self) -> Result<(), AwsError> {
        let flex = self.execution_class.as_deref() == Some("FLEX");
        if flex && self.glue_version.as_deref() < Some("3.0") {
            return Err(invalid("Execution class FLEX needs Glue version 3.0 or later."));
        }
        Ok(())
    }
}

fn is_dotted(version: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    version.contains('.') && version.split('.').all(word)
}

/// Members that a run may override.
pub(in crate::local::glue) fn overrides(
    constraints: &mut Constraints,
    timeout: Option<i64>,
    worker_type: Option<&str>,
    execution_class: Option<&str>,
    notify_delay_after: Option<i64>,
) {
    constraints.range("timeout", timeout.unwrap_or(1), 1, i64::from(i32::MAX));
    if let Some(kind) = worker_type {
        constraints.one_of("workerType", kind, &capacity::worker_types());
    }
    if let Some(class) = execution_class {
        constraints.one_of("executionClass", class, &["FLEX", "STANDARD"]);
    }
    let delay = notify_delay_after.unwrap_or(1);
    constraints.range("notificationProperty.notifyDelayAfter", delay, 1, i64::from(i32::MAX));
}

pub(in crate::local::glue) fn check_timeout(minutes: Option<i64>) -> Result<(), AwsError> {
    match minutes {
        Some(minutes) if minutes > MAX_TIMEOUT => Err(invalid(format!(
            "Timeout must be at most {MAX_TIMEOUT} minutes (7 days)."
        ))),
        _ => Ok(()),
    }
}
