//! Roles that a service cannot assume: AWS says so only when it makes what uses the role, or when that works with it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::policy::{Asker, Verdict, verdict};
use super::{Resource, Whole};
use crate::template::node::{Data, Node, Part, REF, Residual};
use crate::template::sink::{Finding, Sink};

const ROLE: &str = "AWS::IAM::Role";
const TRUST: &str = "AssumeRolePolicyDocument";

/// Who assumes the roles that a type names.
struct Assumed {
    kind: &'static str,
    /// Properties that hold a role or a list of them, at any depth.
    properties: &'static [&'static str],
    service: &'static str,
    principals: &'static [&'static str],
}

const REDSHIFT: &str = "redshift.amazonaws.com";

/// Sources: Glue developer guide, "Setting up IAM permissions for AWS Glue"; Firehose developer guide, "Allow Firehose
/// to assume an IAM role"; <https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html>;
/// <https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-security-other-services.html>, which asks for both;
/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RedshiftIAMParameters.html>.
const ASSUMED: [Assumed; 5] = [
    Assumed {
        kind: "AWS::Glue::Job",
        properties: &["Role"],
        service: "Glue",
        principals: &["glue.amazonaws.com"],
    },
    Assumed {
        kind: "AWS::KinesisFirehose::DeliveryStream",
        properties: &["RoleARN"],
        service: "Firehose",
        principals: &["firehose.amazonaws.com"],
    },
    Assumed {
        kind: "AWS::Redshift::Cluster",
        properties: &["IamRoles"],
        service: "Redshift",
        principals: &[REDSHIFT],
    },
    Assumed {
        kind: "AWS::RedshiftServerless::Namespace",
        properties: &["IamRoles", "DefaultIamRoleArn"],
        service: "Redshift",
        principals: &[REDSHIFT, "redshift-serverless.amazonaws.com"],
    },
    Assumed {
        kind: "AWS::QuickSight::DataSource",
        properties: &["RoleArn"],
        service: "QuickSight",
        principals: &["quicksight.amazonaws.com"],
    },
];

/// A role of this project trusts the service that a resource gives it to. One that the service can never assume is an
/// error; where a condition or another form of the principal decides, it is a warning.
pub(super) fn roles_are_assumable(whole: &Whole<'_>, sink: &mut Sink) {
    for resource in &whole.resources {
        let Some(assumed) = ASSUMED.iter().find(|assumed| assumed.kind == resource.kind) else {
            continue;
        };
        let mut places = Vec::new();
        named(resource.properties, assumed.properties, &mut places);
        let mut seen = BTreeSet::new();
        for place in places {
            let role = reference(place).and_then(|id| whole.find(id, ROLE));
            if let Some(role) = role.filter(|role| seen.insert(role.id))
                && let Some(finding) = judge(whole, assumed, role, place)
            {
                sink.push(finding);
            }
        }
    }
}

/// The values of the members of these names; of lists, their items.
fn named<'a>(node: &'a Node, names: &[&str], places: &mut Vec<&'a Node>) {
    for item in node.list().unwrap_or_default() {
        named(item, names, places);
    }
    for member in node.members().unwrap_or_default() {
        match names.contains(&member.key.as_str()) {
            true => places.extend(member.value.list().unwrap_or(std::slice::from_ref(&member.value))),
            false => named(&member.value, names, places),
        }
    }
}

/// The resource whose name or ARN the value is or ends in.
fn reference(node: &Node) -> Option<&str> {
    let Data::Residual(Residual(parts)) = &node.data else {
        return None;
    };
    match parts.last()? {
        Part::Attribute(id, attribute) if matches!(attribute.as_str(), REF | "Arn") => Some(id),
        _ => None,
    }
}

fn judge(whole: &Whole<'_>, assumed: &Assumed, role: &Resource<'_>, place: &Node) -> Option<Finding> {
    let trust = role.properties.member(TRUST)?;
    let document = document(&trust.value)?;
    let verdicts = assumed.principals.iter().map(|principal| {
        let asker = Asker {
            principal,
            regional: *principal == REDSHIFT,
            account: &whole.environment.account,
            region: &whole.environment.region,
        };
        verdict(&document, asker)
    });
    let verdicts: Vec<Verdict> = verdicts.collect();
    let best = verdicts.iter().max()?;
    let (service, id) = (assumed.service, role.id);
    let error = |message| Finding::error("untrusting-role", place.span, message);
    let warning = |message| Finding::warning("untrusting-role", place.span, message);
    let (finding, there) = match best {
        _ if verdicts.contains(&Verdict::Denied) => {
            let message = format!("{service} cannot assume the role `{id}`: its trust policy denies it");
            (
                error(message).help("a Deny without a condition prevails over every Allow: narrow it"),
                "denied here".into(),
            )
        }
        Verdict::Trusted => {
            let missing = verdicts.iter().position(|one| *one != Verdict::Trusted)?;
            let missing = assumed.principals[missing];
            let message = format!("the role `{id}` does not trust {missing}");
            let help = format!("AWS asks for {} in such a role", assumed.principals.join(" and "));
            (warning(message).help(help), format!("add {missing} here"))
        }
        Verdict::Elsewhere(accounts) => {
            let account = &whole.environment.account;
            let message =
                format!("{service} can assume the role `{id}` for account {accounts} only, and this is {account}");
            let help = "give aws:SourceAccount as {\"Ref\": \"AWS::AccountId\"}";
            (warning(message).help(help), "restricted here".into())
        }
        Verdict::Unclear => {
            let message = format!("it cannot be seen here whether {service} can assume the role `{id}`");
            let help = format!(
                "the principal that AWS documents is {}",
                assumed.principals.join(" and ")
            );
            (warning(message).help(help), "its trust policy".into())
        }
        Verdict::Untrusted | Verdict::Denied => {
            let message = format!("{service} cannot assume the role `{id}`: its trust policy does not let it");
            let there = format!("{} may not assume it", assumed.principals.join(" and "));
            (
                error(message).help(format!("add the statement {}", statement(assumed))),
                there,
            )
        }
    };
    Some(finding.related(trust.key_span, there))
}

/// The trust policy, unless it has mistakes of its own, which were reported, or is a text that only AWS can complete.
fn document(node: &Node) -> Option<Value> {
    match &node.data {
        Data::Text(text) => serde_json::from_str(text).ok(),
        Data::Map(_) if is_whole(node) => Some(node.to_value()),
        _ => None,
    }
}

fn is_whole(node: &Node) -> bool {
    match &node.data {
        Data::Broken | Data::Null => false,
        Data::List(items) => items.iter().all(is_whole),
        Data::Map(members) => members.iter().all(|member| is_whole(&member.value)),
        _ => true,
    }
}

/// What to paste into a trust policy.
fn statement(assumed: &Assumed) -> String {
    let quoted: Vec<_> = assumed.principals.iter().map(|one| format!("\"{one}\"")).collect();
    let principals = match quoted.as_slice() {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    format!(r#"{{"Effect": "Allow", "Principal": {{"Service": {principals}}}, "Action": "sts:AssumeRole"}}"#)
}
