//! Who may do what with a resource: checks of the principals and actions that a request grants, and the change itself.

use crate::local::error::AwsError;
use crate::local::store::Reads;

use super::QuickSight;
use super::errors::invalid;
use super::model::{Permission, USERS, user_key};

/// What can be shared, with the actions that may be granted on it.
/// Source: "Actions" of ResourcePermission in the API reference, and the owner and viewer sets that the console grants.
#[derive(Clone, Copy)]
pub(super) enum Shared {
    DataSource,
    DataSet,
    Dashboard,
    Analysis,
}

impl Shared {
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::DataSource => &[
                "DescribeDataSource",
                "DescribeDataSourcePermissions",
                "PassDataSource",
                "UpdateDataSource",
                "DeleteDataSource",
                "UpdateDataSourcePermissions",
            ],
            Self::DataSet => &[
                "DescribeDataSet",
                "DescribeDataSetPermissions",
                "PassDataSet",
                "DescribeIngestion",
                "ListIngestions",
                "UpdateDataSet",
                "DeleteDataSet",
                "CreateIngestion",
                "CancelIngestion",
                "UpdateDataSetPermissions",
                "CreateRefreshSchedule",
                "DescribeRefreshSchedule",
                "ListRefreshSchedules",
                "UpdateRefreshSchedule",
                "DeleteRefreshSchedule",
                "PutDataSetRefreshProperties",
                "DescribeDataSetRefreshProperties",
                "DeleteDataSetRefreshProperties",
            ],
            Self::Dashboard => &[
                "DescribeDashboard",
                "ListDashboardVersions",
                "QueryDashboard",
                "UpdateDashboard",
                "DeleteDashboard",
                "DescribeDashboardPermissions",
                "UpdateDashboardPermissions",
                "UpdateDashboardPublishedVersion",
                "UpdateDashboardLinks",
            ],
            Self::Analysis => &[
                "DescribeAnalysis",
                "QueryAnalysis",
                "UpdateAnalysis",
                "DeleteAnalysis",
                "RestoreAnalysis",
                "DescribeAnalysisPermissions",
                "UpdateAnalysisPermissions",
            ],
        }
    }

    /// "The ARN of a user or group associated with a data source or dataset; of a user, group, or namespace associated
    /// with an analysis, dashboard, template, or theme." Source: ResourcePermission's API reference.
    fn takes_namespaces(self) -> bool {
        matches!(self, Self::Dashboard | Self::Analysis)
    }
}

impl QuickSight {
    /// Refuses principals that do not exist and actions that the resource does not have.
    pub(super) fn check_permissions(
        &self,
        tx: &impl Reads,
        shared: Shared,
        permissions: &[Permission],
    ) -> Result<(), AwsError> {
        for permission in permissions {
            self.check_principal(tx, shared, &permission.principal)?;
            check_actions(shared, &permission.actions)?;
        }
        Ok(())
    }

    fn check_principal(&self, tx: &impl Reads, shared: Shared, arn: &str) -> Result<(), AwsError> {
        let wrong = |why: &str| invalid(format!("Principal {arn} is not valid: {why}"));
        let Some(resource) = arn.strip_prefix(&self.arn("")) else {
            return Err(wrong("it is not an ARN of QuickSight in this account and region"));
        };
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        match (kind, rest.split_once('/')) {
            ("user", Some((namespace, name))) => match USERS.get(tx, &user_key(namespace, name))? {
                Some(_) => Ok(()),
                None => Err(wrong("there is no such user")),
            },
            ("group", _) => Err(wrong("there is no such group")),
            ("namespace", None) if !shared.takes_namespaces() => Err(wrong(
                "data sources and data sets are shared with users and groups only",
            )),
            ("namespace", None) if rest == super::account::DEFAULT => Ok(()),
            ("namespace", None) => Err(wrong("there is no such namespace")),
            _ => Err(wrong("it is neither a user nor a group")),
        }
    }
}

fn check_actions(shared: Shared, actions: &[String]) -> Result<(), AwsError> {
    let known = shared.actions();
    let is_known = |action: &String| {
        let name = action.strip_prefix("quicksight:");
        name.is_some_and(|name| known.contains(&name))
    };
    match actions.iter().find(|action| !is_known(action)) {
        None => Ok(()),
        Some(action) => Err(invalid(format!(
            "Action {action} is not valid for this resource; it has {}",
            known
                .iter()
                .map(|name| format!("quicksight:{name}"))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

/// Adds what is granted and takes away what is revoked. A principal left without actions is left out.
pub(super) fn change(permissions: &mut Vec<Permission>, grant: Vec<Permission>, revoke: &[Permission]) {
    for granted in grant {
        match permissions.iter_mut().find(|it| it.principal == granted.principal) {
            Some(found) => {
                let new = granted
                    .actions
                    .into_iter()
                    .filter(|action| !found.actions.contains(action));
                let new: Vec<_> = new.collect();
                found.actions.extend(new);
            }
            None => permissions.push(granted),
        }
    }
    for revoked in revoke {
        if let Some(found) = permissions.iter_mut().find(|it| it.principal == revoked.principal) {
            found.actions.retain(|action| !revoked.actions.contains(action));
        }
    }
    permissions.retain(|permission| !permission.actions.is_empty());
}
