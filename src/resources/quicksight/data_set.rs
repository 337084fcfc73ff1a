//! `AWS::QuickSight::DataSet`: rows of the warehouse, kept in SPICE or queried directly.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-quicksight-dataset.html>

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{members, only, readable};
use super::permissions::{self, Permission, permissions_by};
use super::{
    LIMIT, Members, SERVICE, account, arn, attributes, complete_tags, created_at, described, exchange, moments, picked,
    settled, subscribed, surrounded, tag_list, tags, waiting,
};
use crate::aws::{self, Wait, failure, ingestion_advice};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found};
use crate::resources::ownership::{all_tags, owner};
use crate::resources::properties::Tag;

/// Left out: `DataSetRefreshProperties` and `FolderArns`, which have operations of their own.
///
/// QuickSight makes a `LogicalTableMap` of its own where there is none: taking it out of the configs is no change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    aws_account_id: Option<String>,
    data_set_id: Option<String>,
    name: Option<String>,
    import_mode: Option<String>,
    physical_table_map: Option<Value>,
    logical_table_map: Option<Value>,
    column_groups: Vec<Value>,
    /// With members as CloudFormation spells them.
    field_folders: Members,
    column_level_permission_rules: Vec<Value>,
    row_level_permission_data_set: Members,
    row_level_permission_tag_configuration: Members,
    data_set_usage_configuration: Option<Value>,
    dataset_parameters: Vec<Value>,
    performance_configuration: Option<Value>,
    data_prep_configuration: Option<Value>,
    semantic_model_configuration: Option<Value>,
    use_as: Option<String>,
    ingestion_wait_policy: IngestionWaitPolicy,
    /// Not compared and not touched where the configs have none.
    permissions: Option<Vec<Permission>>,
    tags: Vec<Tag>,
}

/// Whether a creation or change waits until SPICE holds the rows. No request has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct IngestionWaitPolicy {
    wait_for_spice_ingestion: Option<bool>,
    ingestion_wait_time_in_hours: Option<f64>,
}

/// What DescribeDataSet tells, in names that CloudFormation shares.
const READ: [&str; 15] = [
    "DataSetId",
    "Name",
    "ImportMode",
    "PhysicalTableMap",
    "LogicalTableMap",
    "ColumnGroups",
    "FieldFolders",
    "ColumnLevelPermissionRules",
    "RowLevelPermissionDataSet",
    "RowLevelPermissionTagConfiguration",
    "DataSetUsageConfiguration",
    "DatasetParameters",
    "PerformanceConfiguration",
    "DataPrepConfiguration",
    "SemanticModelConfiguration",
];

/// FieldFolder's members: CloudFormation's name and the API's.
const FOLDER: [(&str, &str); 2] = [("Description", "description"), ("Columns", "columns")];

pub(in crate::resources) struct DataSet;

#[async_trait]
impl Handler for DataSet {
    type Properties = Properties;

    /// UpdateDataSet lacks it.
    fn fixed_paths(&self) -> &'static [&'static str] {
        &["/UseAs"]
    }

    /// Tables that are no longer in the configs, and row-level security, must not stay.
    fn closed_paths(&self) -> &'static [&'static str] {
        &[
            "/PhysicalTableMap",
            "/LogicalTableMap",
            "/FieldFolders",
            "/RowLevelPermissionDataSet",
            "/RowLevelPermissionTagConfiguration",
        ]
    }

    fn normalise(&self, scope: &Scope, set: &mut Properties) -> Result<(), Error> {
        set.aws_account_id.get_or_insert_with(|| scope.account.clone());
        let documents = [&mut set.logical_table_map, &mut set.data_prep_configuration];
        documents.into_iter().flatten().for_each(moments::to_seconds);
        set.dataset_parameters.iter_mut().for_each(moments::to_seconds);
        permissions::normalise(&mut set.permissions);
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(id) = &wanted.data_set_id else { return Ok(None) };
        let account = account(scope, wanted.aws_account_id.as_ref());
        let Some(set) = describe(scope, account, id).await? else {
            return Ok(None);
        };
        let arn = arn(scope, account, "dataset", id);
        let tags = tags(scope, &arn).await?;
        let permissions = permissions(scope, account, id, wanted.permissions.as_ref()).await?;
        let mut live = picked(&set, &READ);
        if let Some(folders) = live.get_mut("FieldFolders") {
            rename_folders(folders, |(ours, theirs)| (theirs, ours));
        }
        surrounded(&mut live, account, Some(json!(permissions)), &tags);
        let mut properties: Properties = readable("DescribeDataSet", id, live)?;
        properties.use_as = set["UseAs"].as_str().map(str::to_owned);
        properties.ingestion_wait_policy = wanted.ingestion_wait_policy.clone();
        Ok(Some(Observed {
            physical_id: format!("{account}|{id}"),
            state: AVAILABLE.into(),
            attributes: attributes(&set, &arn),
            owner: owner(scope, &tags),
            created_at: created_at(&set),
            properties,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        subscribed(scope).await?;
        let id = scope.required("DataSetId", &wanted.data_set_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        let mut body = body(wanted);
        body.insert("DataSetId".into(), id.as_str().into());
        if let Some(permissions) = &wanted.permissions {
            body.insert("Permissions".into(), json!(permissions));
        }
        if let Some(kind) = &wanted.use_as {
            body.insert("UseAs".into(), kind.as_str().into());
        }
        body.insert("Tags".into(), tag_list(&all_tags(scope, &wanted.tags)));
        let client = &scope.clients.quicksight;
        let request = || client.create_data_set().aws_account_id(account);
        let answer = exchange!(scope, cx, "CreateDataSet", id, request(), body)?;
        // A permission list that is empty has no place in a request.
        complete_tags(scope, &arn(scope, account, "dataset", id), &wanted.tags, cx).await?;
        ingested(scope, account, id, wanted, &answer, cx).await
    }

    /// UpdateDataSet takes the whole data set: what is left out is taken away.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DataSetId", &wanted.data_set_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        if describe(scope, account, id).await?.is_none() {
            return self.create(scope, wanted, cx).await;
        }
        let request = || {
            let client = &scope.clients.quicksight;
            client.update_data_set().aws_account_id(account).data_set_id(id)
        };
        let answer = exchange!(scope, cx, "UpdateDataSet", id, request(), body(wanted))?;
        permit(scope, account, id, wanted.permissions.as_ref(), cx).await?;
        complete_tags(scope, &arn(scope, account, "dataset", id), &wanted.tags, cx).await?;
        ingested(scope, account, id, wanted, &answer, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DataSetId", &live.data_set_id)?;
        let account = account(scope, live.aws_account_id.as_ref());
        let client = &scope.clients.quicksight;
        scope
            .retrying(cx, async || {
                let request = client.delete_data_set().aws_account_id(account).data_set_id(id);
                found(
                    request
                        .send()
                        .await
                        .map_err(|e| failure(SERVICE, "DeleteDataSet", id, e)),
                )
            })
            .await?;
        Ok(())
    }
}

/// What CreateDataSet and UpdateDataSet have in common.
fn body(wanted: &Properties) -> Members {
    let mut body = only(members(wanted), &READ);
    body.remove("DataSetId");
    if let Some(folders) = body.get_mut("FieldFolders") {
        rename_folders(folders, |(ours, theirs)| (ours, theirs));
    }
    body
}

/// Members of each folder by the pairs (from, to) that `direction` makes of [`FOLDER`]'s.
fn rename_folders(folders: &mut Value, direction: fn((&'static str, &'static str)) -> (&'static str, &'static str)) {
    let folders = folders.as_object_mut().into_iter().flatten();
    for folder in folders.filter_map(|(_, folder)| folder.as_object_mut()) {
        for (from, to) in FOLDER.map(direction) {
            if let Some(value) = folder.remove(from) {
                folder.insert(to.to_owned(), value);
            }
        }
    }
}

async fn describe(scope: &Scope, account: &str, id: &str) -> Result<Option<Value>, aws::Error> {
    let client = &scope.clients.quicksight;
    let request = client.describe_data_set().aws_account_id(account).data_set_id(id);
    let answer = described!("DescribeDataSet", id, request)?;
    Ok(answer.map(|mut answer| answer["DataSet"].take()))
}

/// Waits for the rows, where the answer says that SPICE is reading them: a data set that cannot be read says so at the
/// deploy that made it.
async fn ingested(
    scope: &Scope,
    account: &str,
    id: &str,
    wanted: &Properties,
    answer: &Value,
    cx: &Cx,
) -> Result<(), Error> {
    let policy = &wanted.ingestion_wait_policy;
    let Some(ingestion) = answer["IngestionId"].as_str() else {
        return Ok(());
    };
    if policy.wait_for_spice_ingestion == Some(false) {
        return Ok(());
    }
    let hours = policy
        .ingestion_wait_time_in_hours
        .filter(|hours| hours.is_finite() && *hours > 0.0);
    let wait = Wait {
        pending: &["INITIALIZED", "QUEUED", "RUNNING", super::NOT_VISIBLE],
        // A later refresh, or a person, may have taken its place.
        target: &["COMPLETED", "CANCELLED"],
        limit: hours.map_or(LIMIT * 6, |hours| LIMIT.mul_f64(hours * 6.0)),
        ..waiting("DescribeIngestion", id)
    };
    settled(wait, cx, ingestion_advice, async || {
        let request = scope.clients.quicksight.describe_ingestion();
        let request = request.aws_account_id(account).data_set_id(id).ingestion_id(ingestion);
        let answer = described!("DescribeIngestion", id, request)?;
        Ok(answer.map(|mut answer| answer["Ingestion"].take()))
    })
    .await?;
    Ok(())
}

permissions_by!(
    describe_data_set_permissions as "DescribeDataSetPermissions",
    update_data_set_permissions as "UpdateDataSetPermissions",
    data_set_id
);
