//! The state that an alarm's datapoints stand for.
//! Source: user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data", whose tables are
//! this file's tests.

use super::model::{Settings, StateValue};

/// A period of the evaluation range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Datapoint {
    /// First minute.
    pub start: i64,
    pub value: f64,
    pub count: f64,
}

/// "the number of data points it attempts to retrieve is higher than the number specified as Evaluation Periods":
/// this many more.
pub(super) const BEYOND: i64 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}

impl Treatment {
    pub fn of(settings: &Settings) -> Self {
        match settings.treat_missing_data.as_deref() {
            Some("breaching") => Self::Breaching,
            Some("notBreaching") => Self::NotBreaching,
            Some("ignore") => Self::Ignore,
            _ => Self::Missing,
        }
    }
}

/// N, M and what counts as breaching.
pub(super) struct Rule<'a> {
    pub periods: usize,
    pub to_alarm: usize,
    pub missing: Treatment,
    pub breaches: &'a dyn Fn(f64) -> bool,
}

/// What was looked at, newest first, and what it means; `None`: the state stays.
pub(super) struct Verdict {
    pub state: Option<StateValue>,
    pub considered: Vec<Datapoint>,
    /// How many of the N periods were filled, as [`Treatment`] says.
    pub filled: usize,
}

/// `range`: the evaluation range, newest first, `None` where there are no data.
pub(super) fn judge(rule: &Rule<'_>, range: &[Option<Datapoint>]) -> Verdict {
    let (periods, needed) = (rule.periods, rule.to_alarm);
    // "CloudWatch evaluates the alarm state based on the most recent real data points that were successfully
    // retrieved", and fills only where these are fewer than N.
    let real: Vec<(usize, Datapoint)> = range
        .iter()
        .enumerate()
        .filter_map(|(age, datapoint)| Some((age, (*datapoint)?)))
        .take(periods)
        .collect();
    let filled = periods - real.len();
    let breaching = real
        .iter()
        .filter(|(_, datapoint)| (rule.breaches)(datapoint.value))
        .count();
    let all_breach = breaching == real.len();
    let by = |alarm: bool| Some(if alarm { StateValue::Alarm } else { StateValue::Ok });
    let state = if breaching >= needed || filled == 0 {
        by(breaching >= needed)
    } else {
        match rule.missing {
            Treatment::Breaching => by(breaching + filled >= needed),
            Treatment::NotBreaching => by(false),
            Treatment::Ignore if all_breach => None,
            Treatment::Ignore => by(false),
            Treatment::Missing if real.is_empty() => Some(StateValue::InsufficientData),
            // "when the oldest available breaching datapoint [...] is at least as old as the value of Datapoints to
            // Alarm, and all other more recent data points are breaching or missing"
            Treatment::Missing => by(all_breach && real.last().is_some_and(|(age, _)| age + 1 >= needed)),
        }
    };
    Verdict {
        state,
        considered: real.into_iter().map(|(_, datapoint)| datapoint).collect(),
        filled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state, `-` for one that stays. `data` is oldest first, as the user guide writes it.
    fn state(data: &str, to_alarm: usize, missing: Treatment) -> &'static str {
        let datapoint = |c: char| {
            let value = match c {
                'X' => 1.0,
                '0' => 0.0,
                _ => return None,
            };
            Some(Datapoint {
                start: 0,
                value,
                count: 1.0,
            })
        };
        let range: Vec<_> = data
            .split(' ')
            .rev()
            .map(|c| c.chars().next().and_then(datapoint))
            .collect();
        let rule = Rule {
            periods: 3,
            to_alarm,
            missing,
            breaches: &|value| value > 0.5,
        };
        judge(&rule, &range).state.map_or("-", StateValue::name)
    }

    #[test]
    fn missing_data_are_treated_as_the_user_guide_s_tables_say() {
        let insufficient = "INSUFFICIENT_DATA";
        #[rustfmt::skip]
        let rows = [
            // Data, M, then what missing, ignore, breaching and notBreaching give. N is 3.
            ("0 - X - X", 3, ["OK", "OK", "OK", "OK"]),
            ("- - - - 0", 3, ["OK", "OK", "OK", "OK"]),
            ("- - - - -", 3, [insufficient, "-", "ALARM", "OK"]),
            ("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]),
            ("- - X - -", 3, ["ALARM", "-", "ALARM", "OK"]),
            ("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
            ("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
            ("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]),
            ("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]),
            ("- - - X -", 2, ["ALARM", "-", "ALARM", "OK"]),
            // "the alarm does not go immediately into ALARM state when the data is either - - - - X or - - - X -"
            ("- - - - X", 3, ["OK", "-", "ALARM", "OK"]),
            ("- - - X -", 3, ["OK", "-", "ALARM", "OK"]),
        ];
        let treatments = [
            Treatment::Missing,
            Treatment::Ignore,
            Treatment::Breaching,
            Treatment::NotBreaching,
        ];
        for (data, to_alarm, expected) in rows {
            let found = treatments.map(|missing| state(data, to_alarm, missing));
            assert_eq!(found, expected, "{data}, {to_alarm} of 3");
        }
    }
}
