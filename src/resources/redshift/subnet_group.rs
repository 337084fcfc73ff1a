//! `AWS::Redshift::ClusterSubnetGroup`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshift-clustersubnetgroup.html>
//!
//! CloudFormation makes its name up and takes none, so pipectl does too: `<pipeline>-<environment>-<logical id>`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_redshift::types as redshift;
use serde::{Deserialize, Serialize};

use super::{SERVICE, arn, by_key, sdk_tags, tag};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found};
use crate::resources::ownership::{all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;
use crate::template;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    description: Option<String>,
    subnet_ids: Vec<String>,
    tags: Vec<Tag>,
}

pub(in crate::resources) struct SubnetGroup;

#[async_trait]
impl Handler for SubnetGroup {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, group: &mut Properties) -> Result<(), Error> {
        group.subnet_ids.sort();
        Ok(())
    }

    async fn observe(&self, scope: &Scope, _: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let name = name(scope);
        let Some(group) = describe(scope, &name).await? else {
            return Ok(None);
        };
        let subnets = group.subnets.unwrap_or_default().into_iter();
        let tags = by_key(group.tags);
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties: Properties {
                description: group.description,
                subnet_ids: subnets.filter_map(|subnet| subnet.subnet_identifier).collect(),
                tags: config_tags(&tags),
            },
            attributes: BTreeMap::from([("ClusterSubnetGroupName".into(), name)]),
            owner: owner(scope, &tags),
            created_at: None,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = name(scope);
        let request = scope
            .clients
            .redshift
            .create_cluster_subnet_group()
            .cluster_subnet_group_name(&name)
            .set_description(wanted.description.clone())
            .set_subnet_ids(Some(wanted.subnet_ids.clone()))
            .set_tags(Some(sdk_tags(all_tags(scope, &wanted.tags))));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "CreateClusterSubnetGroup", &name, e))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = name(scope);
        let Some(group) = describe(scope, &name).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let request = scope
            .clients
            .redshift
            .modify_cluster_subnet_group()
            .cluster_subnet_group_name(&name)
            .set_description(wanted.description.clone())
            .set_subnet_ids(Some(wanted.subnet_ids.clone()));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "ModifyClusterSubnetGroup", &name, e))
        };
        scope.retrying(cx, call).await?;
        let missing = missing_tags(scope, &wanted.tags, &by_key(group.tags));
        tag(scope, &name, &arn(scope, "subnetgroup", &name), missing, cx).await
    }

    /// Refused, and tried again, while a cluster in it is going away.
    async fn delete(&self, scope: &Scope, _: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = name(scope);
        let client = &scope.clients.redshift;
        let call = async || {
            let request = client.delete_cluster_subnet_group().cluster_subnet_group_name(&name);
            let answer = request.send().await;
            found(answer.map_err(|e| failure(SERVICE, "DeleteClusterSubnetGroup", &name, e)))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }
}

/// Redshift keeps such names in lower case
/// (<https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateClusterSubnetGroup.html>).
fn name(scope: &Scope) -> String {
    template::default_name(&scope.pipeline, &scope.environment, &scope.id).to_ascii_lowercase()
}

async fn describe(scope: &Scope, name: &str) -> Result<Option<redshift::ClusterSubnetGroup>, aws::Error> {
    let client = &scope.clients.redshift;
    let answer = client
        .describe_cluster_subnet_groups()
        .cluster_subnet_group_name(name)
        .send()
        .await;
    let answer = found(answer.map_err(|e| failure(SERVICE, "DescribeClusterSubnetGroups", name, e)))?;
    Ok(answer.and_then(|answer| answer.cluster_subnet_groups?.into_iter().next()))
}
