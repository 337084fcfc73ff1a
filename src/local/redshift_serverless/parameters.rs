//! `configParameters` of workgroups: which there are, and their defaults.
//! Source: CreateWorkgroup's API reference, `configParameters`; defaults as GetWorkgroup answers them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::errors::validation;
use crate::local::error::AwsError;

const DEFAULTS: [(&str, &str); 9] = [
    ("auto_mv", "true"),
    ("datestyle", "ISO, MDY"),
    ("enable_case_sensitive_identifier", "false"),
    ("enable_user_activity_logging", "true"),
    ("max_query_execution_time", "14400"),
    ("query_group", "default"),
    ("require_ssl", "true"),
    ("search_path", "$user, public"),
    ("use_fips_ssl", "false"),
];

/// Query monitoring metrics. Source: Redshift management guide, "Setting query limits in Redshift Serverless".
const METRICS: [&str; 11] = [
    "max_query_cpu_time",
    "max_query_blocks_read",
    "max_scan_row_count",
    "max_query_queue_time",
    "max_query_cpu_usage_percent",
    "max_query_temp_blocks_to_disk",
    "max_join_row_count",
    "max_nested_loop_join_row_count",
    "max_return_row_count",
    "max_spectrum_scan_row_count",
    "max_spectrum_scan_size_mb",
];

const BOOLEANS: [&str; 5] = [
    "auto_mv",
    "enable_case_sensitive_identifier",
    "enable_user_activity_logging",
    "require_ssl",
    "use_fips_ssl",
];

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConfigParameter {
    parameter_key: String,
    parameter_value: String,
}

pub(super) fn defaults() -> BTreeMap<String, String> {
    DEFAULTS
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// Puts the given parameters over `to`.
pub(super) fn apply(to: &mut BTreeMap<String, String>, given: Vec<ConfigParameter>) -> Result<(), AwsError> {
    for parameter in given {
        let (key, value) = (parameter.parameter_key, parameter.parameter_value);
        if key == "wlm_json_configuration" {
            return Err(AwsError::not_implemented(
                "wlm_json_configuration of Redshift Serverless",
            ));
        }
        let metric = METRICS.contains(&key.as_str()) || key == "max_query_execution_time";
        if !metric && !DEFAULTS.iter().any(|(known, _)| *known == key) {
            return Err(validation(format!("The config parameter {key} is not valid.")));
        }
        let valid = match metric {
            true => !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()),
            false => !BOOLEANS.contains(&key.as_str()) || ["true", "false"].contains(&value.as_str()),
        };
        if !valid {
            return Err(validation(format!(
                "The value {value} of the config parameter {key} is not valid."
            )));
        }
        to.insert(key, value);
    }
    Ok(())
}

pub(super) fn listed(parameters: &BTreeMap<String, String>) -> Vec<ConfigParameter> {
    parameters
        .iter()
        .map(|(key, value)| ConfigParameter {
            parameter_key: key.clone(),
            parameter_value: value.clone(),
        })
        .collect()
}
