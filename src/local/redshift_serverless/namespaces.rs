//! CreateNamespace, GetNamespace, ListNamespaces.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::RedshiftServerless;
use super::constraints::{self, Tag, constrain};
use super::errors::{conflict, validation};
use super::model::{LEFTOVERS, NAMESPACES, Namespace, NamespaceStatus};
use super::paging::page;
use crate::local::error::AwsError;
use crate::local::secrets::{ManagedSecret, password};
use crate::local::store::{Reads, Write};

/// Source: Redshift management guide, "Quotas for Amazon Redshift Serverless".
const MAX_NAMESPACES: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateNamespace {
    admin_password_secret_kms_key_id: Option<String>,
    admin_user_password: Option<String>,
    admin_username: Option<String>,
    db_name: Option<String>,
    default_iam_role_arn: Option<String>,
    iam_roles: Option<Vec<String>>,
    kms_key_id: Option<String>,
    log_exports: Option<Vec<String>>,
    manage_admin_password: Option<bool>,
    namespace_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NamespaceName {
    namespace_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListNamespaces {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// A name that must be there and match the model.
pub(super) fn required_name(member: &str, name: Option<String>) -> Result<String, AwsError> {
    constrain(|constraints| {
        constraints.required(member, &name);
        if let Some(name) = &name {
            constraints::name(constraints, member, name);
        }
    })?;
    Ok(name.unwrap_or_default())
}

/// The name that Redshift gives the secret of an admin user.
pub(super) fn secret_name(namespace: &str, user: &str) -> String {
    format!("redshift!{namespace}-{user}")
}

/// Either Redshift manages the password or one is given; the key of the secret is for managed ones.
pub(super) fn check_passwords(managed: bool, given: Option<&String>, key: Option<&String>) -> Result<(), AwsError> {
    match given {
        Some(_) if managed => Err(validation(
            "You can't use adminUserPassword if manageAdminPassword is true.",
        )),
        _ if !managed && key.is_some() => Err(validation(
            "You can only use adminPasswordSecretKmsKeyId if manageAdminPassword is true.",
        )),
        Some(password) => constraints::password(password),
        None => Ok(()),
    }
}

impl RedshiftServerless {
    pub(super) fn create_namespace(&self, input: CreateNamespace) -> Result<Value, AwsError> {
        let managed = input.manage_admin_password.unwrap_or(false);
        let secret_key = input.admin_password_secret_kms_key_id.clone();
        check_passwords(managed, input.admin_user_password.as_ref(), secret_key.as_ref())?;
        let mut namespace = self.new_namespace(input)?;
        self.check_new_namespace(&self.env.store.read()?, &namespace.name)?;
        // The database before the namespace, so that there is never a namespace without one. Until there is the namespace
        // it is a leftover, which the next start removes if this process dies.
        let warehouse = namespace.warehouse();
        self.env
            .store
            .write(|tx| LEFTOVERS.put(tx, &warehouse, &()).map_err(AwsError::from))?;
        self.databases.create(&warehouse, &namespace.database)?;
        let written = self.env.store.write(|tx| {
            self.check_new_namespace(tx, &namespace.name)?;
            LEFTOVERS.remove(tx, &warehouse)?;
            if managed {
                self.manage_password(tx, &mut namespace, secret_key)?;
            }
            NAMESPACES.put(tx, &namespace.name, &namespace).map_err(AwsError::from)
        });
        if let Err(error) = written {
            self.drop_leftover(&warehouse)?;
            return Err(error);
        }
        Ok(json!({"namespace": self.namespace_json(&namespace)}))
    }

    /// Gives the namespace a new password in a secret that Redshift manages.
    pub(super) fn manage_password(
        &self,
        tx: &Write,
        namespace: &mut Namespace,
        key: Option<String>,
    ) -> Result<(), AwsError> {
        let name = secret_name(&namespace.name, &namespace.admin);
        let secret = ManagedSecret::create(tx, &self.env, &name, &namespace.admin, key.as_deref())?;
        namespace.password = secret.password;
        namespace.secret = Some(secret.arn);
        namespace.secret_kms_key_id = Some(key.unwrap_or_else(|| "AWS_OWNED_KMS_KEY".to_owned()));
        Ok(())
    }

    fn new_namespace(&self, input: CreateNamespace) -> Result<Namespace, AwsError> {
        let name = required_name("namespaceName", input.namespace_name)?;
        let admin = input.admin_username.unwrap_or_else(|| "admin".to_owned());
        constraints::user_name(&admin)?;
        let database = input.db_name.unwrap_or_else(|| "dev".to_owned());
        constraints::database_name(&database)?;
        let roles = input.iam_roles.unwrap_or_default();
        constraints::roles(&roles, input.default_iam_role_arn.as_ref())?;
        let log_exports = input.log_exports.unwrap_or_default();
        constraints::log_exports(&log_exports)?;
        Ok(Namespace {
            name,
            id: Uuid::new_v4().to_string(),
            database,
            admin,
            // Nobody knows the password of an admin who was given none.
            password: input.admin_user_password.unwrap_or_else(password),
            secret: None,
            secret_kms_key_id: None,
            roles,
            default_role: input.default_iam_role_arn,
            kms_key_id: input.kms_key_id,
            log_exports,
            created: self.env.now(),
            transition: None,
            tags: constraints::tags(&input.tags)?,
        })
    }

    fn check_new_namespace(&self, tx: &impl Reads, name: &str) -> Result<(), AwsError> {
        if self.namespace(tx, name).is_ok() {
            return Err(conflict(format!("Serverless namespace {name} already exists.")));
        }
        let now = self.env.now();
        let namespaces = NAMESPACES.all(tx, "")?;
        let namespaces = namespaces
            .iter()
            .filter(|(_, n)| n.status(now) != NamespaceStatus::Gone);
        match namespaces.count() < MAX_NAMESPACES {
            true => Ok(()),
            false => Err(validation(format!(
                "The account has the maximum number of namespaces: {MAX_NAMESPACES}."
            ))),
        }
    }

    pub(super) fn get_namespace(&self, input: &NamespaceName) -> Result<Value, AwsError> {
        let name = required_name("namespaceName", input.namespace_name.clone())?;
        let namespace = self.namespace(&self.env.store.read()?, &name)?;
        Ok(json!({"namespace": self.namespace_json(&namespace)}))
    }

    pub(super) fn list_namespaces(&self, input: &ListNamespaces) -> Result<Value, AwsError> {
        let now = self.env.now();
        let all = NAMESPACES.all(&self.env.store.read()?, "")?;
        let shown = all
            .into_iter()
            .filter(|(_, namespace)| namespace.status(now) != NamespaceStatus::Gone)
            .map(|(name, namespace)| (name, namespace.settled(now)));
        let (namespaces, next) = page(shown, input.max_results, input.next_token.as_deref())?;
        let namespaces: Vec<_> = namespaces
            .iter()
            .map(|namespace| self.namespace_json(namespace))
            .collect();
        let mut answer = json!({"namespaces": namespaces});
        if let Some(next) = next {
            answer["nextToken"] = json!(next);
        }
        Ok(answer)
    }
}
