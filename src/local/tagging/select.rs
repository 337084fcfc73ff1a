//! GetResources: which tagged resources a request asks for, page by page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetResources {
    pagination_token: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    resources_per_page: Option<usize>,
    tags_per_page: Option<usize>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
    #[serde(default)]
    include_compliance_details: bool,
    #[serde(default)]
    exclude_compliant_resources: bool,
    #[serde(rename = "ResourceARNList", default)]
    arns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagFilter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Resources {
    /// Empty on the last page.
    pagination_token: String,
    resource_tag_mapping_list: Vec<Mapping>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl GetResources {
    /// Picks from `tagged`, in the order of ARNs.
    pub fn run(self, tagged: BTreeMap<String, BTreeMap<String, String>>) -> Result<Resources, AwsError> {
        self.check()?;
        let after = after(self.pagination_token.as_deref())?;
        let per_page = match (self.arns.is_empty(), self.tags_per_page) {
            (true, None) => self.resources_per_page.unwrap_or(50),
            _ => usize::MAX,
        };
        let tags_per_page = self.tags_per_page.unwrap_or(usize::MAX);
        let (mut list, mut tags_shown, mut more) = (Vec::<Mapping>::new(), 0, false);
        for (arn, tags) in tagged {
            if after.as_ref().is_some_and(|after| arn <= *after) || !self.wants(&arn, &tags) {
                continue;
            }
            tags_shown += tags.len();
            if list.len() == per_page || tags_shown > tags_per_page {
                more = true;
                break;
            }
            let tags = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
            list.push(Mapping { arn, tags });
        }
        let last = list.last().filter(|_| more);
        Ok(Resources {
            pagination_token: last.map(|mapping| paging::token_of(&mapping.arn)).unwrap_or_default(),
            resource_tag_mapping_list: list,
        })
    }

    /// Source: botocore `resourcegroupstaggingapi/2017-01-26`, documentation of GetResourcesInput.
    fn check(&self) -> Result<(), AwsError> {
        if self.include_compliance_details || self.exclude_compliant_resources {
            return Err(AwsError::not_implemented("compliance with tag policies"));
        }
        let paged = self.pagination_token.as_ref().is_some_and(|token| !token.is_empty())
            || self.resources_per_page.is_some()
            || self.tags_per_page.is_some();
        let filtered = !self.tag_filters.is_empty() || !self.resource_type_filters.is_empty();
        let message = if !self.arns.is_empty() && (filtered || paged) {
            "ResourceARNList cannot be given together with TagFilters, ResourceTypeFilters or the pagination parameters"
        } else if self.arns.len() > 100 {
            "ResourceARNList has at most 100 items"
        } else if self.tag_filters.len() > 50 {
            "TagFilters has at most 50 items"
        } else if self.tag_filters.iter().any(|filter| filter.values.len() > 20) {
            "a tag filter has at most 20 values"
        } else if self.resource_type_filters.len() > 100 {
            "ResourceTypeFilters has at most 100 items"
        } else if self.resources_per_page.is_some_and(|n| !(1..=100).contains(&n)) {
            "ResourcesPerPage must be between 1 and 100"
        } else if self.tags_per_page.is_some_and(|n| !(100..=500).contains(&n)) {
            "TagsPerPage must be between 100 and 500"
        } else {
            return Ok(());
        };
        Err(invalid(message))
    }

    /// All tag filters and one of the type filters must match.
    fn wants(&self, arn: &str, tags: &BTreeMap<String, String>) -> bool {
        let listed = self.arns.is_empty() || self.arns.iter().any(|wanted| wanted == arn);
        let typed = self.resource_type_filters.is_empty()
            || self.resource_type_filters.iter().any(|filter| is_of_type(arn, filter));
        let matches = |filter: &TagFilter| {
            let value = tags.get(&filter.key);
            value.is_some_and(|value| filter.values.is_empty() || filter.values.contains(value))
        };
        listed && typed && self.tag_filters.iter().all(matches)
    }
}

/// `service` or `service:type`, "the same as that embedded in a resource's ARN". Buckets have no type in theirs.
fn is_of_type(arn: &str, filter: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    match filter.split_once(':') {
        None => filter == service,
        Some(("s3", "bucket")) => service == "s3",
        Some((wanted, kind)) => {
            let end = resource.find(['/', ':']);
            wanted == service && end.is_some_and(|end| &resource[..end] == kind)
        }
    }
}

/// What a token says was shown last; `None` for no token or an empty one.
pub(super) fn after(token: Option<&str>) -> Result<Option<String>, AwsError> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let name = paging::key(token);
    name.map(Some)
        .map_err(|BadToken| invalid("PaginationToken is not one of this service"))
}

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterException", message)
}
