//! Usage limits of clusters. They are kept and never reached: nothing here is metered.

use uuid::Uuid;

use super::Redshift;
use super::errors::{invalid_value, usage_limit_not_found};
use super::input::Input;
use super::model::{USAGE_LIMITS, UsageLimit};
use super::paging::Page;
use super::wire::write_tags;
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::Reads;
use crate::local::xml::Xml;

/// Features, and the kind of limit that each has. Source: documentation of CreateUsageLimit's `LimitType`.
const FEATURES: [(&str, &str); 4] = [
    ("spectrum", "data-scanned"),
    ("concurrency-scaling", "time"),
    ("cross-region-datasharing", "data-scanned"),
    ("extra-compute-for-automatic-optimization", "time"),
];
const PERIODS: [&str; 3] = ["daily", "weekly", "monthly"];
const ACTIONS: [&str; 3] = ["log", "emit-metric", "disable"];

impl Redshift {
    pub(super) fn create_usage_limit(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "Amount",
            "BreachAction",
            "ClusterIdentifier",
            "FeatureType",
            "LimitType",
            "Period",
            "Tags",
        ];
        let input = Input::of("CreateUsageLimit", params, &known)?;
        let (feature, kind) = (input.required("FeatureType")?, input.required("LimitType")?);
        let Some((_, wanted)) = FEATURES.iter().find(|(name, _)| *name == feature) else {
            return Err(invalid_value(format!("Invalid feature type: {feature}")));
        };
        if kind != *wanted {
            return Err(invalid_limit(format!(
                "If FeatureType is {feature}, then LimitType must be {wanted}."
            )));
        }
        input.required("Amount")?;
        let limit = UsageLimit {
            id: Uuid::new_v4().to_string(),
            cluster: input.required("ClusterIdentifier")?.to_owned(),
            feature: feature.to_owned(),
            kind: kind.to_owned(),
            amount: amount(&input)?.unwrap_or_default(),
            period: one_of(&input, "Period", &PERIODS)?.unwrap_or("monthly").to_owned(),
            breach_action: one_of(&input, "BreachAction", &ACTIONS)?.unwrap_or("log").to_owned(),
            tags: input.tags()?,
        };
        self.env.store.write(|tx| {
            self.cluster(tx, &limit.cluster)?;
            let same = |other: &UsageLimit| {
                (&other.cluster, &other.feature, &other.period) == (&limit.cluster, &limit.feature, &limit.period)
            };
            if USAGE_LIMITS.all(tx, "")?.iter().any(|(_, other)| same(other)) {
                return Err(AwsError::bad_request(
                    "UsageLimitAlreadyExists",
                    format!(
                        "A {} usage limit for {feature} already exists on the cluster.",
                        limit.period
                    ),
                ));
            }
            USAGE_LIMITS.put(tx, &limit.id, &limit).map_err(AwsError::from)
        })?;
        Ok(result(&limit))
    }

    pub(super) fn describe_usage_limits(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "ClusterIdentifier",
            "FeatureType",
            "Marker",
            "MaxRecords",
            "TagKeys",
            "TagValues",
            "UsageLimitId",
        ];
        let input = Input::of("DescribeUsageLimits", params, &known)?;
        let tx = self.env.store.read()?;
        if let Some(id) = input.text("ClusterIdentifier") {
            self.cluster(&tx, id)?;
        }
        let is = |parameter: &str, value: &str| input.text(parameter).is_none_or(|wanted| wanted == value);
        let limits = USAGE_LIMITS.all(&tx, "")?.into_iter().filter(|(id, limit)| {
            is("UsageLimitId", id)
                && is("ClusterIdentifier", &limit.cluster)
                && is("FeatureType", &limit.feature)
                && input.tags_match(&limit.tags)
        });
        let page = Page::of(&input, limits)?;
        let mut xml = Xml::new();
        xml.list("UsageLimits", &page.items, write);
        page.write(&mut xml);
        Ok(xml.finish())
    }

    pub(super) fn modify_usage_limit(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("ModifyUsageLimit", params, &["Amount", "BreachAction", "UsageLimitId"])?;
        let id = input.required("UsageLimitId")?;
        let (amount, action) = (amount(&input)?, one_of(&input, "BreachAction", &ACTIONS)?);
        let limit = self.env.store.write(|tx| {
            let mut limit = usage_limit(tx, id)?;
            limit.amount = amount.unwrap_or(limit.amount);
            limit.breach_action = action.map_or(limit.breach_action, str::to_owned);
            USAGE_LIMITS.put(tx, id, &limit)?;
            Ok::<_, AwsError>(limit)
        })?;
        Ok(result(&limit))
    }

    pub(super) fn delete_usage_limit(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("DeleteUsageLimit", params, &["UsageLimitId"])?;
        let id = input.required("UsageLimitId")?;
        self.env.store.write(|tx| {
            usage_limit(tx, id)?;
            USAGE_LIMITS.remove(tx, id)?;
            Ok(String::new())
        })
    }
}

fn usage_limit(tx: &impl Reads, id: &str) -> Result<UsageLimit, AwsError> {
    USAGE_LIMITS.get(tx, id)?.ok_or_else(|| usage_limit_not_found(id))
}

fn invalid_limit(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidUsageLimit", message)
}

/// "The value must be a positive number."
fn amount(input: &Input<'_>) -> Result<Option<i64>, AwsError> {
    match input.integer("Amount")? {
        Some(amount) if amount < 1 => Err(invalid_limit("The limit amount must be a positive number.")),
        amount => Ok(amount),
    }
}

fn one_of<'a>(input: &Input<'a>, parameter: &str, values: &[&str]) -> Result<Option<&'a str>, AwsError> {
    match input.text(parameter) {
        Some(value) if !values.contains(&value) => Err(invalid_value(format!(
            "Invalid value {value} for {parameter}. Valid values are {}.",
            values.join(", ")
        ))),
        value => Ok(value),
    }
}

fn result(limit: &UsageLimit) -> String {
    let mut xml = Xml::new();
    write(&mut xml, limit);
    xml.finish()
}

fn write(xml: &mut Xml, limit: &UsageLimit) {
    xml.text("UsageLimitId", &limit.id)
        .text("ClusterIdentifier", &limit.cluster)
        .text("FeatureType", &limit.feature)
        .text("LimitType", &limit.kind)
        .text("Amount", limit.amount)
        .text("Period", &limit.period)
        .text("BreachAction", &limit.breach_action);
    write_tags(xml, &limit.tags);
}
