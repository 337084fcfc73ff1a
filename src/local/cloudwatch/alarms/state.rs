//! SetAlarmState, EnableAlarmActions and DisableAlarmActions.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::history;
use super::model::{ALARMS, State, StateValue};
use super::put::AlarmNames;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, not_found};
use crate::local::error::AwsError;

/// How long a state that was set lasts: on AWS until the next evaluation, which comes within a minute.
const HELD: SignedDuration = SignedDuration::from_secs(60);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct SetAlarmState {
    alarm_name: String,
    state_value: String,
    state_reason: String,
    state_reason_data: Option<String>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn set_alarm_state(&self, input: SetAlarmState) -> Result<(), Fault> {
        constrain(|constraints| {
            constraints.length("alarmName", &input.alarm_name, 1, 255);
            constraints.one_of("stateValue", &input.state_value, &StateValue::NAMES);
            constraints.length("stateReason", &input.state_reason, 0, 1023);
            if let Some(data) = &input.state_reason_data {
                constraints.length("stateReasonData", data, 0, 4000);
            }
        })?;
        let malformed = |data: &String| serde_json::from_str::<Value>(data).is_err();
        if input.state_reason_data.as_ref().is_some_and(malformed) {
            return Err(AwsError::bad_request("InvalidFormat", "TestStateReasonData must be valid JSON.").into());
        }
        let value = StateValue::of(&input.state_value).unwrap_or(StateValue::InsufficientData);
        let now = self.env.now();
        self.env.store.write(|tx| {
            let Some(mut alarm) = ALARMS.get(tx, &input.alarm_name)? else {
                return Err(not_found("Unknown alarm"));
            };
            let state = State {
                value,
                reason: input.state_reason,
                data: input.state_reason_data,
                updated: now,
                transitioned: if alarm.state.value == value {
                    alarm.state.transitioned
                } else {
                    now
                },
                held_until: now.checked_add(HELD).ok(),
            };
            if alarm.state.value != value {
                return history::transition(tx, alarm, state);
            }
            alarm.state = state;
            Ok(ALARMS.put(tx, &input.alarm_name, &alarm)?)
        })
    }

    /// Names of no alarm are passed over, as the service does.
    pub(in crate::local::cloudwatch) fn set_actions(&self, input: &AlarmNames, enabled: bool) -> Result<(), Fault> {
        constrain(|constraints| constraints.count("alarmNames", input.alarm_names.len(), 0, 100))?;
        self.env.store.write(|tx| {
            for name in &input.alarm_names {
                if let Some(mut alarm) = ALARMS.get(tx, name)? {
                    alarm.settings.actions_enabled = enabled;
                    ALARMS.put(tx, name, &alarm)?;
                }
            }
            Ok(())
        })
    }
}
