//! Where QuickSight shows a dashboard.

use crate::cli::session::Session;

/// The dashboard's address in the console, on AWS itself
/// (<https://docs.aws.amazon.com/quicksight/latest/user/embedded-analytics-1-click-private.html> shows the form).
pub(in crate::cli) fn quicksight(session: &Session, dashboard_id: Option<&str>) -> Option<String> {
    if session.is_embedded() || session.clients.emulated {
        return None;
    }
    let region = &session.project.environment.region;
    let id = dashboard_id?;
    Some(format!("https://{region}.quicksight.aws.amazon.com/sn/dashboards/{id}"))
}
