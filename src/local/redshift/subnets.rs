//! Cluster subnet groups. There is no network here: subnets are kept as they are named, one zone after the other.

use super::Redshift;
use super::errors::{invalid_value, subnet_group_not_found};
use super::input::Input;
use super::model::{CLUSTERS, SUBNET_GROUPS, Status, SubnetGroup};
use super::paging::Page;
use super::wire::{self, VPC, write_tags};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::Reads;
use crate::local::xml::Xml;

/// Source: Redshift management guide, "Quotas and limits".
const MAX_GROUPS: usize = 50;
const MAX_SUBNETS: usize = 20;

impl Redshift {
    pub(super) fn create_subnet_group(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["ClusterSubnetGroupName", "Description", "SubnetIds", "Tags"];
        let input = Input::of("CreateClusterSubnetGroup", params, &known)?;
        let name = input.required("ClusterSubnetGroupName")?.to_lowercase();
        check_name(&name)?;
        let group = SubnetGroup {
            name: name.clone(),
            description: input.required("Description")?.to_owned(),
            subnets: subnets(&input)?,
            tags: input.tags()?,
        };
        self.env.store.write(|tx| {
            if SUBNET_GROUPS.get(tx, &name)?.is_some() {
                return Err(AwsError::bad_request(
                    "ClusterSubnetGroupAlreadyExists",
                    format!("The Cluster Subnet Group {name} already exists."),
                ));
            }
            if SUBNET_GROUPS.all(tx, "")?.len() >= MAX_GROUPS {
                return Err(AwsError::bad_request(
                    "ClusterSubnetGroupQuotaExceeded",
                    format!("The request would result in user exceeding the allowed number of cluster subnet groups: {MAX_GROUPS}."),
                ));
            }
            SUBNET_GROUPS.put(tx, &name, &group).map_err(AwsError::from)
        })?;
        Ok(self.group_result(&group))
    }

    pub(super) fn describe_subnet_groups(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["ClusterSubnetGroupName", "Marker", "MaxRecords", "TagKeys", "TagValues"];
        let input = Input::of("DescribeClusterSubnetGroups", params, &known)?;
        let tx = self.env.store.read()?;
        let groups = match input.text("ClusterSubnetGroupName") {
            Some(name) => {
                let group = subnet_group(&tx, name)?;
                vec![(group.name.clone(), group)]
            }
            None => SUBNET_GROUPS.all(&tx, "")?,
        };
        let page = Page::of(
            &input,
            groups.into_iter().filter(|(_, group)| input.tags_match(&group.tags)),
        )?;
        let mut xml = Xml::new();
        wire::list(
            &mut xml,
            "ClusterSubnetGroups",
            "ClusterSubnetGroup",
            &page.items,
            |xml, group| {
                self.write_group(xml, group);
            },
        );
        page.write(&mut xml);
        Ok(xml.finish())
    }

    /// "The operation replaces the existing list of subnets with the new list of subnets."
    pub(super) fn modify_subnet_group(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["ClusterSubnetGroupName", "Description", "SubnetIds"];
        let input = Input::of("ModifyClusterSubnetGroup", params, &known)?;
        let name = input.required("ClusterSubnetGroupName")?;
        let subnets = subnets(&input)?;
        let group = self.env.store.write(|tx| {
            let mut group = subnet_group(tx, name)?;
            if let Some(description) = input.text("Description") {
                group.description = description.to_owned();
            }
            group.subnets = subnets;
            SUBNET_GROUPS.put(tx, &group.name, &group)?;
            Ok::<_, AwsError>(group)
        })?;
        Ok(self.group_result(&group))
    }

    /// Refused while a cluster uses it.
    pub(super) fn delete_subnet_group(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("DeleteClusterSubnetGroup", params, &["ClusterSubnetGroupName"])?;
        let name = input.required("ClusterSubnetGroupName")?;
        let now = self.env.now();
        self.env.store.write(|tx| {
            let group = subnet_group(tx, name)?;
            let mut clusters = CLUSTERS.all(tx, "")?.into_iter().map(|(_, cluster)| cluster);
            let user = clusters.find(|cluster| {
                cluster.subnet_group.as_ref() == Some(&group.name) && cluster.status(now) != Status::Gone
            });
            if let Some(cluster) = user {
                return Err(AwsError::bad_request(
                    "InvalidClusterSubnetGroupStateFault",
                    format!(
                        "The cluster subnet group {} cannot be deleted because it is in use by cluster {}.",
                        group.name, cluster.id
                    ),
                ));
            }
            SUBNET_GROUPS.remove(tx, &group.name)?;
            Ok(String::new())
        })
    }

    fn group_result(&self, group: &SubnetGroup) -> String {
        let write = |xml: &mut Xml| self.write_group(xml, group);
        Xml::new().element("ClusterSubnetGroup", write).finish()
    }

    fn write_group(&self, xml: &mut Xml, group: &SubnetGroup) {
        xml.text("ClusterSubnetGroupName", &group.name)
            .text("Description", &group.description)
            .text("VpcId", VPC)
            .text("SubnetGroupStatus", "Complete");
        wire::list(
            xml,
            "Subnets",
            "Subnet",
            ('a'..='f').cycle().zip(&group.subnets),
            |xml, (zone, id)| {
                xml.text("SubnetIdentifier", id)
                    .element("SubnetAvailabilityZone", |xml| {
                        xml.text("Name", format_args!("{}{zone}", self.env.region()));
                    })
                    .text("SubnetStatus", "Active");
            },
        );
        write_tags(xml, &group.tags);
        xml.element("SupportedClusterIpAddressTypes", |xml| {
            xml.text("item", "ipv4");
        });
    }
}

pub(super) fn subnet_group(tx: &impl Reads, name: &str) -> Result<SubnetGroup, AwsError> {
    let group = SUBNET_GROUPS.get(tx, &name.to_lowercase())?;
    group.ok_or_else(|| subnet_group_not_found(name))
}

/// "Must contain no more than 255 alphanumeric characters or hyphens. Must not be Default."
fn check_name(name: &str) -> Result<(), AwsError> {
    let characters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_. ".contains(&b));
    match characters && !name.is_empty() && name.len() <= 255 && name != "default" {
        true => Ok(()),
        false => Err(invalid_value(format!(
            "The parameter ClusterSubnetGroupName is not valid: {name}. It must contain no more than 255 alphanumeric characters or hyphens and must not be Default."
        ))),
    }
}

fn subnets(input: &Input<'_>) -> Result<Vec<String>, AwsError> {
    let subnets = input.values("SubnetIds", "SubnetIdentifier");
    if subnets.is_empty() {
        return Err(super::errors::missing("SubnetIds"));
    }
    if subnets.len() > MAX_SUBNETS {
        return Err(AwsError::bad_request(
            "ClusterSubnetQuotaExceededFault",
            format!(
                "The request would result in user exceeding the allowed number of subnets in a cluster subnet group: {MAX_SUBNETS}."
            ),
        ));
    }
    let unknown: Vec<_> = subnets
        .iter()
        .filter(|id| !id.starts_with("subnet-"))
        .map(String::as_str)
        .collect();
    match unknown.is_empty() {
        true => Ok(subnets),
        false => Err(AwsError::bad_request(
            "InvalidSubnet",
            format!("Some input subnets in :[{}] are invalid.", unknown.join(", ")),
        )),
    }
}
