//! UpdateNamespace: one setting a call, where two do not belong together.

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::constraints;
use super::errors::{many_settings, namespace_busy, validation};
use super::model::{NAMESPACES, Namespace, NamespaceStatus, Transition};
use super::namespaces::{check_passwords, required_name};
use crate::local::error::AwsError;
use crate::local::secrets::ManagedSecret;
use crate::local::store::Write;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateNamespace {
    admin_password_secret_kms_key_id: Option<String>,
    admin_user_password: Option<String>,
    admin_username: Option<String>,
    default_iam_role_arn: Option<String>,
    iam_roles: Option<Vec<String>>,
    kms_key_id: Option<String>,
    log_exports: Option<Vec<String>>,
    manage_admin_password: Option<bool>,
    namespace_name: Option<String>,
}

impl UpdateNamespace {
    fn changes_credentials(&self) -> bool {
        self.admin_password_secret_kms_key_id.is_some()
            || self.admin_user_password.is_some()
            || self.admin_username.is_some()
            || self.manage_admin_password.is_some()
    }

    fn changes_roles(&self) -> bool {
        self.default_iam_role_arn.is_some() || self.iam_roles.is_some()
    }

    /// "Unless required, you can't update multiple parameters in one request": credentials go together, and so do the
    /// roles and the default one.
    fn check_single(&self, name: &str) -> Result<(), AwsError> {
        let groups = [
            self.changes_credentials(),
            self.changes_roles(),
            self.kms_key_id.is_some(),
            self.log_exports.is_some(),
        ];
        match groups.iter().filter(|given| **given).count() {
            0 => Err(validation(format!(
                "No configuration to update was given for namespace {name}."
            ))),
            1 => Ok(()),
            _ => Err(many_settings("namespace", name)),
        }
    }
}

impl RedshiftServerless {
    pub(super) fn update_namespace(&self, input: UpdateNamespace) -> Result<Value, AwsError> {
        let name = required_name("namespaceName", input.namespace_name.clone())?;
        input.check_single(&name)?;
        let now = self.env.now();
        let changed = self.env.store.write(|tx| {
            let mut namespace = self.namespace(tx, &name)?;
            if namespace.status(now) != NamespaceStatus::Available {
                return Err(namespace_busy());
            }
            if input.changes_credentials() {
                self.update_credentials(tx, &mut namespace, &input)?;
            }
            if input.changes_roles() {
                let roles = input.iam_roles.unwrap_or_else(|| namespace.roles.clone());
                // An empty ARN clears the default role, and so does removing the role.
                let default = match input.default_iam_role_arn {
                    Some(arn) => Some(arn).filter(|arn| !arn.is_empty()),
                    None => namespace.default_role.filter(|arn| roles.contains(arn)),
                };
                constraints::roles(&roles, default.as_ref())?;
                (namespace.roles, namespace.default_role) = (roles, default);
            }
            if let Some(exports) = input.log_exports {
                constraints::log_exports(&exports)?;
                namespace.log_exports = exports;
            }
            namespace.kms_key_id = input.kms_key_id.or(namespace.kms_key_id);
            let lasts = self.env.options.timing.warehouse_modify;
            namespace.transition = Some(Transition::new(NamespaceStatus::Modifying, now, lasts));
            NAMESPACES.put(tx, &name, &namespace)?;
            Ok::<_, AwsError>(namespace)
        })?;
        Ok(json!({"namespace": self.namespace_json(&changed)}))
    }

    /// Name and password of the admin change together; a managed password is made by Redshift.
    fn update_credentials(
        &self,
        tx: &Write,
        namespace: &mut Namespace,
        input: &UpdateNamespace,
    ) -> Result<(), AwsError> {
        let managed = input.manage_admin_password.unwrap_or(namespace.secret.is_some());
        let key = input.admin_password_secret_kms_key_id.clone();
        check_passwords(managed, input.admin_user_password.as_ref(), key.as_ref())?;
        if !managed && (input.admin_username.is_none() || input.admin_user_password.is_none()) {
            return Err(validation(
                "You must specify both adminUsername and adminUserPassword to update either field.",
            ));
        }
        let renamed = input.admin_username.as_ref().filter(|admin| **admin != namespace.admin);
        if let Some(admin) = renamed {
            constraints::user_name(admin)?;
            namespace.admin = admin.clone();
        }
        match (managed, namespace.secret.take()) {
            (true, Some(secret)) if renamed.is_none() => {
                if let Some(key) = key {
                    ManagedSecret::set_key(tx, &self.env, &secret, &key)?;
                    namespace.secret_kms_key_id = Some(key);
                }
                namespace.secret = Some(secret);
            }
            (true, old) => {
                if let Some(old) = old {
                    ManagedSecret::remove(tx, &old)?;
                }
                self.manage_password(tx, namespace, key)?;
            }
            (false, old) => {
                if let Some(old) = old {
                    ManagedSecret::remove(tx, &old)?;
                }
                namespace.secret_kms_key_id = None;
                if let Some(password) = &input.admin_user_password {
                    namespace.password = password.clone();
                }
            }
        }
        Ok(())
    }
}
