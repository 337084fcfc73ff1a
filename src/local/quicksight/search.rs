//! Searches by name and by who may do what. Groups and folders, through which one may too, are not here.

use serde::Deserialize;
use serde_json::json;

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};

use super::QuickSight;
use super::document::ok;
use super::errors::invalid;
use super::model::{ANALYSES, DASHBOARDS, DATA_SETS, DATA_SOURCES, Permission};
use super::paging::page;

/// The one filter of a search.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    operator: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

impl Filter {
    fn of(input: &Input) -> Result<Self, AwsError> {
        let filters: Vec<Self> = input.read("Filters")?;
        filters
            .into_iter()
            .next()
            .ok_or_else(|| invalid("A search needs a filter"))
    }

    /// Whether something with this name and these permissions is searched for. `owned` is the action of its owners.
    fn takes(&self, name: &str, permissions: &[Permission], owned: &str) -> Result<bool, AwsError> {
        if self.name.ends_with("_NAME") {
            let (name, value) = (name.to_lowercase(), self.value.to_lowercase());
            return Ok(match self.operator.as_str() {
                "StringLike" => name.contains(&value),
                _ => name == value,
            });
        }
        if self.operator != "StringEquals" {
            return Err(invalid(format!(
                "{} is only supported with the operator StringEquals",
                self.name
            )));
        }
        let owns = |it: &Permission| it.actions.iter().any(|action| action == owned);
        let mine = permissions.iter().find(|it| it.principal == self.value);
        Ok(match (self.name.as_str(), mine) {
            (_, None) => false,
            ("QUICKSIGHT_OWNER" | "DIRECT_QUICKSIGHT_OWNER", Some(mine)) => owns(mine),
            ("DIRECT_QUICKSIGHT_SOLE_OWNER", Some(mine)) => {
                owns(mine) && permissions.iter().filter(|it| owns(it)).count() == 1
            }
            _ => true,
        })
    }
}

/// Those of `all` that `takes` takes.
fn keep<T>(
    all: Vec<(String, T)>,
    mut takes: impl FnMut(&T) -> Result<bool, AwsError>,
) -> Result<Vec<(String, T)>, AwsError> {
    let mut kept = Vec::new();
    for (key, item) in all {
        if takes(&item)? {
            kept.push((key, item));
        }
    }
    Ok(kept)
}

impl QuickSight {
    pub(super) fn search_data_sources(&self, input: &Input) -> Result<Reply, AwsError> {
        let filter = Filter::of(input)?;
        let all = DATA_SOURCES.all(&self.env.store.read()?, "")?;
        let found = keep(all, |it| {
            filter.takes(&it.name, &it.permissions, "quicksight:UpdateDataSourcePermissions")
        })?;
        let (page, next) = page(found, false, input)?;
        let shown: Vec<_> = page.iter().map(|it| self.data_source_summary(it)).collect();
        Ok(ok(json!({"DataSourceSummaries": shown, "NextToken": next})))
    }

    pub(super) fn search_data_sets(&self, input: &Input) -> Result<Reply, AwsError> {
        let filter = Filter::of(input)?;
        let all = DATA_SETS.all(&self.env.store.read()?, "")?;
        let found = keep(all, |it| {
            filter.takes(&it.name, &it.permissions, "quicksight:UpdateDataSetPermissions")
        })?;
        let (page, next) = page(found, false, input)?;
        let shown: Vec<_> = page.iter().map(|it| self.data_set_summary(it)).collect();
        Ok(ok(json!({"DataSetSummaries": shown, "NextToken": next})))
    }

    pub(super) fn search_dashboards(&self, input: &Input) -> Result<Reply, AwsError> {
        let filter = Filter::of(input)?;
        let tx = self.env.store.read()?;
        let found = keep(DASHBOARDS.all(&tx, "")?, |it| {
            let summary = self.dashboard_summary(&tx, it)?;
            let name = summary["Name"].as_str().unwrap_or_default();
            filter.takes(name, &it.permissions, "quicksight:UpdateDashboardPermissions")
        })?;
        let (page, next) = page(found, false, input)?;
        let shown: Result<Vec<_>, AwsError> = page.iter().map(|it| self.dashboard_summary(&tx, it)).collect();
        Ok(ok(json!({"DashboardSummaryList": shown?, "NextToken": next})))
    }

    pub(super) fn search_analyses(&self, input: &Input) -> Result<Reply, AwsError> {
        let filter = Filter::of(input)?;
        let now = self.env.now();
        let mut all = ANALYSES.all(&self.env.store.read()?, "")?;
        all.retain(|(_, it)| !it.is_gone(now));
        let found = keep(all, |it| {
            filter.takes(&it.name, &it.permissions, "quicksight:UpdateAnalysisPermissions")
        })?;
        let (page, next) = page(found, false, input)?;
        let shown: Vec<_> = page.iter().map(|it| self.analysis_summary(it)).collect();
        Ok(ok(json!({"AnalysisSummaryList": shown, "NextToken": next})))
    }
}
