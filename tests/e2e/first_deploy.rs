//! What would fail on AWS only in the middle of a first deploy is said before it, with its place.

use std::fs;

use crate::project::Project;

#[test]
fn a_role_that_glue_cannot_assume_is_refused_before_anything_is_made() {
    let project = Project::employees();
    let file = "configs/security/glue-role.json";
    let text = fs::read_to_string(project.path().join(file)).unwrap();
    project.write(file, text.replace("glue.amazonaws.com", "lambda.amazonaws.com"));
    let ran = project.run(&["deploy", "--yes"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
    assert!(!project.path().join(".pipectl").exists());
    assert_eq!(project.run(&["validate"]).stderr, ran.stderr);
}

#[test]
fn a_warehouse_that_quicksight_cannot_reach_is_a_warning_on_aws_alone() {
    let project = Project::employees();
    let ran = project.done(&["validate", "--env", "dev"]);
    insta::assert_snapshot!(format!("{}{}", ran.stderr, ran.stdout));
    let warnings = |arguments: &[&str]| {
        let arguments = [&["validate", "--json"], arguments].concat();
        project.done(&arguments).summary()["warnings"].clone()
    };
    assert_eq!(warnings(&["--env", "dev"]), 1);
    for elsewhere in [
        &[][..],
        &["--env", "moto"],
        &["--env", "dev", "--stage", "aggregation"],
        &["--env", "dev", "--endpoint-url", "http://127.0.0.1:4566"],
    ] {
        assert_eq!(warnings(elsewhere), 0, "{elsewhere:?}");
    }
    let connected = fs::read_to_string(project.path().join("configs/pipeline.json")).unwrap();
    let arn = r#"{ "QuickSightVpcConnection": "arn:aws:quicksight:us-east-1:111122223333:vpcConnection/warehouse","#;
    let own =
        r#""parameters": { "QuickSightPrincipal": "arn:aws:quicksight:us-east-1:111122223333:user/default/ana" }"#;
    let connected = connected.replace(own, &own.replacen('{', arn, 1));
    project.write("configs/pipeline.json", connected);
    assert_eq!(warnings(&["--env", "dev"]), 0);
}

#[test]
fn the_second_example_has_no_warnings() {
    let project = Project::ibm_hr();
    let ran = project.done(&["validate", "--json"]);
    assert_eq!(ran.summary()["warnings"], 0, "{}", ran.stderr);
}
