//! What became of alarms: changes of their settings and states, and the actions that were not carried out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{ALARMS, Alarm, State};
use super::reason::date;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain};
use crate::local::cloudwatch::input::{Moment, page};
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::store::{StoreError, Table, Write};

/// Key: alarm, milliseconds since 1970 (16 digits), serial number (12 digits).
const HISTORY: Table<Entry> = Table::new("cloudwatch.history");
/// Key: `history`.
const SERIAL: Table<u64> = Table::new("cloudwatch.serial");

/// User guide, "Alarm history": "CloudWatch preserves alarm history for 30 days".
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    ConfigurationUpdate,
    StateUpdate,
    Action,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::ConfigurationUpdate => "ConfigurationUpdate",
            Self::StateUpdate => "StateUpdate",
            Self::Action => "Action",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    kind: Kind,
    summary: String,
    /// JSON.
    data: String,
}

impl Entry {
    /// Summaries have 255 characters at most, data 4,095 (botocore: HistorySummary, HistoryData).
    pub fn new(kind: Kind, summary: String, data: &Value) -> Self {
        Self {
            kind,
            summary: summary.chars().take(255).collect(),
            data: data.to_string().chars().take(4_095).collect(),
        }
    }
}

pub(super) fn add(tx: &Write, alarm: &str, at: Timestamp, entry: &Entry) -> Result<(), StoreError> {
    let serial = SERIAL.get(tx, "history")?.unwrap_or_default() + 1;
    SERIAL.put(tx, "history", &serial)?;
    let key = format!("{alarm}\0{:016}\0{serial:012}", at.as_millisecond().max(0));
    HISTORY.put(tx, &key, entry)
}

/// Puts an alarm into another state, with what there is to tell of it.
pub(super) fn transition(tx: &Write, mut alarm: Alarm, state: State) -> Result<(), Fault> {
    let (from, to, at) = (alarm.state.value, state.value, state.updated);
    let shown = |state: &State| {
        let mut shown = json!({"stateValue": state.value.name(), "stateReason": state.reason});
        if let Some(data) = state
            .data
            .as_ref()
            .and_then(|data| serde_json::from_str::<Value>(data).ok())
        {
            shown["stateReasonData"] = data;
        }
        shown
    };
    let data = json!({"version": "1.0", "oldState": shown(&alarm.state), "newState": shown(&state)});
    let summary = format!("Alarm updated from {} to {}", from.name(), to.name());
    add(tx, &alarm.name, at, &Entry::new(Kind::StateUpdate, summary, &data))?;
    let actions = alarm
        .settings
        .actions(to)
        .iter()
        .filter(|_| alarm.settings.actions_enabled);
    for action in actions {
        let error = "the embedded AWS carries out no alarm actions";
        let data = json!({"actionState": "Failed", "stateUpdateTimestamp": at.as_millisecond(),
            "notificationResource": action, "error": error});
        let summary = format!("Failed to execute action {action}. Received error: \"{error}\"");
        add(tx, &alarm.name, at, &Entry::new(Kind::Action, summary, &data))?;
    }
    tracing::info!(
        alarm = alarm.name,
        from = from.name(),
        to = to.name(),
        at = date(at),
        "{}",
        state.reason
    );
    alarm.state = state;
    Ok(ALARMS.put(tx, &alarm.name, &alarm)?)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct DescribeAlarmHistory {
    alarm_name: Option<String>,
    alarm_contributor_id: Option<String>,
    alarm_types: Option<Vec<String>>,
    history_item_type: Option<String>,
    start_date: Option<Moment>,
    end_date: Option<Moment>,
    max_records: Option<i64>,
    next_token: Option<String>,
    scan_by: Option<String>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn describe_alarm_history(
        &self,
        input: &DescribeAlarmHistory,
    ) -> Result<Item, Fault> {
        let most = input.max_records.unwrap_or(100);
        let kinds = [
            "ConfigurationUpdate",
            "StateUpdate",
            "Action",
            "AlarmContributorStateUpdate",
            "AlarmContributorAction",
        ];
        constrain(|constraints| {
            constraints.range("maxRecords", most, 1, 100);
            if let Some(kind) = &input.history_item_type {
                constraints.one_of("historyItemType", kind, &kinds);
            }
            if let Some(scan) = &input.scan_by {
                constraints.one_of("scanBy", scan, &["TimestampDescending", "TimestampAscending"]);
            }
        })?;
        if input.alarm_contributor_id.is_some() {
            return Err(AwsError::not_implemented("alarm contributors").into());
        }
        self.evaluate_alarms()?;
        let of_metrics = input
            .alarm_types
            .as_ref()
            .is_none_or(|types| types.iter().any(|kind| kind == "MetricAlarm"));
        let mut entries = match of_metrics {
            true => self.entries(input)?,
            false => Vec::new(),
        };
        entries.sort_by_key(|entry| (entry.1, entry.2));
        if input.scan_by.as_deref() != Some("TimestampAscending") {
            entries.reverse();
        }
        let (entries, next) = page(entries, input.next_token.as_ref(), usize::try_from(most).unwrap_or(1))?;
        let shown = entries.iter().map(|(alarm, millis, _, entry)| {
            Structure::new()
                .with("AlarmName", alarm)
                .with("AlarmType", "MetricAlarm")
                .optional("Timestamp", Timestamp::from_millisecond(*millis).ok())
                .with("HistoryItemType", entry.kind.name())
                .with("HistorySummary", &entry.summary)
                .with("HistoryData", &entry.data)
        });
        Ok(Structure::new()
            .list("AlarmHistoryItems", shown)
            .optional("NextToken", next)
            .into())
    }

    /// Alarm, milliseconds, serial number, entry.
    fn entries(&self, input: &DescribeAlarmHistory) -> Result<Vec<(String, i64, u64, Entry)>, Fault> {
        let prefix = input
            .alarm_name
            .as_ref()
            .map_or(String::new(), |name| format!("{name}\0"));
        let entries = HISTORY.all(&self.env.store.read()?, &prefix)?;
        let from = input.start_date.map_or(i64::MIN, |at| at.0.as_millisecond());
        let until = input.end_date.map_or(i64::MAX, |at| at.0.as_millisecond());
        let kind = input.history_item_type.as_deref();
        Ok(entries
            .into_iter()
            .filter_map(|(key, entry)| {
                let (alarm, millis, serial) = parts(&key)?;
                let wanted = (from..=until).contains(&millis) && kind.is_none_or(|kind| kind == entry.kind.name());
                wanted.then(|| (alarm.to_owned(), millis, serial, entry))
            })
            .collect())
    }

    /// Removes what is too old.
    pub(super) fn expire_history(&self) -> Result<(), AwsError> {
        let horizon = self.env.now().checked_sub(RETENTION).unwrap_or(Timestamp::UNIX_EPOCH);
        let old: Vec<_> = HISTORY
            .all(&self.env.store.read()?, "")?
            .into_iter()
            .filter(|(key, _)| parts(key).is_some_and(|(_, millis, _)| millis < horizon.as_millisecond()))
            .collect();
        self.env.store.write(|tx| {
            for (key, _) in old {
                HISTORY.remove(tx, &key)?;
            }
            Ok(())
        })
    }
}

fn parts(key: &str) -> Option<(&str, i64, u64)> {
    let mut parts = key.split('\0');
    let alarm = parts.next()?;
    Some((alarm, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
