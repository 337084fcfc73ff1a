//! GetSecretValue, PutSecretValue, ListSecretVersionIds, UpdateSecretVersionStage.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Secrets;
use super::errors::{constrain, exists, invalid_parameter, invalid_request, missing};
use super::lifecycle::{Changed, epoch, version_id};
use super::model::{CURRENT, SECRETS, Secret, Value, Version};
use super::value;
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutSecretValue {
    secret_id: String,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stages: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListVersions {
    secret_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    include_deprecated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MoveStage {
    secret_id: String,
    version_stage: String,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

/// The version a request for a value means: by id, by label, or by both, which must agree.
fn chosen<'a>(secret: &'a Secret, input: &GetSecretValue) -> Result<(&'a String, &'a Version), AwsError> {
    if let Some(id) = &input.version_id {
        let Some((id, version)) = secret.versions.get_key_value(id) else {
            return Err(missing(format!(
                "Secrets Manager can't find the specified secret value for VersionId: {id}"
            )));
        };
        return match &input.version_stage {
            Some(stage) if !version.stages.contains(stage) => Err(invalid_request(
                "You provided a VersionStage that is not associated to the provided VersionId.",
            )),
            _ => Ok((id, version)),
        };
    }
    let stage = input.version_stage.as_deref().unwrap_or(CURRENT);
    secret.labelled(stage).ok_or_else(|| {
        missing(format!(
            "Secrets Manager can't find the specified secret value for staging label: {stage}"
        ))
    })
}

impl Secrets {
    pub(super) fn get_secret_value(&self, input: &GetSecretValue) -> Result<Json, AwsError> {
        let secret = self.find_active(&self.env.store.read()?, &input.secret_id)?;
        let (id, version) = chosen(&secret, input)?;
        let mut answer = json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": id,
            "VersionStages": version.stages,
            "CreatedDate": epoch(version.created),
        });
        match &version.value {
            Value::Text(text) => answer["SecretString"] = json!(text),
            Value::Binary(base64) => answer["SecretBinary"] = json!(base64),
        }
        self.note_access(&secret)?;
        Ok(answer)
    }

    /// Remembers the day of the access; a write a day, not one a read.
    fn note_access(&self, secret: &Secret) -> Result<(), AwsError> {
        let day = midnight(self.env.now());
        if secret.accessed == Some(day) {
            return Ok(());
        }
        self.env.store.write(|tx| {
            if let Some(mut current) = SECRETS.get(tx, &secret.name)?.filter(|s| s.arn == secret.arn) {
                current.accessed = Some(day);
                SECRETS.put(tx, &current.name, &current)?;
            }
            Ok(())
        })
    }

    pub(super) fn put_secret_value(&self, input: PutSecretValue) -> Result<Changed, AwsError> {
        let Some(value) = value::given(input.secret_string, input.secret_binary)? else {
            return Err(invalid_parameter(
                "You must provide either SecretString or SecretBinary.",
            ));
        };
        let stages = input.version_stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
        constrain(|constraints| constraints.count("versionStages", stages.len(), 1, 20))?;
        let version = version_id(input.client_request_token)?;
        self.change(&input.secret_id, |secret| {
            self.add_version(secret, &version, value, &stages)?;
            let mut changed = Changed::of(secret, Some(version.clone()));
            changed.stages = secret.versions[&version].stages.clone();
            Ok(changed)
        })
    }

    /// Adds a version. One with the same id and value changes nothing: the request is a repeated one.
    pub(super) fn add_version(
        &self,
        secret: &mut Secret,
        id: &str,
        value: Value,
        stages: &[String],
    ) -> Result<(), AwsError> {
        match secret.versions.get(id) {
            Some(old) if old.value == value => return Ok(()),
            Some(_) => {
                return Err(exists(format!(
                    "You can't use ClientRequestToken {id} because that value is already in use for a version of secret {}.",
                    secret.arn
                )));
            }
            None => {}
        }
        let first = secret.versions.is_empty();
        let version = Version {
            created: self.env.now(),
            value,
            stages: Vec::new(),
        };
        secret.versions.insert(id.to_owned(), version);
        for stage in stages {
            secret.put_stage(stage, id);
        }
        if first && !stages.iter().any(|stage| stage == CURRENT) {
            secret.put_stage(CURRENT, id);
        }
        secret.forget_old_versions();
        Ok(())
    }

    pub(super) fn list_versions(&self, input: &ListVersions) -> Result<Json, AwsError> {
        let max = input.max_results.unwrap_or(100);
        constrain(|constraints| constraints.range("maxResults", max, 1, 100))?;
        let secret = self.find(&self.env.store.read()?, &input.secret_id)?;
        let shown = secret
            .versions
            .iter()
            .filter(|(_, version)| input.include_deprecated || !version.stages.is_empty());
        let mut rest = shown.skip_while(|(id, _)| input.next_token.as_ref().is_some_and(|after| *id <= after));
        let page: Vec<_> = rest.by_ref().take(max as usize).collect();
        let next = rest.next().and(page.last().map(|(id, _)| *id));
        let versions: Vec<_> = page
            .iter()
            .map(|(id, version)| {
                json!({"VersionId": id, "VersionStages": version.stages, "CreatedDate": epoch(version.created)})
            })
            .collect();
        let mut answer = json!({"ARN": secret.arn, "Name": secret.name, "Versions": versions});
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }

    pub(super) fn move_stage(&self, input: &MoveStage) -> Result<Changed, AwsError> {
        let stage = &input.version_stage;
        constrain(|constraints| constraints.length("versionStage", stage, 1, 256))?;
        self.change(&input.secret_id, |secret| {
            let from = secret.labelled(stage).map(|(id, _)| id.clone());
            if from != input.remove_from_version_id && (from.is_some() || input.remove_from_version_id.is_some()) {
                let holder = from.unwrap_or_else(|| "no version".to_owned());
                return Err(invalid_parameter(format!(
                    "The parameter RemoveFromVersionId must be the version that the staging label {stage} is attached to: {holder}."
                )));
            }
            match &input.move_to_version_id {
                Some(to) if !secret.versions.contains_key(to) => {
                    return Err(missing(format!(
                        "Secrets Manager can't find the specified secret value for VersionId: {to}"
                    )));
                }
                Some(to) => secret.put_stage(stage, to),
                None if stage == CURRENT => {
                    return Err(invalid_parameter(
                        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
                    ));
                }
                None => {
                    for version in secret.versions.values_mut() {
                        version.stages.retain(|label| label != stage);
                    }
                }
            }
            Ok(Changed::of(secret, None))
        })
    }
}

/// The day's beginning: "this value is truncated to midnight of the date" (DescribeSecret).
fn midnight(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    let into_day = seconds.rem_euclid(SignedDuration::from_hours(24).as_secs());
    Timestamp::from_second(seconds - into_day).unwrap_or(now)
}
