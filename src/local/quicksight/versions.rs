//! Versions of dashboards, described and listed.

use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::Reads;

use super::QuickSight;
use super::definition::sheets;
use super::document::{ok, seconds};
use super::errors::not_found;
use super::model::{Dashboard, VERSIONS, Version, version_key};
use super::paging::page;

impl QuickSight {
    pub(super) fn version(&self, tx: &impl Reads, id: &str, number: i64) -> Result<Version, AwsError> {
        let found = VERSIONS.get(tx, &version_key(id, number))?;
        found.ok_or_else(|| not_found(format!("Version {number} of Dashboard {id} is not found")))
    }

    /// The version that a request means: by number, by alias, else "the latest published dashboard version", which for a
    /// dashboard that never had one is the newest.
    fn meant(&self, tx: &impl Reads, dashboard: &Dashboard, input: &Input) -> Result<Version, AwsError> {
        let published = dashboard.published.map(|(number, _)| number);
        let number = match (input.number("VersionNumber"), input.optional("AliasName")) {
            (Some(number), _) => number,
            (None, Some("$LATEST")) => dashboard.latest,
            (None, Some("$PUBLISHED")) => {
                published.ok_or_else(|| not_found(format!("Dashboard {} has no published version", dashboard.id)))?
            }
            (None, Some(alias)) => {
                return Err(not_found(format!("Dashboard {} has no alias {alias}", dashboard.id)));
            }
            (None, None) => published.unwrap_or(dashboard.latest),
        };
        self.version(tx, &dashboard.id, number)
    }

    fn version_status(&self, version: &Version) -> &'static str {
        version
            .change
            .status(self.env.now(), self.env.options.timing.quicksight)
    }

    /// The errors, once it is known that it failed.
    fn version_errors(&self, version: &Version) -> Option<Value> {
        let takes = self.env.options.timing.quicksight;
        let settled = !version.change.is_in_progress(self.env.now(), takes);
        (settled && !version.errors.is_empty()).then(|| json!(version.errors))
    }

    pub(super) fn describe_dashboard(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let dashboard = self.dashboard(&tx, input.text("DashboardId"))?;
        let version = self.meant(&tx, &dashboard, input)?;
        Ok(ok(json!({"Dashboard": {
            "Arn": self.dashboard_arn(&dashboard.id),
            "DashboardId": dashboard.id,
            "Name": version.name,
            "CreatedTime": seconds(dashboard.created),
            "LastUpdatedTime": seconds(dashboard.updated),
            "LastPublishedTime": dashboard.published.map(|(_, at)| seconds(at)),
            "Version": {
                "Arn": self.version_arn(&dashboard.id, version.number),
                "VersionNumber": version.number,
                "CreatedTime": seconds(version.change.at),
                "Status": self.version_status(&version),
                "Errors": self.version_errors(&version),
                "DataSetArns": version.data_set_arns,
                "Description": version.given.get("VersionDescription"),
                "Sheets": sheets(version.given.get("Definition").unwrap_or(&Value::Null)),
            },
        }})))
    }

    pub(super) fn describe_dashboard_definition(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let dashboard = self.dashboard(&tx, input.text("DashboardId"))?;
        let version = self.meant(&tx, &dashboard, input)?;
        let mut body = json!({
            "DashboardId": dashboard.id,
            "Name": version.name,
            "Errors": self.version_errors(&version),
            "ResourceStatus": self.version_status(&version),
        });
        for name in ["Definition", "DashboardPublishOptions"] {
            body[name] = version.given.get(name).cloned().unwrap_or_default();
        }
        Ok(ok(body))
    }

    /// The newest first.
    pub(super) fn list_dashboard_versions(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let id = input.text("DashboardId");
        self.dashboard(&tx, id)?;
        let mut all = VERSIONS.all(&tx, &format!("{id}\0"))?;
        all.reverse();
        let (versions, next) = page(all, true, input)?;
        let shown = versions.iter().map(|version| {
            json!({
                "Arn": self.version_arn(id, version.number),
                "VersionNumber": version.number,
                "CreatedTime": seconds(version.change.at),
                "Status": self.version_status(version),
                "Description": version.given.get("VersionDescription"),
            })
        });
        let shown: Vec<_> = shown.collect();
        Ok(ok(json!({"DashboardVersionSummaryList": shown, "NextToken": next})))
    }
}
