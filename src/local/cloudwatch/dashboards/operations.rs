//! PutDashboard, GetDashboard, ListDashboards, DeleteDashboards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Findings, check};
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, invalid_value, listed, not_found};
use crate::local::cloudwatch::input::{Tag, page};
use crate::local::cloudwatch::tags;
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::store::Table;

/// Key: name.
pub(in crate::local::cloudwatch) const DASHBOARDS: Table<Dashboard> = Table::new("cloudwatch.dashboards");

/// Source: ListDashboards' API reference.
const PER_PAGE: usize = 1_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::cloudwatch) struct Dashboard {
    /// As it was put.
    pub body: String,
    pub modified: Timestamp,
    pub tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct PutDashboard {
    dashboard_name: String,
    dashboard_body: String,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct GetDashboard {
    dashboard_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct ListDashboards {
    dashboard_name_prefix: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct DeleteDashboards {
    dashboard_names: Vec<String>,
}

impl CloudWatch {
    /// Dashboards are global: their ARNs name no region.
    pub(in crate::local::cloudwatch) fn dashboard_arn(&self, name: &str) -> String {
        format!("arn:aws:cloudwatch::{}:dashboard/{name}", self.env.account())
    }

    /// Tags are for a new dashboard; "If you specify Tags when updating an existing dashboard, the tag updates are
    /// ignored."
    pub(in crate::local::cloudwatch) fn put_dashboard(&self, input: PutDashboard) -> Result<Item, Fault> {
        check_name(&input.dashboard_name)?;
        let Ok(body @ Value::Object(_)) = serde_json::from_str::<Value>(&input.dashboard_body) else {
            let message = "The field DashboardBody must be a valid JSON object";
            return Err(AwsError::bad_request("InvalidParameterInput", message).into());
        };
        let Findings { errors, warnings } = check(&body);
        if !errors.is_empty() {
            return Err(invalid_body(errors));
        }
        let tags = tags::checked(input.tags.as_deref().unwrap_or_default())?;
        let now = self.env.now();
        self.env.store.write(|tx| {
            let existing = DASHBOARDS.get(tx, &input.dashboard_name)?;
            let dashboard = Dashboard {
                body: input.dashboard_body,
                modified: now,
                tags: existing.map_or(tags, |existing| existing.tags),
            };
            DASHBOARDS
                .put(tx, &input.dashboard_name, &dashboard)
                .map_err(AwsError::from)
        })?;
        Ok(Structure::new()
            .list("DashboardValidationMessages", listed(&warnings))
            .into())
    }

    pub(in crate::local::cloudwatch) fn get_dashboard(&self, input: &GetDashboard) -> Result<Item, Fault> {
        let name = &input.dashboard_name;
        check_name(name)?;
        let dashboard = DASHBOARDS.get(&self.env.store.read()?, name)?;
        let dashboard = dashboard.ok_or_else(|| not_found(format!("Dashboard {name} does not exist")))?;
        Ok(Structure::new()
            .with("DashboardArn", self.dashboard_arn(name))
            .with("DashboardBody", dashboard.body)
            .with("DashboardName", name)
            .into())
    }

    pub(in crate::local::cloudwatch) fn list_dashboards(&self, input: &ListDashboards) -> Result<Item, Fault> {
        let prefix = input.dashboard_name_prefix.as_deref().unwrap_or_default();
        let dashboards = DASHBOARDS.all(&self.env.store.read()?, prefix)?;
        let (dashboards, next) = page(dashboards, input.next_token.as_ref(), PER_PAGE)?;
        let shown = dashboards.iter().map(|(name, dashboard)| {
            Structure::new()
                .with("DashboardName", name)
                .with("DashboardArn", self.dashboard_arn(name))
                .with("LastModified", dashboard.modified)
                .with("Size", dashboard.body.len() as i64)
        });
        Ok(Structure::new()
            .list("DashboardEntries", shown)
            .optional("NextToken", next)
            .into())
    }

    /// The model lists no error for names that do not exist.
    pub(in crate::local::cloudwatch) fn delete_dashboards(&self, input: &DeleteDashboards) -> Result<Item, Fault> {
        constrain(|constraints| constraints.count("dashboardNames", input.dashboard_names.len(), 1, 100))?;
        input.dashboard_names.iter().try_for_each(|name| check_name(name))?;
        self.env.store.write(|tx| {
            for name in &input.dashboard_names {
                DASHBOARDS.remove(tx, name)?;
            }
            Ok::<_, AwsError>(())
        })?;
        Ok(Structure::new().into())
    }
}

fn invalid_body(errors: Vec<(String, String)>) -> Fault {
    let list: Vec<_> = errors
        .iter()
        .map(|(path, message)| serde_json::json!({"dataPath": path, "message": message}))
        .collect();
    let list = serde_json::to_string_pretty(&list).unwrap_or_default();
    let message = format!(
        "The dashboard body is invalid, there are {} validation errors:\n{list}",
        errors.len()
    );
    let mut fault = Fault::from(AwsError::bad_request("InvalidParameterInput", message));
    fault.messages = errors;
    fault
}

/// "The maximum length is 255, and valid characters are A-Z, a-z, 0-9, "-", and "_"."
fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.len() <= 255 && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(invalid_value(format!(
        "The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash \
         (-) and underscore (_)."
    )))
}
