//! CreateTags, DeleteTags, DescribeTags, and the tagging API's view.

use std::collections::BTreeMap;

use super::errors::{invalid_value, missing, resource_not_found};
use super::input::{Input, check_tag_count, tags_match};
use super::model::{CLUSTERS, SNAPSHOTS, SUBNET_GROUPS, Status, Tags, USAGE_LIMITS};
use super::paging::Page;
use super::{Redshift, wire};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::store::{Reads, Write};
use crate::local::tagging::{TagSource, Tagged};
use crate::local::xml::Xml;

/// A tagged resource: ARN, type as DescribeTags names it, tags.
type Resource = (String, &'static str, Tags);

impl Redshift {
    pub(super) fn create_tags(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("CreateTags", params, &["ResourceName", "Tags"])?;
        let arn = input.required("ResourceName")?;
        let tags = input.tags()?;
        if tags.is_empty() {
            return Err(missing("Tags"));
        }
        self.add_tags(arn, &tags)?;
        Ok(String::new())
    }

    fn add_tags(&self, arn: &str, new: &Tags) -> Result<(), AwsError> {
        self.change_tags(arn, |tags| {
            tags.extend(new.clone());
            check_tag_count(tags)
        })
    }

    pub(super) fn delete_tags(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("DeleteTags", params, &["ResourceName", "TagKeys"])?;
        let arn = input.required("ResourceName")?;
        let keys = input.values("TagKeys", "TagKey");
        if keys.is_empty() {
            return Err(missing("TagKeys"));
        }
        self.remove_tags(arn, &keys)?;
        Ok(String::new())
    }

    fn remove_tags(&self, arn: &str, keys: &[String]) -> Result<(), AwsError> {
        self.change_tags(arn, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    /// Changes the tags of the resource that `arn` names.
    fn change_tags(&self, arn: &str, change: impl FnOnce(&mut Tags) -> Result<(), AwsError>) -> Result<(), AwsError> {
        let prefix = self.env.arn("redshift", "");
        let resource = arn.strip_prefix(&prefix).and_then(|resource| resource.split_once(':'));
        let Some((kind, name)) = resource else {
            return Err(invalid_value(format!("Invalid resource name: {arn}")));
        };
        self.env.store.write(|tx| match kind {
            "cluster" => {
                let mut cluster = self.cluster(tx, name).map_err(|_| resource_not_found(arn))?;
                change(&mut cluster.tags)?;
                Ok(CLUSTERS.put(tx, name, &cluster)?)
            }
            "subnetgroup" => {
                let mut group = SUBNET_GROUPS.get(tx, name)?.ok_or_else(|| resource_not_found(arn))?;
                change(&mut group.tags)?;
                Ok(SUBNET_GROUPS.put(tx, name, &group)?)
            }
            "usagelimit" => {
                let mut limit = USAGE_LIMITS.get(tx, name)?.ok_or_else(|| resource_not_found(arn))?;
                change(&mut limit.tags)?;
                Ok(USAGE_LIMITS.put(tx, name, &limit)?)
            }
            "snapshot" => self.change_snapshot_tags(tx, arn, name, change),
            _ => Err(resource_not_found(arn)),
        })
    }

    fn change_snapshot_tags(
        &self,
        tx: &Write,
        arn: &str,
        name: &str,
        change: impl FnOnce(&mut Tags) -> Result<(), AwsError>,
    ) -> Result<(), AwsError> {
        let snapshot = self.snapshot_named(tx, name)?;
        let mut snapshot = snapshot.ok_or_else(|| resource_not_found(arn))?;
        change(&mut snapshot.tags)?;
        Ok(SNAPSHOTS.put(tx, &snapshot.id, &snapshot)?)
    }

    /// A name, or a type, or neither; with a name there is one page.
    pub(super) fn describe_tags(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "Marker",
            "MaxRecords",
            "ResourceName",
            "ResourceType",
            "TagKeys",
            "TagValues",
        ];
        let input = Input::of("DescribeTags", params, &known)?;
        let (name, kind) = (input.text("ResourceName"), input.text("ResourceType"));
        if name.is_some() && kind.is_some() {
            return Err(invalid_value(
                "You cannot specify an ARN and a resource-type value together in the same request.",
            ));
        }
        let resources = self.resources(&self.env.store.read()?)?;
        if let Some(arn) = name
            && !resources.iter().any(|(known, ..)| known == arn)
        {
            return Err(resource_not_found(arn));
        }
        let keys = input.values("TagKeys", "TagKey");
        let values = input.values("TagValues", "TagValue");
        let mut rows = BTreeMap::new();
        for (arn, resource_kind, tags) in resources {
            if name.is_some_and(|name| name != arn)
                || kind.is_some_and(|kind| !kind.eq_ignore_ascii_case(resource_kind))
            {
                continue;
            }
            for (key, value) in tags {
                if tags_match(&Tags::from([(key.clone(), value.clone())]), &keys, &values) {
                    rows.insert(format!("{arn}\0{key}"), (arn.clone(), resource_kind, key, value));
                }
            }
        }
        let page = Page::of(&input, rows)?;
        let mut xml = Xml::new();
        wire::list(
            &mut xml,
            "TaggedResources",
            "TaggedResource",
            &page.items,
            |xml, (arn, kind, key, value)| {
                xml.element("Tag", |xml| {
                    xml.text("Key", key).text("Value", value);
                })
                .text("ResourceName", arn)
                .text("ResourceType", kind);
            },
        );
        page.write(&mut xml);
        Ok(xml.finish())
    }

    fn resources(&self, tx: &impl Reads) -> Result<Vec<Resource>, AwsError> {
        let now = self.env.now();
        let arn = |resource: String| self.env.arn("redshift", &resource);
        let mut all = Vec::new();
        for (id, cluster) in CLUSTERS.all(tx, "")? {
            if !matches!(
                cluster.status(now),
                Status::Gone | Status::Deleting | Status::FinalSnapshot
            ) {
                all.push((arn(format!("cluster:{id}")), "cluster", cluster.tags));
            }
        }
        for (name, group) in SUBNET_GROUPS.all(tx, "")? {
            all.push((arn(format!("subnetgroup:{name}")), "subnetgroup", group.tags));
        }
        for (_, snapshot) in SNAPSHOTS.all(tx, "")? {
            if !snapshot.is_gone(now) {
                all.push((self.snapshot_arn(&snapshot), "snapshot", snapshot.tags));
            }
        }
        for (id, limit) in USAGE_LIMITS.all(tx, "")? {
            all.push((arn(format!("usagelimit:{id}")), "usagelimit", limit.tags));
        }
        Ok(all)
    }
}

impl TagSource for Redshift {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let resources = self.resources(&self.env.store.read()?)?;
        Ok(resources.into_iter().map(|(arn, _, tags)| (arn, tags)).collect())
    }

    fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        if !arn.starts_with(&self.env.arn("redshift", "")) {
            return Ok(false);
        }
        self.add_tags(arn, tags)?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        if !arn.starts_with(&self.env.arn("redshift", "")) {
            return Ok(false);
        }
        self.remove_tags(arn, keys)?;
        Ok(true)
    }
}
