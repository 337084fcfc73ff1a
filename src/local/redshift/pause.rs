//! PauseCluster, ResumeCluster, RebootCluster.

use std::time::Duration;

use super::Redshift;
use super::errors::invalid_state;
use super::input::Input;
use super::model::{Status, Transition};
use crate::local::error::AwsError;
use crate::local::query::Params;

impl Redshift {
    pub(super) fn pause_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let lasts = self.env.options.timing.warehouse_modify;
        self.turn("PauseCluster", params, Status::Available, Status::Pausing, lasts)
    }

    pub(super) fn resume_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let lasts = self.env.options.timing.warehouse_create;
        self.turn("ResumeCluster", params, Status::Paused, Status::Resuming, lasts)
    }

    pub(super) fn reboot_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let lasts = self.env.options.timing.warehouse_modify;
        self.turn("RebootCluster", params, Status::Available, Status::Rebooting, lasts)
    }

    fn turn(
        &self,
        action: &str,
        params: &Params,
        from: Status,
        to: Status,
        lasts: Duration,
    ) -> Result<String, AwsError> {
        let input = Input::of(action, params, &["ClusterIdentifier"])?;
        let id = input.required("ClusterIdentifier")?;
        let now = self.env.now();
        self.change_cluster(id, |_, cluster| {
            let status = cluster.status(now);
            if status != from {
                return Err(invalid_state(format!(
                    "{action} is not possible for cluster {id}: it must be {}, and it is {}.",
                    from.name(),
                    status.name()
                )));
            }
            cluster.transition = Some(Transition::new(to, now, lasts));
            Ok(())
        })
    }
}
