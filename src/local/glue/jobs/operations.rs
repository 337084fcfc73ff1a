//! Creation, change, deletion and listing of jobs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::model::{Definition, JOBS, Job, job};
use crate::local::error::AwsError;
use crate::local::glue::constraints::{self, constrain, name, page, page_size};
use crate::local::glue::errors::{invalid, mismatch, not_found};
use crate::local::glue::shape::{Epoch, input, output};
use crate::local::glue::{Glue, PRINCIPAL};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::local::glue) struct CreateJob {
    name: String,
    tags: Option<BTreeMap<String, String>>,
    /// A [`Definition`], which refuses members it does not know.
    #[serde(flatten)]
    definition: Map<String, Value>,
}

input! {
    JobName {
        job_name: String,
    }

    GetJobs {
        next_token: Option<String>,
        max_results: Option<i64>,
    }

    ListJobs {
        next_token: Option<String>,
        max_results: Option<i64>,
        tags: Option<BTreeMap<String, String>>,
    }

    BatchGetJobs {
        job_names: Vec<String>,
    }

    UpdateJob {
        job_name: String,
        job_update: Definition,
    }
}

output! {
    Named {
        name: String,
    }

    NamedJob {
        job_name: String,
    }

    Shown {
        name: String,
        created_on: Epoch,
        last_modified_on: Epoch,
        #[serde(flatten)]
        definition: Definition,
    }

    OneJob {
        job: Shown,
    }

    Jobs {
        jobs: Vec<Shown>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    JobNames {
        job_names: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    FoundJobs {
        jobs: Vec<Shown>,
        jobs_not_found: Vec<String>,
    }
}

impl From<Job> for Shown {
    fn from(job: Job) -> Self {
        Self {
            name: job.name,
            created_on: Epoch(job.created),
            last_modified_on: Epoch(job.modified),
            definition: job.definition,
        }
    }
}

impl Glue {
    /// A repetition with the same definition is answered like the first.
    pub(super) fn create_job(&self, input: CreateJob) -> Result<Named, AwsError> {
        let name = input.name;
        let tags = input.tags.unwrap_or_default();
        constrain(|constraints| {
            constraints::name(constraints, "name", &name);
            constraints::tags(constraints, "tags", Some(&tags));
        })?;
        let definition: Definition = serde_json::from_value(Value::Object(input.definition))
            .map_err(|error| AwsError::bad_request("SerializationException", error.to_string()))?;
        let definition = definition.completed()?;
        self.require_role(definition.role.as_deref().unwrap_or_default())?;
        let now = self.env.now();
        self.env.store.write(|tx| {
            if let Some(old) = JOBS.get(tx, &name)? {
                return match old.definition == definition && old.tags == tags {
                    true => Ok(()),
                    false => Err(mismatch("Job", &name)),
                };
            }
            let job = Job {
                name: name.clone(),
                created: now,
                modified: now,
                definition,
                tags,
                runs: 0,
            };
            Ok(JOBS.put(tx, &name, &job)?)
        })?;
        Ok(Named { name })
    }

    pub(super) fn get_job(&self, input: &JobName) -> Result<OneJob, AwsError> {
        constrain(|constraints| name(constraints, "jobName", &input.job_name))?;
        let job = job(&self.env.store.read()?, &input.job_name)?;
        Ok(OneJob { job: job.into() })
    }

    /// Sorted by name.
    pub(super) fn get_jobs(&self, input: &GetJobs) -> Result<Jobs, AwsError> {
        let limit = page_size(input.max_results, 1000)?;
        let all = JOBS.all(&self.env.store.read()?, "")?;
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        Ok(Jobs {
            jobs: page.into_iter().map(Shown::from).collect(),
            next_token,
        })
    }

    /// Those that have all the tags asked for.
    pub(super) fn list_jobs(&self, input: &ListJobs) -> Result<JobNames, AwsError> {
        let limit = page_size(input.max_results, 1000)?;
        constrain(|constraints| constraints::tags(constraints, "tags", input.tags.as_ref()))?;
        let all = JOBS.all(&self.env.store.read()?, "")?;
        let wanted = |job: &Job| {
            input
                .tags
                .iter()
                .flatten()
                .all(|(key, value)| job.tags.get(key) == Some(value))
        };
        let all = all.into_iter().filter(|(_, job)| wanted(job));
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        Ok(JobNames {
            job_names: page.into_iter().map(|job| job.name).collect(),
            next_token,
        })
    }

    pub(super) fn batch_get_jobs(&self, input: &BatchGetJobs) -> Result<FoundJobs, AwsError> {
        let tx = self.env.store.read()?;
        let (mut jobs, mut jobs_not_found) = (Vec::new(), Vec::new());
        for name in &input.job_names {
            match JOBS.get(&tx, name)? {
                Some(job) => jobs.push(job.into()),
                None => jobs_not_found.push(name.clone()),
            }
        }
        Ok(FoundJobs { jobs, jobs_not_found })
    }

    /// "The previous job definition is completely overwritten by this information", but for the Glue version, which
    /// stays where none is given.
    pub(super) fn update_job(&self, input: UpdateJob) -> Result<NamedJob, AwsError> {
        let job_name = input.job_name;
        constrain(|constraints| name(constraints, "jobName", &job_name))?;
        let old = job(&self.env.store.read()?, &job_name)?;
        let mut definition = input.job_update;
        definition.glue_version = definition.glue_version.or(old.definition.glue_version);
        let definition = definition.completed()?;
        self.require_role(definition.role.as_deref().unwrap_or_default())?;
        self.env.store.write(|tx| {
            let job = Job {
                definition,
                modified: self.env.now(),
                ..job(tx, &job_name)?
            };
            Ok::<_, AwsError>(JOBS.put(tx, &job_name, &job)?)
        })?;
        Ok(NamedJob { job_name })
    }

    /// "If the job definition is not found, no exception is thrown." Its runs go with it; those that are going are
    /// stopped, since nobody could see or stop them afterwards.
    pub(super) fn delete_job(&self, input: JobName) -> Result<NamedJob, AwsError> {
        let job_name = input.job_name;
        constrain(|constraints| name(constraints, "jobName", &job_name))?;
        self.env.store.write(|tx| {
            JOBS.remove(tx, &job_name)?;
            self.forget_runs(tx, &job_name)
        })?;
        self.end_runs_of(&job_name);
        Ok(NamedJob { job_name })
    }

    /// The ARN of a role given by name or ARN.
    pub(in crate::local::glue) fn role_arn(&self, role: &str) -> String {
        match role.starts_with("arn:") {
            true => role.to_owned(),
            false => format!("arn:aws:iam::{}:role/{role}", self.env.account()),
        }
    }

    /// AWS's words, which deployers look for to wait for a role's propagation.
    pub(in crate::local::glue) fn require_role(&self, role: &str) -> Result<(), AwsError> {
        if role.is_empty() {
            return Err(invalid("Role must be given."));
        }
        let arn = self.role_arn(role);
        match self.roles.can_assume(&arn, PRINCIPAL, None)? {
            true => Ok(()),
            false => Err(invalid(format!(
                "Role {arn} should be given assume role permissions for Glue Service."
            ))),
        }
    }

    /// The job of a trigger's action, which must exist.
    pub(in crate::local::glue) fn require_job(&self, job_name: &str) -> Result<(), AwsError> {
        match JOBS.get(&self.env.store.read()?, job_name)? {
            Some(_) => Ok(()),
            None => Err(not_found(format!("Job with name: {job_name} not found."))),
        }
    }
}
