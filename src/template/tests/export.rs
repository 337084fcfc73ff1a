//! The merged template.

use serde_json::json;

use super::project;
use super::reference::FILES;
use crate::template::{LoadOptions, cloudformation};

#[test]
fn a_template_holds_everything_that_cloudformation_knows() {
    let folder = project(&FILES);
    let options = LoadOptions {
        environment: Some("dev".into()),
        ..LoadOptions::default()
    };
    let (template, left_out) = cloudformation(folder.path(), &options).unwrap();
    assert_eq!(left_out, ["Script (Pipectl::S3::Object)"]);
    insta::assert_json_snapshot!(template);
}

#[test]
fn references_to_what_is_left_out_do_not_dangle() {
    let fragment = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"},
      "O": {"Type": "Pipectl::S3::Object", "Properties": {"Bucket": {"Ref": "B"}, "Key": "k",
        "Source": "configs/pipeline.json"}},
      "A": {"Type": "AWS::Logs::LogGroup", "DependsOn": "O", "Properties": {"LogGroupName": {"Fn::GetAtt": "O.Uri"}}},
      "C": {"Type": "AWS::Logs::LogGroup", "DependsOn": ["O", "A"],
        "Properties": {"LogGroupName": {"Fn::Sub": "${AWS::Region}/${O.Uri}/${!x}"}}}}}"#;
    let folder = project(&[("storage/a.json", fragment)]);
    let (template, _) = cloudformation(folder.path(), &LoadOptions::default()).unwrap();
    let uri = json!({"Fn::Join": ["", ["s3://", {"Ref": "B"}, "/", "k"]]});
    let resources = &template["Resources"];
    assert_eq!(
        resources["A"],
        json!({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": uri}})
    );
    assert_eq!(resources["C"]["DependsOn"], json!(["A"]));
    let expected = json!({"Fn::Sub": ["${AWS::Region}/${OUri}/${!x}", {"OUri": uri}]});
    assert_eq!(resources["C"]["Properties"]["LogGroupName"], expected);
    assert_eq!(
        resources["B"]["Properties"]["BucketName"],
        "demo-local-b-000000000000-us-east-1"
    );
}
