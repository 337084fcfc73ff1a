//! `AWS::Glue::Database`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-database.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::{Texts, arn, complete_tags, non_empty, or_empty, read_texts, sent_texts, tags};
use crate::aws::{self, failure};
use crate::engine::{Cx, Owner};
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found, offered, system_time};
use crate::resources::ownership::{all_tags, owner};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    catalog_id: Option<String>,
    database_name: Option<String>,
    database_input: DatabaseInput,
}

/// Links to databases elsewhere (`TargetDatabase`, `FederatedDatabase`) are not supported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct DatabaseInput {
    name: Option<String>,
    /// Empty where there is none.
    description: Option<String>,
    /// Empty where there is none.
    location_uri: Option<String>,
    parameters: Texts,
    /// Without them the account's Lake Formation settings decide.
    create_table_default_permissions: Option<Vec<PrincipalPrivileges>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct PrincipalPrivileges {
    permissions: Vec<String>,
    principal: DataLakePrincipal,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct DataLakePrincipal {
    data_lake_principal_identifier: Option<String>,
}

impl Properties {
    fn name(&self) -> Option<&String> {
        self.database_name.as_ref().or(self.database_input.name.as_ref())
    }

    fn required_name(&self, scope: &Scope) -> Result<&String, Error> {
        self.name().ok_or_else(|| Error::Missing {
            id: scope.id.clone(),
            property: "DatabaseInput.Name",
        })
    }

    fn arn(&self, scope: &Scope, name: &str) -> String {
        arn(scope, self.catalog_id.as_deref(), "database", name)
    }
}

pub(in crate::resources) struct Database;

#[async_trait]
impl Handler for Database {
    type Properties = Properties;

    fn fixed_paths(&self) -> &'static [&'static str] {
        &["/CatalogId", "/DatabaseInput/Name"]
    }

    fn closed_paths(&self) -> &'static [&'static str] {
        &["/DatabaseInput/Parameters"]
    }

    /// The name stands in either of two places.
    fn normalise(&self, _: &Scope, database: &mut Properties) -> Result<(), Error> {
        let name = database.name().cloned();
        database.database_name = name.clone();
        database.database_input.name = name;
        or_empty(&mut database.database_input.description);
        or_empty(&mut database.database_input.location_uri);
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = wanted.name() else { return Ok(None) };
        let Some(database) = find(scope, wanted, name).await? else {
            return Ok(None);
        };
        let tags = offered(tags(scope, &wanted.arn(scope, name)).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            owner: owner(scope, &tags),
            attributes: BTreeMap::new(),
            created_at: database.create_time.as_ref().and_then(system_time),
            properties: live_properties(database, wanted),
        }))
    }

    /// CloudFormation's type has no tags, the API does: those that say whose the database is.
    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = wanted.required_name(scope)?;
        let request = scope
            .clients
            .glue
            .create_database()
            .set_catalog_id(wanted.catalog_id.clone())
            .database_input(input(scope, wanted)?)
            .set_tags(Some(all_tags(scope, &[]).into_iter().collect()));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "CreateDatabase", name, e))
            })
            .await?;
        complete_tags(scope, &wanted.arn(scope, name), &[], cx).await
    }

    /// UpdateDatabase writes the whole definition, so permissions that the configs do not mention are sent as they are.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = wanted.required_name(scope)?;
        let Some(database) = find(scope, wanted, name).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let mut live = live_properties(database, wanted);
        self.normalise(scope, &mut live)?;
        let mut changed = wanted.clone();
        let permissions = &mut changed.database_input.create_table_default_permissions;
        if permissions.is_none() {
            *permissions = live.database_input.create_table_default_permissions.clone();
        }
        if changed.database_input != live.database_input {
            let request = scope
                .clients
                .glue
                .update_database()
                .set_catalog_id(wanted.catalog_id.clone())
                .name(name)
                .database_input(input(scope, &changed)?);
            scope
                .retrying(cx, async || {
                    let answer = request.clone().send().await;
                    answer.map_err(|e| failure("glue", "UpdateDatabase", name, e))
                })
                .await?;
        }
        complete_tags(scope, &wanted.arn(scope, name), &[], cx).await
    }

    /// Its tables go before it, because they refer to it: what DeleteDatabase leaves behind Glue cleans up in its own
    /// time (<https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteDatabase.html>).
    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = live.required_name(scope)?;
        let request = scope.clients.glue.delete_database().name(name);
        let request = request.set_catalog_id(live.catalog_id.clone());
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                found(answer.map_err(|e| failure("glue", "DeleteDatabase", name, e)))
            })
            .await?;
        Ok(())
    }
}

/// Whose a database is, and with it what lies in it.
pub(super) async fn owner_of(scope: &Scope, catalog: Option<&str>, name: &str) -> Result<Owner, aws::Error> {
    let tags = offered(tags(scope, &arn(scope, catalog, "database", name)).await)?;
    Ok(owner(scope, &tags.unwrap_or_default()))
}

async fn find(scope: &Scope, wanted: &Properties, name: &str) -> Result<Option<glue::Database>, aws::Error> {
    let request = scope.clients.glue.get_database().name(name);
    let answer = request.set_catalog_id(wanted.catalog_id.clone()).send().await;
    let answer = found(answer.map_err(|e| failure("glue", "GetDatabase", name, e)))?;
    Ok(answer.and_then(|answer| answer.database))
}

fn live_properties(database: glue::Database, wanted: &Properties) -> Properties {
    let permissions = database.create_table_default_permissions;
    Properties {
        catalog_id: database.catalog_id.or_else(|| wanted.catalog_id.clone()),
        database_name: None,
        database_input: DatabaseInput {
            name: Some(database.name),
            description: database.description,
            location_uri: database.location_uri,
            parameters: read_texts(database.parameters),
            create_table_default_permissions: permissions
                .map(|permissions| permissions.into_iter().map(privileges).collect()),
        },
    }
}

fn privileges(granted: glue::PrincipalPermissions) -> PrincipalPrivileges {
    let permissions = granted.permissions.unwrap_or_default();
    let principal = granted
        .principal
        .and_then(|principal| principal.data_lake_principal_identifier);
    PrincipalPrivileges {
        permissions: permissions.iter().map(|one| one.as_str().to_owned()).collect(),
        principal: DataLakePrincipal {
            data_lake_principal_identifier: principal,
        },
    }
}

fn input(scope: &Scope, wanted: &Properties) -> Result<glue::DatabaseInput, Error> {
    let input = &wanted.database_input;
    let grant = |one: &PrincipalPrivileges| {
        let principal = glue::DataLakePrincipal::builder()
            .set_data_lake_principal_identifier(one.principal.data_lake_principal_identifier.clone())
            .build();
        let permissions = one.permissions.iter().map(|one| one.as_str().into()).collect();
        glue::PrincipalPermissions::builder()
            .principal(principal)
            .set_permissions(Some(permissions))
            .build()
    };
    let permissions = input.create_table_default_permissions.as_ref();
    let built = glue::DatabaseInput::builder()
        .set_name(wanted.name().cloned())
        .set_description(non_empty(&input.description))
        .set_location_uri(non_empty(&input.location_uri))
        .set_parameters(sent_texts(&input.parameters))
        .set_create_table_default_permissions(permissions.map(|list| list.iter().map(grant).collect()));
    scope.built(built.build())
}
