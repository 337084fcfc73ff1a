//! `Pipectl::RedshiftServerless::UsageLimit`: how much a workgroup or namespace may use before something happens.
//! CloudFormation has such a type for clusters only.
//!
//! Properties: `ResourceArn`, `UsageType` (`serverless-compute`, `cross-region-datasharing`), `Amount` (RPU-hours, or
//! terabytes), `Period` (`daily`, `weekly`, `monthly`; monthly by default), `BreachAction` (`log`, `emit-metric`,
//! `deactivate`; log by default). All but the amount identify it: the service gives limits ids of its own, and lets
//! one resource have several of a usage type. `Ref` is the id.
//! <https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateUsageLimit.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_redshiftserverless::types as serverless;
use serde::{Deserialize, Serialize};

use super::{SERVICE, tags};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found};
use crate::resources::ownership::owner;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    resource_arn: Option<String>,
    usage_type: Option<String>,
    amount: Option<i64>,
    period: Option<String>,
    breach_action: Option<String>,
}

pub(in crate::resources) struct UsageLimit;

#[async_trait]
impl Handler for UsageLimit {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, limit: &mut Properties) -> Result<(), Error> {
        limit.period.get_or_insert_with(|| "monthly".into());
        limit.breach_action.get_or_insert_with(|| "log".into());
        Ok(())
    }

    /// It takes no tags: it is whose its resource is.
    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(arn) = &wanted.resource_arn else {
            return Ok(None);
        };
        let Some(limit) = find(scope, wanted).await? else {
            return Ok(None);
        };
        let tags = found(tags(scope, arn, arn).await)?.unwrap_or_default();
        let id = limit.usage_limit_id.unwrap_or_default();
        let attributes = [
            ("UsageLimitId", Some(id.clone())),
            ("UsageLimitArn", limit.usage_limit_arn),
        ];
        let attributes = attributes
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(Some(Observed {
            physical_id: id,
            state: AVAILABLE.into(),
            properties: Properties {
                amount: limit.amount,
                ..wanted.clone()
            },
            attributes: BTreeMap::from_iter(attributes),
            owner: owner(scope, &tags),
            created_at: None,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let arn = scope.required("ResourceArn", &wanted.resource_arn)?;
        let kind = scope.required("UsageType", &wanted.usage_type)?;
        let request = scope
            .clients
            .redshift_serverless
            .create_usage_limit()
            .resource_arn(arn)
            .usage_type(kind.as_str().into())
            .amount(*scope.required("Amount", &wanted.amount)?)
            .set_period(wanted.period.as_deref().map(Into::into))
            .set_breach_action(wanted.breach_action.as_deref().map(Into::into));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "CreateUsageLimit", arn, e))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let Some(limit) = find(scope, wanted).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let id = limit.usage_limit_id.unwrap_or_default();
        let request = scope
            .clients
            .redshift_serverless
            .update_usage_limit()
            .usage_limit_id(&id);
        let request = request.set_amount(wanted.amount);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "UpdateUsageLimit", &id, e))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let Some(id) = find(scope, live).await?.and_then(|limit| limit.usage_limit_id) else {
            return Ok(());
        };
        let client = &scope.clients.redshift_serverless;
        let call = async || {
            let answer = client.delete_usage_limit().usage_limit_id(&id).send().await;
            found(answer.map_err(|e| failure(SERVICE, "DeleteUsageLimit", &id, e)))
        };
        scope.retrying(cx, call).await?;
        Ok(())
    }
}

async fn find(scope: &Scope, wanted: &Properties) -> Result<Option<serverless::UsageLimit>, aws::Error> {
    let arn = wanted.resource_arn.as_deref().unwrap_or_default();
    let request = scope.clients.redshift_serverless.list_usage_limits().resource_arn(arn);
    let mut limits = request.into_paginator().items().send();
    let same = |limit: &serverless::UsageLimit| {
        let kind = limit.usage_type().map(|kind| kind.as_str());
        let period = limit.period().map_or("monthly", |period| period.as_str());
        let action = limit.breach_action().map_or("log", |action| action.as_str());
        kind == wanted.usage_type.as_deref()
            && Some(period) == wanted.period.as_deref()
            && Some(action) == wanted.breach_action.as_deref()
    };
    while let Some(limit) = limits.next().await {
        let limit = found(limit.map_err(|e| failure(SERVICE, "ListUsageLimits", arn, e)))?;
        // A resource that is gone has no limits.
        let Some(limit) = limit else { return Ok(None) };
        if same(&limit) {
            return Ok(Some(limit));
        }
    }
    Ok(None)
}
