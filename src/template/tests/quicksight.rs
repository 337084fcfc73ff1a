//! Rules about QuickSight.

use super::fragment_mistakes;

fn found(kind: &str, properties: &str) -> Vec<String> {
    let fragment =
        format!(r#"{{"Resources": {{"X": {{"Type": "AWS::QuickSight::{kind}", "Properties": {properties}}}}}}}"#);
    let found = fragment_mistakes(&fragment).into_iter();
    found.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

fn dashboard(definition: &str) -> String {
    format!(
        r#"{{"AwsAccountId": {{"Ref": "AWS::AccountId"}}, "DashboardId": "d", "Name": "D", "Definition": {definition}}}"#
    )
}

fn schedule(frequency: &str) -> String {
    format!(r#"{{"DataSetId": "s", "Schedule": {{"RefreshType": "FULL_REFRESH", "ScheduleFrequency": {frequency}}}}}"#)
}

const BARS: &str = r#"{"BarChartVisual": {"VisualId": "bars", "ChartConfiguration": {"FieldWells": {"BarChartAggregatedFieldWells":
  {"Category": [{"CategoricalDimensionField": {"FieldId": "a", "Column": {"DataSetIdentifier": "people", "ColumnName": "x"}}}]}}}}}"#;
const PEOPLE: &str = r#""DataSetIdentifierDeclarations": [{"Identifier": "people", "DataSetArn": "arn:aws:quicksight:us-east-1:111122223333:dataset/p"}]"#;

#[test]
fn what_is_right_passes() {
    for (kind, properties) in [
        ("DataSource", r#"{"Name": "w", "Type": "REDSHIFT", "Credentials": {"SecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:s"}}"#.to_owned()),
        ("DataSet", r#"{"Name": "s", "ImportMode": "SPICE", "PhysicalTableMap": {}}"#.to_owned()),
        ("Dashboard", dashboard(&format!(r#"{{{PEOPLE}, "Sheets": [{{"SheetId": "one", "Visuals": [{BARS}]}}]}}"#))),
        ("RefreshSchedule", schedule(r#"{"Interval": "DAILY", "TimeOfTheDay": "04:15"}"#)),
        ("RefreshSchedule", schedule(r#"{"Interval": "WEEKLY", "RefreshOnDay": {"DayOfWeek": "MONDAY"}}"#)),
    ] {
        assert_eq!(found(kind, &properties), Vec::<String>::new(), "{properties}");
    }
}

#[test]
fn what_quicksight_would_refuse_is_refused_before() {
    let pair =
        r#"{"Name": "w", "Type": "REDSHIFT", "Credentials": {"CredentialPair": {"Username": "u", "Password": "p"}}}"#;
    let twice = format!(r#"{{{PEOPLE}, "Sheets": [{{"SheetId": "one", "Visuals": [{BARS}, {BARS}]}}]}}"#);
    let undeclared = twice.replacen(r#""Identifier": "people""#, r#""Identifier": "peopel""#, 1);
    let cases = [
        (
            "DataSource",
            pair.to_owned(),
            "`Credentials.CredentialPair` would put a secret into the configs",
        ),
        (
            "DataSet",
            r#"{"Name": "s", "PhysicalTableMap": {}}"#.to_owned(),
            "a data set needs the property `ImportMode`",
        ),
        (
            "Dashboard",
            r#"{"AwsAccountId": "111122223333", "DashboardId": "d", "Name": "D"}"#.to_owned(),
            "a dashboard needs the property `Definition`",
        ),
        ("Dashboard", dashboard(&twice), "two visuals have the id `bars`"),
        (
            "Dashboard",
            dashboard(&undeclared),
            "no data set is declared as `people`",
        ),
        (
            "Dashboard",
            dashboard(&twice.replace("BarChartVisual", "BarchartVisual")),
            "has no property `BarchartVisual`",
        ),
        (
            "RefreshSchedule",
            schedule(r#"{"Interval": "MONTHLY"}"#),
            "a MONTHLY schedule needs `RefreshOnDay.DayOfMonth`",
        ),
        (
            "RefreshSchedule",
            schedule(r#"{"Interval": "DAILY", "RefreshOnDay": {"DayOfWeek": "MONDAY"}}"#),
            "takes no `RefreshOnDay`",
        ),
        (
            "RefreshSchedule",
            schedule(r#"{"Interval": "DAILY", "TimeOfTheDay": "4:15"}"#),
            "`TimeOfTheDay` is HH:MM, not `4:15`",
        ),
    ];
    for (kind, properties, message) in cases {
        let found = found(kind, &properties);
        assert!(found.iter().any(|line| line.contains(message)), "{message}: {found:?}");
    }
}
