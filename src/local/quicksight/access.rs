//! Permissions of the four kinds of resources: describing and updating them.

use serde_json::json;

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::Write;

use super::QuickSight;
use super::document::ok;
use super::model::{ANALYSES, DASHBOARDS, DATA_SETS, DATA_SOURCES, Permission};
use super::principals::{Shared, change};

impl QuickSight {
    /// The permissions after what the request grants and revokes.
    fn changed(
        &self,
        tx: &Write,
        shared: Shared,
        mut permissions: Vec<Permission>,
        input: &Input,
    ) -> Result<Vec<Permission>, AwsError> {
        let grant: Vec<Permission> = input.read("GrantPermissions")?;
        let revoke: Vec<Permission> = input.read("RevokePermissions")?;
        self.check_permissions(tx, shared, &grant)?;
        change(&mut permissions, grant, &revoke);
        Ok(permissions)
    }

    pub(super) fn describe_data_source_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let source = self.data_source(&self.env.store.read()?, input.text("DataSourceId"))?;
        Ok(ok(json!({
            "DataSourceArn": self.data_source_arn(&source.id),
            "DataSourceId": source.id,
            "Permissions": source.permissions,
        })))
    }

    pub(super) fn update_data_source_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSourceId");
        self.env.store.write(|tx| {
            let mut source = self.data_source(tx, id)?;
            source.permissions = self.changed(tx, Shared::DataSource, source.permissions, input)?;
            Ok::<_, AwsError>(DATA_SOURCES.put(tx, id, &source)?)
        })?;
        Ok(ok(
            json!({"DataSourceArn": self.data_source_arn(id), "DataSourceId": id}),
        ))
    }

    pub(super) fn describe_data_set_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let set = self.data_set(&self.env.store.read()?, input.text("DataSetId"))?;
        Ok(ok(json!({
            "DataSetArn": self.data_set_arn(&set.id),
            "DataSetId": set.id,
            "Permissions": set.permissions,
        })))
    }

    pub(super) fn update_data_set_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSetId");
        self.env.store.write(|tx| {
            let mut set = self.data_set(tx, id)?;
            set.permissions = self.changed(tx, Shared::DataSet, set.permissions, input)?;
            Ok::<_, AwsError>(DATA_SETS.put(tx, id, &set)?)
        })?;
        Ok(ok(json!({"DataSetArn": self.data_set_arn(id), "DataSetId": id})))
    }

    pub(super) fn describe_dashboard_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let dashboard = self.dashboard(&self.env.store.read()?, input.text("DashboardId"))?;
        Ok(ok(json!({
            "DashboardArn": self.dashboard_arn(&dashboard.id),
            "DashboardId": dashboard.id,
            "Permissions": dashboard.permissions,
        })))
    }

    pub(super) fn update_dashboard_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let link = "sharing by link";
        super::errors::refuse(
            input,
            &[("GrantLinkPermissions", link), ("RevokeLinkPermissions", link)],
        )?;
        let id = input.text("DashboardId");
        let permissions = self.env.store.write(|tx| {
            let mut dashboard = self.dashboard(tx, id)?;
            dashboard.permissions = self.changed(tx, Shared::Dashboard, dashboard.permissions, input)?;
            DASHBOARDS.put(tx, id, &dashboard)?;
            Ok::<_, AwsError>(dashboard.permissions)
        })?;
        Ok(ok(json!({
            "DashboardArn": self.dashboard_arn(id),
            "DashboardId": id,
            "Permissions": permissions,
        })))
    }

    pub(super) fn describe_analysis_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let analysis = self.analysis(&self.env.store.read()?, input.text("AnalysisId"))?;
        Ok(ok(json!({
            "AnalysisArn": self.analysis_arn(&analysis.id),
            "AnalysisId": analysis.id,
            "Permissions": analysis.permissions,
        })))
    }

    pub(super) fn update_analysis_permissions(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("AnalysisId");
        let permissions = self.env.store.write(|tx| {
            let mut analysis = self.analysis(tx, id)?;
            analysis.permissions = self.changed(tx, Shared::Analysis, analysis.permissions, input)?;
            ANALYSES.put(tx, id, &analysis)?;
            Ok::<_, AwsError>(analysis.permissions)
        })?;
        Ok(ok(json!({
            "AnalysisArn": self.analysis_arn(id),
            "AnalysisId": id,
            "Permissions": permissions,
        })))
    }
}
