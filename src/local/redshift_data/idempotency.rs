//! ClientToken: the same request again answers the same statement.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::errors::validation;
use super::model::Statement;
use crate::local::error::AwsError;

/// How long a token is known. Source: Redshift management guide, "Running SQL statements with an idempotency token".
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(8);

/// Tokens of the last hours.
#[derive(Default)]
pub(super) struct Tokens(HashMap<String, Used>);

struct Used {
    statement: String,
    fingerprint: String,
    at: Timestamp,
}

impl Tokens {
    pub fn of(statements: &[Statement]) -> Self {
        let mut tokens = Self::default();
        for statement in statements {
            tokens.remember(statement);
        }
        tokens
    }

    /// The statement that the token has made, if it has, for the same request.
    pub fn find(&self, token: &str, fingerprint: &str, now: Timestamp) -> Result<Option<&str>, AwsError> {
        let used = self.0.get(token).filter(|used| is_known(used, now));
        match used {
            None => Ok(None),
            Some(used) if used.fingerprint == fingerprint => Ok(Some(&used.statement)),
            Some(_) => Err(validation(
                "The ClientToken was used before with different request parameters.",
            )),
        }
    }

    pub fn remember(&mut self, statement: &Statement) {
        if let Some(token) = &statement.token {
            let used = Used {
                statement: statement.id.clone(),
                fingerprint: statement.fingerprint.clone(),
                at: statement.created,
            };
            self.0.insert(token.clone(), used);
        }
    }

    pub fn forget_old(&mut self, now: Timestamp) {
        self.0.retain(|_, used| is_known(used, now));
    }
}

fn is_known(used: &Used, now: Timestamp) -> bool {
    used.at.checked_add(KNOWN_FOR).is_ok_and(|end| now < end)
}

/// Digest of an operation and its members, whatever their order; how long the caller waits is not part of it.
pub(super) fn fingerprint(operation: &str, body: &[u8]) -> String {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let mut members: Vec<_> = members
        .iter()
        .filter(|(name, _)| !["ClientToken", "WaitTimeSeconds"].contains(&name.as_str()))
        .collect();
    members.sort_by_key(|(name, _)| *name);
    let mut digest = Sha256::new();
    digest.update(operation);
    for (name, value) in members {
        digest.update([0]);
        digest.update(name);
        digest.update(value.to_string());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
