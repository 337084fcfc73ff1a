//! Warehouses that QuickSight cannot connect to: its data source would end as CREATION_FAILED, after the rest is made.

use super::{Resource, Whole};
use crate::template::node::{Data, Member, Node, Part, REF, Residual};
use crate::template::scope::Scope;
use crate::template::sink::{Finding, Sink};

/// Types of warehouses, and the attributes that say where one is or which.
const WAREHOUSES: [(&str, [&str; 2]); 2] = [
    (
        "AWS::RedshiftServerless::Workgroup",
        [REF, "Workgroup.Endpoint.Address"],
    ),
    ("AWS::Redshift::Cluster", [REF, "Endpoint.Address"]),
];

/// Outside of a VPC connection QuickSight comes over the internet, where a warehouse that is not `PubliclyAccessible`
/// (the default of both types) has no address
/// (<https://docs.aws.amazon.com/quicksight/latest/user/working-with-aws-vpc.html>).
pub(super) fn quicksight_reaches_its_warehouse(whole: &Whole<'_>, sink: &mut Sink) {
    if !whole.on_aws() {
        return;
    }
    let sources = whole.resources.iter();
    for source in sources.filter(|one| one.selected && one.kind == "AWS::QuickSight::DataSource") {
        let redshift = source.properties.at(&["DataSourceParameters", "RedshiftParameters"]);
        let places = ["Host", "ClusterId"].iter().filter_map(|name| redshift?.member(name));
        let mut pointing = places.filter_map(|place| Some((place, warehouse(whole, &place.value)?)));
        if let Some((place, warehouse)) = pointing.next()
            && !is_public(warehouse)
            && !is_in_vpc(source)
        {
            sink.push(unreachable(whole, source, place, warehouse));
        }
    }
}

/// The warehouse whose address or name the value is or begins with.
fn warehouse<'w, 'a>(whole: &'w Whole<'a>, place: &Node) -> Option<&'w Resource<'a>> {
    let Data::Residual(Residual(parts)) = &place.data else {
        return None;
    };
    let [Part::Attribute(id, attribute), ..] = parts.as_slice() else {
        return None;
    };
    let mut kinds = WAREHOUSES.iter();
    kinds.find_map(|(kind, attributes)| {
        let warehouse = whole.find(id, kind)?;
        attributes.contains(&attribute.as_str()).then_some(warehouse)
    })
}

/// Public, or nobody knows.
fn is_public(warehouse: &Resource<'_>) -> bool {
    let public = warehouse.properties.get("PubliclyAccessible");
    public.is_some_and(|public| public.data != Data::Bool(false))
}

/// In a VPC, or nobody knows.
fn is_in_vpc(source: &Resource<'_>) -> bool {
    let Some(vpc) = source.properties.get("VpcConnectionProperties") else {
        return false;
    };
    vpc.get("VpcConnectionArn").is_none_or(|arn| arn.text() != Some(""))
}

fn unreachable(whole: &Whole<'_>, source: &Resource<'_>, place: &Member, warehouse: &Resource<'_>) -> Finding {
    let message = format!(
        "QuickSight cannot reach `{}`: it has no public address, and `{}` has no VPC connection",
        warehouse.id, source.id
    );
    let environment = &whole.environment.name;
    let written = source.written.member("VpcConnectionProperties");
    let parameter = written.and_then(|written| parameter(&written.value, whole.scope));
    let target = match parameter {
        Some(name) => format!("\"{name}\" of environments.{environment}.parameters in configs/pipeline.json"),
        None => "`VpcConnectionProperties.VpcConnectionArn`".to_owned(),
    };
    let help = format!("make a VPC connection (aws quicksight create-vpc-connection), and put its ARN into {target}");
    let finding = match written {
        Some(written) => Finding::warning("unreachable-warehouse", written.key_span, message)
            .label(format!("left out in environment `{environment}`"))
            .related(place.key_span, "what it connects to"),
        None => Finding::warning("unreachable-warehouse", place.key_span, message).label("what it connects to"),
    };
    let public = warehouse.properties.member("PubliclyAccessible");
    let finding = match public {
        Some(public) => finding.related(public.key_span, "not public"),
        None => finding,
    };
    finding.help(help)
}

/// The first parameter that the value refers to.
fn parameter<'a>(node: &'a Node, scope: &Scope) -> Option<&'a str> {
    if let Some(items) = node.list() {
        return items.iter().find_map(|item| parameter(item, scope));
    }
    node.members()?
        .iter()
        .find_map(|member| match (member.key.as_str(), member.value.text()) {
            ("Ref", Some(name)) => scope.parameters.contains_key(name).then_some(name),
            _ => parameter(&member.value, scope),
        })
}
