//! Creation, change, description and deletion of refresh schedules.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::frequency::Frequency;
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::document::{ok, reply};
use crate::local::quicksight::errors::{check_id, exists, invalid, limit, not_found};
use crate::local::quicksight::model::{SCHEDULES, Schedule, below};
use crate::local::rest::{Input, Reply};
use crate::local::store::Reads;

/// "You can create up to 5 different schedules for a single dataset." Source: CreateRefreshSchedule's API reference.
const MOST: usize = 5;

impl QuickSight {
    fn schedule_arn(&self, data_set: &str, id: &str) -> String {
        self.arn(&format!("dataset/{data_set}/refresh-schedule/{id}"))
    }

    fn schedule(&self, tx: &impl Reads, data_set: &str, id: &str) -> Result<Schedule, AwsError> {
        self.data_set(tx, data_set)?;
        let found = SCHEDULES.get(tx, &below(data_set, id))?;
        found.ok_or_else(|| not_found(format!("RefreshSchedule {id} of DataSet {data_set} is not found")))
    }

    /// The request's schedule, for a data set that can have it.
    fn given_schedule(&self, tx: &impl Reads, input: &Input) -> Result<(Schedule, Frequency), AwsError> {
        let data_set = input.text("DataSetId");
        if !self.data_set(tx, data_set)?.spice {
            return Err(invalid(format!(
                "DataSet {data_set} queries its source directly; only data sets in SPICE are refreshed"
            )));
        }
        let mut given: Map<String, Value> = input.read("Schedule")?;
        given.remove("Arn");
        let id = given
            .get("ScheduleId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        check_id("ScheduleId", &id)?;
        let frequency = Frequency::read(&given)?;
        let schedule = Schedule {
            id,
            data_set: data_set.to_owned(),
            since: self.env.now(),
            given,
        };
        Ok((schedule, frequency))
    }

    /// "HOURLY: ... This interval can only be used for one schedule per dataset." Source: RefreshFrequency.
    fn check_hourly(&self, tx: &impl Reads, new: &Schedule, frequency: &Frequency) -> Result<(), AwsError> {
        let others = SCHEDULES.all(tx, &below(&new.data_set, ""))?;
        let hourly = |(_, other): &(String, Schedule)| {
            other.id != new.id && Frequency::read(&other.given).is_ok_and(|other| other.is_hourly())
        };
        match frequency.is_hourly() && others.iter().any(hourly) {
            true => Err(invalid(format!(
                "DataSet {} already has an HOURLY schedule",
                new.data_set
            ))),
            false => Ok(()),
        }
    }

    pub(in crate::local::quicksight) fn create_refresh_schedule(&self, input: &Input) -> Result<Reply, AwsError> {
        let schedule = self.env.store.write(|tx| {
            let (schedule, frequency) = self.given_schedule(tx, input)?;
            let key = below(&schedule.data_set, &schedule.id);
            if SCHEDULES.get(tx, &key)?.is_some() {
                return Err(exists(format!("RefreshSchedule {} already exists", schedule.id)));
            }
            if SCHEDULES.all(tx, &below(&schedule.data_set, ""))?.len() >= MOST {
                return Err(limit(format!(
                    "DataSet {} has {MOST} schedules already, which is the most that is possible",
                    schedule.data_set
                )));
            }
            self.check_hourly(tx, &schedule, &frequency)?;
            SCHEDULES.put(tx, &key, &schedule)?;
            Ok(schedule)
        })?;
        self.scheduler.changed();
        Ok(reply(StatusCode::CREATED, self.named(&schedule)))
    }

    pub(in crate::local::quicksight) fn update_refresh_schedule(&self, input: &Input) -> Result<Reply, AwsError> {
        let schedule = self.env.store.write(|tx| {
            let (schedule, frequency) = self.given_schedule(tx, input)?;
            self.schedule(tx, &schedule.data_set, &schedule.id)?;
            self.check_hourly(tx, &schedule, &frequency)?;
            SCHEDULES.put(tx, &below(&schedule.data_set, &schedule.id), &schedule)?;
            Ok::<_, AwsError>(schedule)
        })?;
        self.scheduler.changed();
        Ok(ok(self.named(&schedule)))
    }

    fn named(&self, schedule: &Schedule) -> Value {
        json!({"ScheduleId": schedule.id, "Arn": self.schedule_arn(&schedule.data_set, &schedule.id)})
    }

    fn schedule_json(&self, schedule: &Schedule) -> Value {
        let mut shown = schedule.given.clone();
        shown.insert("Arn".into(), json!(self.schedule_arn(&schedule.data_set, &schedule.id)));
        Value::Object(shown)
    }

    pub(in crate::local::quicksight) fn describe_refresh_schedule(&self, input: &Input) -> Result<Reply, AwsError> {
        let (data_set, id) = (input.text("DataSetId"), input.text("ScheduleId"));
        let schedule = self.schedule(&self.env.store.read()?, data_set, id)?;
        Ok(ok(json!({
            "RefreshSchedule": self.schedule_json(&schedule),
            "Arn": self.schedule_arn(data_set, id),
        })))
    }

    pub(in crate::local::quicksight) fn list_refresh_schedules(&self, input: &Input) -> Result<Reply, AwsError> {
        let tx = self.env.store.read()?;
        let data_set = input.text("DataSetId");
        self.data_set(&tx, data_set)?;
        let all = SCHEDULES.all(&tx, &below(data_set, ""))?;
        let shown: Vec<_> = all.iter().map(|(_, schedule)| self.schedule_json(schedule)).collect();
        Ok(ok(json!({"RefreshSchedules": shown})))
    }

    pub(in crate::local::quicksight) fn delete_refresh_schedule(&self, input: &Input) -> Result<Reply, AwsError> {
        let (data_set, id) = (input.text("DataSetId"), input.text("ScheduleId"));
        let schedule = self.env.store.write(|tx| {
            let schedule = self.schedule(tx, data_set, id)?;
            SCHEDULES.remove(tx, &below(data_set, id))?;
            Ok::<_, AwsError>(schedule)
        })?;
        self.scheduler.changed();
        Ok(ok(self.named(&schedule)))
    }
}
