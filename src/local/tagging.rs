//! Resource Groups Tagging API: the tags of all services in one place.

mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::AwsError;
use super::json::{self, JsonService};
use super::paging;

use select::{GetResources, after, invalid};

/// Tag keys or values in one answer of GetTagKeys and GetTagValues.
const NAMES_PER_PAGE: usize = 100;

/// A resource's ARN and its tags.
pub(crate) type Tagged = (String, BTreeMap<String, String>);

/// A service whose resources carry tags.
pub(crate) trait TagSource: Send + Sync {
    /// Each resource of the service. Those without tags are not shown.
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError>;

    /// Adds `tags` to the resource `arn`, replacing the values of keys that it has. `Ok(false)` if the resource
    /// is not of this service, or the service does not let this API change its tags.
    fn tag(&self, _arn: &str, _tags: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        Ok(false)
    }

    /// Removes the tags with these keys; the answer is as for `tag`.
    fn untag(&self, _arn: &str, _keys: &[String]) -> Result<bool, AwsError> {
        Ok(false)
    }
}

/// The service.
pub(crate) struct Tagging {
    sources: Vec<Arc<dyn TagSource>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetTagKeys {
    pagination_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetTagValues {
    pagination_token: Option<String>,
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagResources {
    #[serde(rename = "ResourceARNList")]
    arns: Vec<String>,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UntagResources {
    #[serde(rename = "ResourceARNList")]
    arns: Vec<String>,
    tag_keys: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagKeys {
    pagination_token: String,
    tag_keys: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagValues {
    pagination_token: String,
    tag_values: Vec<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    failed_resources_map: BTreeMap<String, Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    status_code: u16,
    error_code: String,
    error_message: String,
}

impl Tagging {
    pub fn new(sources: Vec<Arc<dyn TagSource>>) -> Self {
        Self { sources }
    }

    /// All tagged resources by ARN.
    fn tagged(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, AwsError> {
        let mut all = BTreeMap::new();
        for source in &self.sources {
            all.extend(source.tagged()?.into_iter().filter(|(_, tags)| !tags.is_empty()));
        }
        Ok(all)
    }

    fn get_tag_keys(&self, input: GetTagKeys) -> Result<TagKeys, AwsError> {
        let keys = self.tagged()?.into_values().flat_map(BTreeMap::into_keys);
        let (tag_keys, pagination_token) = name_page(keys.collect(), input.pagination_token.as_deref())?;
        Ok(TagKeys {
            pagination_token,
            tag_keys,
        })
    }

    fn get_tag_values(&self, input: GetTagValues) -> Result<TagValues, AwsError> {
        let values = self
            .tagged()?
            .into_values()
            .filter_map(|mut tags| tags.remove(&input.key));
        let (tag_values, pagination_token) = name_page(values.collect(), input.pagination_token.as_deref())?;
        Ok(TagValues {
            pagination_token,
            tag_values,
        })
    }

    fn tag_resources(&self, input: &TagResources) -> Result<Failed, AwsError> {
        check_count("ResourceARNList", input.arns.len(), 20)?;
        check_count("Tags", input.tags.len(), 50)?;
        Ok(self.each(&input.arns, |source, arn| source.tag(arn, &input.tags)))
    }

    fn untag_resources(&self, input: &UntagResources) -> Result<Failed, AwsError> {
        check_count("ResourceARNList", input.arns.len(), 20)?;
        check_count("TagKeys", input.tag_keys.len(), 50)?;
        Ok(self.each(&input.arns, |source, arn| source.untag(arn, &input.tag_keys)))
    }

    /// Offers each ARN to the sources until one takes it, and collects those that fail.
    fn each(&self, arns: &[String], change: impl Fn(&dyn TagSource, &str) -> Result<bool, AwsError>) -> Failed {
        let mut failed = Failed::default();
        for arn in arns {
            let taken = self
                .sources
                .iter()
                .find_map(|source| match change(source.as_ref(), arn) {
                    Ok(false) => None,
                    other => Some(other),
                });
            let error = match taken {
                Some(Ok(_)) => continue,
                Some(Err(error)) => error,
                None => invalid(format!(
                    "the embedded AWS cannot change the tags of {arn} through this API: use the tagging operation of its own service"
                )),
            };
            let failure = Failure {
                status_code: error.status.as_u16(),
                error_code: error.code.into_owned(),
                error_message: error.message,
            };
            failed.failed_resources_map.insert(arn.clone(), failure);
        }
        failed
    }
}

#[async_trait]
impl JsonService for Tagging {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        match operation {
            "GetResources" => {
                let input: GetResources = json::input(&body)?;
                json::output(&input.run(self.tagged()?)?)
            }
            "GetTagKeys" => json::output(&self.get_tag_keys(json::input(&body)?)?),
            "GetTagValues" => json::output(&self.get_tag_values(json::input(&body)?)?),
            "TagResources" => json::output(&self.tag_resources(&json::input(&body)?)?),
            "UntagResources" => json::output(&self.untag_resources(&json::input(&body)?)?),
            "DescribeReportCreation" | "GetComplianceSummary" | "ListRequiredTags" | "StartReportCreation" => Err(
                AwsError::not_implemented(format_args!("the Resource Groups Tagging API's {operation}")),
            ),
            _ => Err(json::unknown_operation(operation)),
        }
    }
}

/// One page of names, and the token of the next, empty at the end.
fn name_page(names: BTreeSet<String>, token: Option<&str>) -> Result<(Vec<String>, String), AwsError> {
    let after = after(token)?;
    let mut rest = names
        .into_iter()
        .filter(|name| after.as_ref().is_none_or(|after| name > after));
    let page: Vec<String> = rest.by_ref().take(NAMES_PER_PAGE).collect();
    let last = page.last().filter(|_| rest.next().is_some());
    let token = last.map(|last| paging::token_of(last)).unwrap_or_default();
    Ok((page, token))
}

fn check_count(member: &str, count: usize, max: usize) -> Result<(), AwsError> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    Err(invalid(format!(
        "{member} must have 1 to {max} items; this request has {count}"
    )))
}
