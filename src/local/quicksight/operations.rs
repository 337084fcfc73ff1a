//! Which operation is which function.

use crate::local::error::AwsError;
use crate::local::json::unknown_operation;
use crate::local::rest::{Input, Reply};

use super::QuickSight;
use super::errors::access_denied;

impl QuickSight {
    pub(super) async fn operate(&self, operation: &str, input: &Input) -> Result<Reply, AwsError> {
        self.check_account(input)?;
        match operation {
            "CreateDataSource" => self.create_data_source(input).await,
            "UpdateDataSource" => self.update_data_source(input).await,
            _ => self
                .data(operation, input)
                .or_else(|| self.shown(operation, input))
                .or_else(|| self.administration(operation, input))
                .unwrap_or_else(|| Err(unknown_operation(operation))),
        }
    }

    /// A caller's credentials are those of one account.
    fn check_account(&self, input: &Input) -> Result<(), AwsError> {
        match input.optional("AwsAccountId") {
            Some(account) if account != self.env.account() => Err(access_denied(format!(
                "The credentials are not of account {account}; the embedded AWS is account {}",
                self.env.account()
            ))),
            _ => Ok(()),
        }
    }

    /// Data sources, data sets, ingestions, refresh schedules.
    fn data(&self, operation: &str, input: &Input) -> Option<Result<Reply, AwsError>> {
        Some(match operation {
            "DescribeDataSource" => self.describe_data_source(input),
            "DeleteDataSource" => self.delete_data_source(input),
            "ListDataSources" => self.list_data_sources(input),
            "SearchDataSources" => self.search_data_sources(input),
            "DescribeDataSourcePermissions" => self.describe_data_source_permissions(input),
            "UpdateDataSourcePermissions" => self.update_data_source_permissions(input),
            "CreateDataSet" => self.create_data_set(input),
            "UpdateDataSet" => self.update_data_set(input),
            "DescribeDataSet" => self.describe_data_set(input),
            "DeleteDataSet" => self.delete_data_set(input),
            "ListDataSets" => self.list_data_sets(input),
            "SearchDataSets" => self.search_data_sets(input),
            "DescribeDataSetPermissions" => self.describe_data_set_permissions(input),
            "UpdateDataSetPermissions" => self.update_data_set_permissions(input),
            "CreateIngestion" => self.create_ingestion(input),
            "DescribeIngestion" => self.describe_ingestion(input),
            "ListIngestions" => self.list_ingestions(input),
            "CancelIngestion" => self.cancel_ingestion(input),
            "CreateRefreshSchedule" => self.create_refresh_schedule(input),
            "DescribeRefreshSchedule" => self.describe_refresh_schedule(input),
            "UpdateRefreshSchedule" => self.update_refresh_schedule(input),
            "ListRefreshSchedules" => self.list_refresh_schedules(input),
            "DeleteRefreshSchedule" => self.delete_refresh_schedule(input),
            _ => return None,
        })
    }

    /// Dashboards and analyses.
    fn shown(&self, operation: &str, input: &Input) -> Option<Result<Reply, AwsError>> {
        Some(match operation {
            "CreateDashboard" => self.create_dashboard(input),
            "UpdateDashboard" => self.update_dashboard(input),
            "UpdateDashboardPublishedVersion" => self.publish_dashboard(input),
            "DescribeDashboard" => self.describe_dashboard(input),
            "DescribeDashboardDefinition" => self.describe_dashboard_definition(input),
            "ListDashboardVersions" => self.list_dashboard_versions(input),
            "ListDashboards" => self.list_dashboards(input),
            "SearchDashboards" => self.search_dashboards(input),
            "DeleteDashboard" => self.delete_dashboard(input),
            "DescribeDashboardPermissions" => self.describe_dashboard_permissions(input),
            "UpdateDashboardPermissions" => self.update_dashboard_permissions(input),
            "StartDashboardSnapshotJob" => self.start_snapshot(input),
            "CreateAnalysis" => self.create_analysis(input),
            "UpdateAnalysis" => self.update_analysis(input),
            "DescribeAnalysis" => self.describe_analysis(input),
            "DescribeAnalysisDefinition" => self.describe_analysis_definition(input),
            "ListAnalyses" => self.list_analyses(input),
            "SearchAnalyses" => self.search_analyses(input),
            "DeleteAnalysis" => self.delete_analysis(input),
            "RestoreAnalysis" => self.restore_analysis(input),
            "DescribeAnalysisPermissions" => self.describe_analysis_permissions(input),
            "UpdateAnalysisPermissions" => self.update_analysis_permissions(input),
            _ => return None,
        })
    }

    /// The account, its users, tags.
    fn administration(&self, operation: &str, input: &Input) -> Option<Result<Reply, AwsError>> {
        Some(match operation {
            "DescribeAccountSubscription" => Ok(self.describe_subscription()),
            "DescribeAccountSettings" => Ok(self.describe_settings()),
            "DescribeNamespace" => self.describe_namespace(input),
            "ListNamespaces" => self.list_namespaces(input),
            "DescribeUser" => self.describe_user(input),
            "ListUsers" => self.list_users(input),
            "RegisterUser" => self.register_user(input),
            "DeleteUser" => self.delete_user(input),
            "TagResource" => self.tag_resource(input),
            "UntagResource" => self.untag_resource(input),
            "ListTagsForResource" => self.list_tags(input),
            _ => return None,
        })
    }
}
