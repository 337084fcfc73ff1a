//! QuickSight: data sources, data sets, dashboards, refresh schedules.
//!
//! The large documents (`Definition`, `PhysicalTableMap`, ...) go through as the JSON that the configs hold, and are read
//! back so ([`RawJson`]): CloudFormation's shapes of them are the API's own, but for moments in time ([`moments`]).
//!
//! The SDK has no waiters for QuickSight. Deletion in the right order falls out of the references; DeleteDataSource
//! would break the data sets that use it without an error.

pub(super) mod dashboard;
pub(super) mod data_set;
pub(super) mod data_source;
mod document;
mod moments;
mod permissions;
pub(super) mod refresh_schedule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_quicksight::types as quicksight;
use serde_json::{Map, Value};

use super::error::Error;
use super::handler::{AVAILABLE, Scope, offered};
use super::ownership::{Tags, config_tags, missing_tags};
use super::properties::Tag;
use crate::aws::{self, Backoff, ErrorKind, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};

const SERVICE: &str = "quicksight";

type Members = Map<String, Value>;

/// Sends an operation with `members` in its body, repeated where its error says so, and gives the answer's body.
macro_rules! exchange {
    ($scope:expr, $cx:expr, $operation:literal, $id:expr, $request:expr, $members:expr) => {{
        let members: $crate::resources::quicksight::Members = $members;
        $scope
            .retrying($cx, async || {
                let body = $crate::aws::RawJson::sending(members.clone());
                let sent = $request.customize().interceptor(body.clone()).send().await;
                body.answer(sent)
                    .map_err(|e| $crate::aws::failure($crate::resources::quicksight::SERVICE, $operation, $id, e))
            })
            .await
    }};
}
use exchange;

/// The body of what describes something; nothing where it does not exist.
macro_rules! described {
    ($operation:literal, $id:expr, $request:expr) => {{
        let body = $crate::aws::RawJson::reading();
        let sent = $request.customize().interceptor(body.clone()).send().await;
        let answer = body.answer(sent);
        $crate::resources::handler::found(
            answer.map_err(|e| $crate::aws::failure($crate::resources::quicksight::SERVICE, $operation, $id, e)),
        )
    }};
}
use described;

/// The account that the configs name, or the environment's.
fn account<'a>(scope: &'a Scope, given: Option<&'a String>) -> &'a str {
    given.map_or(scope.account.as_str(), String::as_str)
}

/// Fails before anything is made in an account without QuickSight.
async fn subscribed(scope: &Scope) -> Result<(), Error> {
    Ok(scope.clients.subscription.check(&scope.clients, &scope.account).await?)
}

/// Whether a resource of this ResourceStatus can be used.
/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DataSource.html>
fn condition(state: &str) -> Condition {
    match state {
        // What it was before a failed update still works; the update is to be made again.
        "CREATION_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "UPDATE_FAILED" => Condition::Settling,
        "CREATION_FAILED" | "DELETED" => Condition::Lost,
        _ => Condition::Steady,
    }
}

/// Our word for what the service does not show yet.
const NOT_VISIBLE: &str = "NOT VISIBLE YET";

/// Data sources are tried out, which takes a minute where the warehouse does not answer; dashboards take seconds.
const LIMIT: Duration = Duration::from_secs(10 * 60);

fn waiting<'a>(operation: &'static str, id: &'a str) -> Wait<'a> {
    Wait {
        service: SERVICE,
        operation,
        resource: id,
        pending: &["CREATION_IN_PROGRESS", "UPDATE_IN_PROGRESS", NOT_VISIBLE],
        target: &["CREATION_SUCCESSFUL", "UPDATE_SUCCESSFUL", AVAILABLE],
        pace: Backoff::POLL,
        limit: LIMIT,
    }
}

/// Polls `describe` until it shows success, and gives what it showed; `advice` says what to do about a failure that
/// names this type of error.
async fn settled<F>(
    wait: Wait<'_>,
    cx: &Cx,
    advice: fn(&str) -> Option<&'static str>,
    describe: impl Fn() -> F,
) -> Result<Value, Error>
where
    F: Future<Output = Result<Option<Value>, aws::Error>>,
{
    let hint = Mutex::new(None);
    let waited = wait_until(wait, &|state| cx.report(state), async || {
        let Some(found) = describe().await? else {
            return Ok(Status::new(NOT_VISIBLE, Value::Null));
        };
        let mut status = Status::new(state(&found), Value::Null);
        let errors = errors(&found);
        *hint.lock().unwrap_or_else(PoisonError::into_inner) = errors.iter().find_map(|(kind, _)| advice(kind));
        let reasons: Vec<String> = errors
            .into_iter()
            .map(|(kind, text)| format!("{kind}: {text}"))
            .collect();
        status.reason = (!reasons.is_empty()).then(|| reasons.join("; "));
        status.value = found;
        Ok(status)
    })
    .await;
    let hint = hint.into_inner().unwrap_or_else(PoisonError::into_inner);
    waited.map_err(|error| match hint {
        Some(hint) if error.is(ErrorKind::FailedState) => error.with_hint(hint).into(),
        _ => error.into(),
    })
}

fn state(found: &Value) -> String {
    let status = found["Status"].as_str().or_else(|| found["IngestionStatus"].as_str());
    status.unwrap_or(AVAILABLE).to_owned()
}

/// (type, message) of `ErrorInfo` or of each of `Errors`.
fn errors(found: &Value) -> Vec<(String, String)> {
    let list = found["Errors"].as_array().into_iter().flatten();
    let errors = list.chain(found.get("ErrorInfo").filter(|info| info.is_object()));
    errors
        .map(|error| {
            let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
            (text("Type"), text("Message"))
        })
        .collect()
}

/// `arn:aws:quicksight:us-east-1:111122223333:dataset/employees`
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonquicksight.html>).
fn arn(scope: &Scope, account: &str, kind: &str, id: &str) -> String {
    let partition = scope.partition().0;
    format!("arn:{partition}:quicksight:{}:{account}:{kind}/{id}", scope.region)
}

/// `Arn` and the moments that Fn::GetAtt knows, as far as `found` has them.
fn attributes(found: &Value, arn: &str) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::from([("Arn".to_owned(), found["Arn"].as_str().unwrap_or(arn).to_owned())]);
    for name in ["CreatedTime", "LastUpdatedTime", "LastPublishedTime"] {
        if let Some(moment) = moments::text(&found[name]) {
            attributes.insert(name.to_owned(), moment);
        }
    }
    attributes
}

fn created_at(found: &Value) -> Option<SystemTime> {
    let seconds = found["CreatedTime"].as_f64().filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))
}

async fn tags(scope: &Scope, arn: &str) -> Result<Tags, Error> {
    let request = scope.clients.quicksight.list_tags_for_resource().resource_arn(arn);
    let answer = request.send().await;
    let answer = offered(answer.map_err(|e| failure(SERVICE, "ListTagsForResource", arn, e)))?;
    let tags = answer.and_then(|answer| answer.tags).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Writes the tags that are not there or have another value.
async fn complete_tags(scope: &Scope, arn: &str, wanted: &[Tag], cx: &Cx) -> Result<(), Error> {
    let live = tags(scope, arn).await?;
    let client = &scope.clients.quicksight;
    let missing = missing_tags(scope, wanted, &live);
    if !missing.is_empty() {
        let tags = missing
            .into_iter()
            .map(|(key, value)| scope.built(quicksight::Tag::builder().key(key).value(value).build()))
            .collect::<Result<Vec<_>, _>>()?;
        let request = client.tag_resource().resource_arn(arn).set_tags(Some(tags));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure(SERVICE, "TagResource", arn, e))
            })
            .await?;
    }
    Ok(())
}

/// The members that CloudFormation and the API spell alike, out of what the service answered.
fn picked(found: &Value, names: &[&str]) -> Members {
    let present = names.iter().filter_map(|name| Some((name, found.get(*name)?)));
    let present = present.filter(|(_, value)| !value.is_null());
    present
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Adds account, permissions and tags to what was read, as properties have them.
fn surrounded(members: &mut Members, account: &str, permissions: Option<Value>, tags: &Tags) {
    members.insert("AwsAccountId".into(), account.into());
    if let Some(permissions) = permissions {
        members.insert("Permissions".into(), permissions);
    }
    members.insert(
        "Tags".into(),
        tag_list(config_tags(tags).iter().map(|tag| (&tag.key, &tag.value))),
    );
}

fn tag_list<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    let tags = tags.into_iter();
    tags.map(|(key, value)| serde_json::json!({"Key": key, "Value": value}))
        .collect()
}
