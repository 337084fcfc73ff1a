//! `configs/pipeline.json`: the project's name, its environments, and which resource plays which part.

use super::fields::{Fields, Located};
use super::node::{Member, Node};
use super::project::{EmbeddedSettings, IngestSettings};
use super::sink::{Finding, Sink};
use super::source::Span;

/// The name of the environment that always exists.
pub(super) const LOCAL: &str = "local";

#[derive(Debug, Default)]
pub(super) struct Settings {
    pub name: Option<Located<String>>,
    pub environments: Vec<EnvironmentSettings>,
    /// Where `environments` stands, for findings about a missing one.
    pub environments_span: Option<Span>,
    pub flow: FlowSettings,
}

/// One environment as written, values unchecked against each other.
#[derive(Debug)]
pub(super) struct EnvironmentSettings {
    pub name: Located<String>,
    pub account: Option<Located<String>>,
    pub region: Option<Located<String>>,
    pub endpoint: Option<Located<String>>,
    pub profile: Option<Located<String>>,
    pub embedded: Option<Located<EmbeddedSettings>>,
    pub stages: Option<Vec<Located<String>>>,
    pub parameters: Vec<Member>,
    pub ingest: IngestSettings,
    /// All of it, to tell a missing setting from a wrong one.
    pub raw: Node,
}

#[derive(Debug, Default)]
pub(super) struct FlowSettings {
    pub stream: Option<Located<String>>,
    pub delivery_stream: Option<Located<String>>,
    pub raw_bucket: Option<Located<String>>,
    pub curated_bucket: Option<Located<String>>,
    pub job: Option<Located<String>>,
    /// Warehouses, of which at most one exists in an environment.
    pub warehouse: Vec<Located<String>>,
    pub copy_role: Option<Located<String>>,
    pub load: Option<Located<String>>,
    pub ledger: Option<Located<String>>,
}

/// Reads the file's JSON; what is wrong is left out and reported.
pub(super) fn read(root: &Node, sink: &mut Sink) -> Settings {
    let known = ["name", "environments", "flow", "$schema"];
    let Some(fields) = Fields::open(root, "pipeline.json", &known, sink) else {
        return Settings::default();
    };
    let name = fields
        .required_text("name", sink)
        .filter(|name| plain_name(name, "the pipeline's name", sink));
    let environments = fields.node("environments");
    Settings {
        name,
        environments: environments
            .map(|node| read_environments(node, sink))
            .unwrap_or_default(),
        environments_span: environments.map(|node| node.span),
        flow: fields
            .node("flow")
            .map(|node| read_flow(node, sink))
            .unwrap_or_default(),
    }
}

fn read_environments(node: &Node, sink: &mut Sink) -> Vec<EnvironmentSettings> {
    let Some(members) = node.members() else {
        super::fields::wrong_type::<()>(node, "`environments`", "an object", sink);
        return Vec::new();
    };
    members
        .iter()
        .filter_map(|member| read_environment(member, sink))
        .collect()
}

fn read_environment(member: &Member, sink: &mut Sink) -> Option<EnvironmentSettings> {
    let name = Located {
        value: member.key.clone(),
        span: member.key_span,
    };
    plain_name(&name, "an environment's name", sink);
    let known = [
        "account",
        "region",
        "endpoint",
        "profile",
        "embedded",
        "stages",
        "parameters",
        "ingest",
        "description",
    ];
    let fields = Fields::open(&member.value, format!("environment `{}`", name.value), &known, sink)?;
    let environment = EnvironmentSettings {
        account: fields
            .text("account", sink)
            .filter(|account| account_shape(account, sink)),
        region: fields.text("region", sink).filter(|region| region_shape(region, sink)),
        endpoint: fields
            .text("endpoint", sink)
            .filter(|endpoint| endpoint_shape(endpoint, sink)),
        profile: fields.text("profile", sink),
        embedded: read_embedded(&fields, &name.value, sink),
        stages: fields.texts("stages", sink),
        parameters: read_parameters(&fields, sink),
        ingest: read_ingest(&fields, sink),
        raw: member.value.clone(),
        name,
    };
    if let (Some(endpoint), Some(_)) = (&environment.endpoint, &environment.embedded) {
        let message = "an environment has either an `endpoint` or is `embedded`, not both";
        sink.push(Finding::error("wrong-value", endpoint.span, message));
    }
    Some(environment)
}

fn read_embedded(fields: &Fields<'_>, name: &str, sink: &mut Sink) -> Option<Located<EmbeddedSettings>> {
    let Some(node) = fields.node("embedded") else {
        return (name == LOCAL).then(|| Located {
            value: EmbeddedSettings::default(),
            span: fields.span(),
        });
    };
    let inner = Fields::open(node, "`embedded`", &["limits", "timing"], sink)?;
    let aws_limits = inner
        .word("limits", &[("none", false), ("aws", true)], sink)
        .unwrap_or_default();
    let aws_timing = inner
        .word("timing", &[("fast", false), ("aws", true)], sink)
        .unwrap_or_default();
    Some(Located {
        value: EmbeddedSettings { aws_limits, aws_timing },
        span: node.span,
    })
}

fn read_ingest(fields: &Fields<'_>, sink: &mut Sink) -> IngestSettings {
    let mut ingest = IngestSettings::default();
    if let Some(inner) = fields
        .node("ingest")
        .and_then(|node| Fields::open(node, "`ingest`", &["aggregate"], sink))
    {
        ingest.aggregate = inner.flag("aggregate", sink).unwrap_or(ingest.aggregate);
    }
    ingest
}

fn read_parameters(fields: &Fields<'_>, sink: &mut Sink) -> Vec<Member> {
    let Some(node) = fields.node("parameters") else {
        return Vec::new();
    };
    let members = node.members().map(<[Member]>::to_vec);
    members
        .or_else(|| super::fields::wrong_type(node, "`parameters`", "an object", sink))
        .unwrap_or_default()
}

fn read_flow(node: &Node, sink: &mut Sink) -> FlowSettings {
    let known = [
        "stream",
        "delivery_stream",
        "raw_bucket",
        "curated_bucket",
        "job",
        "warehouse",
        "copy_role",
        "load",
        "ledger",
    ];
    let Some(fields) = Fields::open(node, "`flow`", &known, sink) else {
        return FlowSettings::default();
    };
    FlowSettings {
        stream: fields.text("stream", sink),
        delivery_stream: fields.text("delivery_stream", sink),
        raw_bucket: fields.text("raw_bucket", sink),
        curated_bucket: fields.text("curated_bucket", sink),
        job: fields.text("job", sink),
        warehouse: match fields.node("warehouse").map(Node::list) {
            Some(Some(_)) => fields.texts("warehouse", sink).unwrap_or_default(),
            _ => fields.text("warehouse", sink).into_iter().collect(),
        },
        copy_role: fields.text("copy_role", sink),
        load: fields.text("load", sink),
        ledger: fields
            .text("ledger", sink)
            .filter(|ledger| qualified_table(ledger, sink)),
    }
}

/// The ledger's name goes into SQL as it is, so it is one that needs no quotes
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_names.html>).
fn qualified_table(name: &Located<String>, sink: &mut Sink) -> bool {
    let plain = |part: &str| {
        part.len() <= 127
            && part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let good = name
        .value
        .split_once('.')
        .is_some_and(|(schema, table)| plain(schema) && plain(table));
    if !good {
        let message = format!("`ledger` cannot be `{}`", name.value);
        let help = "write schema.table, each of lower-case letters, digits and `_`, like `hr.load_ledger`";
        sink.push(Finding::error("bad-name", name.span, message).help(help));
    }
    good
}

/// Names become part of bucket names, tags and paths, so they are lower-case words.
fn plain_name(name: &Located<String>, what: &str, sink: &mut Sink) -> bool {
    let text = &name.value;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(inner)
        && !text.ends_with('-');
    if !good {
        let message = format!("{what} cannot be `{text}`");
        let help = "lower-case letters, digits and hyphens, starting with a letter, at most 40 characters";
        sink.push(Finding::error("bad-name", name.span, message).help(help));
    }
    good
}

/// AWS account ids are 12 digits (IAM user guide, "AWS account identifiers").
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The shape of a region code: `eu-west-1`, `us-gov-east-1`, `us-iso-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let words: Vec<_> = text.split('-').collect();
    let (Some((last, middle)), true) = (words.split_last(), words.len() >= 3) else {
        return false;
    };
    let letters = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    middle[0].len() == 2
        && middle.iter().all(letters)
        && (1..=2).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_digit())
}

fn account_shape(account: &Located<String>, sink: &mut Sink) -> bool {
    let good = is_account(&account.value);
    if !good {
        let message = format!("`{}` is not an AWS account id", account.value);
        sink.push(Finding::error("bad-account", account.span, message).help("an account id is 12 digits, no hyphens"));
    }
    good
}

fn region_shape(region: &Located<String>, sink: &mut Sink) -> bool {
    let good = is_region(&region.value);
    if !good {
        let message = format!("`{}` is not an AWS region", region.value);
        sink.push(Finding::error("bad-region", region.span, message).help("a region looks like `eu-west-1`"));
    }
    good
}

fn endpoint_shape(endpoint: &Located<String>, sink: &mut Sink) -> bool {
    let good = endpoint.value.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if !good {
        let message = format!("`{}` is not the URL of an endpoint", endpoint.value);
        let help = "write http:// or https://, a host and a port: `http://127.0.0.1:4566`";
        sink.push(Finding::error("bad-endpoint", endpoint.span, message).help(help));
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_regions_and_accounts_by_their_shape() {
        for good in [
            "eu-west-1",
            "us-gov-west-1",
            "ap-southeast-2",
            "us-iso-east-1",
            "us-isob-east-1",
            "il-central-1",
        ] {
            assert!(is_region(good), "{good}");
        }
        for bad in [
            "eu-west",
            "euwest1",
            "EU-west-1",
            "eu_west_1",
            "",
            "-",
            "eu--1",
            "eu-west-1a",
            "eu-west-123",
        ] {
            assert!(!is_region(bad), "{bad}");
        }
        for (text, good) in [
            ("000000000000", true),
            ("11112222333", false),
            ("1111-2222-33", false),
            ("", false),
        ] {
            assert_eq!(is_account(text), good, "{text}");
        }
    }
}
