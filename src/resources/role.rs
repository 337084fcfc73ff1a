//! `AWS::IAM::Role`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types as iam;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found, offered, system_time};
use super::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use super::policy;
use super::properties::Tag;
use crate::aws::{self, failure};
use crate::engine::Cx;

/// In seconds; botocore iam: roleMaxSessionDurationType, and the documented default of CreateRole.
const DEFAULT_SESSION: i32 = 3_600;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    role_name: Option<String>,
    path: Option<String>,
    /// Empty where there is none.
    description: Option<String>,
    assume_role_policy_document: Option<Value>,
    policies: Vec<Policy>,
    managed_policy_arns: Vec<String>,
    /// Empty where there is none.
    permissions_boundary: Option<String>,
    /// Seconds.
    max_session_duration: Option<i32>,
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Policy {
    policy_name: String,
    policy_document: Value,
}

#[cfg(test)]
#[path = "role_tests.rs"]
mod tests;

pub(super) struct Role;

/// Makes one change of a role, again where IAM asks for that (another change of the role is under way).
macro_rules! change {
    ($scope:ident, $cx:ident, $name:ident, $operation:literal, $request:expr) => {{
        let request = $request.role_name($name);
        let call = async || {
            request
                .clone()
                .send()
                .await
                .map_err(|e| failure("iam", $operation, $name, e))
        };
        $scope.retrying($cx, call).await?
    }};
}

/// The same for taking something away, which may be gone already.
macro_rules! take_away {
    ($scope:ident, $cx:ident, $name:ident, $operation:literal, $request:expr) => {{
        let request = $request.role_name($name);
        let call = async || {
            let answer = request.clone().send().await;
            found(answer.map_err(|e| failure("iam", $operation, $name, e)))
        };
        $scope.retrying($cx, call).await?
    }};
}

#[async_trait]
impl Handler for Role {
    type Properties = Properties;

    /// Without a `Path` the role goes to `/pipectl/<pipeline>/<environment>/`, where roles of pipelines can be listed:
    /// the tagging API does not know roles. A CloudFormation template exported from the configs has no path then.
    fn normalise(&self, scope: &Scope, role: &mut Properties) -> Result<(), Error> {
        role.path
            .get_or_insert_with(|| format!("/pipectl/{}/{}/", scope.pipeline, scope.environment));
        role.description.get_or_insert_default();
        role.permissions_boundary.get_or_insert_default();
        role.max_session_duration.get_or_insert(DEFAULT_SESSION);
        role.policies.sort_by(|a, b| a.policy_name.cmp(&b.policy_name));
        role.managed_policy_arns.sort();
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.role_name else { return Ok(None) };
        let client = &scope.clients.iam;
        let answer = client.get_role().role_name(name).send().await;
        let answer = found(answer.map_err(|e| failure("iam", "GetRole", name, e)))?;
        let Some(role) = answer.and_then(|answer| answer.role) else {
            return Ok(None);
        };
        let (inline, attached, tags) = tokio::try_join!(
            inline_policies(scope, name),
            attached_policies(scope, name),
            tags(scope, name)
        )?;
        let boundary = role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn);
        let properties = Properties {
            role_name: Some(role.role_name.clone()),
            path: Some(role.path),
            description: role.description,
            assume_role_policy_document: role.assume_role_policy_document.as_deref().map(policy::parse),
            policies: inline,
            managed_policy_arns: attached,
            permissions_boundary: boundary,
            max_session_duration: role.max_session_duration,
            tags: config_tags(&tags),
        };
        Ok(Some(Observed {
            physical_id: role.role_name,
            state: AVAILABLE.into(),
            properties,
            attributes: BTreeMap::from([("Arn".into(), role.arn), ("RoleId".into(), role.role_id)]),
            owner: owner(scope, &tags),
            created_at: system_time(&role.create_date),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("RoleName", &wanted.role_name)?;
        let trust = scope.required("AssumeRolePolicyDocument", &wanted.assume_role_policy_document)?;
        let tags = sdk_tags(scope, all_tags(scope, &wanted.tags))?;
        let request = scope
            .clients
            .iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(policy::text(trust))
            .set_path(wanted.path.clone())
            .set_description(non_empty(&wanted.description))
            .set_permissions_boundary(non_empty(&wanted.permissions_boundary))
            .set_max_session_duration(wanted.max_session_duration)
            .set_tags(Some(tags));
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("iam", "CreateRole", name, e))
            })
            .await?;
        let created = Properties {
            policies: Vec::new(),
            managed_policy_arns: Vec::new(),
            ..wanted.clone()
        };
        // Reads and writes of a role made a moment ago may still miss it.
        change_policies(scope, name, &created, wanted, &cx.just_created()).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("RoleName", &wanted.role_name)?;
        let Some(mut observed) = self.observe(scope, wanted).await? else {
            return self.create(scope, wanted, cx).await;
        };
        self.normalise(scope, &mut observed.properties)?;
        let live = observed.properties;
        change_settings(scope, name, &live, wanted, cx).await?;
        change_policies(scope, name, &live, wanted, cx).await?;
        let live_tags = tags(scope, name).await?;
        let missing = missing_tags(scope, &wanted.tags, &live_tags);
        if !missing.is_empty() {
            let request = scope.clients.iam.tag_role().set_tags(Some(sdk_tags(scope, missing)?));
            change!(scope, cx, name, "TagRole", request);
        }
        Ok(())
    }

    /// DeleteRole refuses while anything is attached
    /// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>).
    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("RoleName", &live.role_name)?;
        let client = &scope.clients.iam;
        for policy in found(inline_names(scope, name).await)?.unwrap_or_default() {
            take_away!(
                scope,
                cx,
                name,
                "DeleteRolePolicy",
                client.delete_role_policy().policy_name(&policy)
            );
        }
        for arn in found(attached_policies(scope, name).await)?.unwrap_or_default() {
            take_away!(
                scope,
                cx,
                name,
                "DetachRolePolicy",
                client.detach_role_policy().policy_arn(&arn)
            );
        }
        let mut profiles = client
            .list_instance_profiles_for_role()
            .role_name(name)
            .into_paginator()
            .items()
            .send();
        while let Some(profile) = profiles.next().await {
            let profile = profile.map_err(|e| failure("iam", "ListInstanceProfilesForRole", name, e));
            let Some(profile) = offered(profile)? else { break };
            let request = client
                .remove_role_from_instance_profile()
                .instance_profile_name(profile.instance_profile_name);
            take_away!(scope, cx, name, "RemoveRoleFromInstanceProfile", request);
        }
        take_away!(scope, cx, name, "DeleteRole", client.delete_role());
        Ok(())
    }
}

async fn change_settings(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let client = &scope.clients.iam;
    if (&live.description, live.max_session_duration) != (&wanted.description, wanted.max_session_duration) {
        let request = client
            .update_role()
            .set_description(wanted.description.clone())
            .set_max_session_duration(wanted.max_session_duration);
        change!(scope, cx, name, "UpdateRole", request);
    }
    if let Some(trust) = &wanted.assume_role_policy_document
        && live.assume_role_policy_document.as_ref() != Some(trust)
    {
        let request = client.update_assume_role_policy().policy_document(policy::text(trust));
        change!(scope, cx, name, "UpdateAssumeRolePolicy", request);
    }
    if live.permissions_boundary != wanted.permissions_boundary {
        match non_empty(&wanted.permissions_boundary) {
            Some(arn) => {
                let request = client.put_role_permissions_boundary().permissions_boundary(arn);
                change!(scope, cx, name, "PutRolePermissionsBoundary", request);
            }
            None => {
                let request = client.delete_role_permissions_boundary();
                take_away!(scope, cx, name, "DeleteRolePermissionsBoundary", request);
            }
        }
    }
    Ok(())
}

async fn change_policies(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    let client = &scope.clients.iam;
    for policy in wanted.policies.iter().filter(|policy| !live.policies.contains(policy)) {
        let request = client
            .put_role_policy()
            .policy_name(&policy.policy_name)
            .policy_document(policy::text(&policy.policy_document));
        change!(scope, cx, name, "PutRolePolicy", request);
    }
    let kept = |policy: &Policy| {
        wanted
            .policies
            .iter()
            .any(|other| other.policy_name == policy.policy_name)
    };
    for policy in live.policies.iter().filter(|policy| !kept(policy)) {
        let request = client.delete_role_policy().policy_name(&policy.policy_name);
        take_away!(scope, cx, name, "DeleteRolePolicy", request);
    }
    for arn in wanted
        .managed_policy_arns
        .iter()
        .filter(|arn| !live.managed_policy_arns.contains(arn))
    {
        change!(
            scope,
            cx,
            name,
            "AttachRolePolicy",
            client.attach_role_policy().policy_arn(arn)
        );
    }
    for arn in live
        .managed_policy_arns
        .iter()
        .filter(|arn| !wanted.managed_policy_arns.contains(arn))
    {
        take_away!(
            scope,
            cx,
            name,
            "DetachRolePolicy",
            client.detach_role_policy().policy_arn(arn)
        );
    }
    Ok(())
}

async fn inline_names(scope: &Scope, name: &str) -> Result<Vec<String>, aws::Error> {
    let pages = scope
        .clients
        .iam
        .list_role_policies()
        .role_name(name)
        .into_paginator()
        .items()
        .send();
    pages
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(|e| failure("iam", "ListRolePolicies", name, e))
}

async fn inline_policies(scope: &Scope, name: &str) -> Result<Vec<Policy>, aws::Error> {
    let names = inline_names(scope, name).await?;
    futures::future::try_join_all(names.into_iter().map(async |policy| {
        let answer = scope
            .clients
            .iam
            .get_role_policy()
            .role_name(name)
            .policy_name(&policy)
            .send()
            .await;
        let answer = answer.map_err(|e| failure("iam", "GetRolePolicy", name, e))?;
        Ok(Policy {
            policy_name: policy,
            policy_document: policy::parse(&answer.policy_document),
        })
    }))
    .await
}

async fn attached_policies(scope: &Scope, name: &str) -> Result<Vec<String>, aws::Error> {
    let pages = scope
        .clients
        .iam
        .list_attached_role_policies()
        .role_name(name)
        .into_paginator()
        .items()
        .send();
    let policies = pages.collect::<Result<Vec<_>, _>>().await;
    let policies = policies.map_err(|e| failure("iam", "ListAttachedRolePolicies", name, e))?;
    Ok(policies.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

async fn tags(scope: &Scope, name: &str) -> Result<Tags, aws::Error> {
    let pages = scope
        .clients
        .iam
        .list_role_tags()
        .role_name(name)
        .into_paginator()
        .items()
        .send();
    let tags = pages
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(|e| failure("iam", "ListRoleTags", name, e))?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn sdk_tags(scope: &Scope, tags: Tags) -> Result<Vec<iam::Tag>, Error> {
    tags.into_iter()
        .map(|(key, value)| scope.built(iam::Tag::builder().key(key).value(value).build()))
        .collect()
}

fn non_empty(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}
