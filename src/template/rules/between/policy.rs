//! Whether a trust policy lets an AWS service assume its role, as far as the configs tell.
//!
//! Grammar and evaluation: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

use serde_json::Value;

const ACTION: &str = "sts:assumerole";

/// The service that asks, and from where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    /// As in `glue.amazonaws.com`.
    pub principal: &'a str,
    /// A role may also name the principal with a region in it, as in `redshift.us-east-1.amazonaws.com`.
    pub regional: bool,
    pub account: &'a str,
    pub region: &'a str,
}

/// What the policy says, from the least to the most that an Allow can give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// A Deny without a condition.
    Denied,
    Untrusted,
    /// It names principals that cannot be read here, or the service in a form that AWS does not document.
    Unclear,
    /// Only for requests from this account, by `aws:SourceAccount`.
    Elsewhere(String),
    /// Conditions that only AWS can evaluate are taken to hold.
    Trusted,
}

/// How far a statement names the service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    No,
    Perhaps,
    Yes,
}

/// Reads the document; a policy is an object, and its statements are one or many.
pub(super) fn verdict(document: &Value, asker: Asker<'_>) -> Verdict {
    let statements = document.get("Statement").map(many).unwrap_or_default();
    let mut best = Verdict::Untrusted;
    for statement in statements.into_iter().filter(|one| names_action(one)) {
        let named = names_principal(statement, asker);
        let allows = statement["Effect"] == "Allow";
        match named {
            Named::No => {}
            Named::Yes if !allows && statement.get("Condition").is_none() => return Verdict::Denied,
            _ if !allows => {}
            Named::Perhaps => best = best.max(Verdict::Unclear),
            Named::Yes => best = best.max(allowed(statement, asker)),
        }
    }
    best
}

fn allowed(statement: &Value, asker: Asker<'_>) -> Verdict {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    let equals = operators.filter(|(operator, _)| operator.eq_ignore_ascii_case("StringEquals"));
    let keys = equals.filter_map(|(_, keys)| keys.as_object()).flatten();
    for (_, accounts) in keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceAccount")) {
        let accounts: Option<Vec<&str>> = many(accounts).into_iter().map(Value::as_str).collect();
        if let Some(accounts) = accounts.filter(|accounts| !accounts.contains(&asker.account)) {
            return Verdict::Elsewhere(accounts.join(", "));
        }
    }
    Verdict::Trusted
}

fn names_action(statement: &Value) -> bool {
    let matches = |key: &str| {
        let patterns = statement.get(key).map(many).unwrap_or_default();
        let mut texts = patterns.into_iter().filter_map(Value::as_str);
        texts.any(|pattern| like(pattern.to_ascii_lowercase().as_bytes(), ACTION.as_bytes()))
    };
    match statement.get("NotAction") {
        Some(_) => !matches("NotAction"),
        None => matches("Action"),
    }
}

/// `"*"` and `{"AWS": "*"}` are everyone.
fn names_principal(statement: &Value, asker: Asker<'_>) -> Named {
    if let Some(others) = statement.get("NotPrincipal") {
        return match named(others, asker) {
            Named::No => Named::Yes,
            _ => Named::No,
        };
    }
    statement
        .get("Principal")
        .map_or(Named::No, |given| named(given, asker))
}

fn named(given: &Value, asker: Asker<'_>) -> Named {
    if given == "*" {
        return Named::Yes;
    }
    let Some(kinds) = given.as_object() else {
        return Named::Perhaps;
    };
    let of = |kind: &str| kinds.get(kind).map(many).unwrap_or_default();
    if of("AWS").iter().any(|name| *name == "*") {
        return Named::Yes;
    }
    let services = of("Service").into_iter().map(|name| service(name, asker));
    services.fold(Named::No, |best, one| match (best, one) {
        (Named::Yes, _) | (_, Named::Yes) => Named::Yes,
        (Named::Perhaps, _) | (_, Named::Perhaps) => Named::Perhaps,
        _ => Named::No,
    })
}

fn service(name: &Value, asker: Asker<'_>) -> Named {
    let Some(name) = name.as_str() else {
        return Named::Perhaps;
    };
    if name == "*" || name == asker.principal {
        return Named::Yes;
    }
    let Some((short, suffix)) = asker.principal.split_once('.') else {
        return Named::No;
    };
    let rest = name.strip_prefix(short).and_then(|rest| rest.strip_prefix('.'));
    let Some(rest) = rest else { return Named::No };
    let region = rest.strip_suffix(suffix).and_then(|region| region.strip_suffix('.'));
    match region {
        Some(region) if asker.regional && region == asker.region => Named::Yes,
        Some(_) if asker.regional => Named::No,
        _ if rest.ends_with(suffix) || rest == format!("{suffix}.cn") => Named::Perhaps,
        _ => Named::No,
    }
}

/// A value or a list of them, as policies have them.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// `*` stands for any text, `?` for one character.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([b'*', b'*', ..], _) => like(&pattern[1..], text),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| like(rest, &text[at..])),
        ([b'?', rest @ ..], [_, others @ ..]) => like(rest, others),
        ([one, rest @ ..], [other, others @ ..]) => one == other && like(rest, others),
        ([], []) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GLUE: Asker<'_> = Asker {
        principal: "glue.amazonaws.com",
        regional: false,
        account: "111122223333",
        region: "eu-west-1",
    };
    const REDSHIFT: Asker<'_> = Asker {
        principal: "redshift.amazonaws.com",
        regional: true,
        ..GLUE
    };

    fn of(statement: Value) -> Verdict {
        verdict(&json!({ "Statement": statement }), GLUE)
    }

    fn by(principal: Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    }

    fn doing(action: Value) -> Value {
        json!({"Effect": "Allow", "Principal": "*", "Action": action})
    }

    #[test]
    fn every_form_that_names_the_service_trusts_it() {
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"Service": "*"}),
            json!({"Service": "glue.amazonaws.com"}),
            json!({"AWS": "arn:aws:iam::111122223333:root", "Service": ["firehose.amazonaws.com", "glue.amazonaws.com"]}),
        ] {
            assert_eq!(of(by(principal.clone())), Verdict::Trusted, "{principal}");
            assert_eq!(of(json!([by(json!({"AWS": "1"})), by(principal)])), Verdict::Trusted);
        }
        let all_but = |principal| json!({"Effect": "Allow", "NotPrincipal": principal, "Action": "sts:AssumeRole"});
        assert_eq!(of(all_but(json!({"Service": "ec2.amazonaws.com"}))), Verdict::Trusted);
        assert_eq!(
            of(all_but(json!({"Service": "glue.amazonaws.com"}))),
            Verdict::Untrusted
        );
    }

    #[test]
    fn other_principals_do_not() {
        for principal in [
            json!({"Service": "firehose.amazonaws.com"}),
            json!({"Service": "glue.amazon.com"}),
            json!({"Service": "glueball.amazonaws.com"}),
            json!({"Service": []}),
            json!({"AWS": "arn:aws:iam::111122223333:root"}),
            json!({"AWS": {"Fn::GetAtt": ["Other", "Arn"]}}),
            json!({"Federated": "cognito-identity.amazonaws.com"}),
        ] {
            assert_eq!(of(by(principal.clone())), Verdict::Untrusted, "{principal}");
        }
        assert_eq!(verdict(&json!({}), GLUE), Verdict::Untrusted);
    }

    #[test]
    fn what_cannot_be_read_here_is_unclear() {
        for principal in [
            json!({"Service": [{"Ref": "Who"}]}),
            json!({"Service": "glue.eu-west-1.amazonaws.com"}),
            json!({"Service": "glue.amazonaws.com.cn"}),
        ] {
            assert_eq!(of(by(principal.clone())), Verdict::Unclear, "{principal}");
        }
    }

    #[test]
    fn actions_are_patterns() {
        for action in [
            json!("sts:AssumeRole"),
            json!("STS:assumerole"),
            json!("*"),
            json!("sts:*"),
            json!("sts:Assume**"),
            json!(["sts:TagSession", "sts:A?sumeRole"]),
        ] {
            assert_eq!(of(doing(action.clone())), Verdict::Trusted, "{action}");
        }
        for action in [
            json!("sts:AssumeRoleWithSAML"),
            json!("sts:TagSession"),
            json!("sts:AssumeRole?"),
            json!([]),
        ] {
            assert_eq!(of(doing(action.clone())), Verdict::Untrusted, "{action}");
        }
        let not = |action: &str| of(json!({"Effect": "Allow", "Principal": "*", "NotAction": action}));
        assert_eq!(
            (not("sts:TagSession"), not("sts:*")),
            (Verdict::Trusted, Verdict::Untrusted)
        );
    }

    #[test]
    fn a_deny_without_condition_prevails() {
        let deny = |more: Value| json!([by(json!("*")), {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}, more]);
        assert_eq!(of(deny(by(json!("*")))), Verdict::Denied);
        let mut conditional = by(json!("*"));
        conditional["Effect"] = "Deny".into();
        conditional["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
        assert_eq!(of(json!([by(json!("*")), conditional])), Verdict::Trusted);
    }

    #[test]
    fn another_source_account_is_elsewhere() {
        let with = |condition: Value| {
            let mut statement = by(json!({"Service": "glue.amazonaws.com"}));
            statement["Condition"] = condition;
            of(statement)
        };
        let elsewhere = with(json!({"StringEquals": {"AWS:sourceaccount": ["444455556666", "777788889999"]}}));
        assert_eq!(elsewhere, Verdict::Elsewhere("444455556666, 777788889999".into()));
        for condition in [
            json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}),
            json!({"StringEquals": {"aws:SourceAccount": {"Ref": "Unknown"}}}),
            json!({"StringEqualsIfExists": {"aws:SourceAccount": "444455556666"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:444455556666:job/*"}}),
        ] {
            assert_eq!(with(condition.clone()), Verdict::Trusted, "{condition}");
        }
    }

    #[test]
    fn redshift_may_be_named_with_its_region() {
        let by = |name: &str| verdict(&json!({"Statement": by(json!({"Service": name}))}), REDSHIFT);
        assert_eq!(by("redshift.eu-west-1.amazonaws.com"), Verdict::Trusted);
        assert_eq!(by("redshift.us-east-1.amazonaws.com"), Verdict::Untrusted);
        assert_eq!(by("redshift-serverless.amazonaws.com"), Verdict::Untrusted);
    }
}
