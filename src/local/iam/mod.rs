//! IAM: roles with their policies, managed policies, instance profiles. The account has one identity, its root user.
//!
//! AWS's own managed policies (`arn:aws:iam::aws:policy/...`) can be attached; their documents are not
//! here. Permissions policies are checked and kept, and nobody evaluates them.

mod constraints;
mod document;
mod model;
mod operations;
mod paging;
mod policies;
mod profiles;
mod role_policies;
mod roles;
mod trust;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::env::Env;
use super::error::AwsError;
use super::query::{Params, QueryService};
use super::store::Reads;
use super::tagging::{TagSource, Tagged};
use super::xml::Xml;

use model::{ROLES, Role};
use trust::{Context, Principal};

pub(crate) use model::{timestamp, unique_id};

/// The service.
pub(crate) struct Iam {
    env: Arc<Env>,
}

/// A role that its caller may assume.
pub(crate) struct Assumable {
    pub id: String,
    /// Longest session, in seconds.
    pub max_session_seconds: u32,
}

impl Iam {
    pub fn new(env: Arc<Env>) -> Self {
        Self { env }
    }

    /// Whether `service` (`firehose.amazonaws.com`) may assume the role now: the role exists, its trust policy
    /// allows `sts:AssumeRole`, and its last change has propagated (`Timing::iam_propagation`).
    ///
    /// The condition keys are aws:SourceAccount, aws:SourceArn where `source_arn` is given, and, as Firehose
    /// sends it, sts:ExternalId with the account's number (Firehose developer guide, "Grant Firehose access to
    /// an Amazon S3 destination").
    pub fn can_assume(&self, role_arn: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError> {
        let mut context = Context::from([("aws:sourceaccount", self.env.account().to_owned())]);
        if let Some(arn) = source_arn {
            context.insert("aws:sourcearn", arn.to_owned());
        }
        if service == "firehose.amazonaws.com" {
            context.insert("sts:externalid", self.env.account().to_owned());
        }
        Ok(self
            .assumable(role_arn, Principal::Service(service), &context)?
            .is_some())
    }

    /// As `can_assume`, for the account's root user, who is every caller of the embedded AWS.
    pub fn root_can_assume(&self, role_arn: &str, external_id: Option<&str>) -> Result<Option<Assumable>, AwsError> {
        let account = self.env.account().to_owned();
        let root = format!("arn:aws:iam::{account}:root");
        let mut context = Context::from([("aws:principalaccount", account.clone()), ("aws:principalarn", root)]);
        if let Some(id) = external_id {
            context.insert("sts:externalid", id.to_owned());
        }
        self.assumable(role_arn, Principal::Root(&account), &context)
    }

    fn assumable(
        &self,
        role_arn: &str,
        principal: Principal<'_>,
        context: &Context,
    ) -> Result<Option<Assumable>, AwsError> {
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        let role = ROLES.get(&self.env.store.read()?, &name.to_lowercase())?;
        let Some(role) = role.filter(|role| role.arn == role_arn && self.propagated(role)) else {
            return Ok(None);
        };
        let trust = serde_json::from_str(&role.trust).map_err(AwsError::internal)?;
        let allowed = trust::allows(&trust, principal, "sts:AssumeRole", context);
        Ok(allowed.then_some(Assumable {
            id: role.id,
            max_session_seconds: role.max_session_seconds,
        }))
    }

    fn propagated(&self, role: &Role) -> bool {
        let wait = SignedDuration::try_from(self.env.options.timing.iam_propagation).unwrap_or(SignedDuration::MAX);
        role.trust_changed
            .checked_add(wait)
            .is_ok_and(|effective| effective <= self.env.now())
    }

    /// `arn:aws:iam::<account>:<kind><path><name>`
    fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{}:{kind}{path}{name}", self.env.account())
    }

    /// The root user. IAM gives it no name; its creation is that of the account, for which 1970 stands here.
    fn get_user(&self, params: &Params) -> Result<String, AwsError> {
        if let Some(name) = params.get("UserName") {
            return Err(no_such_entity(format!("The user with name {name} cannot be found.")));
        }
        let account = self.env.account();
        let mut xml = Xml::new();
        xml.element("User", |xml| {
            xml.text("Path", "/")
                .text("UserName", "root")
                .text("UserId", account)
                .text("Arn", format_args!("arn:aws:iam::{account}:root"))
                .text("CreateDate", timestamp(Timestamp::UNIX_EPOCH));
        });
        Ok(xml.finish())
    }
}

#[async_trait]
impl QueryService for Iam {
    fn namespace(&self) -> &'static str {
        "https://iam.amazonaws.com/doc/2010-05-08/"
    }

    async fn call(&self, action: &str, params: &Params) -> Result<String, AwsError> {
        match action {
            "CreateRole" => self.create_role(params),
            "GetRole" => self.get_role(params),
            "ListRoles" => self.list_roles(params),
            "UpdateRole" => self.update_role(params),
            "UpdateRoleDescription" => self.update_role_description(params),
            "DeleteRole" => self.delete_role(params),
            "UpdateAssumeRolePolicy" => self.update_assume_role_policy(params),
            "TagRole" => self.tag_role(params),
            "UntagRole" => self.untag_role(params),
            "ListRoleTags" => self.list_role_tags(params),
            "PutRolePermissionsBoundary" => self.put_role_permissions_boundary(params),
            "DeleteRolePermissionsBoundary" => self.delete_role_permissions_boundary(params),
            "PutRolePolicy" => self.put_role_policy(params),
            "GetRolePolicy" => self.get_role_policy(params),
            "ListRolePolicies" => self.list_role_policies(params),
            "DeleteRolePolicy" => self.delete_role_policy(params),
            "AttachRolePolicy" => self.attach_role_policy(params),
            "DetachRolePolicy" => self.detach_role_policy(params),
            "ListAttachedRolePolicies" => self.list_attached_role_policies(params),
            "CreatePolicy" => self.create_policy(params),
            "GetPolicy" => self.get_policy(params),
            "ListPolicies" => self.list_policies(params),
            "DeletePolicy" => self.delete_policy(params),
            "GetPolicyVersion" => self.get_policy_version(params),
            "ListPolicyVersions" => self.list_policy_versions(params),
            "ListEntitiesForPolicy" => self.list_entities_for_policy(params),
            "TagPolicy" => self.tag_policy(params),
            "UntagPolicy" => self.untag_policy(params),
            "ListPolicyTags" => self.list_policy_tags(params),
            "CreateInstanceProfile" => self.create_instance_profile(params),
            "GetInstanceProfile" => self.get_instance_profile(params),
            "DeleteInstanceProfile" => self.delete_instance_profile(params),
            "AddRoleToInstanceProfile" => self.add_role_to_instance_profile(params),
            "RemoveRoleFromInstanceProfile" => self.remove_role_from_instance_profile(params),
            "ListInstanceProfiles" => self.list_instance_profiles(params),
            "ListInstanceProfilesForRole" => self.list_instance_profiles_for_role(params),
            "GetUser" => self.get_user(params),
            "ListAccountAliases" => Ok(Xml::new()
                .element("AccountAliases", |_| {})
                .text("IsTruncated", false)
                .finish()),
            known if operations::NOT_HERE.binary_search(&known).is_ok() => {
                Err(AwsError::not_implemented(format_args!("IAM's {known}")))
            }
            _ => Err(AwsError::bad_request(
                "InvalidAction",
                format!("Could not find operation {action} for version 2010-05-08"),
            )),
        }
    }
}

impl TagSource for Iam {
    /// Managed policies and instance profiles, in us-east-1: the tagging API knows no roles.
    /// Source: Tagging AWS resources user guide, "Services that support the Resource Groups Tagging API".
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        if self.env.region() != "us-east-1" {
            return Ok(Vec::new());
        }
        let tx = self.env.store.read()?;
        let plain = |tags: model::Tags| tags.into_values().collect::<BTreeMap<_, _>>();
        let policies = model::POLICIES
            .all(&tx, "")?
            .into_iter()
            .map(|(_, p)| (p.arn, plain(p.tags)));
        let profiles = model::PROFILES
            .all(&tx, "")?
            .into_iter()
            .map(|(_, p)| (p.arn, plain(p.tags)));
        Ok(policies.chain(profiles).collect())
    }
}

/// The role of that name.
fn role(tx: &impl Reads, name: &str) -> Result<Role, AwsError> {
    let role = ROLES.get(tx, &name.to_lowercase())?.filter(|role| role.name == name);
    role.ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))
}

fn no_such_entity(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}

fn already_exists(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "EntityAlreadyExists", message)
}

fn delete_conflict(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "DeleteConflict", message)
}

fn limit_exceeded(quota: &str, limit: usize) -> AwsError {
    AwsError::new(
        StatusCode::CONFLICT,
        "LimitExceeded",
        format!("Cannot exceed quota for {quota}: {limit}"),
    )
}
