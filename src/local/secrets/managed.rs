//! Secrets that another service manages: it creates, replaces and removes them in its own transaction. And the
//! credentials that a Data API request finds in a secret.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::json;
use uuid::Uuid;

use super::Secrets;
use super::errors::not_found;
use super::model::{CURRENT, SECRETS, Secret, Value, Version};
use super::value;
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::store::{StoreError, Write};

/// What a service keeps of the secret that it manages.
pub(crate) struct ManagedSecret {
    pub arn: String,
    pub password: String,
}

/// User and password that a secret holds.
pub(crate) struct Credentials {
    pub username: String,
    pub password: String,
    /// `dbClusterIdentifier`: the cluster that the secret is for, if it says so.
    pub cluster: Option<String>,
}

/// A random password for an admin user of Redshift.
pub(crate) fn password() -> String {
    value::admin_password()
}

impl ManagedSecret {
    /// Makes the secret of an admin user: `{"username": ..., "password": ...}` with a random password, owned by
    /// `redshift`. One of the same name that was left behind is replaced.
    pub fn create(
        tx: &Write,
        env: &Env,
        name: &str,
        username: &str,
        kms_key_id: Option<&str>,
    ) -> Result<Self, AwsError> {
        let now = env.now();
        let password = password();
        let arn = arn(env, name);
        let version = Version {
            created: now,
            value: admin_value(username, &password),
            stages: vec![CURRENT.to_owned()],
        };
        let secret = Secret {
            name: name.to_owned(),
            arn: arn.clone(),
            description: Some("Secret associated with the admin user of Amazon Redshift".to_owned()),
            kms_key_id: kms_key_id.map(str::to_owned),
            created: now,
            changed: now,
            accessed: None,
            deletion: None,
            owner: Some("redshift".to_owned()),
            tags: BTreeMap::from([("aws:secretsmanager:owningService".into(), "redshift".into())]),
            versions: BTreeMap::from([(Uuid::new_v4().to_string(), version)]),
        };
        SECRETS.put(tx, name, &secret)?;
        Ok(Self { arn, password })
    }

    /// Changes the key that encrypts the secret.
    pub fn set_key(tx: &Write, env: &Env, arn: &str, kms_key_id: &str) -> Result<(), AwsError> {
        let mut secret = super::lookup::find(tx, env, arn)?;
        secret.kms_key_id = Some(kms_key_id.to_owned());
        secret.changed = env.now();
        Ok(SECRETS.put(tx, &secret.name, &secret)?)
    }

    /// Removes the secret, at once: its service no longer needs it.
    pub fn remove(tx: &Write, arn: &str) -> Result<(), StoreError> {
        let name = arn.split(":secret:").nth(1).and_then(|rest| rest.rsplit_once('-'));
        if let Some((name, _)) = name
            && SECRETS.get(tx, name)?.is_some_and(|secret| secret.arn == arn)
        {
            SECRETS.remove(tx, name)?;
        }
        Ok(())
    }
}

/// The value of an admin user's secret. Redshift management guide, "Managing Amazon Redshift admin passwords".
fn admin_value(username: &str, password: &str) -> Value {
    Value::Text(json!({"username": username, "password": password}).to_string())
}

/// The ARN of a new secret: "a hyphen and six random characters" at the end (CreateSecret's API reference).
pub(super) fn arn(env: &Env, name: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let random = (0..6).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    let random: String = random.collect();
    env.arn("secretsmanager", &format!("secret:{name}-{random}"))
}

impl Secrets {
    /// User and password in the secret that a request names. `Ok(None)`: the secret has no such members.
    pub fn credentials(&self, id: &str) -> Result<Option<Credentials>, AwsError> {
        let secret = self.find_active(&self.env.store.read()?, id)?;
        let Some((_, version)) = secret.labelled(CURRENT) else {
            return Err(not_found());
        };
        let Value::Text(text) = &version.value else {
            return Ok(None);
        };
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let member = |name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let found = member("username").zip(member("password"));
        Ok(found.map(|(username, password)| Credentials {
            username,
            password,
            cluster: member("dbClusterIdentifier"),
        }))
    }
}
