//! Rules for names, passwords, ports and windows. Source: the documentation of CreateCluster's parameters in botocore
//! `redshift/2012-12-01`; Redshift Serverless has the same for databases, users and passwords.

use super::errors::{invalid_combination, invalid_value};
use crate::local::error::AwsError;

/// Words that name neither a database nor a user, of those that people try. Redshift developer guide, "Reserved words".
const RESERVED: [&str; 18] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "authorization",
    "between",
    "binary",
    "case",
    "default",
    "from",
    "group",
    "select",
    "table",
    "user",
    "where",
];

/// Node types, their largest number of nodes and whether one node will do.
/// Source: Redshift management guide, "Amazon Redshift provisioned clusters", node type details.
const NODE_TYPES: [(&str, i64, bool); 10] = [
    ("dc2.large", 32, true),
    ("dc2.8xlarge", 128, false),
    ("rg.large", 16, true),
    ("rg.xlarge", 32, true),
    ("rg.4xlarge", 128, false),
    ("rg.12xlarge", 128, false),
    ("ra3.large", 16, true),
    ("ra3.xlplus", 32, true),
    ("ra3.4xlarge", 128, false),
    ("ra3.16xlarge", 128, false),
];

/// 1 to 63 lower-case letters, digits and hyphens; a letter first, no hyphen last nor two together.
pub(super) fn check_identifier(parameter: &str, id: &str, max: usize) -> Result<(), AwsError> {
    let characters = id
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let first = id.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if characters && first && id.len() <= max && !id.ends_with('-') && !id.contains("--") {
        return Ok(());
    }
    Err(invalid_value(format!(
        "The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only \
         lowercase ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// "Must contain 1 to 64 alphanumeric characters. Must contain only lowercase letters. Cannot be a reserved word."
pub(crate) fn is_database_name(name: &str) -> bool {
    let characters = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'$'));
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    characters && first && name.len() <= 64 && !RESERVED.contains(&name)
}

/// 1 to 128 lower-case letters, digits and `_+.@-`; a letter first; not PUBLIC nor a reserved word.
pub(crate) fn is_user_name(name: &str) -> bool {
    let characters = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+.@-".contains(&b));
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    characters && first && name.len() <= 128 && name != "public" && !RESERVED.contains(&name)
}

pub(super) fn check_database_name(name: &str) -> Result<(), AwsError> {
    match is_database_name(name) {
        true => Ok(()),
        false => Err(invalid_value(format!(
            "The parameter DBName must begin with a letter and contain only lowercase alphanumeric characters, at most 64; {name} does not, or is a reserved word."
        ))),
    }
}

pub(super) fn check_user_name(name: &str) -> Result<(), AwsError> {
    match is_user_name(name) {
        true => Ok(()),
        false => Err(invalid_value(format!(
            "The parameter MasterUsername must begin with a letter and contain only lowercase letters, numbers, or _+.@-; {name} does not, or is a reserved word."
        ))),
    }
}

/// What is wrong with a password, never the password: 8 to 64 printable ASCII characters with upper case, lower
/// case and a digit, and none of `'`, `"`, `\`, `/`, `@` and space.
pub(crate) fn check_password(password: &str) -> Result<(), &'static str> {
    if !(8..=64).contains(&password.chars().count()) {
        return Err("must be between 8 and 64 characters in length");
    }
    if !password
        .bytes()
        .all(|b| (33..=126).contains(&b) && !b"'\"\\/@".contains(&b))
    {
        return Err("must contain only printable ASCII characters besides '/', '@', '\"', ' ', '\\', '''");
    }
    if !password.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("must contain at least one upper case letter");
    }
    if !password.bytes().any(|b| b.is_ascii_lowercase()) {
        return Err("must contain at least one lower case letter");
    }
    if !password.bytes().any(|b| b.is_ascii_digit()) {
        return Err("must contain at least one number");
    }
    Ok(())
}

pub(super) fn check_master_password(password: &str) -> Result<(), AwsError> {
    check_password(password).map_err(|wrong| {
        invalid_value(format!(
            "The parameter MasterUserPassword is not a valid password. It {wrong}."
        ))
    })
}

/// The number of nodes that a node type and a cluster type make together.
pub(super) fn nodes(node_type: &str, cluster_type: Option<&str>, nodes: Option<i64>) -> Result<u32, AwsError> {
    let Some((_, max, single)) = NODE_TYPES.iter().find(|(name, ..)| *name == node_type) else {
        return Err(invalid_value(format!("Invalid node type: {node_type}")));
    };
    if let Some(given) = cluster_type
        && !["single-node", "multi-node"].contains(&given)
    {
        return Err(invalid_value(format!(
            "Invalid cluster type: {given}. Valid values are multi-node and single-node."
        )));
    }
    let count = match (cluster_type, nodes) {
        (Some("single-node"), None) | (None, None) => 1,
        (Some("single-node"), Some(count)) if count != 1 => {
            return Err(invalid_combination(
                "Number of nodes for cluster type single-node must be equal to 1.",
            ));
        }
        (Some("multi-node"), None) => {
            return Err(invalid_combination(
                "Number of nodes for cluster type multi-node must be greater than or equal to 2.",
            ));
        }
        (Some("multi-node"), Some(count)) if count < 2 => {
            return Err(invalid_combination(
                "Number of nodes for cluster type multi-node must be greater than or equal to 2.",
            ));
        }
        (_, Some(count)) => count,
        (_, None) => 1,
    };
    if !(1..=100).contains(&count) {
        return Err(invalid_value(format!(
            "Invalid number of nodes: {count}. Value must be at least 1 and no more than 100."
        )));
    }
    if count == 1 && !single {
        return Err(invalid_combination(format!(
            "Node type {node_type} needs at least 2 nodes."
        )));
    }
    if count > *max {
        return Err(AwsError::bad_request(
            "NumberOfNodesPerClusterLimitExceeded",
            format!("The operation would exceed the number of nodes allowed for a cluster of {node_type}: {max}."),
        ));
    }
    Ok(count as u32)
}

pub(super) fn is_dc2(node_type: &str) -> bool {
    node_type.starts_with("dc2.")
}

/// RG and RA3 listen on 5431-5455 or 8191-8215, DC2 on 1150-65535.
pub(super) fn check_port(port: i64, node_type: &str) -> Result<u16, AwsError> {
    let allowed = match is_dc2(node_type) {
        true => (1150..=65_535).contains(&port),
        false => (5431..=5455).contains(&port) || (8191..=8215).contains(&port),
    };
    if let (true, Ok(port)) = (allowed, u16::try_from(port)) {
        return Ok(port);
    }
    let ranges = match is_dc2(node_type) {
        true => "1150-65535",
        false => "5431-5455 or 8191-8215",
    };
    Err(invalid_value(format!(
        "Invalid port {port}. For clusters with {node_type} nodes, select a port within {ranges}."
    )))
}

/// `ddd:hh24:mi-ddd:hh24:mi`, 30 minutes at least. Kept in lower case, as Redshift answers it.
pub(super) fn maintenance_window(text: &str) -> Result<String, AwsError> {
    let invalid = || {
        invalid_value(format!(
            "The parameter PreferredMaintenanceWindow is not valid: {text}. Use ddd:hh24:mi-ddd:hh24:mi, with at least 30 minutes."
        ))
    };
    let lower = text.to_lowercase();
    let (from, to) = lower.split_once('-').ok_or_else(invalid)?;
    let (from, to) = (
        minute_of_week(from).ok_or_else(invalid)?,
        minute_of_week(to).ok_or_else(invalid)?,
    );
    match (to - from).rem_euclid(7 * 24 * 60) >= 30 {
        true => Ok(lower),
        false => Err(invalid()),
    }
}

fn minute_of_week(text: &str) -> Option<i32> {
    let mut parts = text.split(':');
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let day = day.iter().position(|day| parts.clone().next() == Some(day))? as i32;
    parts.next();
    let number = |part: Option<&str>, below: i32| {
        let number: i32 = part.filter(|part| part.len() == 2)?.parse().ok()?;
        (0..below).contains(&number).then_some(number)
    };
    let (hour, minute) = (number(parts.next(), 24)?, number(parts.next(), 60)?);
    parts.next().is_none().then_some((day * 24 + hour) * 60 + minute)
}

/// Role ARNs have the right form. Whether a role exists and trusts Redshift shows when COPY assumes it.
pub(super) fn check_role_arns<'a>(arns: impl IntoIterator<Item = &'a String>) -> Result<(), AwsError> {
    for arn in arns {
        if !is_role_arn(arn) {
            return Err(invalid_value(format!("The IAM role {arn} is not valid.")));
        }
    }
    Ok(())
}

pub(crate) fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    matches!(&parts[..], ["arn", partition, "iam", "", number, resource]
        if partition.starts_with("aws") && account(number) && resource.strip_prefix("role/").is_some_and(|r| !r.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_follow_the_documented_rules() {
        assert_eq!(check_password("Passw0rd"), Ok(()));
        for (password, wrong) in [
            ("Passw0r", "between 8 and 64"),
            ("passw0rd", "upper case"),
            ("PASSW0RD", "lower case"),
            ("Password", "number"),
            ("Passw0rd@", "printable"),
            ("Passw0rd ", "printable"),
        ] {
            let message = check_password(password).unwrap_err();
            assert!(message.contains(wrong), "{password}: {message}");
        }
    }

    #[test]
    fn nodes_follow_from_cluster_type_and_node_type() {
        assert_eq!(nodes("ra3.large", None, None).unwrap(), 1);
        assert_eq!(nodes("ra3.4xlarge", Some("multi-node"), Some(3)).unwrap(), 3);
        assert_eq!(
            nodes("ds2.xlarge", None, None).unwrap_err().code,
            "InvalidParameterValue"
        );
        for (cluster_type, count) in [
            (Some("single-node"), Some(2)),
            (Some("multi-node"), None),
            (Some("multi-node"), Some(1)),
        ] {
            let error = nodes("ra3.large", cluster_type, count).unwrap_err();
            assert_eq!(error.code, "InvalidParameterCombination");
        }
        assert!(nodes("ra3.16xlarge", None, None).is_err());
    }

    #[test]
    fn maintenance_windows_are_at_least_half_an_hour() {
        assert_eq!(
            maintenance_window("Sun:23:45-Mon:00:15").unwrap(),
            "sun:23:45-mon:00:15"
        );
        for wrong in [
            "sun:23:45-mon:00:00",
            "sunday:1:00-sunday:2:00",
            "sun:24:00-mon:01:00",
            "sun",
        ] {
            assert!(maintenance_window(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn role_arns_have_a_form() {
        assert!(is_role_arn("arn:aws:iam::000000000000:role/pipectl/x"));
        for wrong in [
            "x",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::000000000000:user/x",
            "arn:aws:iam::000000000000:role/",
        ] {
            assert!(!is_role_arn(wrong), "{wrong}");
        }
    }
}
