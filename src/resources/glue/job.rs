//! `AWS::Glue::Job`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-job.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::{Texts, arn, complete_tags, listed, non_empty, or_empty, own_tags, read_texts, sent_texts, tags};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found, offered, system_time};
use crate::resources::ownership::{Tags, all_tags, owner};

/// Minutes (botocore glue: CreateJobRequest.Timeout).
const DEFAULT_TIMEOUT: i32 = 480;
const DEFAULT_TIMEOUT_BEFORE_GLUE_5: i32 = 2_880;

/// `AllocatedCapacity` is deprecated for `MaxCapacity` and not supported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    name: Option<String>,
    /// Empty where there is none, as the other texts with [`or_empty`].
    description: Option<String>,
    role: Option<String>,
    command: Command,
    default_arguments: Texts,
    non_overridable_arguments: Texts,
    connections: Connections,
    execution_property: ExecutionProperty,
    execution_class: Option<String>,
    glue_version: Option<String>,
    worker_type: Option<String>,
    number_of_workers: Option<i32>,
    max_capacity: Option<f64>,
    max_retries: Option<i32>,
    /// Minutes.
    timeout: Option<i32>,
    notification_property: NotificationProperty,
    security_configuration: Option<String>,
    job_mode: Option<String>,
    job_run_queuing_enabled: Option<bool>,
    maintenance_window: Option<String>,
    log_uri: Option<String>,
    tags: Texts,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Command {
    name: Option<String>,
    script_location: Option<String>,
    python_version: Option<String>,
    /// Of Ray jobs.
    runtime: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Connections {
    connections: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct ExecutionProperty {
    max_concurrent_runs: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct NotificationProperty {
    /// Minutes.
    notify_delay_after: Option<i32>,
}

impl NotificationProperty {
    pub(super) fn read(property: &glue::NotificationProperty) -> Self {
        Self {
            notify_delay_after: property.notify_delay_after,
        }
    }

    pub(super) fn sent(&self) -> Option<glue::NotificationProperty> {
        let property = glue::NotificationProperty::builder().set_notify_delay_after(self.notify_delay_after);
        self.notify_delay_after.map(|_| property.build())
    }
}

impl Properties {
    fn default_timeout(&self) -> i32 {
        let major = self
            .glue_version
            .as_deref()
            .and_then(|version| version.split('.').next());
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(0..=4) => DEFAULT_TIMEOUT_BEFORE_GLUE_5,
            _ => DEFAULT_TIMEOUT,
        }
    }
}

pub(in crate::resources) struct Job;

#[async_trait]
impl Handler for Job {
    type Properties = Properties;

    fn closed_paths(&self) -> &'static [&'static str] {
        &["/DefaultArguments", "/NonOverridableArguments", "/NotificationProperty"]
    }

    /// Capacity left out depends on the kind of job, and a streaming job has no time-out: these have no default here.
    fn normalise(&self, _: &Scope, job: &mut Properties) -> Result<(), Error> {
        let texts = [
            &mut job.description,
            &mut job.security_configuration,
            &mut job.maintenance_window,
            &mut job.log_uri,
        ];
        texts.into_iter().for_each(or_empty);
        job.execution_property.max_concurrent_runs.get_or_insert(1);
        job.execution_class.get_or_insert_with(|| "STANDARD".into());
        job.job_mode.get_or_insert_with(|| "SCRIPT".into());
        job.job_run_queuing_enabled.get_or_insert(false);
        job.max_retries.get_or_insert(0);
        if job.command.name.as_deref() == Some("glueetl") {
            let minutes = job.default_timeout();
            job.timeout.get_or_insert(minutes);
        }
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.name else { return Ok(None) };
        let Some(job) = find(scope, name).await? else {
            return Ok(None);
        };
        let tags = offered(tags(scope, &arn(scope, None, "job", name)).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            owner: owner(scope, &tags),
            attributes: BTreeMap::new(),
            created_at: job.created_on.as_ref().and_then(system_time),
            properties: live_properties(job, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        let update = definition(wanted);
        let tags = listed(&wanted.tags);
        let request = scope
            .clients
            .glue
            .create_job()
            .name(name)
            .set_description(update.description)
            .set_role(update.role)
            .set_command(update.command)
            .set_default_arguments(update.default_arguments)
            .set_non_overridable_arguments(update.non_overridable_arguments)
            .set_connections(update.connections)
            .set_execution_property(update.execution_property)
            .set_execution_class(update.execution_class)
            .set_glue_version(update.glue_version)
            .set_worker_type(update.worker_type)
            .set_number_of_workers(update.number_of_workers)
            .set_max_capacity(update.max_capacity)
            .set_max_retries(wanted.max_retries)
            .set_timeout(update.timeout)
            .set_notification_property(update.notification_property)
            .set_security_configuration(update.security_configuration)
            .set_job_mode(update.job_mode)
            .set_job_run_queuing_enabled(update.job_run_queuing_enabled)
            .set_maintenance_window(update.maintenance_window)
            .set_log_uri(update.log_uri)
            .set_tags(Some(all_tags(scope, &tags).into_iter().collect()));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "CreateJob", name, e))
            })
            .await?;
        complete_tags(scope, &arn(scope, None, "job", name), &tags, cx).await
    }

    /// UpdateJob overwrites the whole definition: what is not sent goes back to its default
    /// (<https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateJob.html>).
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        if find(scope, name).await?.is_none() {
            return self.create(scope, wanted, cx).await;
        }
        let request = scope.clients.glue.update_job().job_name(name);
        let request = request.job_update(definition(wanted));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "UpdateJob", name, e))
            })
            .await?;
        complete_tags(scope, &arn(scope, None, "job", name), &listed(&wanted.tags), cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &live.name)?;
        scope
            .retrying(cx, async || {
                let answer = scope.clients.glue.delete_job().job_name(name).send().await;
                found(answer.map_err(|e| failure("glue", "DeleteJob", name, e)))
            })
            .await?;
        Ok(())
    }
}

async fn find(scope: &Scope, name: &str) -> Result<Option<glue::Job>, aws::Error> {
    let answer = scope.clients.glue.get_job().job_name(name).send().await;
    let answer = found(answer.map_err(|e| failure("glue", "GetJob", name, e)))?;
    Ok(answer.and_then(|answer| answer.job))
}

fn live_properties(job: glue::Job, wanted: &Properties, tags: &Tags) -> Properties {
    let command = job.command.unwrap_or_else(|| glue::JobCommand::builder().build());
    let connections = job.connections.and_then(|list| list.connections).unwrap_or_default();
    Properties {
        name: job.name.or_else(|| wanted.name.clone()),
        description: job.description,
        role: job.role.map(|role| as_configured(role, wanted.role.as_deref())),
        command: Command {
            name: command.name,
            script_location: command.script_location,
            python_version: command.python_version,
            runtime: command.runtime,
        },
        default_arguments: read_texts(job.default_arguments),
        non_overridable_arguments: read_texts(job.non_overridable_arguments),
        connections: Connections { connections },
        execution_property: ExecutionProperty {
            max_concurrent_runs: job.execution_property.map(|property| property.max_concurrent_runs),
        },
        execution_class: job.execution_class.map(|class| class.as_str().to_owned()),
        glue_version: job.glue_version,
        worker_type: job.worker_type.map(|kind| kind.as_str().to_owned()),
        number_of_workers: job.number_of_workers,
        max_capacity: job.max_capacity,
        max_retries: Some(job.max_retries),
        timeout: job.timeout,
        notification_property: job
            .notification_property
            .as_ref()
            .map(NotificationProperty::read)
            .unwrap_or_default(),
        security_configuration: job.security_configuration,
        job_mode: job.job_mode.map(|mode| mode.as_str().to_owned()),
        job_run_queuing_enabled: job.job_run_queuing_enabled,
        maintenance_window: job.maintenance_window,
        log_uri: job.log_uri,
        tags: own_tags(tags),
    }
}

/// A job takes its role by name or by ARN; the same role in the other form is no difference.
fn as_configured(live: String, wanted: Option<&str>) -> String {
    let name = |role: &str| role.rsplit('/').next().unwrap_or_default().to_owned();
    match wanted {
        Some(wanted) if (wanted.contains(':') != live.contains(':')) && name(wanted) == name(&live) => {
            wanted.to_owned()
        }
        _ => live,
    }
}

/// The whole definition. Values that are the service's default and that it takes for some kinds of jobs only are left
/// out.
fn definition(wanted: &Properties) -> glue::JobUpdate {
    let command = glue::JobCommand::builder()
        .set_name(wanted.command.name.clone())
        .set_script_location(wanted.command.script_location.clone())
        .set_python_version(wanted.command.python_version.clone())
        .set_runtime(wanted.command.runtime.clone());
    let connections = &wanted.connections.connections;
    let connections = (!connections.is_empty()).then(|| {
        let list = glue::ConnectionsList::builder().set_connections(Some(connections.clone()));
        list.build()
    });
    let execution =
        glue::ExecutionProperty::builder().set_max_concurrent_runs(wanted.execution_property.max_concurrent_runs);
    let class = wanted.execution_class.as_deref().filter(|class| *class != "STANDARD");
    let mode = wanted.job_mode.as_deref().filter(|mode| *mode != "SCRIPT");
    glue::JobUpdate::builder()
        .set_description(non_empty(&wanted.description))
        .set_role(wanted.role.clone())
        .command(command.build())
        .set_default_arguments(sent_texts(&wanted.default_arguments))
        .set_non_overridable_arguments(sent_texts(&wanted.non_overridable_arguments))
        .set_connections(connections)
        .execution_property(execution.build())
        .set_execution_class(class.map(Into::into))
        .set_glue_version(wanted.glue_version.clone())
        .set_worker_type(wanted.worker_type.as_deref().map(Into::into))
        .set_number_of_workers(wanted.number_of_workers)
        .set_max_capacity(wanted.max_capacity)
        .set_max_retries(wanted.max_retries)
        .set_timeout(wanted.timeout)
        .set_notification_property(wanted.notification_property.sent())
        .set_security_configuration(non_empty(&wanted.security_configuration))
        .set_job_mode(mode.map(Into::into))
        .set_job_run_queuing_enabled(wanted.job_run_queuing_enabled.filter(|enabled| *enabled))
        .set_maintenance_window(non_empty(&wanted.maintenance_window))
        .set_log_uri(non_empty(&wanted.log_uri))
        .build()
}
