//! ModifyClusterIamRoles. A role is attached as it is named; Redshift assumes it when COPY or UNLOAD needs it, and only
//! then shows whether it exists and trusts Redshift.

use super::Redshift;
use super::constraints::check_role_arns;
use super::errors::{invalid_combination, invalid_value};
use super::input::Input;
use super::model::AttachedRole;
use crate::local::error::AwsError;
use crate::local::query::Params;

/// Source: Redshift management guide, "Quotas and limits", IAM roles for each cluster.
const MAX_ROLES: usize = 50;

pub(super) fn check_count(roles: usize) -> Result<(), AwsError> {
    if roles <= MAX_ROLES {
        return Ok(());
    }
    Err(AwsError::bad_request(
        "LimitExceededFault",
        format!("A cluster can have up to {MAX_ROLES} IAM roles."),
    ))
}

/// The default role is one of the attached.
pub(super) fn check_default<'a>(
    default: Option<&String>,
    mut attached: impl Iterator<Item = &'a String>,
) -> Result<(), AwsError> {
    match default {
        Some(default) if !attached.any(|arn| arn == default) => Err(invalid_value(format!(
            "The default IAM role {default} must be one of the IAM roles that are associated with the cluster."
        ))),
        _ => Ok(()),
    }
}

impl Redshift {
    pub(super) fn modify_roles(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "AddIamRoles",
            "ClusterIdentifier",
            "DefaultIamRoleArn",
            "RemoveIamRoles",
        ];
        let input = Input::of("ModifyClusterIamRoles", params, &known)?;
        let id = input.required("ClusterIdentifier")?;
        let add = input.values("AddIamRoles", "IamRoleArn");
        let remove = input.values("RemoveIamRoles", "IamRoleArn");
        check_role_arns(add.iter().chain(&remove))?;
        if let Some(both) = add.iter().find(|arn| remove.contains(arn)) {
            return Err(invalid_combination(format!(
                "The IAM role {both} cannot be both added and removed."
            )));
        }
        let now = self.env.now();
        let until = now.checked_add(self.env.options.timing.warehouse_modify).unwrap_or(now);
        self.change_cluster(id, |_, cluster| {
            self.require_available(cluster, "modify")?;
            for arn in add {
                let role = AttachedRole {
                    arn,
                    removing: false,
                    until,
                };
                match cluster.roles.iter_mut().find(|attached| attached.arn == role.arn) {
                    Some(attached) if !attached.removing => {}
                    Some(attached) => *attached = role,
                    None => cluster.roles.push(role),
                }
            }
            for role in cluster.roles.iter_mut().filter(|role| remove.contains(&role.arn)) {
                (role.removing, role.until) = (true, until);
            }
            check_count(cluster.roles.len())?;
            let stays = |default: &String| !remove.contains(default);
            let default = input.text("DefaultIamRoleArn").map(str::to_owned);
            // An empty name clears the default.
            cluster.default_role = default
                .or(cluster.default_role.take().filter(stays))
                .filter(|arn| !arn.is_empty());
            let attached = cluster.roles.iter().filter(|role| !role.removing).map(|role| &role.arn);
            check_default(cluster.default_role.as_ref(), attached)
        })
    }
}
