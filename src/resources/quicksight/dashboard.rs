//! `AWS::QuickSight::Dashboard`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-quicksight-dashboard.html>
//!
//! Every change makes a version; readers see the one that is published.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{fingerprint, members, only, readable};
use super::permissions::{self, Permission, permissions_by};
use super::{
    SERVICE, account, arn, attributes, complete_tags, condition, created_at, described, exchange, moments, picked,
    settled, state, subscribed, surrounded, tag_list, tags, waiting,
};
use crate::aws::{self, failure};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found};
use crate::resources::ownership::{all_tags, owner};
use crate::resources::properties::Tag;

/// Left out: `SourceEntity` (a dashboard made of a template), `Parameters`, `FolderArns`, `LinkEntities` and
/// `LinkSharingConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    aws_account_id: Option<String>,
    dashboard_id: Option<String>,
    name: Option<String>,
    definition: Option<Value>,
    dashboard_publish_options: Option<Value>,
    /// Empty where there is none.
    theme_arn: Option<String>,
    /// Where the configs have none: the definition's fingerprint, by which a part that was taken out of the configs shows
    /// as a change. (Comparing the definitions themselves cannot tell it from a default that the service added.)
    version_description: Option<String>,
    /// Never told by the service.
    validation_strategy: Option<Value>,
    /// Not compared and not touched where the configs have none.
    permissions: Option<Vec<Permission>>,
    tags: Vec<Tag>,
}

/// What CreateDashboard and UpdateDashboard take. The id is in the path.
const CREATED: [&str; 7] = [
    "Name",
    "Definition",
    "DashboardPublishOptions",
    "ThemeArn",
    "VersionDescription",
    "ValidationStrategy",
    "Permissions",
];
const UPDATED: [&str; 6] = [
    "Name",
    "Definition",
    "DashboardPublishOptions",
    "ThemeArn",
    "VersionDescription",
    "ValidationStrategy",
];

pub(in crate::resources) struct Dashboard;

#[async_trait]
impl Handler for Dashboard {
    type Properties = Properties;

    fn normalise(&self, scope: &Scope, dashboard: &mut Properties) -> Result<(), Error> {
        dashboard.aws_account_id.get_or_insert_with(|| scope.account.clone());
        dashboard.definition.iter_mut().for_each(moments::to_seconds);
        dashboard.theme_arn.get_or_insert_default();
        if let Some(definition) = &dashboard.definition {
            dashboard
                .version_description
                .get_or_insert_with(|| format!("pipectl: definition {}", fingerprint(definition)));
        }
        permissions::normalise(&mut dashboard.permissions);
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        condition(state)
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(id) = &wanted.dashboard_id else {
            return Ok(None);
        };
        let account = account(scope, wanted.aws_account_id.as_ref());
        let Some(dashboard) = describe(scope, account, id, None).await? else {
            return Ok(None);
        };
        let arn = arn(scope, account, "dashboard", id);
        let tags = tags(scope, &arn).await?;
        let permissions = permissions(scope, account, id, wanted.permissions.as_ref()).await?;
        let version = &dashboard["Version"];
        let defined = definition(scope, account, id).await?;
        let mut live = picked(&dashboard, &["DashboardId", "Name"]);
        live.extend(picked(&defined, &["Definition", "DashboardPublishOptions"]));
        live.extend(picked(version, &["ThemeArn"]));
        surrounded(&mut live, account, Some(json!(permissions)), &tags);
        let mut properties: Properties = readable("DescribeDashboardDefinition", id, live)?;
        properties.version_description = Some(version["Description"].as_str().unwrap_or_default().to_owned());
        properties.validation_strategy = wanted.validation_strategy.clone();
        Ok(Some(Observed {
            physical_id: format!("{account}|{id}"),
            state: state(version),
            attributes: attributes(&dashboard, &arn),
            owner: owner(scope, &tags),
            created_at: created_at(&dashboard),
            properties,
        }))
    }

    /// The first version is published by itself.
    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        subscribed(scope).await?;
        let id = scope.required("DashboardId", &wanted.dashboard_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        let mut body = only(members(wanted), &CREATED);
        body.insert("Tags".into(), tag_list(&all_tags(scope, &wanted.tags)));
        let request = || {
            let client = &scope.clients.quicksight;
            client.create_dashboard().aws_account_id(account).dashboard_id(id)
        };
        exchange!(scope, cx, "CreateDashboard", id, request(), body)?;
        usable(scope, account, id, None, cx).await?;
        complete_tags(scope, &arn(scope, account, "dashboard", id), &wanted.tags, cx).await
    }

    /// UpdateDashboard makes a version that nobody sees until it is published
    /// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UpdateDashboardPublishedVersion.html>).
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DashboardId", &wanted.dashboard_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        match describe(scope, account, id, None).await? {
            None => return self.create(scope, wanted, cx).await,
            Some(dashboard) if state(&dashboard["Version"]).ends_with("_IN_PROGRESS") => {
                usable(scope, account, id, None, cx).await?;
            }
            Some(_) => {}
        }
        let body = only(members(wanted), &UPDATED);
        let request = || {
            let client = &scope.clients.quicksight;
            client.update_dashboard().aws_account_id(account).dashboard_id(id)
        };
        let answer = exchange!(scope, cx, "UpdateDashboard", id, request(), body)?;
        if let Some(version) = version_of(&answer) {
            usable(scope, account, id, Some(version), cx).await?;
            publish(scope, account, id, version, cx).await?;
        }
        permit(scope, account, id, wanted.permissions.as_ref(), cx).await?;
        complete_tags(scope, &arn(scope, account, "dashboard", id), &wanted.tags, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DashboardId", &live.dashboard_id)?;
        let account = account(scope, live.aws_account_id.as_ref());
        let client = &scope.clients.quicksight;
        scope
            .retrying(cx, async || {
                let request = client.delete_dashboard().aws_account_id(account).dashboard_id(id);
                found(
                    request
                        .send()
                        .await
                        .map_err(|e| failure(SERVICE, "DeleteDashboard", id, e)),
                )
            })
            .await?;
        Ok(())
    }
}

/// 7 of `{"VersionArn": "arn:aws:quicksight:us-east-1:111122223333:dashboard/d/version/7"}`.
fn version_of(answer: &Value) -> Option<i64> {
    answer["VersionArn"].as_str()?.rsplit('/').next()?.parse().ok()
}

/// Of the published version, or of this one.
async fn describe(scope: &Scope, account: &str, id: &str, version: Option<i64>) -> Result<Option<Value>, aws::Error> {
    let client = &scope.clients.quicksight;
    let request = client.describe_dashboard().aws_account_id(account).dashboard_id(id);
    let request = request.set_version_number(version);
    let answer = described!("DescribeDashboard", id, request)?;
    let dashboard = answer.map(|mut answer| answer["Dashboard"].take());
    Ok(dashboard.filter(|dashboard| dashboard["Version"]["Status"] != "DELETED"))
}

/// Of the published version. A version that could not be made has none.
async fn definition(scope: &Scope, account: &str, id: &str) -> Result<Value, aws::Error> {
    let client = &scope.clients.quicksight;
    let request = client.describe_dashboard_definition();
    let request = request.aws_account_id(account).dashboard_id(id);
    Ok(described!("DescribeDashboardDefinition", id, request)?.unwrap_or_default())
}

async fn usable(scope: &Scope, account: &str, id: &str, version: Option<i64>, cx: &Cx) -> Result<(), Error> {
    let wait = waiting("DescribeDashboard", id);
    settled(wait, cx, advice, async || {
        let dashboard = describe(scope, account, id, version).await?;
        Ok(dashboard.map(|mut dashboard| dashboard["Version"].take()))
    })
    .await?;
    Ok(())
}

async fn publish(scope: &Scope, account: &str, id: &str, version: i64, cx: &Cx) -> Result<(), Error> {
    let client = &scope.clients.quicksight;
    scope
        .retrying(cx, async || {
            let request = client.update_dashboard_published_version();
            let request = request.aws_account_id(account).dashboard_id(id).version_number(version);
            let answer = request.send().await;
            answer.map_err(|e| failure(SERVICE, "UpdateDashboardPublishedVersion", id, e))
        })
        .await?;
    Ok(())
}

permissions_by!(
    describe_dashboard_permissions as "DescribeDashboardPermissions",
    update_dashboard_permissions as "UpdateDashboardPermissions",
    dashboard_id
);

/// What to do about a `DashboardError.Type`
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardError.html>).
pub(super) fn advice(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ACCESS_DENIED" => "a data set of the definition may not be used: give its owner quicksight:PassDataSet on it",
        "SOURCE_NOT_FOUND" => "what the dashboard is made of is gone: deploy again",
        "DATA_SET_NOT_FOUND" => {
            "a data set of DataSetIdentifierDeclarations is gone: deploy again, which makes it anew"
        }
        "INTERNAL_FAILURE" => "QuickSight failed by itself: run the command again",
        "PARAMETER_VALUE_INCOMPATIBLE" | "PARAMETER_TYPE_INVALID" | "PARAMETER_NOT_FOUND" => {
            "correct ParameterDeclarations, or what refers to them, in the dashboard's Definition"
        }
        "COLUMN_TYPE_MISMATCH" => {
            "a field uses a column as another type than the data set has: a number needs NumericalMeasureField or NumericalDimensionField, text a Categorical one, a date a Date one"
        }
        "COLUMN_GEOGRAPHIC_ROLE_MISMATCH" => "a map needs a column with a geographic role: set it in the data set",
        "COLUMN_REPLACEMENT_MISSING" => {
            "a column of the Definition is not in its data set: correct ColumnName, or add the column to SqlQuery and Columns"
        }
        _ => return None,
    })
}
