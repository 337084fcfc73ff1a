//! Rules about Glue.

use serde_json::json;

use super::{evaluated, fragment_mistakes, loaded, project};
use crate::template::{LoadOptions, cloudformation};

fn fragment(kind: &str, properties: &str) -> String {
    format!(
        r#"{{"Resources": {{"B": {{"Type": "AWS::S3::Bucket"}}, "Xy": {{"Type": "{kind}", "Properties": {properties}}}}}}}"#
    )
}

fn found(kind: &str, properties: &str) -> Vec<String> {
    let found = fragment_mistakes(&fragment(kind, properties)).into_iter();
    found.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

/// Each of `cases` is a set of properties and the only mistake in it; none is a set without.
fn check(kind: &str, cases: &[(&str, Option<&str>)]) {
    for (properties, mistake) in cases {
        let expected: Vec<_> = mistake.iter().map(|mistake| (*mistake).to_owned()).collect();
        assert_eq!(found(kind, properties), expected, "{properties}");
    }
}

fn job(more: &str) -> String {
    format!(r#"{{"Role": "r", "Command": {{"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}}{more}}}"#)
}

#[test]
fn jobs() {
    let cases = [
        (
            r#", "GlueVersion": "5.0", "WorkerType": "G.1X", "NumberOfWorkers": 2"#,
            None,
        ),
        (
            "",
            Some("a Spark job needs `GlueVersion`: without it Glue takes the newest, another one later than now"),
        ),
        (
            r#", "GlueVersion": "5.0", "WorkerType": "G.1X""#,
            Some("`WorkerType` needs `NumberOfWorkers` too"),
        ),
        (
            r#", "GlueVersion": "5.0", "MaxCapacity": 2"#,
            Some("Spark jobs since Glue 2.0 do not take `MaxCapacity`"),
        ),
        (
            r#", "GlueVersion": "1.0", "MaxCapacity": 2, "WorkerType": "G.1X", "NumberOfWorkers": 2"#,
            Some("a job has either `MaxCapacity` or `WorkerType`"),
        ),
        (
            r#", "GlueVersion": "5.0", "AllocatedCapacity": 2"#,
            Some("`AllocatedCapacity` is deprecated"),
        ),
        (
            r#", "GlueVersion": "2.0", "ExecutionClass": "FLEX""#,
            Some("the execution class FLEX is for glueetl jobs of Glue 3.0 and later"),
        ),
        (
            r#", "GlueVersion": "5.0", "Timeout": 10081"#,
            Some("`Timeout` must be from 1 to 10080 minutes (7 days)"),
        ),
        (
            r#", "GlueVersion": "5.0", "DefaultArguments": {"raw": "x"}"#,
            Some("the argument `raw` must start with `--`"),
        ),
        (
            r#", "GlueVersion": "5.0", "NonOverridableArguments": {"--JOB_NAME": "x"}"#,
            Some("`--JOB_NAME` is Glue's own argument and must not be set"),
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(more, mistake)| (job(more), *mistake)).collect();
    for (properties, mistake) in &cases {
        check("AWS::Glue::Job", &[(properties, *mistake)]);
    }
    check(
        "AWS::Glue::Job",
        &[
            (
                r#"{"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}, "MaxCapacity": 0.0625}"#,
                None,
            ),
            (
                r#"{"Role": "r", "Command": {"Name": "glue-etl", "ScriptLocation": "s3://b/s.py"}}"#,
                Some("Glue has no command `glue-etl`"),
            ),
            (
                r#"{"Role": "r", "Command": {"Name": "pythonshell"}}"#,
                Some("`Command` needs `ScriptLocation`"),
            ),
        ],
    );
}

#[test]
fn triggers() {
    let scheduled = |schedule: &str| {
        format!(r#"{{"Type": "SCHEDULED", "Schedule": "{schedule}", "Actions": [{{"JobName": "j"}}]}}"#)
    };
    let schedules = [
        ("cron(15 2 * * ? *)", None),
        ("cron(0 8 ? * MON-FRI *)", None),
        ("rate(1 day)", Some("`rate(1 day)` is not a schedule")),
        ("cron(15 2 * * *)", Some("a schedule has six fields, this one 5")),
        (
            "cron(15 2 * * * *)",
            Some("one of day of month and day of week must be `?`, and the other not"),
        ),
    ];
    for (schedule, mistake) in schedules {
        check("AWS::Glue::Trigger", &[(&scheduled(schedule), mistake)]);
    }
    check(
        "AWS::Glue::Trigger",
        &[
            (
                r#"{"Type": "SCHEDULED", "Actions": [{"JobName": "j"}]}"#,
                Some("a trigger of type SCHEDULED needs `Schedule`"),
            ),
            (
                r#"{"Type": "EVENT", "Actions": [{"JobName": "j"}]}"#,
                Some("a trigger of type EVENT needs `WorkflowName`"),
            ),
            (
                r#"{"Type": "ON_DEMAND", "Schedule": "cron(15 2 * * ? *)", "Actions": [{"JobName": "j"}]}"#,
                Some("`Schedule` is for triggers of type SCHEDULED, not ON_DEMAND"),
            ),
            (
                r#"{"Type": "ON_DEMAND", "StartOnCreation": true, "Actions": [{"JobName": "j"}]}"#,
                Some("a trigger of type ON_DEMAND cannot be started on creation"),
            ),
            (
                r#"{"Type": "ON_DEMAND", "Actions": []}"#,
                Some("a trigger needs an action"),
            ),
            (
                r#"{"Type": "ON_DEMAND", "Actions": [{"Timeout": 5}]}"#,
                Some("an action needs `JobName` or `CrawlerName`"),
            ),
            (
                r#"{"Type": "ON_DEMAND", "Actions": [{"JobName": "j", "Arguments": {"a": "b"}}]}"#,
                Some("the argument `a` must start with `--`"),
            ),
        ],
    );
    let conditional = |predicate: &str| {
        format!(r#"{{"Type": "CONDITIONAL", "Actions": [{{"JobName": "j"}}], "Predicate": {predicate}}}"#)
    };
    let one = r#"{"LogicalOperator": "EQUALS", "JobName": "a", "State": "SUCCEEDED"}"#;
    let predicates = [
        (format!(r#"{{"Conditions": [{one}]}}"#), None),
        (
            format!(r#"{{"Conditions": [{one}, {one}]}}"#),
            Some("a `Predicate` with several conditions needs `Logical`"),
        ),
        (
            r#"{"Conditions": [{"JobName": "a", "State": "FAILED"}]}"#.to_owned(),
            Some("a condition needs `LogicalOperator`"),
        ),
        (
            r#"{"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "a"}]}"#.to_owned(),
            Some("a condition with `JobName` needs `State`"),
        ),
        (
            r#"{"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "j", "State": "FAILED"}]}"#.to_owned(),
            Some("a trigger cannot start the job that it waits for"),
        ),
    ];
    for (predicate, mistake) in predicates {
        check("AWS::Glue::Trigger", &[(&conditional(&predicate), mistake)]);
    }
}

#[test]
fn databases_and_tables() {
    check(
        "AWS::Glue::Database",
        &[
            (r#"{"CatalogId": "1", "DatabaseInput": {"Name": "db"}}"#, None),
            (
                r#"{"CatalogId": "1", "DatabaseName": "db", "DatabaseInput": {"Name": "db"}}"#,
                None,
            ),
            (
                r#"{"CatalogId": "1", "DatabaseName": "a", "DatabaseInput": {"Name": "b"}}"#,
                Some("`DatabaseName` and `DatabaseInput.Name` are one name and must be equal"),
            ),
            (
                r#"{"CatalogId": "1", "DatabaseInput": {"Name": "HR"}}"#,
                Some("`HR` must be in lower case: Glue stores names so"),
            ),
        ],
    );
    let table = |more: &str| format!(r#"{{"CatalogId": "1", "DatabaseName": "db"{more}}}"#);
    let tables = [
        (
            r#", "TableInput": {"Name": "t", "PartitionKeys": [{"Name": "dt", "Type": "date"}]}"#,
            None,
        ),
        ("", Some("a table needs `TableInput`")),
        (
            r#", "Name": "t", "OpenTableFormatInput": {}"#,
            Some("pipectl does not make tables of open formats (`OpenTableFormatInput`)"),
        ),
        (
            r#", "TableInput": {"PartitionKeys": [{"Name": "dt"}]}"#,
            Some("the column `dt` needs `Type`"),
        ),
        (
            r#", "TableInput": {"PartitionKeys": [{"Name": "dt", "Type": "date"}],
                "StorageDescriptor": {"Columns": [{"Name": "DT", "Type": "int"}]}}"#,
            Some("two columns of this table are named `dt`"),
        ),
    ];
    for (more, mistake) in tables {
        check("AWS::Glue::Table", &[(&table(more), mistake)]);
    }
}

#[test]
fn partition_projection() {
    let table = |parameters: &str| {
        format!(
            r#"{{"CatalogId": "1", "DatabaseName": "db", "TableInput": {{
                "PartitionKeys": [{{"Name": "dt", "Type": "date"}}],
                "Parameters": {{"projection.enabled": "true"{parameters}}}}}}}"#
        )
    };
    let date = r#", "projection.dt.type": "date", "projection.dt.range": "2020-01-01,NOW""#;
    let template = |text: &str| format!(r#", "storage.location.template": {{"Fn::Sub": "s3://${{B}}/{text}/"}}"#);
    let format = r#", "projection.dt.format": "yyyy-MM-dd""#;
    let cases = [
        (format!("{date}{format}{}", template("dt=${!dt}")), None),
        (
            String::new(),
            Some("projection of the partition key `dt` needs the parameter `projection.dt.type`"),
        ),
        (
            date.to_owned(),
            Some("projection of the partition key `dt` needs the parameter `projection.dt.format`"),
        ),
        (
            r#", "projection.dt.type": "day""#.to_owned(),
            Some("there is no projection type `day`"),
        ),
        (
            format!("{date}{format}{}", template("day=${!day}")),
            Some("`storage.location.template` must contain ${dt}"),
        ),
    ];
    for (parameters, mistake) in cases {
        check("AWS::Glue::Table", &[(&table(&parameters), mistake)]);
    }
}

#[test]
fn names_are_made_with_underscores_where_people_write_them() {
    let fragment = r#"{"Resources": {
        "HrData": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "1", "DatabaseInput": {}}},
        "Named": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "1", "DatabaseInput": {"Name": "n"}}},
        "Outer": {"Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": "1", "DatabaseName": "o", "DatabaseInput": {}}},
        "RawRows": {"Type": "AWS::Glue::Table",
            "Properties": {"CatalogId": "1", "DatabaseName": {"Ref": "HrData"}, "TableInput": {}}}}}"#;
    let name = |id: &str, property: &str| evaluated(fragment, id)[property].clone();
    assert_eq!(name("HrData", "DatabaseName"), "demo_local_hr_data");
    assert_eq!(name("Named", "DatabaseName"), "n");
    assert_eq!(name("Outer", "DatabaseName"), "o");
    assert_eq!(name("RawRows", "Name"), "demo_local_raw_rows");
    let folder = project(&[("storage/a.json", fragment)]);
    let (template, _) = cloudformation(folder.path(), &LoadOptions::default()).unwrap();
    let exported = |id: &str| template["Resources"][id]["Properties"].clone();
    assert_eq!(
        exported("HrData")["DatabaseInput"],
        json!({"Name": "demo_local_hr_data"})
    );
    assert_eq!(exported("Named")["DatabaseInput"], json!({"Name": "n"}));
    assert_eq!(exported("Outer")["DatabaseInput"], json!({}));
    assert_eq!(
        exported("RawRows")["TableInput"],
        json!({"Name": "demo_local_raw_rows"})
    );
    for id in ["HrData", "Named"] {
        assert_eq!(exported(id).get("DatabaseName"), None);
    }
}

#[test]
fn two_databases_of_one_name_are_told() {
    let fragment = r#"{"Resources": {
        "A": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "1", "DatabaseInput": {"Name": "n"}}},
        "B": {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": "1", "DatabaseName": "n", "DatabaseInput": {}}}}}"#;
    let found = loaded(&[("storage/a.json", fragment)]).unwrap_err();
    let found: Vec<_> = found.iter().map(|one| one.message.clone()).collect();
    assert_eq!(found, ["`B` and `A` are one AWS::Glue::Database named n"]);
}
