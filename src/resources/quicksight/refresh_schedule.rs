//! `AWS::QuickSight::RefreshSchedule`: when SPICE reads a data set anew.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-quicksight-refreshschedule.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::readable;
use super::{Members, SERVICE, account, arn, described, exchange, moments, picked, subscribed, tags};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found};
use crate::resources::ownership::owner;
use crate::template::default_name;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    aws_account_id: Option<String>,
    data_set_id: Option<String>,
    schedule: Schedule,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Schedule {
    /// Named after the resource where the configs have none.
    schedule_id: Option<String>,
    refresh_type: Option<String>,
    schedule_frequency: Frequency,
    /// Seconds since 1970 once normalised.
    start_after_date_time: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Frequency {
    interval: Option<String>,
    /// `{"DayOfWeek": "MONDAY"}` or `{"DayOfMonth": "1"}`.
    refresh_on_day: Option<Value>,
    /// `HH:MM`.
    time_of_the_day: Option<String>,
    /// `Timezone` in the API.
    time_zone: Option<String>,
}

pub(in crate::resources) struct RefreshSchedule;

#[async_trait]
impl Handler for RefreshSchedule {
    type Properties = Properties;

    fn normalise(&self, scope: &Scope, properties: &mut Properties) -> Result<(), Error> {
        properties.aws_account_id.get_or_insert_with(|| scope.account.clone());
        let schedule = &mut properties.schedule;
        schedule
            .schedule_id
            .get_or_insert_with(|| default_name(&scope.pipeline, &scope.environment, &scope.id));
        if let Some(Value::String(text)) = &schedule.start_after_date_time
            && let Some(seconds) = moments::seconds(text)
        {
            schedule.start_after_date_time = Some(seconds);
        }
        Ok(())
    }

    /// A schedule has no tags: it is whose the data set is.
    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let (Some(set), Some(id)) = (&wanted.data_set_id, &wanted.schedule.schedule_id) else {
            return Ok(None);
        };
        let account = account(scope, wanted.aws_account_id.as_ref());
        let Some(schedule) = describe(scope, account, set, id).await? else {
            return Ok(None);
        };
        let arn = arn(scope, account, "dataset", set);
        let tags = tags(scope, &arn).await?;
        let mut live = picked(&schedule, &["ScheduleId", "RefreshType", "StartAfterDateTime"]);
        let frequency = &schedule["ScheduleFrequency"];
        let mut parts = picked(frequency, &["Interval", "RefreshOnDay", "TimeOfTheDay"]);
        parts.insert("TimeZone".into(), frequency["Timezone"].clone());
        live.insert("ScheduleFrequency".into(), parts.into());
        let members = Members::from_iter([
            ("AwsAccountId".to_owned(), account.into()),
            ("DataSetId".to_owned(), set.as_str().into()),
            ("Schedule".to_owned(), live.into()),
        ]);
        let schedule_arn = format!("{arn}/refresh-schedule/{id}");
        let schedule_arn = schedule["Arn"].as_str().map_or(schedule_arn, str::to_owned);
        Ok(Some(Observed {
            physical_id: format!("{account}|{set}|{id}"),
            state: AVAILABLE.into(),
            attributes: BTreeMap::from([("Arn".to_owned(), schedule_arn)]),
            owner: owner(scope, &tags),
            created_at: None,
            properties: readable("DescribeRefreshSchedule", id, members)?,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        subscribed(scope).await?;
        let set = scope.required("DataSetId", &wanted.data_set_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        let request = || {
            let request = scope.clients.quicksight.create_refresh_schedule();
            request.aws_account_id(account).data_set_id(set)
        };
        exchange!(scope, cx, "CreateRefreshSchedule", set, request(), body(wanted))?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let set = scope.required("DataSetId", &wanted.data_set_id)?;
        let id = scope.required("Schedule.ScheduleId", &wanted.schedule.schedule_id)?;
        let account = account(scope, wanted.aws_account_id.as_ref());
        if describe(scope, account, set, id).await?.is_none() {
            return self.create(scope, wanted, cx).await;
        }
        let request = || {
            let request = scope.clients.quicksight.update_refresh_schedule();
            request.aws_account_id(account).data_set_id(set)
        };
        exchange!(scope, cx, "UpdateRefreshSchedule", set, request(), body(wanted))?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let set = scope.required("DataSetId", &live.data_set_id)?;
        let id = scope.required("Schedule.ScheduleId", &live.schedule.schedule_id)?;
        let account = account(scope, live.aws_account_id.as_ref());
        let client = &scope.clients.quicksight;
        scope
            .retrying(cx, async || {
                let request = client.delete_refresh_schedule();
                let request = request.aws_account_id(account).data_set_id(set).schedule_id(id);
                found(
                    request
                        .send()
                        .await
                        .map_err(|e| failure(SERVICE, "DeleteRefreshSchedule", id, e)),
                )
            })
            .await?;
        Ok(())
    }
}

fn body(wanted: &Properties) -> Members {
    let Schedule {
        schedule_id,
        refresh_type,
        schedule_frequency: frequency,
        start_after_date_time,
    } = &wanted.schedule;
    let mut schedule = json!({
        "ScheduleId": schedule_id,
        "RefreshType": refresh_type,
        "StartAfterDateTime": start_after_date_time,
        "ScheduleFrequency": {
            "Interval": frequency.interval,
            "RefreshOnDay": frequency.refresh_on_day,
            "TimeOfTheDay": frequency.time_of_the_day,
            "Timezone": frequency.time_zone,
        },
    });
    for part in ["", "/ScheduleFrequency"] {
        if let Some(members) = schedule.pointer_mut(part).and_then(Value::as_object_mut) {
            members.retain(|_, value| !value.is_null());
        }
    }
    Members::from_iter([("Schedule".to_owned(), schedule)])
}

async fn describe(scope: &Scope, account: &str, set: &str, id: &str) -> Result<Option<Value>, aws::Error> {
    let client = &scope.clients.quicksight;
    let request = client.describe_refresh_schedule();
    let request = request.aws_account_id(account).data_set_id(set).schedule_id(id);
    let answer = described!("DescribeRefreshSchedule", id, request)?;
    Ok(answer.map(|mut answer| answer["RefreshSchedule"].take()))
}
