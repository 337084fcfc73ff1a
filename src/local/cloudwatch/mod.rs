//! CloudWatch: metrics that the services of the embedded AWS count of their work and that anybody puts, alarms on
//! them, dashboards.
//!
//! What is kept: one minute is the finest resolution, and data are kept for 15 days, as long as AWS keeps data of one
//! minute; AWS's coarser copies for 63 days and 15 months are not made. Alarms are evaluated once a minute while the
//! embedded AWS is served, and whenever somebody asks for them, so that a process that ends in between sees the truth,
//! too. Their actions are not carried out, and the alarm's history says so.

mod alarms;
mod dashboards;
mod fault;
mod input;
mod metrics;
mod operations;
mod tags;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};

use self::alarms::Clock;
use self::fault::Fault;
use self::wire::{Input, Item};
pub(crate) use self::wire::{TARGET, VERSION};
use super::env::Env;
use super::error::AwsError;

/// The service.
pub(crate) struct CloudWatch {
    env: Arc<Env>,
    clock: Clock,
    me: Weak<Self>,
}

impl CloudWatch {
    pub fn new(env: Arc<Env>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            env,
            clock: Clock::new(),
            me: me.clone(),
        })
    }

    /// Evaluates alarms once a minute from now on, until [`Self::stop`]. Needs a tokio runtime.
    pub fn start(&self) {
        self.clock.start(self.me.clone());
    }

    /// Ends the evaluation and stores what the services have counted.
    pub async fn stop(&self) {
        self.clock.stop().await;
        if let Err(error) = self.take_meters() {
            tracing::warn!(%error, "the last metrics could not be stored");
        }
    }

    /// Runs an operation.
    fn run(&self, operation: &str, input: Input) -> Result<Item, Fault> {
        let nothing = |()| Item::None;
        match operation {
            "PutMetricData" => self.put_metric_data(input.parse()?).map(nothing),
            "ListMetrics" => self.list_metrics(&input.parse()?),
            "GetMetricData" => self.get_metric_data(&input.parse()?),
            "GetMetricStatistics" => self.get_metric_statistics(&input.parse()?),
            "PutMetricAlarm" => self.put_metric_alarm(input.parse()?).map(nothing),
            "DescribeAlarms" => self.describe_alarms(&input.parse()?),
            "DescribeAlarmsForMetric" => self.describe_alarms_for_metric(input.parse()?),
            "DescribeAlarmHistory" => self.describe_alarm_history(&input.parse()?),
            "DeleteAlarms" => self.delete_alarms(&input.parse()?).map(nothing),
            "SetAlarmState" => self.set_alarm_state(input.parse()?).map(nothing),
            "EnableAlarmActions" => self.set_actions(&input.parse()?, true).map(nothing),
            "DisableAlarmActions" => self.set_actions(&input.parse()?, false).map(nothing),
            "PutDashboard" => self.put_dashboard(input.parse()?),
            "GetDashboard" => self.get_dashboard(&input.parse()?),
            "ListDashboards" => self.list_dashboards(&input.parse()?),
            "DeleteDashboards" => self.delete_dashboards(&input.parse()?),
            "TagResource" => self.tag_resource(input.parse()?),
            "UntagResource" => self.untag_resource(&input.parse()?),
            "ListTagsForResource" => self.list_tags(&input.parse()?),
            known if operations::NOT_HERE.binary_search(&known).is_ok() => {
                Err(AwsError::not_implemented(format_args!("CloudWatch's {known}")).into())
            }
            // botocore's answer of a service to an Action that it has never heard of.
            _ => Err(AwsError::bad_request(
                "InvalidAction",
                format!("Could not find operation {operation} for version {VERSION}"),
            )
            .into()),
        }
    }
}
