//! `AWS::RedshiftServerless::Namespace`: the data of a serverless warehouse.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshiftserverless-namespace.html>

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_redshiftserverless::types as serverless;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{ATTACHING, NO_SECRET, NOT_VISIBLE, SERVICE, condition, sdk_tags, spelled, tag, tags, waiting};
use crate::aws::{self, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found, system_time};
use crate::resources::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;

/// How long an otherwise available namespace is waited for while it attaches roles. No page says that they are in sync
/// before there is a workgroup, and the workgroup comes after the namespace.
const ATTACHING_LIMIT: Duration = Duration::from_secs(180);

/// What GetNamespace calls the key of a namespace that has none of its own.
const AWS_OWNED_KEY: &str = "AWS_OWNED_KMS_KEY";

/// Left out: passwords (the template's rules say why), and what pipectl does not map yet (resource policies, snapshot
/// copies, IAM Identity Center).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    namespace_name: Option<String>,
    db_name: Option<String>,
    admin_username: Option<String>,
    manage_admin_password: Option<bool>,
    admin_password_secret_kms_key_id: Option<String>,
    iam_roles: Vec<String>,
    /// Empty where there is none.
    default_iam_role_arn: Option<String>,
    kms_key_id: Option<String>,
    log_exports: Vec<String>,
    /// With it a deletion leaves a snapshot of this name behind.
    final_snapshot_name: Option<String>,
    /// Days.
    final_snapshot_retention_period: Option<i32>,
    tags: Vec<Tag>,
}

impl Properties {
    fn managed(&self) -> bool {
        self.manage_admin_password.unwrap_or_default()
    }
}

pub(in crate::resources) struct Namespace;

#[async_trait]
impl Handler for Namespace {
    type Properties = Properties;

    /// UpdateNamespace has no name of the first database, and takes the administrator's name with a password only.
    fn fixed_paths(&self) -> &'static [&'static str] {
        &["/DbName", "/AdminUsername"]
    }

    fn normalise(&self, _: &Scope, namespace: &mut Properties) -> Result<(), Error> {
        namespace.manage_admin_password.get_or_insert_default();
        namespace.default_iam_role_arn.get_or_insert_default();
        namespace.kms_key_id.get_or_insert_with(|| AWS_OWNED_KEY.into());
        namespace.iam_roles.sort();
        namespace.log_exports.sort();
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        condition(state)
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.namespace_name else {
            return Ok(None);
        };
        let Some(namespace) = describe(scope, name).await? else {
            return Ok(None);
        };
        let arn = namespace.namespace_arn.clone().unwrap_or_default();
        let tags = found(tags(scope, name, &arn).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: state(&namespace),
            attributes: attributes(&namespace),
            owner: owner(scope, &tags),
            created_at: namespace.creation_date.as_ref().and_then(system_time),
            properties: live_properties(namespace, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("NamespaceName", &wanted.namespace_name)?;
        let roles = Some(wanted.iam_roles.clone()).filter(|roles| !roles.is_empty());
        let exports = log_exports(wanted);
        let request = scope
            .clients
            .redshift_serverless
            .create_namespace()
            .namespace_name(name)
            .set_db_name(wanted.db_name.clone())
            .set_admin_username(wanted.admin_username.clone())
            .set_manage_admin_password(wanted.managed().then_some(true))
            .set_admin_password_secret_kms_key_id(wanted.admin_password_secret_kms_key_id.clone())
            .set_iam_roles(roles)
            .set_default_iam_role_arn(wanted.default_iam_role_arn.clone().filter(|arn| !arn.is_empty()))
            .set_kms_key_id(wanted.kms_key_id.clone().filter(|key| key != AWS_OWNED_KEY))
            .set_log_exports(Some(exports).filter(|exports| !exports.is_empty()))
            .set_tags(Some(sdk_tags(scope, all_tags(scope, &wanted.tags))?));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "CreateNamespace", name, e))
        };
        scope.retrying(cx, call).await?;
        available(scope, name, wanted, cx).await?;
        Ok(())
    }

    /// One change a request, and none while another is under way
    /// (<https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html>).
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("NamespaceName", &wanted.namespace_name)?;
        let Some(namespace) = steady(scope, name, cx).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let arn = namespace.namespace_arn.clone().unwrap_or_default();
        let live_tags = tags(scope, name, &arn).await?;
        let mut live = live_properties(namespace, wanted, &live_tags);
        self.normalise(scope, &mut live)?;
        change(scope, name, &live, wanted, cx).await?;
        tag(scope, name, &arn, missing_tags(scope, &wanted.tags, &live_tags), cx).await?;
        available(scope, name, wanted, cx).await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("NamespaceName", &live.namespace_name)?;
        match describe(scope, name).await? {
            None => return Ok(()),
            Some(namespace) if state(&namespace) == "DELETING" => {}
            Some(_) => {
                steady(scope, name, cx).await?;
                let request = scope
                    .clients
                    .redshift_serverless
                    .delete_namespace()
                    .namespace_name(name)
                    .set_final_snapshot_name(live.final_snapshot_name.clone())
                    .set_final_snapshot_retention_period(live.final_snapshot_retention_period);
                let call = async || {
                    let answer = request.clone().send().await;
                    found(answer.map_err(|e| failure(SERVICE, "DeleteNamespace", name, e)))
                };
                scope.retrying(cx, call).await?;
            }
        }
        // A namespace just deleted can read as it did before for a moment.
        let wait = Wait {
            pending: &["DELETING", "AVAILABLE", "MODIFYING", ATTACHING],
            target: &["GONE"],
            ..waiting("GetNamespace", name)
        };
        wait_until(wait, &|state| cx.report(state), async || {
            let namespace = describe(scope, name).await?;
            Ok(Status::new(
                namespace.map_or("GONE".into(), |namespace| state(&namespace)),
                (),
            ))
        })
        .await?;
        Ok(())
    }
}

async fn change(scope: &Scope, name: &str, live: &Properties, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let request = || {
        scope
            .clients
            .redshift_serverless
            .update_namespace()
            .namespace_name(name)
    };
    let mut changes = Vec::new();
    if (&live.iam_roles, &live.default_iam_role_arn) != (&wanted.iam_roles, &wanted.default_iam_role_arn) {
        // The two must be updated together.
        let roles = request().set_iam_roles(Some(wanted.iam_roles.clone()));
        changes.push(roles.set_default_iam_role_arn(wanted.default_iam_role_arn.clone()));
    }
    if live.kms_key_id != wanted.kms_key_id {
        changes.push(request().set_kms_key_id(wanted.kms_key_id.clone()));
    }
    if live.log_exports != wanted.log_exports {
        changes.push(request().set_log_exports(Some(log_exports(wanted))));
    }
    let key = &wanted.admin_password_secret_kms_key_id;
    if live.managed() != wanted.managed() || (key.is_some() && live.admin_password_secret_kms_key_id != *key) {
        let password = request().manage_admin_password(wanted.managed());
        changes.push(password.set_admin_password_secret_kms_key_id(key.clone()));
    }
    for change in changes {
        let call = async || {
            let answer = change.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "UpdateNamespace", name, e))
        };
        scope.retrying(cx, call).await?;
        steady(scope, name, cx).await?;
    }
    Ok(())
}

fn log_exports(wanted: &Properties) -> Vec<serverless::LogExport> {
    let exports = wanted.log_exports.iter();
    exports.map(|export| export.as_str().into()).collect()
}

fn live_properties(namespace: serverless::Namespace, wanted: &Properties, tags: &Tags) -> Properties {
    let exports = namespace.log_exports.unwrap_or_default();
    let roles = namespace.iam_roles.unwrap_or_default();
    Properties {
        namespace_name: namespace.namespace_name,
        db_name: namespace.db_name,
        admin_username: namespace.admin_username,
        manage_admin_password: Some(namespace.admin_password_secret_arn.is_some()),
        admin_password_secret_kms_key_id: spelled(
            wanted.admin_password_secret_kms_key_id.as_ref(),
            namespace.admin_password_secret_kms_key_id,
        ),
        iam_roles: roles.iter().map(|role| role_arn(role).to_owned()).collect(),
        default_iam_role_arn: namespace
            .default_iam_role_arn
            .as_deref()
            .map(role_arn)
            .map(str::to_owned),
        kms_key_id: spelled(wanted.kms_key_id.as_ref(), namespace.kms_key_id),
        log_exports: exports.iter().map(|export| export.as_str().to_owned()).collect(),
        // Nothing of the namespace: what its deletion will be asked for.
        final_snapshot_name: wanted.final_snapshot_name.clone(),
        final_snapshot_retention_period: wanted.final_snapshot_retention_period,
        tags: config_tags(tags),
    }
}

/// GetNamespace writes a role as `IamRole(applyStatus=in-sync, iamRoleArn=arn:aws:iam::111122223333:role/r)`
/// (terraform-provider-aws internal/service/redshiftserverless/namespace.go), or as its ARN alone.
fn role_arn(role: &str) -> &str {
    let Some((_, rest)) = role.split_once("iamRoleArn=") else {
        return role;
    };
    rest.split([',', ')']).next().unwrap_or(rest)
}

fn attaching(role: &str) -> bool {
    role.contains("applyStatus=") && !role.contains("applyStatus=in-sync")
}

/// The service's word, or ours while roles are being attached: a COPY with such a role would fail.
fn state(namespace: &serverless::Namespace) -> String {
    let state = namespace.status().map_or("AVAILABLE", |status| status.as_str());
    if state == "AVAILABLE" && namespace.iam_roles().iter().any(|role| attaching(role)) {
        return ATTACHING.into();
    }
    state.to_owned()
}

/// The state as one who has `waited` takes it: roles are waited for as long as [`ATTACHING_LIMIT`], no longer.
fn awaited(namespace: &serverless::Namespace, waited: Duration) -> String {
    match state(namespace) {
        state if state == ATTACHING && waited > ATTACHING_LIMIT => {
            tracing::warn!(namespace = namespace.namespace_name(), "roles are still being attached");
            "AVAILABLE".into()
        }
        state => state,
    }
}

fn attributes(namespace: &serverless::Namespace) -> BTreeMap<String, String> {
    let values = [
        ("NamespaceArn", namespace.namespace_arn()),
        ("NamespaceId", namespace.namespace_id()),
        ("NamespaceName", namespace.namespace_name()),
        ("AdminUsername", namespace.admin_username()),
        ("AdminPasswordSecretArn", namespace.admin_password_secret_arn()),
        (
            "AdminPasswordSecretKmsKeyId",
            namespace.admin_password_secret_kms_key_id(),
        ),
        ("DbName", namespace.db_name()),
        ("KmsKeyId", namespace.kms_key_id()),
        ("DefaultIamRoleArn", namespace.default_iam_role_arn()),
        ("Status", namespace.status().map(|status| status.as_str())),
    ];
    let known = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known
        .map(|(name, value)| (format!("Namespace.{name}"), value.to_owned()))
        .collect()
}

async fn describe(scope: &Scope, name: &str) -> Result<Option<serverless::Namespace>, aws::Error> {
    let client = &scope.clients.redshift_serverless;
    let answer = client.get_namespace().namespace_name(name).send().await;
    let answer = found(answer.map_err(|e| failure(SERVICE, "GetNamespace", name, e)))?;
    Ok(answer.and_then(|answer| answer.namespace))
}

/// Waits until no change is under way; `None` if there is no such namespace.
async fn steady(scope: &Scope, name: &str, cx: &Cx) -> Result<Option<serverless::Namespace>, Error> {
    let wait = Wait {
        target: &["AVAILABLE", "GONE"],
        ..waiting("GetNamespace", name)
    };
    let started = Instant::now();
    let namespace = wait_until(wait, &|state| cx.report(state), async || {
        let namespace = describe(scope, name).await?;
        Ok(match namespace {
            Some(namespace) => Status::new(awaited(&namespace, started.elapsed()), Some(namespace)),
            None => Status::new("GONE", None),
        })
    })
    .await?;
    Ok(namespace)
}

/// Waits until the namespace is as others need it: with its secret, where Secrets Manager is to keep the password.
async fn available(scope: &Scope, name: &str, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let started = Instant::now();
    wait_until(waiting("GetNamespace", name), &|state| cx.report(state), async || {
        let Some(namespace) = describe(scope, name).await? else {
            return Ok(Status::new(NOT_VISIBLE, ()));
        };
        let state = awaited(&namespace, started.elapsed());
        let secret = namespace.admin_password_secret_arn.is_some() || !wanted.managed();
        let state = if state == "AVAILABLE" && !secret {
            NO_SECRET.into()
        } else {
            state
        };
        Ok(Status::new(state, ()))
    })
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_stay_unattached_are_not_waited_for_for_ever() {
        let namespace = |status: &str| {
            let role = format!("IamRole(applyStatus={status}, iamRoleArn=arn:aws:iam::111122223333:role/r)");
            let available = serverless::NamespaceStatus::Available;
            serverless::Namespace::builder()
                .status(available)
                .iam_roles(role)
                .build()
        };
        let within = Duration::from_secs(179);
        assert_eq!(awaited(&namespace("in-sync"), Duration::ZERO), "AVAILABLE");
        assert_eq!(awaited(&namespace("adding"), within), ATTACHING);
        assert_eq!(awaited(&namespace("adding"), within * 2), "AVAILABLE");
    }
}
