//! Roles: life, trust policy, tags, permissions boundary.

use serde_json::Value;

use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::{Reads, Write};
use crate::local::xml::Xml;

use super::constraints::{self, invalid_input};
use super::model::{POLICIES, PROFILES, ROLES, Role, Tags, unique_id};
use super::paging::Page;
use super::{Iam, already_exists, delete_conflict, document, limit_exceeded, no_such_entity, role};

/// "Roles per account", default.
const MAX_ROLES: usize = 1_000;

impl Iam {
    pub(super) fn create_role(&self, params: &Params) -> Result<String, AwsError> {
        let name = constraints::role_name(params)?;
        let path = constraints::path(params)?;
        let trust = params.required("AssumeRolePolicyDocument")?;
        let description = constraints::description(params)?;
        let max_session = constraints::number(params, "MaxSessionDuration", 3_600, 43_200)?;
        let tags = constraints::tags(params)?;
        let parsed = document::check_trust(trust)?;
        let now = self.env.now();
        let new = Role {
            name: name.to_owned(),
            path: path.to_owned(),
            id: unique_id("AROA", 17),
            arn: self.arn("role", path, name),
            created: now,
            trust: trust.to_owned(),
            trust_changed: now,
            description: description.map(str::to_owned),
            max_session_seconds: max_session.unwrap_or(3_600),
            boundary: params.get("PermissionsBoundary").map(str::to_owned),
            tags,
            inline: Default::default(),
            attached: Default::default(),
        };
        self.env.store.write(|tx| {
            let key = name.to_lowercase();
            if ROLES.get(tx, &key)?.is_some() {
                return Err(already_exists(format!("Role with name {name} already exists.")));
            }
            if ROLES.all(tx, "")?.len() >= MAX_ROLES {
                return Err(limit_exceeded("RolesPerAccount", MAX_ROLES));
            }
            self.check_principals(tx, &parsed)?;
            if let Some(boundary) = &new.boundary {
                self.check_boundary(tx, boundary)?;
            }
            ROLES.put(tx, &key, &new).map_err(AwsError::from)
        })?;
        Ok(Xml::new().element("Role", |xml| new.write(xml)).finish())
    }

    pub(super) fn get_role(&self, params: &Params) -> Result<String, AwsError> {
        let role = role(&self.env.store.read()?, constraints::role_name(params)?)?;
        let write = |xml: &mut Xml| {
            role.write(xml);
            // When the role was last used is not tracked; IAM answers the same of a role that nobody used.
            xml.element("RoleLastUsed", |_| {});
        };
        Ok(Xml::new().element("Role", write).finish())
    }

    pub(super) fn list_roles(&self, params: &Params) -> Result<String, AwsError> {
        let prefix = constraints::path_prefix(params)?;
        let roles = ROLES.all(&self.env.store.read()?, "")?;
        let page = Page::of(
            params,
            roles.into_iter().filter(|(_, role)| role.path.starts_with(prefix)),
        )?;
        let mut xml = Xml::new();
        xml.list("Roles", &page.items, |xml, role| role.write_summary(xml));
        page.write(&mut xml);
        Ok(xml.finish())
    }

    /// Members that are absent keep their values.
    pub(super) fn update_role(&self, params: &Params) -> Result<String, AwsError> {
        let description = constraints::description(params)?;
        let max_session = constraints::number(params, "MaxSessionDuration", 3_600, 43_200)?;
        self.change_role(params, |_, role| {
            if let Some(description) = description {
                role.description = Some(description.to_owned()).filter(|text| !text.is_empty());
            }
            role.max_session_seconds = max_session.unwrap_or(role.max_session_seconds);
            Ok(())
        })?;
        // UpdateRole has a result, an empty one, unlike the actions that have none; boto3 looks for its element.
        Ok("\n".to_owned())
    }

    pub(super) fn update_role_description(&self, params: &Params) -> Result<String, AwsError> {
        params.required("Description")?;
        let description = constraints::description(params)?;
        let role = self.change_role(params, |_, role| {
            role.description = description.map(str::to_owned).filter(|text| !text.is_empty());
            Ok(())
        })?;
        Ok(Xml::new().element("Role", |xml| role.write(xml)).finish())
    }

    /// Refused while inline or attached policies or instance profiles remain (API_DeleteRole).
    pub(super) fn delete_role(&self, params: &Params) -> Result<String, AwsError> {
        let name = constraints::role_name(params)?;
        self.env.store.write(|tx| {
            let role = role(tx, name)?;
            if PROFILES
                .all(tx, "")?
                .iter()
                .any(|(_, profile)| profile.role.as_deref() == Some(name))
            {
                return Err(delete_conflict(
                    "Cannot delete entity, must remove roles from instance profile first.",
                ));
            }
            if !role.attached.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
            }
            if !role.inline.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must delete policies first."));
            }
            ROLES.remove(tx, &name.to_lowercase())?;
            Ok(String::new())
        })
    }

    pub(super) fn update_assume_role_policy(&self, params: &Params) -> Result<String, AwsError> {
        let trust = params.required("PolicyDocument")?;
        let parsed = document::check_trust(trust)?;
        let now = self.env.now();
        self.change_role(params, |tx, role| {
            self.check_principals(tx, &parsed)?;
            if role.trust != trust {
                role.trust = trust.to_owned();
                role.trust_changed = now;
            }
            Ok(())
        })?;
        Ok(String::new())
    }

    pub(super) fn tag_role(&self, params: &Params) -> Result<String, AwsError> {
        let new = constraints::tags(params)?;
        self.change_role(params, |_, role| constraints::merge_tags(&mut role.tags, new))?;
        Ok(String::new())
    }

    pub(super) fn untag_role(&self, params: &Params) -> Result<String, AwsError> {
        let keys = constraints::tag_keys(params);
        self.change_role(params, |_, role| {
            role.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })?;
        Ok(String::new())
    }

    pub(super) fn list_role_tags(&self, params: &Params) -> Result<String, AwsError> {
        let role = role(&self.env.store.read()?, constraints::role_name(params)?)?;
        tag_page(params, role.tags)
    }

    pub(super) fn put_role_permissions_boundary(&self, params: &Params) -> Result<String, AwsError> {
        let arn = params.required("PermissionsBoundary")?;
        self.change_role(params, |tx, role| {
            self.check_boundary(tx, arn)?;
            role.boundary = Some(arn.to_owned());
            Ok(())
        })?;
        Ok(String::new())
    }

    pub(super) fn delete_role_permissions_boundary(&self, params: &Params) -> Result<String, AwsError> {
        self.change_role(params, |_, role| match role.boundary.take() {
            Some(_) => Ok(()),
            None => Err(no_such_entity(format!(
                "Role {} does not have a permissions boundary.",
                role.name
            ))),
        })?;
        Ok(String::new())
    }

    /// Applies `change` to the role that `RoleName` names, and returns the changed role.
    pub(super) fn change_role(
        &self,
        params: &Params,
        change: impl FnOnce(&Write, &mut Role) -> Result<(), AwsError>,
    ) -> Result<Role, AwsError> {
        let name = constraints::role_name(params)?;
        self.env.store.write(|tx| {
            let mut role = role(tx, name)?;
            change(tx, &mut role)?;
            ROLES.put(tx, &name.to_lowercase(), &role)?;
            Ok(role)
        })
    }

    /// Principals of this account must exist: its root user and its roles.
    fn check_principals(&self, tx: &impl Reads, trust: &Value) -> Result<(), AwsError> {
        let ours = format!("arn:aws:iam::{}:", self.env.account());
        let statements = trust.as_object().map(document::statements).transpose()?;
        for statement in statements.unwrap_or_default() {
            let aws = statement.get("Principal").and_then(|kinds| kinds.get("AWS"));
            for arn in aws.and_then(document::texts).unwrap_or_default() {
                let Some(resource) = arn.strip_prefix(&ours).filter(|resource| *resource != "root") else {
                    continue;
                };
                let name = resource.rsplit('/').next().unwrap_or_default();
                if ROLES.get(tx, &name.to_lowercase())?.is_none_or(|role| role.arn != arn) {
                    return Err(document::invalid_principal("AWS", arn));
                }
            }
        }
        Ok(())
    }

    fn check_boundary(&self, tx: &impl Reads, arn: &str) -> Result<(), AwsError> {
        if !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
            return Err(invalid_input(format!("ARN {arn} is not valid.")));
        }
        let name = super::policies::managed_name(arn, self.env.account());
        let known = match name {
            Some(super::policies::Managed::Aws(_)) => true,
            Some(super::policies::Managed::Ours(name)) => POLICIES
                .get(tx, &name.to_lowercase())?
                .is_some_and(|policy| policy.arn == arn),
            None => false,
        };
        if known {
            Ok(())
        } else {
            Err(no_such_entity(format!(
                "Scope ARN: {arn} does not exist or is not attachable."
            )))
        }
    }
}

/// `Tags`, `IsTruncated`, `Marker`.
pub(super) fn tag_page(params: &Params, tags: Tags) -> Result<String, AwsError> {
    let page = Page::of(params, tags)?;
    let mut xml = Xml::new();
    xml.list("Tags", &page.items, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
    page.write(&mut xml);
    Ok(xml.finish())
}
