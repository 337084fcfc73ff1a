//! ListSecrets, with its filters.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Secrets;
use super::errors::constrain;
use super::lifecycle::described;
use super::model::{SECRETS, Secret};
use crate::local::error::AwsError;

const KEYS: [&str; 7] = [
    "description",
    "name",
    "tag-key",
    "tag-value",
    "primary-region",
    "owning-service",
    "all",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListSecrets {
    #[serde(default)]
    include_planned_deletion: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    sort_order: Option<String>,
    sort_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

impl Filter {
    /// Any value matches; a value after `!` must not match.
    fn wants(&self, secret: &Secret) -> bool {
        let (negated, plain): (Vec<_>, Vec<_>) = self.values.iter().partition(|value| value.starts_with('!'));
        let key = self.key.as_deref().unwrap_or("all");
        (plain.is_empty() || plain.iter().any(|value| matches(secret, key, value)))
            && negated.iter().all(|value| !matches(secret, key, &value[1..]))
    }
}

/// Prefix match; of descriptions and of `all` whatever the case.
/// Source: ListSecrets' API reference, `Filters`.
fn matches(secret: &Secret, key: &str, value: &str) -> bool {
    let folded = |text: &str| text.to_lowercase().starts_with(&value.to_lowercase());
    let description = secret.description.as_deref().unwrap_or_default();
    let owner = secret.owner.as_deref().unwrap_or_default();
    match key {
        "name" => secret.name.starts_with(value),
        "description" => description.split_whitespace().any(folded) || folded(description),
        "tag-key" => secret.tags.keys().any(|tag| tag.starts_with(value)),
        "tag-value" => secret.tags.values().any(|tag| tag.starts_with(value)),
        "owning-service" => owner.starts_with(value),
        // Nothing is replicated, so nothing has a primary region.
        "primary-region" => false,
        _ => {
            let tags = secret
                .tags
                .iter()
                .flat_map(|(key, value)| [key.as_str(), value.as_str()]);
            let mut words = [secret.name.as_str(), owner]
                .into_iter()
                .chain(tags)
                .chain(description.split_whitespace());
            words.any(folded)
        }
    }
}

impl Secrets {
    pub(super) fn list_secrets(&self, input: &ListSecrets) -> Result<Value, AwsError> {
        input.check()?;
        let now = self.env.now();
        let all = SECRETS.all(&self.env.store.read()?, "")?.into_iter();
        let mut wanted: Vec<Secret> = all
            .map(|(_, secret)| secret)
            .filter(|secret| !secret.is_gone(now) && (input.include_planned_deletion || secret.deletion.is_none()))
            .filter(|secret| input.filters.iter().all(|filter| filter.wants(secret)))
            .collect();
        match input.sort_by.as_deref() {
            Some("name") => wanted.sort_by(|a, b| a.name.cmp(&b.name)),
            Some("last-changed-date") => wanted.sort_by_key(|secret| secret.changed),
            Some("last-accessed-date") => wanted.sort_by_key(|secret| secret.accessed),
            _ => wanted.sort_by_key(|secret| secret.created),
        }
        if input.sort_order.as_deref() == Some("desc") {
            wanted.reverse();
        }
        let mut rest = wanted.into_iter();
        if let Some(after) = &input.next_token {
            let _ = rest.by_ref().find(|secret| secret.arn == *after);
        }
        let page: Vec<Secret> = rest.by_ref().take(input.max_results.unwrap_or(100) as usize).collect();
        let next = rest.next().and(page.last().map(|secret| secret.arn.clone()));
        let list: Vec<_> = page.iter().map(entry).collect();
        let mut answer = json!({"SecretList": list});
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }
}

fn entry(secret: &Secret) -> Value {
    let mut entry = described(secret);
    entry["SecretVersionsToStages"] = json!(secret.stages());
    entry
}

impl ListSecrets {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            if let Some(max) = self.max_results {
                constraints.range("maxResults", max, 1, 100);
            }
            constraints.count("filters", self.filters.len(), 0, 10);
            for filter in &self.filters {
                if let Some(key) = &filter.key {
                    constraints.one_of("filters.key", key, &KEYS);
                }
                constraints.count("filters.values", filter.values.len(), 1, 10);
            }
            if let Some(order) = &self.sort_order {
                constraints.one_of("sortOrder", order, &["asc", "desc"]);
            }
            if let Some(by) = &self.sort_by {
                let orders = ["created-date", "last-accessed-date", "last-changed-date", "name"];
                constraints.one_of("sortBy", by, &orders);
            }
        })
    }
}
