//! In-place changes of a workgroup: one parameter a request, each waited for.
//!
//! "You can't update multiple parameters in one request"
//! (<https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html>).

use aws_sdk_redshiftserverless::operation::update_workgroup::builders::UpdateWorkgroupFluentBuilder as Request;
use aws_sdk_redshiftserverless::types as serverless;
use tokio::time::Instant;

use super::workgroup::{ConfigParameter, NO_LIMIT, Properties, live_properties, status};
use super::{NOT_CHANGED, SERVICE, SETTLES, waiting};
use crate::aws::{failure, wait_until};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::Scope;
use crate::resources::ownership::Tags;

/// One parameter of UpdateWorkgroup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    BaseCapacity,
    MaxCapacity,
    ConfigParameters,
    EnhancedVpcRouting,
    Port,
    PricePerformanceTarget,
    PubliclyAccessible,
    SecurityGroupIds,
    SubnetIds,
    TrackName,
}

use Change::*;

/// What differs between `live` and `wanted`, both normalised, in an order that the service takes.
///
/// The base capacity may never be above the maximum, not even between two requests
/// (hashicorp/terraform-provider-aws#36030). A target switched on comes before the capacity that it makes moot.
pub(super) fn changes(live: &Properties, wanted: &Properties) -> Vec<Change> {
    let room = live.max_capacity.unwrap_or(NO_LIMIT);
    let base_fits = room == NO_LIMIT || wanted.base_capacity.is_none_or(|base| base <= room);
    let capacities = if base_fits {
        [BaseCapacity, MaxCapacity]
    } else {
        [MaxCapacity, BaseCapacity]
    };
    let others = [
        ConfigParameters,
        EnhancedVpcRouting,
        Port,
        PubliclyAccessible,
        SecurityGroupIds,
        SubnetIds,
        TrackName,
    ];
    let all = [PricePerformanceTarget].into_iter().chain(capacities).chain(others);
    all.filter(|change| !change.shown_by(live, wanted)).collect()
}

impl Change {
    /// Whether `live` is as `wanted` in this respect; what the configs leave to the service always is.
    fn shown_by(self, live: &Properties, wanted: &Properties) -> bool {
        fn same<T: PartialEq>(live: &Option<T>, wanted: &Option<T>) -> bool {
            wanted.is_none() || live == wanted
        }
        match self {
            BaseCapacity => same(&live.base_capacity, &wanted.base_capacity),
            MaxCapacity => live.max_capacity.unwrap_or(NO_LIMIT) == wanted.max_capacity.unwrap_or(NO_LIMIT),
            ConfigParameters => wanted
                .config_parameters
                .iter()
                .all(|parameter| live.config_parameters.contains(parameter)),
            EnhancedVpcRouting => same(&live.enhanced_vpc_routing, &wanted.enhanced_vpc_routing),
            Port => same(&live.port, &wanted.port),
            PricePerformanceTarget => match (&live.price_performance_target, &wanted.price_performance_target) {
                (Some(live), Some(wanted)) => same(&live.status, &wanted.status) && same(&live.level, &wanted.level),
                (None, Some(wanted)) => wanted.status.as_deref() == Some("DISABLED"),
                (_, None) => true,
            },
            PubliclyAccessible => same(&live.publicly_accessible, &wanted.publicly_accessible),
            SecurityGroupIds => same(&live.security_group_ids, &wanted.security_group_ids),
            SubnetIds => same(&live.subnet_ids, &wanted.subnet_ids),
            TrackName => same(&live.track_name, &wanted.track_name),
        }
    }

    /// `parameters` are the live ones: a request lists them all.
    fn request(self, request: Request, parameters: &[serverless::ConfigParameter], wanted: &Properties) -> Request {
        match self {
            BaseCapacity => request.set_base_capacity(wanted.base_capacity),
            MaxCapacity => request.set_max_capacity(wanted.max_capacity),
            ConfigParameters => request.set_config_parameters(Some(overlaid(parameters, &wanted.config_parameters))),
            EnhancedVpcRouting => request.set_enhanced_vpc_routing(wanted.enhanced_vpc_routing),
            Port => request.set_port(wanted.port),
            PricePerformanceTarget => request
                .set_price_performance_target(wanted.price_performance_target.as_ref().map(|target| target.sdk())),
            PubliclyAccessible => request.set_publicly_accessible(wanted.publicly_accessible),
            SecurityGroupIds => request.set_security_group_ids(wanted.security_group_ids.clone()),
            SubnetIds => request.set_subnet_ids(wanted.subnet_ids.clone()),
            TrackName => request.set_track_name(wanted.track_name.clone()),
        }
    }
}

/// The live parameters with the wanted values in their places, then those that are new.
fn overlaid(live: &[serverless::ConfigParameter], wanted: &[ConfigParameter]) -> Vec<serverless::ConfigParameter> {
    let known = |key: Option<&str>| {
        wanted
            .iter()
            .any(|parameter| Some(parameter.parameter_key.as_str()) == key)
    };
    let kept = live.iter().filter(|parameter| !known(parameter.parameter_key()));
    kept.cloned().chain(wanted.iter().map(ConfigParameter::sdk)).collect()
}

/// Brings what differs, one request after another. Tags are not its business.
pub(super) async fn apply(
    scope: &Scope,
    name: &str,
    live: &Properties,
    parameters: Vec<serverless::ConfigParameter>,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    for change in changes(live, wanted) {
        let request = scope
            .clients
            .redshift_serverless
            .update_workgroup()
            .workgroup_name(name);
        let request = change.request(request, &parameters, wanted);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "UpdateWorkgroup", name, e))
        };
        scope.retrying(cx, call).await?;
        settled(scope, name, change, wanted, cx).await?;
    }
    Ok(())
}

/// Waits until the workgroup is AVAILABLE and shows the change, for it may read AVAILABLE before it starts. What it
/// does not show after a while, it spells differently: the read-back will tell.
async fn settled(scope: &Scope, name: &str, change: Change, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let asked = Instant::now();
    wait_until(waiting("GetWorkgroup", name), &|state| cx.report(state), async || {
        let mut status = status(scope, name).await?;
        if let Some(workgroup) = status.value.take().filter(|_| status.state == "AVAILABLE") {
            let mut live = live_properties(workgroup, wanted, &Tags::new());
            live.security_group_ids.iter_mut().for_each(|ids| ids.sort());
            live.subnet_ids.iter_mut().for_each(|ids| ids.sort());
            if !change.shown_by(&live, wanted) && asked.elapsed() < SETTLES {
                status.state = NOT_CHANGED.into();
            }
        }
        Ok(status)
    })
    .await?;
    Ok(())
}
