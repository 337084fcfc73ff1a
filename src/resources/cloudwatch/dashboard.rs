//! `AWS::CloudWatch::Dashboard`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::error::SdkError;
use aws_sdk_cloudwatch::operation::get_dashboard::GetDashboardOutput;
use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardError;
use aws_sdk_cloudwatch::types as cloudwatch;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde::{Deserialize, Serialize};

use super::{SERVICE, sdk_tags, tag, tags};
use crate::aws::{self, failure};
use crate::engine::{Cx, Owner};
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found, offered};
use crate::resources::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    dashboard_name: Option<String>,
    /// JSON as text; the engine compares what it says, not how it is written.
    dashboard_body: Option<String>,
    tags: Vec<Tag>,
}

pub(in crate::resources) struct Dashboard;

#[async_trait]
impl Handler for Dashboard {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, _: &mut Properties) -> Result<(), Error> {
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.dashboard_name else {
            return Ok(None);
        };
        let Some(dashboard) = find(scope, name).await? else {
            return Ok(None);
        };
        let tags = read_tags(scope, name, dashboard.dashboard_arn()).await?;
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties: Properties {
                dashboard_name: Some(name.clone()),
                dashboard_body: dashboard.dashboard_body,
                tags: tags.as_ref().map_or_else(|| wanted.tags.clone(), config_tags),
            },
            attributes: BTreeMap::new(),
            owner: tags.map_or(Owner::Ours, |tags| owner(scope, &tags)),
            created_at: None,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        put(scope, wanted, Some(all_tags(scope, &wanted.tags)), cx).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("DashboardName", &wanted.dashboard_name)?;
        let Some(live) = find(scope, name).await? else {
            return self.create(scope, wanted, cx).await;
        };
        put(scope, wanted, None, cx).await?;
        let arn = live.dashboard_arn.unwrap_or_default();
        let Some(live) = read_tags(scope, name, Some(&arn)).await? else {
            return Ok(());
        };
        tag(scope, name, &arn, missing_tags(scope, &wanted.tags, &live), cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("DashboardName", &live.dashboard_name)?;
        let request = scope.clients.cloudwatch.delete_dashboards().dashboard_names(name);
        let call = async || {
            let answer = request.clone().send().await;
            found(answer.map_err(|e| failure(SERVICE, "DeleteDashboards", name, e)))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }
}

async fn find(scope: &Scope, name: &str) -> Result<Option<GetDashboardOutput>, aws::Error> {
    let request = scope.clients.cloudwatch.get_dashboard().dashboard_name(name);
    found(
        request
            .send()
            .await
            .map_err(|e| failure(SERVICE, "GetDashboard", name, e)),
    )
}

/// `None` where an emulator keeps no tags of dashboards; there, the one of our name counts as ours. On AWS a dashboard
/// always has a list of tags, empty or not.
async fn read_tags(scope: &Scope, name: &str, arn: Option<&str>) -> Result<Option<Tags>, aws::Error> {
    let tags = tags(scope, name, arn.unwrap_or_default()).await;
    if !scope.clients.emulated {
        return tags.map(Some);
    }
    Ok(offered(tags)?.filter(|tags| !tags.is_empty()))
}

/// `tags` are for a new dashboard: for one that exists PutDashboard ignores them.
async fn put(scope: &Scope, wanted: &Properties, tags: Option<Tags>, cx: &Cx) -> Result<(), Error> {
    let name = scope.required("DashboardName", &wanted.dashboard_name)?;
    let request = scope
        .clients
        .cloudwatch
        .put_dashboard()
        .dashboard_name(name)
        .dashboard_body(scope.required("DashboardBody", &wanted.dashboard_body)?)
        .set_tags(tags.map(sdk_tags));
    let answer = scope
        .retrying(cx, async || request.clone().send().await.map_err(|e| refused(name, e)))
        .await?;
    // "If this result includes only warning messages, then the input was valid enough for the dashboard to be created
    // or modified, but some elements of the dashboard might not render." (API_PutDashboard)
    if let Some(warnings) = listed(answer.dashboard_validation_messages()) {
        cx.report(&format!("CloudWatch warns: {warnings}"));
        tracing::warn!(dashboard = name, "CloudWatch took the dashboard and warns: {warnings}");
    }
    Ok(())
}

/// The failure, with every place in the body that CloudWatch objects to.
fn refused(name: &str, error: SdkError<PutDashboardError, HttpResponse>) -> aws::Error {
    let places = match error.as_service_error() {
        Some(PutDashboardError::DashboardInvalidInputError(refusal)) => listed(refusal.dashboard_validation_messages()),
        _ => None,
    };
    let mut failure = failure(SERVICE, "PutDashboard", name, error);
    if let Some(places) = places {
        // The service's own message repeats the list as JSON over many lines.
        failure.message = format!("the dashboard body is invalid: {places}");
    }
    failure
}

fn listed(messages: &[cloudwatch::DashboardValidationMessage]) -> Option<String> {
    let texts = messages.iter().map(|message| {
        let place = message.data_path().filter(|path| !path.is_empty()).unwrap_or("/");
        format!("{place}: {}", message.message().unwrap_or_default())
    });
    (!messages.is_empty()).then(|| texts.collect::<Vec<_>>().join("; "))
}
