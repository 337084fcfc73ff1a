//! `AWS::QuickSight::DataSource`: how QuickSight reaches the warehouse.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-quicksight-datasource.html>

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{members, only, readable};
use super::permissions::{self, Permission, permissions_by};
use super::{
    Members, SERVICE, account, arn, attributes, complete_tags, condition, created_at, described, exchange, picked,
    settled, state, subscribed, surrounded, tag_list, tags, waiting,
};
use crate::aws::{self, failure};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found};
use crate::resources::ownership::{all_tags, owner};
use crate::resources::properties::Tag;

/// Left out: `AlternateDataSourceParameters` and `ErrorInfo`, which no request takes, and `FolderArns`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    aws_account_id: Option<String>,
    data_source_id: Option<String>,
    name: Option<String>,
    r#type: Option<String>,
    /// `{"RedshiftParameters": {...}}`, as the API has it.
    data_source_parameters: Option<Value>,
    credentials: Credentials,
    ssl_properties: SslProperties,
    vpc_connection_properties: VpcConnectionProperties,
    /// Not compared and not touched where the configs have none.
    permissions: Option<Vec<Permission>>,
    tags: Vec<Tag>,
}

/// A user and password (`CredentialPair`) would be a secret in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Credentials {
    secret_arn: Option<String>,
    /// Never told by the service.
    copy_source_arn: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct SslProperties {
    disable_ssl: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct VpcConnectionProperties {
    /// Empty where there is none.
    vpc_connection_arn: Option<String>,
}

/// What CreateDataSource and UpdateDataSource take.
const CREATED: [&str; 9] = [
    "DataSourceId",
    "Name",
    "Type",
    "DataSourceParameters",
    "Credentials",
    "SslProperties",
    "VpcConnectionProperties",
    "Permissions",
    "Tags",
];
const UPDATED: [&str; 5] = [
    "Name",
    "DataSourceParameters",
    "Credentials",
    "SslProperties",
    "VpcConnectionProperties",
];

pub(in crate::resources) struct DataSource;

#[async_trait]
impl Handler for DataSource {
    type Properties = Properties;

    fn normalise(&self, scope: &Scope, source: &mut Properties) -> Result<(), Error> {
        source.aws_account_id.get_or_insert_with(|| scope.account.clone());
        source.ssl_properties.disable_ssl.get_or_insert(false);
        source
            .vpc_connection_properties
            .vpc_connection_arn
            .get_or_insert_default();
        source.data_source_parameters.iter_mut().for_each(numeric_ports);
        permissions::normalise(&mut source.permissions);
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        condition(state)
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(id) = &wanted.data_source_id else {
            return Ok(None);
        };
        let account = account(scope, wanted.aws_account_id.as_ref());
        let Some(source) = describe(scope, account, id).await? else {
            return Ok(None);
        };
        let arn = arn(scope, account, "datasource", id);
        let tags = tags(scope, &arn).await?;
        let permissions = permissions(scope, account, id, wanted.permissions.as_ref()).await?;
        let mut live = picked(
            &source,
            &[
                "DataSourceId",
                "Name",
                "Type",
                "DataSourceParameters",
                "SslProperties",
                "VpcConnectionProperties",
            ],
        );
        surrounded(&mut live, account, Some(json!(permissions)), &tags);
        let mut properties: Properties = readable("DescribeDataSource", id, live)?;
        properties.credentials = Credentials {
            secret_arn: source["SecretArn"].as_str().map(str::to_owned),
            copy_source_arn: wanted.credentials.copy_source_arn.clone(),
        };
        Ok(Some(Observed {
            physical_id: format!("{account}|{id}"),
            state: state(&source),
            attributes: attributes(&source, &arn),
            owner: owner(scope, &tags),
            created_at: created_at(&source),
            properties,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        subscribed(scope).await?;
        let id = scope.required("DataSourceId", &wanted.data_source_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        let mut body = only(members(wanted), &CREATED);
        body.insert("Tags".into(), tag_list(&all_tags(scope, &wanted.tags)));
        let client = &scope.clients.quicksight;
        exchange!(
            scope,
            cx,
            "CreateDataSource",
            id,
            client.create_data_source().aws_account_id(account),
            body
        )?;
        usable(scope, account, id, cx).await?;
        complete_tags(scope, &arn(scope, account, "datasource", id), &wanted.tags, cx).await
    }

    /// UpdateDataSource takes the whole data source, credentials included: without them it would keep none
    /// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UpdateDataSource.html>).
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DataSourceId", &wanted.data_source_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        match describe(scope, account, id).await? {
            None => return self.create(scope, wanted, cx).await,
            Some(source) if state(&source).ends_with("_IN_PROGRESS") => usable(scope, account, id, cx).await?,
            Some(_) => {}
        }
        let body: Members = only(members(wanted), &UPDATED);
        let request = || {
            let client = &scope.clients.quicksight;
            client.update_data_source().aws_account_id(account).data_source_id(id)
        };
        exchange!(scope, cx, "UpdateDataSource", id, request(), body)?;
        usable(scope, account, id, cx).await?;
        permit(scope, account, id, wanted.permissions.as_ref(), cx).await?;
        complete_tags(scope, &arn(scope, account, "datasource", id), &wanted.tags, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let id = scope.required("DataSourceId", &live.data_source_id)?;
        let account = account(scope, live.aws_account_id.as_ref());
        let client = &scope.clients.quicksight;
        scope
            .retrying(cx, async || {
                let request = client.delete_data_source().aws_account_id(account).data_source_id(id);
                found(
                    request
                        .send()
                        .await
                        .map_err(|e| failure(SERVICE, "DeleteDataSource", id, e)),
                )
            })
            .await?;
        Ok(())
    }
}

/// Ports are numbers in the API; an endpoint's port out of `Fn::GetAtt` is text.
fn numeric_ports(value: &mut Value) {
    for (name, member) in value.as_object_mut().into_iter().flatten() {
        if name != "Port" {
            numeric_ports(member);
        } else if let Some(port) = member.as_str().and_then(|text| text.parse::<u16>().ok()) {
            *member = port.into();
        }
    }
}

async fn describe(scope: &Scope, account: &str, id: &str) -> Result<Option<Value>, aws::Error> {
    let client = &scope.clients.quicksight;
    let request = client.describe_data_source().aws_account_id(account).data_source_id(id);
    let answer = described!("DescribeDataSource", id, request)?;
    let source = answer.map(|mut answer| answer["DataSource"].take());
    Ok(source.filter(|source| source["Status"] != "DELETED"))
}

async fn usable(scope: &Scope, account: &str, id: &str, cx: &Cx) -> Result<(), Error> {
    let wait = waiting("DescribeDataSource", id);
    settled(wait, cx, advice, || describe(scope, account, id)).await?;
    Ok(())
}

permissions_by!(
    describe_data_source_permissions as "DescribeDataSourcePermissions",
    update_data_source_permissions as "UpdateDataSourcePermissions",
    data_source_id
);

/// What to do about a `DataSourceErrorInfo.Type`
/// (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DataSourceErrorInfo.html>).
pub(super) fn advice(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ACCESS_DENIED" => {
            "let QuickSight read the secret (Manage QuickSight > Security & permissions > AWS Secrets Manager), and let the secret's user log in"
        }
        "COPY_SOURCE_NOT_FOUND" => "the data source of CopySourceArn is gone: name another one, or give SecretArn",
        "TIMEOUT" => {
            "QuickSight does not reach the warehouse: open its port to QuickSight's addresses of the region, or give QuickSightVpcConnection for a warehouse without a public address"
        }
        "ENGINE_VERSION_NOT_SUPPORTED" => "QuickSight does not support this version of the database",
        "UNKNOWN_HOST" => "the host name of DataSourceParameters is not known: is the warehouse there?",
        "GENERIC_SQL_FAILURE" => {
            "the database refuses QuickSight's test query: look at the message, and at the database's name"
        }
        "CONFLICT" => "another change of the data source was under way: run the command again",
        "UNKNOWN" => "QuickSight does not say why: try the same connection in the console",
        _ => return None,
    })
}
