//! Which secret a request means: by name, by ARN, or by ARN without the six random characters.

use super::Secrets;
use super::errors::{constrain, managed, marked_for_deletion, not_found};
use super::model::{SECRETS, Secret};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::store::{Reads, Write};

/// The secret that `id` names, whether it is marked for deletion or not.
pub(super) fn find(tx: &impl Reads, env: &Env, id: &str) -> Result<Secret, AwsError> {
    let now = env.now();
    let present = |secret: Option<Secret>| secret.filter(|secret| !secret.is_gone(now));
    if let Some(secret) = present(SECRETS.get(tx, id)?) {
        return Ok(secret);
    }
    let prefix = env.arn("secretsmanager", "secret:");
    let Some(resource) = id.strip_prefix(&prefix) else {
        return Err(not_found());
    };
    let complete = resource.rsplit_once('-').map(|(name, _)| name);
    for name in complete.into_iter().chain([resource]) {
        let secret = present(SECRETS.get(tx, name)?);
        if let Some(secret) = secret.filter(|secret| secret.arn == id || name == resource) {
            return Ok(secret);
        }
    }
    Err(not_found())
}

impl Secrets {
    pub(super) fn find(&self, tx: &impl Reads, id: &str) -> Result<Secret, AwsError> {
        constrain(|constraints| constraints.length("secretId", id, 1, 2048))?;
        find(tx, &self.env, id)
    }

    /// The secret, which must not be marked for deletion.
    pub(super) fn find_active(&self, tx: &impl Reads, id: &str) -> Result<Secret, AwsError> {
        let secret = self.find(tx, id)?;
        match secret.deletion {
            Some(_) => Err(marked_for_deletion()),
            None => Ok(secret),
        }
    }

    /// Changes a secret that is neither marked for deletion nor managed by a service.
    pub(super) fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Secret) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        self.env.store.write(|tx: &Write| {
            let mut secret = self.find_active(tx, id)?;
            if let Some(owner) = &secret.owner {
                return Err(managed(owner));
            }
            let value = change(&mut secret)?;
            secret.changed = self.env.now();
            SECRETS.put(tx, &secret.name, &secret)?;
            Ok(value)
        })
    }
}
