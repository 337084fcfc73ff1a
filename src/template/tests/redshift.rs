//! Rules about warehouses and the SQL that runs in them.

use super::{fragment_mistakes, lines, loaded, mistakes};

fn found(kind: &str, properties: &str) -> Vec<String> {
    let fragment = format!(r#"{{"Resources": {{"X": {{"Type": "{kind}", "Properties": {properties}}}}}}}"#);
    let found = fragment_mistakes(&fragment).into_iter();
    found.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

const CLUSTER: &str = "AWS::Redshift::Cluster";
const NAMESPACE: &str = "AWS::RedshiftServerless::Namespace";
const WORKGROUP: &str = "AWS::RedshiftServerless::Workgroup";

fn cluster(more: &str) -> String {
    format!(
        r#"{{"NodeType": "ra3.large", "MasterUsername": "owner", "DBName": "hr", "ManageMasterPassword": true{more}}}"#
    )
}

#[test]
fn what_is_right_passes() {
    for (kind, properties) in [
        (CLUSTER, cluster(r#", "ClusterType": "single-node""#)),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "multi-node", "NumberOfNodes": "2", "Port": 8191"#),
        ),
        (
            NAMESPACE,
            r#"{"NamespaceName": "hr", "ManageAdminPassword": true}"#.replace("hr", "hr-dev"),
        ),
        (
            NAMESPACE,
            r#"{"NamespaceName": "hr-dev", "IamRoles": ["r"], "DefaultIamRoleArn": "r"}"#.to_owned(),
        ),
        (
            WORKGROUP,
            r#"{"WorkgroupName": "hr-dev", "BaseCapacity": 4, "MaxCapacity": 8}"#.to_owned(),
        ),
        (
            WORKGROUP,
            r#"{"WorkgroupName": "hr-dev", "BaseCapacity": "544"}"#.to_owned(),
        ),
    ] {
        assert_eq!(found(kind, &properties), Vec::<String>::new(), "{properties}");
    }
}

#[test]
fn what_redshift_would_refuse_is_refused_before() {
    let cases = [
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node", "MasterUserPassword": "Secret123""#),
            "`MasterUserPassword` would put a secret into the configs",
        ),
        (
            NAMESPACE,
            r#"{"NamespaceName": "hr-dev", "AdminUserPassword": "Secret123"}"#.to_owned(),
            "`AdminUserPassword` would put a secret into the configs",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node""#).replace("true", "false"),
            "a cluster needs \"ManageMasterPassword\": true",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "multi-node""#),
            "a multi-node cluster needs `NumberOfNodes`",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "multi-node", "NumberOfNodes": 1"#),
            "a multi-node cluster has at least 2 nodes",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node", "NumberOfNodes": 2"#),
            "a single-node cluster has 1 node",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node", "Encrypted": "false""#),
            "a cluster cannot be made without encryption any more",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node", "Port": 1433"#),
            "`Port` must be from 5431 to 5455 or from 8191 to 8215, not 1433",
        ),
        (
            CLUSTER,
            cluster(r#", "ClusterType": "single-node", "MasterPasswordSecretArn": "x""#),
            "`MasterPasswordSecretArn` is set by AWS and cannot be given",
        ),
        (
            "AWS::Redshift::ClusterSubnetGroup",
            r#"{"Description": "d", "SubnetIds": []}"#.to_owned(),
            "`SubnetIds` must have at least 1 items, it has 0",
        ),
        (
            WORKGROUP,
            r#"{"WorkgroupName": "hr-dev", "BaseCapacity": 12}"#.to_owned(),
            "`BaseCapacity` cannot be 12 RPUs",
        ),
        (
            WORKGROUP,
            r#"{"WorkgroupName": "hr-dev", "BaseCapacity": 16, "MaxCapacity": 8}"#.to_owned(),
            "`MaxCapacity` must be at least the `BaseCapacity` of 16, not 8",
        ),
        (
            NAMESPACE,
            r#"{"NamespaceName": "hr-dev", "IamRoles": ["a"], "DefaultIamRoleArn": "b"}"#.to_owned(),
            "`DefaultIamRoleArn` must be one of `IamRoles`",
        ),
        (
            "Pipectl::RedshiftServerless::UsageLimit",
            r#"{"ResourceArn": "a", "UsageType": "serverless-compute", "Amount": 0}"#.to_owned(),
            "`Amount` must be at least 1, not 0",
        ),
    ];
    for (kind, properties, message) in cases {
        let found = found(kind, &properties);
        assert!(
            matches!(found.as_slice(), [one] if one.ends_with(message)),
            "{properties}: {found:?}"
        );
    }
}

#[test]
fn a_password_is_never_shown() {
    let fragment = format!(
        r#"{{"Resources": {{"X": {{"Type": "{CLUSTER}", "Properties": {}}}}}}}"#,
        cluster(r#", "ClusterType": "single-node", "MasterUserPassword": "Secret123""#)
    );
    let text = loaded(&[("storage/a.json", &fragment)]).unwrap_err().to_string();
    assert!(
        text.contains("configs/storage/a.json:1: `MasterUserPassword` would"),
        "{text}"
    );
    assert!(!text.contains("Secret123"), "{text}");
}

fn snapshot(kind: &str, policy: &str) -> Vec<String> {
    let properties = cluster(r#", "ClusterType": "single-node""#);
    let properties = if kind == CLUSTER { properties.as_str() } else { "{}" };
    fragment_mistakes(&format!(
        r#"{{"Resources": {{"X": {{"Type": "{kind}", "DeletionPolicy": "{policy}", "Properties": {properties}}}}}}}"#
    ))
}

#[test]
fn only_what_has_snapshots_leaves_one() {
    assert_eq!(snapshot(CLUSTER, "Snapshot"), Vec::<String>::new());
    assert!(snapshot("AWS::S3::Bucket", "Snapshot")[0].contains("no `Snapshot`"));
}

#[test]
fn a_namespaces_secret_can_be_referred_to_in_every_form() {
    let fragment = |reference: &str| {
        format!(
            r#"{{"Resources": {{
                "N": {{"Type": "{NAMESPACE}", "Properties": {{"NamespaceName": "hr-dev"}}}},
                "W": {{"Type": "{WORKGROUP}", "Properties": {{"WorkgroupName": "hr-dev", "NamespaceName": {{"Ref": "N"}},
                    "TrackName": {reference}}}}}}}}}"#
        )
    };
    for reference in [
        r#"{"Fn::GetAtt": ["N", "Namespace.AdminPasswordSecretArn"]}"#,
        r#"{"Fn::GetAtt": "N.Namespace.AdminPasswordSecretArn"}"#,
        r#"{"Fn::Sub": "${N.Namespace.AdminPasswordSecretArn}"}"#,
    ] {
        let project = loaded(&[("storage/a.json", &fragment(reference))]).unwrap_or_else(|found| panic!("{found}"));
        let workgroup = project.resources.into_iter().find(|one| one.id == "W").unwrap();
        assert_eq!(
            workgroup.properties["TrackName"],
            serde_json::json!({"Fn::GetAtt": ["N", "Namespace.AdminPasswordSecretArn"]})
        );
    }
    let wrong = mistakes(&[(
        "storage/a.json",
        &fragment(r#"{"Fn::GetAtt": "N.Namespace.AdminSecretArn"}"#),
    )]);
    assert!(wrong.contains("has no attribute `Namespace.AdminSecretArn`"), "{wrong}");
}

/// A project with SQL beside `configs/`.
fn sql(properties: &str) -> String {
    let fragment = format!(
        r#"{{"Resources": {{"X": {{"Type": "Pipectl::Redshift::Sql", "Properties": {{"Workgroup": "w", "Database": "hr", {properties}}}}}}}}}"#
    );
    let folder = super::project(&[
        ("aggregation/a.json", &fragment),
        ("../sql/schema/10.sql", "CREATE SCHEMA ${Schema};\nGRANT ${Who};"),
        ("../sql/views/readme.md", ""),
    ]);
    match super::load(folder.path(), &Default::default()) {
        Ok(project) => project.warnings.iter().map(|one| one.message.clone()).collect(),
        Err(found) => lines(&found),
    }
}

#[test]
fn sql_and_its_variables_are_checked_before_anything_runs() {
    let good = r#""Source": "sql/schema", "Variables": {"Schema": "hr", "Who": "x"}"#;
    assert_eq!(sql(good), "");
    let cases = [
        (
            r#""Source": "sql/schema", "Variables": {"Schema": "hr"}"#,
            "sql/schema/10.sql:2 uses `${Who}`, which is no variable",
        ),
        (
            r#""Source": "sql/schema", "Variables": {"Schema": "hr", "Who": "x", "More": "y"}"#,
            "no SQL uses the variable `More`",
        ),
        (
            r#""Source": "sql/schema/10.sql", "Variables": {"Schema": "hr'; DROP", "Who": "x"}"#,
            "the variable `Schema` could end a quote or statement of the SQL",
        ),
        (
            r#""Source": "sql/schemas""#,
            "the project has no file or folder `sql/schemas` (did you mean `sql/schema`?)",
        ),
        (r#""Source": "sql/views""#, "the folder `sql/views` holds no .sql file"),
        (r#""Source": "../x.sql""#, "`../x.sql` is not inside the project"),
        (
            r#""Source": "sql/schema", "Variables": {"Schema": "hr", "Who": "x"}, "Teardown": "sql/schema""#,
            "`sql/schema` is a folder, not a file",
        ),
        (
            r#""Source": "sql/schema", "Variables": {"Schema": "hr", "Who": "x"}, "Cluster": "c""#,
            "SQL runs in a `Workgroup` or in a `Cluster`, not in both",
        ),
    ];
    for (properties, message) in cases {
        let found = sql(properties);
        assert!(found.contains(message), "{properties}: {found}");
    }
}
