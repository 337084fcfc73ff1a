//! `AWS::RedshiftServerless::Workgroup`: the compute of a serverless warehouse.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshiftserverless-workgroup.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_redshiftserverless::types as serverless;
use serde::{Deserialize, Serialize};

use super::{NOT_VISIBLE, SERVICE, condition, sdk_tags, tag, tags, waiting, workgroup_changes};
use crate::aws::{self, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found, system_time};
use crate::resources::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;

/// <https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html>
const DEFAULT_CAPACITY: i32 = 128;
/// What UpdateWorkgroup takes for "no limit"; GetWorkgroup then shows none.
pub(super) const NO_LIMIT: i32 = -1;
const DEFAULT_PORT: i32 = 5439;
const DEFAULT_TRACK: &str = "current";

/// Left out: what restores a snapshot or recovery point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    workgroup_name: Option<String>,
    namespace_name: Option<String>,
    /// RPUs.
    pub(super) base_capacity: Option<i32>,
    /// RPUs; [`NO_LIMIT`] where there is none.
    pub(super) max_capacity: Option<i32>,
    /// Only those the configs name are compared: the service adds its own.
    pub(super) config_parameters: Vec<ConfigParameter>,
    pub(super) enhanced_vpc_routing: Option<bool>,
    pub(super) port: Option<i32>,
    pub(super) price_performance_target: Option<PerformanceTarget>,
    pub(super) publicly_accessible: Option<bool>,
    /// Without them the service takes those of the default VPC.
    pub(super) security_group_ids: Option<Vec<String>>,
    pub(super) subnet_ids: Option<Vec<String>>,
    pub(super) track_name: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct ConfigParameter {
    pub parameter_key: String,
    pub parameter_value: String,
}

impl ConfigParameter {
    pub(super) fn sdk(&self) -> serverless::ConfigParameter {
        serverless::ConfigParameter::builder()
            .parameter_key(&self.parameter_key)
            .parameter_value(&self.parameter_value)
            .build()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct PerformanceTarget {
    pub status: Option<String>,
    pub level: Option<i32>,
}

impl PerformanceTarget {
    fn enabled(&self) -> bool {
        self.status.as_deref() == Some("ENABLED")
    }

    pub(super) fn sdk(&self) -> serverless::PerformanceTarget {
        serverless::PerformanceTarget::builder()
            .set_status(self.status.as_deref().map(Into::into))
            .set_level(self.level)
            .build()
    }
}

pub(in crate::resources) struct Workgroup;

#[async_trait]
impl Handler for Workgroup {
    type Properties = Properties;

    /// With a price-performance target the service sizes the warehouse itself.
    fn normalise(&self, _: &Scope, workgroup: &mut Properties) -> Result<(), Error> {
        let target = workgroup.price_performance_target.get_or_insert_default();
        target.status.get_or_insert_with(|| "DISABLED".into());
        if !target.enabled() {
            workgroup.base_capacity.get_or_insert(DEFAULT_CAPACITY);
        }
        workgroup.max_capacity.get_or_insert(NO_LIMIT);
        workgroup.enhanced_vpc_routing.get_or_insert_default();
        workgroup.publicly_accessible.get_or_insert_default();
        workgroup.port.get_or_insert(DEFAULT_PORT);
        workgroup.track_name.get_or_insert_with(|| DEFAULT_TRACK.into());
        workgroup
            .config_parameters
            .sort_by(|a, b| a.parameter_key.cmp(&b.parameter_key));
        workgroup.security_group_ids.iter_mut().for_each(|ids| ids.sort());
        workgroup.subnet_ids.iter_mut().for_each(|ids| ids.sort());
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        condition(state)
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.workgroup_name else {
            return Ok(None);
        };
        let Some(workgroup) = describe(scope, name).await? else {
            return Ok(None);
        };
        let arn = workgroup.workgroup_arn.clone().unwrap_or_default();
        let tags = found(tags(scope, name, &arn).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: state(&workgroup),
            attributes: attributes(&workgroup),
            owner: owner(scope, &tags),
            created_at: workgroup.creation_date.as_ref().and_then(system_time),
            properties: live_properties(workgroup, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("WorkgroupName", &wanted.workgroup_name)?;
        let parameters: Vec<_> = wanted.config_parameters.iter().map(ConfigParameter::sdk).collect();
        let target = wanted
            .price_performance_target
            .as_ref()
            .filter(|target| target.enabled());
        let request = scope
            .clients
            .redshift_serverless
            .create_workgroup()
            .workgroup_name(name)
            .namespace_name(scope.required("NamespaceName", &wanted.namespace_name)?)
            .set_base_capacity(wanted.base_capacity)
            .set_max_capacity(wanted.max_capacity.filter(|capacity| *capacity != NO_LIMIT))
            .set_config_parameters(Some(parameters).filter(|parameters| !parameters.is_empty()))
            .set_enhanced_vpc_routing(wanted.enhanced_vpc_routing)
            .set_port(wanted.port)
            .set_price_performance_target(target.map(PerformanceTarget::sdk))
            .set_publicly_accessible(wanted.publicly_accessible)
            .set_security_group_ids(wanted.security_group_ids.clone())
            .set_subnet_ids(wanted.subnet_ids.clone())
            .set_track_name(wanted.track_name.clone().filter(|track| track != DEFAULT_TRACK))
            .set_tags(Some(sdk_tags(scope, all_tags(scope, &wanted.tags))?));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "CreateWorkgroup", name, e))
        };
        scope.retrying(cx, call).await?;
        available(scope, name, cx).await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("WorkgroupName", &wanted.workgroup_name)?;
        let workgroup = available(scope, name, cx).await?;
        let arn = workgroup.workgroup_arn.clone().unwrap_or_default();
        let parameters = workgroup.config_parameters.clone().unwrap_or_default();
        let live_tags = tags(scope, name, &arn).await?;
        let mut live = live_properties(workgroup, wanted, &live_tags);
        self.normalise(scope, &mut live)?;
        workgroup_changes::apply(scope, name, &live, parameters, wanted, cx).await?;
        tag(scope, name, &arn, missing_tags(scope, &wanted.tags, &live_tags), cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("WorkgroupName", &live.workgroup_name)?;
        match describe(scope, name).await? {
            None => return Ok(()),
            Some(workgroup) if state(&workgroup) == "DELETING" => {}
            Some(_) => {
                available(scope, name, cx).await?;
                let client = &scope.clients.redshift_serverless;
                let call = async || {
                    let answer = client.delete_workgroup().workgroup_name(name).send().await;
                    found(answer.map_err(|e| failure(SERVICE, "DeleteWorkgroup", name, e)))
                };
                scope.retrying(cx, call).await?;
            }
        }
        // A workgroup just deleted can read as it did before for a moment.
        let wait = Wait {
            pending: &["DELETING", "AVAILABLE", "MODIFYING"],
            target: &["GONE"],
            ..waiting("GetWorkgroup", name)
        };
        wait_until(wait, &|state| cx.report(state), async || {
            let workgroup = describe(scope, name).await?;
            Ok(Status::new(
                workgroup.map_or("GONE".into(), |workgroup| state(&workgroup)),
                (),
            ))
        })
        .await?;
        Ok(())
    }
}

pub(super) fn live_properties(workgroup: serverless::Workgroup, wanted: &Properties, tags: &Tags) -> Properties {
    let named = |key: &str| wanted.config_parameters.iter().any(|known| known.parameter_key == key);
    let parameters = workgroup.config_parameters.unwrap_or_default().into_iter();
    let parameters = parameters.map(|parameter| ConfigParameter {
        parameter_key: parameter.parameter_key.unwrap_or_default(),
        parameter_value: parameter.parameter_value.unwrap_or_default(),
    });
    let port = workgroup.endpoint.as_ref().and_then(|endpoint| endpoint.port);
    Properties {
        workgroup_name: workgroup.workgroup_name,
        namespace_name: workgroup.namespace_name,
        base_capacity: workgroup.base_capacity,
        max_capacity: workgroup.max_capacity.filter(|capacity| *capacity > 0),
        config_parameters: parameters.filter(|parameter| named(&parameter.parameter_key)).collect(),
        enhanced_vpc_routing: workgroup.enhanced_vpc_routing,
        port: workgroup.port.or(port),
        price_performance_target: workgroup.price_performance_target.map(|target| PerformanceTarget {
            status: target.status.map(|status| status.as_str().to_owned()),
            level: target.level,
        }),
        publicly_accessible: workgroup.publicly_accessible,
        security_group_ids: workgroup.security_group_ids,
        subnet_ids: workgroup.subnet_ids,
        // A change of track waits for the next maintenance window.
        track_name: workgroup.pending_track_name.or(workgroup.track_name),
        tags: config_tags(tags),
    }
}

fn attributes(workgroup: &serverless::Workgroup) -> BTreeMap<String, String> {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    let endpoint = workgroup.endpoint();
    let values = [
        ("WorkgroupArn", owned(workgroup.workgroup_arn())),
        ("WorkgroupId", owned(workgroup.workgroup_id())),
        ("WorkgroupName", owned(workgroup.workgroup_name())),
        ("NamespaceName", owned(workgroup.namespace_name())),
        (
            "BaseCapacity",
            workgroup.base_capacity().map(|capacity| capacity.to_string()),
        ),
        (
            "MaxCapacity",
            workgroup.max_capacity().map(|capacity| capacity.to_string()),
        ),
        ("Status", owned(workgroup.status().map(|status| status.as_str()))),
        ("TrackName", owned(workgroup.track_name())),
        (
            "Endpoint.Address",
            owned(endpoint.and_then(|endpoint| endpoint.address())),
        ),
        (
            "Endpoint.Port",
            endpoint
                .and_then(|endpoint| endpoint.port())
                .map(|port| port.to_string()),
        ),
    ];
    let known = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known
        .map(|(name, value)| (format!("Workgroup.{name}"), value))
        .collect()
}

fn state(workgroup: &serverless::Workgroup) -> String {
    workgroup
        .status()
        .map_or("AVAILABLE", |status| status.as_str())
        .to_owned()
}

pub(in crate::resources) async fn describe(
    scope: &Scope,
    name: &str,
) -> Result<Option<serverless::Workgroup>, aws::Error> {
    let client = &scope.clients.redshift_serverless;
    let answer = client.get_workgroup().workgroup_name(name).send().await;
    let answer = found(answer.map_err(|e| failure(SERVICE, "GetWorkgroup", name, e)))?;
    Ok(answer.and_then(|answer| answer.workgroup))
}

/// The workgroup, or [`NOT_VISIBLE`], as a status to wait on.
pub(super) async fn status(scope: &Scope, name: &str) -> Result<Status<Option<serverless::Workgroup>>, aws::Error> {
    Ok(match describe(scope, name).await? {
        Some(workgroup) => Status::new(state(&workgroup), Some(workgroup)),
        None => Status::new(NOT_VISIBLE, None),
    })
}

async fn available(scope: &Scope, name: &str, cx: &Cx) -> Result<serverless::Workgroup, Error> {
    let wait = waiting("GetWorkgroup", name);
    let workgroup = wait_until(wait, &|state| cx.report(state), || status(scope, name)).await?;
    workgroup.ok_or_else(|| Error::Missing {
        id: scope.id.clone(),
        property: "WorkgroupName",
    })
}
