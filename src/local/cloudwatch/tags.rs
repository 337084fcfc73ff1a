//! Tags of alarms and dashboards: this service's own operations, and the tagging API's view.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::CloudWatch;
use super::alarms::{ALARMS, Alarm};
use super::dashboards::{DASHBOARDS, Dashboard};
use super::fault::{Fault, constrain, invalid_value, no_resource};
use super::input::Tag;
use super::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::store::{Table, Write};
use crate::local::tagging::{TagSource, Tagged};

/// Source: TagResource's API reference.
const MAX_TAGS: usize = 50;

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UntagResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListTagsForResource {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

/// What an ARN names.
enum Resource<'a> {
    Alarm(&'a str),
    Dashboard(&'a str),
}

impl CloudWatch {
    fn resource<'a>(&self, arn: &'a str) -> Option<Resource<'a>> {
        let alarm = arn.strip_prefix(self.alarm_arn("").as_str()).map(Resource::Alarm);
        alarm.or_else(|| {
            arn.strip_prefix(self.dashboard_arn("").as_str())
                .map(Resource::Dashboard)
        })
    }

    fn required<'a>(&self, arn: &'a str) -> Result<Resource<'a>, Fault> {
        if !arn.starts_with("arn:") || arn.split(':').count() < 6 {
            return Err(invalid_value(format!("Invalid ARN: {arn}")));
        }
        self.resource(arn).ok_or_else(|| no_resource("resource", arn))
    }

    pub(super) fn tag_resource(&self, input: TagResource) -> Result<Item, Fault> {
        let tags = checked(&input.tags)?;
        let resource = self.required(&input.arn)?;
        self.env
            .store
            .write(|tx| change(tx, &resource, |live| live.extend(tags)))?;
        Ok(Structure::new().into())
    }

    pub(super) fn untag_resource(&self, input: &UntagResource) -> Result<Item, Fault> {
        let resource = self.required(&input.arn)?;
        let untag = |live: &mut Tags| live.retain(|key, _| !input.tag_keys.contains(key));
        self.env.store.write(|tx| change(tx, &resource, untag))?;
        Ok(Structure::new().into())
    }

    pub(super) fn list_tags(&self, input: &ListTagsForResource) -> Result<Item, Fault> {
        let read = self.env.store.read()?;
        let tags = match self.required(&input.arn)? {
            Resource::Alarm(name) => ALARMS.get(&read, name)?.map(|alarm| alarm.tags),
            Resource::Dashboard(name) => DASHBOARDS.get(&read, name)?.map(|dashboard| dashboard.tags),
        };
        let tags = tags.ok_or_else(|| no_resource("resource", &input.arn))?;
        let shown = tags
            .iter()
            .map(|(key, value)| Structure::new().with("Key", key).with("Value", value));
        Ok(Structure::new().list("Tags", shown).into())
    }
}

fn change(tx: &Write, resource: &Resource<'_>, run: impl FnOnce(&mut Tags)) -> Result<(), Fault> {
    match resource {
        Resource::Alarm(name) => change_in(tx, &ALARMS, "alarm", name, of_alarm, run),
        Resource::Dashboard(name) => change_in(tx, &DASHBOARDS, "dashboard", name, of_dashboard, run),
    }
}

fn of_alarm(alarm: &mut Alarm) -> &mut Tags {
    &mut alarm.tags
}

fn of_dashboard(dashboard: &mut Dashboard) -> &mut Tags {
    &mut dashboard.tags
}

fn change_in<T: serde::Serialize + serde::de::DeserializeOwned>(
    tx: &Write,
    table: &Table<T>,
    kind: &'static str,
    name: &str,
    tags: fn(&mut T) -> &mut Tags,
    run: impl FnOnce(&mut Tags),
) -> Result<(), Fault> {
    let mut found = table.get(tx, name)?.ok_or_else(|| no_resource(kind, name))?;
    let live = tags(&mut found);
    run(live);
    if live.len() > MAX_TAGS {
        return Err(invalid_value(format!(
            "The resource would have more than {MAX_TAGS} tags."
        )));
    }
    Ok(table.put(tx, name, &found)?)
}

/// Tags of a request: lengths, no key twice, none of AWS's own.
pub(super) fn checked(tags: &[Tag]) -> Result<Tags, Fault> {
    constrain(|constraints| {
        constraints.count("tags", tags.len(), 0, MAX_TAGS);
        for (place, tag) in (1..).zip(tags) {
            constraints.length(format!("tags.{place}.member.key"), &tag.key, 1, 128);
            constraints.length(format!("tags.{place}.member.value"), &tag.value, 0, 256);
        }
    })?;
    let mut by_key = Tags::new();
    for tag in tags {
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_value(
                "Tag keys that begin with aws: are reserved for use by AWS.",
            ));
        }
        if by_key.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(invalid_value(format!("The tag key {} is given twice.", tag.key)));
        }
    }
    Ok(by_key)
}

impl TagSource for CloudWatch {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let read = self.env.store.read()?;
        let alarms = ALARMS.all(&read, "")?.into_iter();
        let alarms = alarms.map(|(name, alarm)| (self.alarm_arn(&name), alarm.tags));
        let dashboards = DASHBOARDS.all(&read, "")?.into_iter();
        let dashboards = dashboards.map(|(name, dashboard)| (self.dashboard_arn(&name), dashboard.tags));
        Ok(alarms.chain(dashboards).collect())
    }

    fn tag(&self, arn: &str, tags: &Tags) -> Result<bool, AwsError> {
        let Some(resource) = self.resource(arn) else {
            return Ok(false);
        };
        let tagged = self
            .env
            .store
            .write(|tx| change(tx, &resource, |live| live.extend(tags.clone())));
        tagged.map(|()| true).map_err(|fault| fault.error)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        let Some(resource) = self.resource(arn) else {
            return Ok(false);
        };
        let untag = |live: &mut Tags| live.retain(|key, _| !keys.contains(key));
        let untagged = self.env.store.write(|tx| change(tx, &resource, untag));
        untagged.map(|()| true).map_err(|fault| fault.error)
    }
}
