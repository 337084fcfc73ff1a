//! Usage limits. They are kept and never reached: nothing here is metered.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::RedshiftServerless;
use super::constraints::constrain;
use super::errors::{conflict, usage_limit_not_found, validation};
use super::model::{USAGE_LIMITS, UsageLimit};
use super::paging::page;
use crate::local::error::AwsError;
use crate::local::store::Reads;

const TYPES: [&str; 2] = ["serverless-compute", "cross-region-datasharing"];
const PERIODS: [&str; 3] = ["daily", "weekly", "monthly"];
const ACTIONS: [&str; 3] = ["log", "emit-metric", "deactivate"];

/// Source: Redshift management guide, "Setting usage limits": up to four of a type.
const MAX_OF_A_TYPE: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateUsageLimit {
    amount: Option<i64>,
    breach_action: Option<String>,
    period: Option<String>,
    resource_arn: Option<String>,
    usage_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateUsageLimit {
    amount: Option<i64>,
    breach_action: Option<String>,
    usage_limit_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UsageLimitId {
    usage_limit_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListUsageLimits {
    max_results: Option<i64>,
    next_token: Option<String>,
    resource_arn: Option<String>,
    usage_type: Option<String>,
}

fn check_action(action: Option<&String>) -> Result<(), AwsError> {
    constrain(|constraints| {
        if let Some(action) = action {
            constraints.one_of("breachAction", action, &ACTIONS);
        }
    })
}

/// "The value must be a positive number."
fn check_amount(amount: Option<i64>) -> Result<(), AwsError> {
    match amount {
        Some(amount) if amount < 1 => Err(validation("The usage limit amount must be a positive number.")),
        _ => Ok(()),
    }
}

impl CreateUsageLimit {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            constraints.required("amount", &self.amount);
            constraints.required("resourceArn", &self.resource_arn);
            constraints.required("usageType", &self.usage_type);
            if let Some(kind) = &self.usage_type {
                constraints.one_of("usageType", kind, &TYPES);
            }
            if let Some(period) = &self.period {
                constraints.one_of("period", period, &PERIODS);
            }
        })?;
        check_action(self.breach_action.as_ref())?;
        check_amount(self.amount)
    }
}

impl RedshiftServerless {
    pub(super) fn create_usage_limit(&self, input: CreateUsageLimit) -> Result<Value, AwsError> {
        input.check()?;
        let limit = UsageLimit {
            id: Uuid::new_v4().to_string(),
            resource: input.resource_arn.unwrap_or_default(),
            usage_type: input.usage_type.unwrap_or_default(),
            amount: input.amount.unwrap_or_default(),
            period: input.period.unwrap_or_else(|| "monthly".to_owned()),
            breach_action: input.breach_action.unwrap_or_else(|| "log".to_owned()),
        };
        self.env.store.write(|tx| {
            let known = self.workgroups(tx)?;
            if !known
                .iter()
                .any(|workgroup| self.workgroup_arn(&workgroup.id) == limit.resource)
            {
                return Err(super::errors::not_found(format!(
                    "Resource {} not found.",
                    limit.resource
                )));
            }
            let others = USAGE_LIMITS.all(tx, "")?;
            let same_type = |other: &&(String, UsageLimit)| {
                other.1.resource == limit.resource && other.1.usage_type == limit.usage_type
            };
            let others: Vec<_> = others.iter().filter(same_type).collect();
            let twice = others
                .iter()
                .any(|(_, other)| (&other.period, &other.breach_action) == (&limit.period, &limit.breach_action));
            if twice {
                return Err(conflict(format!(
                    "A {} {} usage limit with breach action {} already exists for the resource.",
                    limit.period, limit.usage_type, limit.breach_action
                )));
            }
            if others.len() >= MAX_OF_A_TYPE {
                return Err(AwsError::bad_request(
                    "ServiceQuotaExceededException",
                    format!("You can have up to {MAX_OF_A_TYPE} usage limits of a type for a resource."),
                ));
            }
            USAGE_LIMITS.put(tx, &limit.id, &limit).map_err(AwsError::from)
        })?;
        Ok(json!({"usageLimit": self.limit_json(&limit)}))
    }

    pub(super) fn get_usage_limit(&self, input: &UsageLimitId) -> Result<Value, AwsError> {
        let limit = usage_limit(&self.env.store.read()?, &input.usage_limit_id)?;
        Ok(json!({"usageLimit": self.limit_json(&limit)}))
    }

    pub(super) fn list_usage_limits(&self, input: &ListUsageLimits) -> Result<Value, AwsError> {
        if let Some(kind) = &input.usage_type {
            constrain(|constraints| constraints.one_of("usageType", kind, &TYPES))?;
        }
        let all = USAGE_LIMITS.all(&self.env.store.read()?, "")?.into_iter();
        let wanted = all.filter(|(_, limit)| {
            input.resource_arn.as_ref().is_none_or(|arn| *arn == limit.resource)
                && input.usage_type.as_ref().is_none_or(|kind| *kind == limit.usage_type)
        });
        let (limits, next) = page(wanted, input.max_results, input.next_token.as_deref())?;
        let limits: Vec<_> = limits.iter().map(|limit| self.limit_json(limit)).collect();
        let mut answer = json!({"usageLimits": limits});
        if let Some(next) = next {
            answer["nextToken"] = json!(next);
        }
        Ok(answer)
    }

    pub(super) fn update_usage_limit(&self, input: UpdateUsageLimit) -> Result<Value, AwsError> {
        check_action(input.breach_action.as_ref())?;
        check_amount(input.amount)?;
        let limit = self.env.store.write(|tx| {
            let mut limit = usage_limit(tx, &input.usage_limit_id)?;
            limit.amount = input.amount.unwrap_or(limit.amount);
            limit.breach_action = input.breach_action.unwrap_or(limit.breach_action);
            USAGE_LIMITS.put(tx, &limit.id, &limit)?;
            Ok::<_, AwsError>(limit)
        })?;
        Ok(json!({"usageLimit": self.limit_json(&limit)}))
    }

    pub(super) fn delete_usage_limit(&self, input: &UsageLimitId) -> Result<Value, AwsError> {
        let limit = self.env.store.write(|tx| {
            let limit = usage_limit(tx, &input.usage_limit_id)?;
            USAGE_LIMITS.remove(tx, &limit.id)?;
            Ok::<_, AwsError>(limit)
        })?;
        Ok(json!({"usageLimit": self.limit_json(&limit)}))
    }
}

fn usage_limit(tx: &impl Reads, id: &str) -> Result<UsageLimit, AwsError> {
    USAGE_LIMITS.get(tx, id)?.ok_or_else(|| usage_limit_not_found(id))
}
