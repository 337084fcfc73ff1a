//! Dashboards: creation, new versions, publishing, deletion. Versions are described in `versions`.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::{Reads, Write};

use super::QuickSight;
use super::document::{ok, reply, seconds};
use super::errors::{conflict, edition, exists, invalid, not_found, refuse};
use super::model::{Change, DASHBOARDS, Dashboard, Permission, VERSIONS, Version, version_key};
use super::paging::page;
use super::principals::Shared;
use super::tags::given_tags;

const GIVEN: [&str; 3] = ["Definition", "VersionDescription", "DashboardPublishOptions"];

/// Members that would be left without effect.
pub(super) const REFUSED: [(&str, &str); 6] = [
    ("SourceEntity", "templates"),
    ("Parameters", "overriding of parameters"),
    ("ThemeArn", "themes"),
    ("FolderArns", "folders"),
    ("LinkSharingConfiguration", "sharing by link"),
    ("LinkEntities", "linked analyses"),
];

impl QuickSight {
    pub(super) fn dashboard_arn(&self, id: &str) -> String {
        self.arn(&format!("dashboard/{id}"))
    }

    pub(super) fn version_arn(&self, id: &str, number: i64) -> String {
        format!("{}/version/{number}", self.dashboard_arn(id))
    }

    pub(super) fn dashboard(&self, tx: &impl Reads, id: &str) -> Result<Dashboard, AwsError> {
        let found = DASHBOARDS.get(tx, id)?;
        found.ok_or_else(|| not_found(format!("Dashboard {id} is not found")))
    }

    /// A version of the request's definition.
    fn new_version(&self, tx: &Write, input: &Input, number: i64, now: Timestamp) -> Result<Version, AwsError> {
        refuse(input, &REFUSED)?;
        let Some(definition) = input.member("Definition") else {
            return Err(invalid("Either SourceEntity or Definition must be given"));
        };
        let strategy = input.member("ValidationStrategy");
        let lenient = strategy.is_some_and(|strategy| strategy["Mode"] == "LENIENT");
        let checked = self.check_definition(tx, definition, lenient)?;
        Ok(Version {
            number,
            name: input.text("Name").to_owned(),
            change: Change {
                at: now,
                update: false,
                failed: !checked.errors.is_empty(),
            },
            errors: checked.errors,
            data_set_arns: checked.data_set_arns,
            given: input.keep(&GIVEN),
        })
    }

    /// The first version is published at once, if it comes about.
    pub(super) fn create_dashboard(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DashboardId");
        let now = self.env.now();
        let permissions: Vec<Permission> = input.read("Permissions")?;
        let tags = given_tags(input)?;
        self.env.store.write(|tx| {
            if DASHBOARDS.get(tx, id)?.is_some() {
                return Err(exists(format!("Dashboard {id} already exists")));
            }
            self.check_permissions(tx, Shared::Dashboard, &permissions)?;
            let version = self.new_version(tx, input, 1, now)?;
            let dashboard = Dashboard {
                id: id.to_owned(),
                created: now,
                updated: now,
                published: (!version.change.failed).then_some((1, now)),
                latest: 1,
                permissions,
                tags,
            };
            VERSIONS.put(tx, &version_key(id, 1), &version)?;
            Ok(DASHBOARDS.put(tx, id, &dashboard)?)
        })?;
        Ok(reply(StatusCode::ACCEPTED, self.begun(id, 1)))
    }

    /// "Updating a Dashboard creates a new dashboard version but does not immediately publish the new version."
    pub(super) fn update_dashboard(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DashboardId");
        let now = self.env.now();
        let number = self.env.store.write(|tx| {
            let mut dashboard = self.dashboard(tx, id)?;
            let latest = VERSIONS.get(tx, &version_key(id, dashboard.latest))?;
            let takes = self.env.options.timing.quicksight;
            if latest.is_some_and(|version| version.change.is_in_progress(now, takes)) {
                return Err(conflict(format!("A version of Dashboard {id} is still being created.")));
            }
            dashboard.latest += 1;
            dashboard.updated = now;
            let version = self.new_version(tx, input, dashboard.latest, now)?;
            VERSIONS.put(tx, &version_key(id, version.number), &version)?;
            DASHBOARDS.put(tx, id, &dashboard)?;
            Ok::<_, AwsError>(version.number)
        })?;
        Ok(reply(StatusCode::ACCEPTED, self.begun(id, number)))
    }

    fn begun(&self, id: &str, number: i64) -> Value {
        json!({
            "Arn": self.dashboard_arn(id),
            "VersionArn": self.version_arn(id, number),
            "DashboardId": id,
            "CreationStatus": "CREATION_IN_PROGRESS",
        })
    }

    pub(super) fn publish_dashboard(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DashboardId");
        let number = input.number("VersionNumber").unwrap_or_default();
        let now = self.env.now();
        self.env.store.write(|tx| {
            let mut dashboard = self.dashboard(tx, id)?;
            let version = self.version(tx, id, number)?;
            if version.change.is_in_progress(now, self.env.options.timing.quicksight) {
                return Err(conflict(format!(
                    "Version {number} of Dashboard {id} is still being created."
                )));
            }
            if version.change.failed {
                return Err(invalid(format!(
                    "Version {number} of Dashboard {id} failed and cannot be published: {}",
                    version.errors.first().map_or("", |error| error.message.as_str())
                )));
            }
            dashboard.published = Some((number, now));
            dashboard.updated = now;
            Ok(DASHBOARDS.put(tx, id, &dashboard)?)
        })?;
        Ok(ok(json!({"DashboardId": id, "DashboardArn": self.dashboard_arn(id)})))
    }

    /// All of it, or one version that is not published.
    pub(super) fn delete_dashboard(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DashboardId");
        self.env.store.write(|tx| {
            let dashboard = self.dashboard(tx, id)?;
            if let Some(number) = input.number("VersionNumber") {
                self.version(tx, id, number)?;
                if dashboard.published.is_some_and(|(published, _)| published == number) {
                    return Err(conflict(format!("Version {number} of Dashboard {id} is published.")));
                }
                VERSIONS.remove(tx, &version_key(id, number))?;
                return Ok(());
            }
            VERSIONS.remove_range(tx, &format!("{id}\0"), &format!("{id}\u{1}"))?;
            DASHBOARDS.remove(tx, id)?;
            Ok::<_, AwsError>(())
        })?;
        Ok(ok(json!({"Arn": self.dashboard_arn(id), "DashboardId": id})))
    }

    pub(super) fn list_dashboards(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let (dashboards, next) = page(DASHBOARDS.all(&tx, "")?, false, input)?;
        let shown: Result<Vec<_>, AwsError> = dashboards.iter().map(|it| self.dashboard_summary(&tx, it)).collect();
        Ok(ok(json!({"DashboardSummaryList": shown?, "NextToken": next})))
    }

    /// The name is the published version's, or the newest one's.
    pub(super) fn dashboard_summary(&self, tx: &impl Reads, dashboard: &Dashboard) -> Result<Value, AwsError> {
        let number = dashboard.published.map_or(dashboard.latest, |(number, _)| number);
        let version = VERSIONS.get(tx, &version_key(&dashboard.id, number))?;
        Ok(json!({
            "Arn": self.dashboard_arn(&dashboard.id),
            "DashboardId": dashboard.id,
            "Name": version.map(|version| version.name),
            "CreatedTime": seconds(dashboard.created),
            "LastUpdatedTime": seconds(dashboard.updated),
            "PublishedVersionNumber": dashboard.published.map(|(number, _)| number),
            "LastPublishedTime": dashboard.published.map(|(_, at)| seconds(at)),
        }))
    }

    /// QuickSight draws snapshots on its own machines; here nothing does.
    pub(super) fn start_snapshot(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DashboardId");
        self.dashboard(&self.env.store.read()?, id)?;
        Err(edition(
            "The embedded QuickSight draws no snapshots; `pipectl dashboard` draws the dashboard as html, png, pdf and svg",
        ))
    }
}
