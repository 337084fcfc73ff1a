//! ListMetrics.

use serde::Deserialize;

use super::series::METRICS;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain};
use crate::local::cloudwatch::input::page;
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::meters::minute;

/// Source: ListMetrics' API reference.
const PER_PAGE: usize = 500;
/// "ListMetrics doesn't return information about metrics if those metrics haven't reported data in the past two weeks."
const LISTED: i64 = 14 * 24 * 60;
/// Minutes of `PT3H`.
const RECENT: i64 = 180;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct ListMetrics {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Option<Vec<Filter>>,
    next_token: Option<String>,
    recently_active: Option<String>,
    include_linked_accounts: Option<bool>,
    owning_account: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    name: String,
    value: Option<String>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn list_metrics(&self, input: &ListMetrics) -> Result<Item, Fault> {
        if input.include_linked_accounts == Some(true) || input.owning_account.is_some() {
            return Err(AwsError::not_implemented("monitoring accounts").into());
        }
        let filters = input.dimensions.as_deref().unwrap_or_default();
        constrain(|constraints| {
            constraints.count("dimensions", filters.len(), 0, 10);
            if let Some(recent) = &input.recently_active {
                constraints.one_of("recentlyActive", recent, &["PT3H"]);
            }
        })?;
        self.take_meters()?;
        let minutes = if input.recently_active.is_some() {
            RECENT
        } else {
            LISTED
        };
        let since = minute(self.env.now()) - minutes;
        let prefix = input
            .namespace
            .as_ref()
            .map_or(String::new(), |namespace| format!("{namespace}\0"));
        let mut metrics = METRICS.all(&self.env.store.read()?, &prefix)?;
        metrics.retain(|(_, metric)| {
            let named = input.metric_name.as_ref().is_none_or(|name| *name == metric.name);
            let with = |filter: &Filter| {
                let mut dimensions = metric.dimensions.iter();
                dimensions.any(|dimension| {
                    dimension.name == filter.name && filter.value.as_ref().is_none_or(|value| *value == dimension.value)
                })
            };
            metric.last >= since && named && filters.iter().all(with)
        });
        let (metrics, next) = page(metrics, input.next_token.as_ref(), PER_PAGE)?;
        let shown = metrics.iter().map(|(_, metric)| {
            Structure::new()
                .with("Namespace", &metric.namespace)
                .with("MetricName", &metric.name)
                .list("Dimensions", &metric.dimensions)
        });
        Ok(Structure::new()
            .list("Metrics", shown)
            .optional("NextToken", next)
            .into())
    }
}
