//! UpdateWorkgroup: "You can't update multiple parameters in one request. For example, you can update baseCapacity or
//! port in a single request, but you can't update both in the same request."

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::capacity;
use super::constraints;
use super::errors::{many_settings, validation, workgroup_busy};
use super::model::{Settings, Transition, WORKGROUPS, WorkgroupStatus};
use super::namespaces::required_name;
use super::parameters::{self, ConfigParameter};
use super::workgroups::{PerformanceTarget, check_ids, check_ip_address_type, check_track};
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateWorkgroup {
    base_capacity: Option<i64>,
    config_parameters: Option<Vec<ConfigParameter>>,
    enhanced_vpc_routing: Option<bool>,
    ip_address_type: Option<String>,
    max_capacity: Option<i64>,
    port: Option<i64>,
    price_performance_target: Option<PerformanceTarget>,
    publicly_accessible: Option<bool>,
    security_group_ids: Option<Vec<String>>,
    subnet_ids: Option<Vec<String>>,
    track_name: Option<String>,
    workgroup_name: Option<String>,
}

impl UpdateWorkgroup {
    /// One setting a call; the service counts those that are given, changed or not.
    fn check_single(&self, name: &str) -> Result<(), AwsError> {
        let given = [
            self.base_capacity.is_some(),
            self.config_parameters.is_some(),
            self.enhanced_vpc_routing.is_some(),
            self.ip_address_type.is_some(),
            self.max_capacity.is_some(),
            self.port.is_some(),
            self.price_performance_target.is_some(),
            self.publicly_accessible.is_some(),
            self.security_group_ids.is_some(),
            self.subnet_ids.is_some(),
            self.track_name.is_some(),
        ];
        match given.iter().filter(|given| **given).count() {
            0 => Err(validation(format!(
                "No configuration to update was given for workgroup {name}."
            ))),
            1 => Ok(()),
            _ => Err(many_settings("workgroup", name)),
        }
    }

    fn apply(self, to: &mut Settings) -> Result<(), AwsError> {
        if let Some(base) = self.base_capacity {
            capacity::check_base(base)?;
            if let Some(max) = to.max_capacity {
                capacity::check_max(max, base)?;
            }
            to.base_capacity = base;
        }
        if let Some(max) = self.max_capacity {
            if max == -1 && to.max_capacity.is_none() {
                return Err(validation("The workgroup has no max capacity to remove."));
            }
            to.max_capacity = capacity::check_max(max, to.base_capacity)?;
        }
        if let Some(given) = self.config_parameters {
            parameters::apply(&mut to.config_parameters, given)?;
        }
        if let Some(target) = self.price_performance_target {
            to.performance = target.checked()?;
        }
        if let Some(port) = self.port {
            to.port = constraints::port(port)?;
        }
        if let Some(kind) = self.ip_address_type {
            check_ip_address_type(&kind)?;
            to.ip_address_type = kind;
        }
        if let Some(track) = self.track_name {
            check_track(&track)?;
            to.track = track;
        }
        if let Some(subnets) = self.subnet_ids {
            check_ids("subnet", "subnet-", &subnets)?;
            to.subnets = subnets;
        }
        if let Some(groups) = self.security_group_ids {
            check_ids("security group", "sg-", &groups)?;
            to.security_groups = groups;
        }
        to.enhanced_vpc_routing = self.enhanced_vpc_routing.unwrap_or(to.enhanced_vpc_routing);
        to.publicly_accessible = self.publicly_accessible.unwrap_or(to.publicly_accessible);
        Ok(())
    }
}

impl RedshiftServerless {
    /// The workgroup is MODIFYING, and shows the old setting, until the new one holds.
    pub(super) fn update_workgroup(&self, input: UpdateWorkgroup) -> Result<Value, AwsError> {
        let name = required_name("workgroupName", input.workgroup_name.clone())?;
        input.check_single(&name)?;
        let now = self.env.now();
        let changed = self.env.store.write(|tx| {
            let mut workgroup = self.workgroup(tx, &name)?;
            if workgroup.status(now) != WorkgroupStatus::Available {
                return Err(workgroup_busy());
            }
            let mut next = workgroup.settings.clone();
            input.apply(&mut next)?;
            workgroup.pending = Some(next);
            let lasts = self.env.options.timing.warehouse_modify;
            workgroup.transition = Some(Transition::new(WorkgroupStatus::Modifying, now, lasts));
            WORKGROUPS.put(tx, &name, &workgroup)?;
            Ok::<_, AwsError>(workgroup)
        })?;
        Ok(json!({"workgroup": self.workgroup_json(&changed)}))
    }
}
