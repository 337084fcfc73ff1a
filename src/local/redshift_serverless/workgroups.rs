//! CreateWorkgroup, GetWorkgroup, ListWorkgroups, DeleteWorkgroup.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::RedshiftServerless;
use super::capacity::{self, DEFAULT_BASE};
use super::constraints::{self, Tag, constrain};
use super::errors::{conflict, validation, workgroup_busy};
use super::model::{Settings, Transition, USAGE_LIMITS, WORKGROUPS, Workgroup, WorkgroupStatus};
use super::namespaces::required_name;
use super::paging::page;
use super::parameters::{self, ConfigParameter};
use crate::local::error::AwsError;
use crate::local::store::Reads;

/// Source: Redshift management guide, "Quotas for Amazon Redshift Serverless".
const MAX_WORKGROUPS: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateWorkgroup {
    base_capacity: Option<i64>,
    #[serde(default)]
    config_parameters: Vec<ConfigParameter>,
    enhanced_vpc_routing: Option<bool>,
    ip_address_type: Option<String>,
    max_capacity: Option<i64>,
    namespace_name: Option<String>,
    port: Option<i64>,
    price_performance_target: Option<PerformanceTarget>,
    publicly_accessible: Option<bool>,
    #[serde(default)]
    security_group_ids: Vec<String>,
    #[serde(default)]
    subnet_ids: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    track_name: Option<String>,
    workgroup_name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PerformanceTarget {
    level: Option<i64>,
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WorkgroupName {
    workgroup_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListWorkgroups {
    max_results: Option<i64>,
    next_token: Option<String>,
    owner_account: Option<String>,
}

impl PerformanceTarget {
    /// The level, if the target is on: 1, 25, 50, 75 or 100.
    pub fn checked(&self) -> Result<Option<i64>, AwsError> {
        constrain(|constraints| {
            if let Some(status) = &self.status {
                constraints.one_of("pricePerformanceTarget.status", status, &["ENABLED", "DISABLED"]);
            }
            if let Some(level) = self.level {
                constraints.range("pricePerformanceTarget.level", level, 1, 100);
            }
        })?;
        if self.status.as_deref() == Some("DISABLED") {
            return Ok(None);
        }
        let level = self.level.unwrap_or(50);
        match [1, 25, 50, 75, 100].contains(&level) {
            true => Ok(Some(level)),
            false => Err(validation(format!(
                "Invalid price performance target level {level}. Valid values include 1, 25, 50, 75, and 100."
            ))),
        }
    }
}

pub(super) fn check_ip_address_type(kind: &str) -> Result<(), AwsError> {
    let matches = ["ipv4", "dualstack"].contains(&kind);
    constrain(|constraints| constraints.pattern("ipAddressType", kind, "^(ipv4|dualstack)$", matches))
}

pub(super) fn check_track(track: &str) -> Result<(), AwsError> {
    constrain(|constraints| {
        let matches = track.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        constraints.pattern("trackName", track, "^[a-zA-Z0-9_]+$", matches);
        constraints.length("trackName", track, 1, 256);
    })?;
    match ["current", "trailing"].contains(&track) {
        true => Ok(()),
        false => Err(validation(format!(
            "Track {track} is not valid. Tracks are current and trailing."
        ))),
    }
}

/// Subnets and security groups have ids of the right form.
pub(super) fn check_ids(kind: &str, prefix: &str, ids: &[String]) -> Result<(), AwsError> {
    match ids.iter().find(|id| !id.starts_with(prefix)) {
        None => Ok(()),
        Some(wrong) => Err(validation(format!("Invalid {kind} ID: {wrong}"))),
    }
}

impl RedshiftServerless {
    pub(super) fn create_workgroup(&self, input: CreateWorkgroup) -> Result<Value, AwsError> {
        let (name, namespace) = (input.workgroup_name.clone(), input.namespace_name.clone());
        constrain(|constraints| {
            constraints.required("workgroupName", &name);
            constraints.required("namespaceName", &namespace);
            for (member, name) in [("workgroupName", &name), ("namespaceName", &namespace)] {
                if let Some(name) = name {
                    constraints::name(constraints, member, name);
                }
            }
        })?;
        let now = self.env.now();
        let tags = constraints::tags(&input.tags)?;
        let workgroup = Workgroup {
            name: name.unwrap_or_default(),
            id: Uuid::new_v4().to_string(),
            namespace: namespace.unwrap_or_default(),
            settings: settings(input)?,
            pending: None,
            created: now,
            transition: Some(Transition::new(
                WorkgroupStatus::Creating,
                now,
                self.env.options.timing.warehouse_create,
            )),
            tags,
        };
        self.env.store.write(|tx| {
            self.check_new_workgroup(tx, &workgroup)?;
            WORKGROUPS.put(tx, &workgroup.name, &workgroup).map_err(AwsError::from)
        })?;
        Ok(json!({"workgroup": self.workgroup_json(&workgroup)}))
    }

    fn check_new_workgroup(&self, tx: &impl Reads, new: &Workgroup) -> Result<(), AwsError> {
        let namespace = self.namespace(tx, &new.namespace)?;
        if namespace.status(self.env.now()) == super::NamespaceStatus::Deleting {
            return Err(super::errors::namespace_busy());
        }
        let workgroups = self.workgroups(tx)?;
        if workgroups.iter().any(|workgroup| workgroup.name == new.name) {
            return Err(conflict(format!("Serverless workgroup {} already exists.", new.name)));
        }
        // "multiple workgroups cannot be associated with a namespace"
        if let Some(other) = workgroups.iter().find(|workgroup| workgroup.namespace == new.namespace) {
            return Err(conflict(format!(
                "Namespace {} is already associated with workgroup {}.",
                new.namespace, other.name
            )));
        }
        match workgroups.len() < MAX_WORKGROUPS {
            true => Ok(()),
            false => Err(validation(format!(
                "The account has the maximum number of workgroups: {MAX_WORKGROUPS}."
            ))),
        }
    }

    pub(super) fn get_workgroup(&self, input: &WorkgroupName) -> Result<Value, AwsError> {
        let name = required_name("workgroupName", input.workgroup_name.clone())?;
        let workgroup = self.workgroup(&self.env.store.read()?, &name)?;
        Ok(json!({"workgroup": self.workgroup_json(&workgroup)}))
    }

    pub(super) fn list_workgroups(&self, input: &ListWorkgroups) -> Result<Value, AwsError> {
        let ours = input
            .owner_account
            .as_deref()
            .is_none_or(|owner| owner == self.env.account());
        let all = self.workgroups(&self.env.store.read()?)?.into_iter();
        let shown = all
            .filter(|_| ours)
            .map(|workgroup| (workgroup.name.clone(), workgroup));
        let (workgroups, next) = page(shown, input.max_results, input.next_token.as_deref())?;
        let workgroups: Vec<_> = workgroups
            .iter()
            .map(|workgroup| self.workgroup_json(workgroup))
            .collect();
        let mut answer = json!({"workgroups": workgroups});
        if let Some(next) = next {
            answer["nextToken"] = json!(next);
        }
        Ok(answer)
    }

    pub(super) fn delete_workgroup(&self, input: &WorkgroupName) -> Result<Value, AwsError> {
        let name = required_name("workgroupName", input.workgroup_name.clone())?;
        let now = self.env.now();
        let deleted = self.env.store.write(|tx| {
            let mut workgroup = self.workgroup(tx, &name)?;
            if workgroup.status(now) != WorkgroupStatus::Available {
                return Err(workgroup_busy());
            }
            let lasts = self.env.options.timing.warehouse_delete;
            workgroup.transition = Some(Transition::new(WorkgroupStatus::Deleting, now, lasts));
            WORKGROUPS.put(tx, &name, &workgroup)?;
            let arn = self.workgroup_arn(&workgroup.id);
            for (id, _) in USAGE_LIMITS
                .all(tx, "")?
                .iter()
                .filter(|(_, limit)| limit.resource == arn)
            {
                USAGE_LIMITS.remove(tx, id)?;
            }
            Ok::<_, AwsError>(workgroup)
        })?;
        Ok(json!({"workgroup": self.workgroup_json(&deleted)}))
    }
}

fn settings(input: CreateWorkgroup) -> Result<Settings, AwsError> {
    if input.base_capacity.is_some()
        && input
            .price_performance_target
            .as_ref()
            .is_some_and(|target| target.status.as_deref() != Some("DISABLED"))
    {
        return Err(validation(
            "You can't specify both baseCapacity and an enabled pricePerformanceTarget.",
        ));
    }
    let base_capacity = input.base_capacity.unwrap_or(DEFAULT_BASE);
    capacity::check_base(base_capacity)?;
    let max = input.max_capacity.map(|max| capacity::check_max(max, base_capacity));
    let mut config_parameters = parameters::defaults();
    parameters::apply(&mut config_parameters, input.config_parameters)?;
    check_ids("subnet", "subnet-", &input.subnet_ids)?;
    check_ids("security group", "sg-", &input.security_group_ids)?;
    let ip_address_type = input.ip_address_type.unwrap_or_else(|| "ipv4".to_owned());
    check_ip_address_type(&ip_address_type)?;
    let track = input.track_name.unwrap_or_else(|| "current".to_owned());
    check_track(&track)?;
    let target = input.price_performance_target.as_ref().map(PerformanceTarget::checked);
    Ok(Settings {
        base_capacity,
        max_capacity: max.transpose()?.flatten(),
        config_parameters,
        enhanced_vpc_routing: input.enhanced_vpc_routing.unwrap_or(false),
        publicly_accessible: input.publicly_accessible.unwrap_or(false),
        port: constraints::port(input.port.unwrap_or(5439))?,
        security_groups: input.security_group_ids,
        subnets: input.subnet_ids,
        performance: target.transpose()?.flatten(),
        ip_address_type,
        track,
    })
}
