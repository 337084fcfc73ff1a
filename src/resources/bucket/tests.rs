use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, our_tags_xml, resource, resource_at};

const KIND: &str = "AWS::S3::Bucket";

fn properties() -> Value {
    json!({
        "BucketName": "raw",
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}, "BucketKeyEnabled": "true"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true,
            "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LoggingConfiguration": {"DestinationBucketName": "logs", "LogFilePrefix": "raw/"},
        "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]},
        "LifecycleConfiguration": {"Rules": [
            {"Id": "b", "Status": "Enabled", "Prefix": "tmp/", "TagFilters": [{"Key": "k", "Value": "v"}],
             "ExpirationInDays": 30, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
             "NoncurrentVersionExpirationInDays": 3},
            {"Id": "a", "Status": "Enabled", "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 90},
             "ExpirationInDays": 400, "ExpiredObjectDeleteMarker": false,
             "NoncurrentVersionTransitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}]}]},
        "Tags": [{"Key": "team", "Value": "data"}],
    })
}

/// An S3 that keeps the XML of each subresource as it was put.
fn service(exists: bool) -> Script {
    let settings = Mutex::new(BTreeMap::<String, String>::new());
    let made = Mutex::new(exists);
    Script::new(move |request: &Request| {
        let mut settings = settings.lock().unwrap();
        let mut made = made.lock().unwrap();
        let subresource = request
            .path
            .split_once('?')
            .map(|(_, query)| query.to_owned())
            .unwrap_or_default();
        match (request.method.as_str(), subresource.as_str()) {
            ("PUT", "") => {
                *made = true;
                Answer::xml("")
            }
            ("HEAD", "") if *made => Answer::xml(""),
            _ if !*made => Answer::s3_error(404, "NoSuchBucket"),
            ("GET", "list-type=2&max-keys=1") => Answer::xml("<ListBucketResult/>"),
            ("PUT", name) => {
                let body = request.text();
                settings.insert(name.to_owned(), body);
                Answer::xml("")
            }
            ("GET", name) => match settings.get(name) {
                Some(xml) => Answer::xml(xml),
                None if name == "versioning" => Answer::xml("<VersioningConfiguration/>"),
                None if name == "logging" => Answer::xml("<BucketLoggingStatus/>"),
                None => Answer::s3_error(404, "NoSuchConfiguration"),
            },
            other => panic!("{other:?}"),
        }
    })
}

#[tokio::test]
async fn every_setting_reads_back_as_it_was_written() {
    let script = service(false);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(live.owner, Owner::Ours);
    assert_eq!(live.attributes["RegionalDomainName"], "raw.s3.us-east-1.amazonaws.com");
    let calls = script.seen().len();
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    let writes: Vec<_> = script
        .seen()
        .into_iter()
        .skip(calls)
        .filter(|request| request.method != "GET")
        .collect();
    assert!(writes.iter().all(|request| request.method == "HEAD"), "{writes:?}");
}

#[tokio::test]
async fn the_tags_go_with_the_creation_and_us_east_1_is_not_named() {
    for (region, constraint) in [
        ("us-east-1", None),
        ("eu-west-1", Some("<LocationConstraint>eu-west-1<")),
    ] {
        let script = service(false);
        let resource = resource_at(Path::new("."), region, KIND, json!({"BucketName": "raw"}), &script).await;
        resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
        let body = script.calls("PUT /raw")[0].text();
        assert!(
            body.contains("<Key>pipectl:pipeline</Key><Value>employees</Value>"),
            "{body}"
        );
        assert_eq!(body.contains("LocationConstraint"), constraint.is_some(), "{body}");
        assert!(constraint.is_none_or(|constraint| body.contains(constraint)), "{body}");
    }
}

#[tokio::test]
async fn a_run_killed_after_create_bucket_converges() {
    // This S3 ignores the tags of CreateBucket, as emulators do: the bucket is there, empty and without tags.
    let script = service(true);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(live.owner, Owner::Ours);
    let live = resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert!(script.operations().contains(&"PUT /raw?tagging".to_owned()));
}

#[tokio::test]
async fn an_untagged_bucket_with_objects_is_not_ours() {
    let script = Script::new(|request| match (request.method.as_str(), request.path.as_str()) {
        ("HEAD", _) => Answer::xml(""),
        (_, path) if path.contains("list-type=2") => {
            Answer::xml("<ListBucketResult><Contents><Key>mine</Key></Contents></ListBucketResult>")
        }
        _ => Answer::s3_error(404, "NoSuchConfiguration"),
    });
    let resource = resource(KIND, properties(), &script).await;
    let live = resource
        .read(&desired(&resource), &Cx::silent())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        live.owner,
        Owner::Foreign {
            claim: "no pipectl tags".into()
        }
    );
}

#[tokio::test]
async fn another_accounts_bucket_is_foreign() {
    let resource = resource(KIND, properties(), &Script::new(|_| Answer::xml("").status(403))).await;
    let live = resource
        .read(&desired(&resource), &Cx::silent())
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(live.owner, Owner::Foreign { .. }), "{:?}", live.owner);
}

#[tokio::test]
async fn a_name_taken_by_somebody_else_is_explained() {
    let script = Script::new(|_| Answer::s3_error(409, "BucketAlreadyExists"));
    let resource = resource(KIND, properties(), &script).await;
    let error = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
    let error = error.downcast_ref::<crate::resources::Error>().unwrap();
    assert!(error.hint().unwrap().contains("somebody else"), "{error:?}");
}

/// A bucket of several pages of versions and an unfinished upload; it reports not empty once.
#[tokio::test]
async fn deletion_empties_every_page_and_takes_a_late_write() {
    let pages = 3;
    let uploads = AtomicUsize::new(1);
    let (deletions, heads) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let script = Script::new(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", path) if path.contains("versions") => {
            let page = request
                .path
                .split("key-marker=k")
                .nth(1)
                .map_or(0, |rest| rest[..1].parse::<usize>().unwrap());
            let versions: String = (0..2)
                .map(|n| format!("<Version><Key>k{page}</Key><VersionId>v{n}</VersionId></Version>"))
                .chain([format!(
                    "<DeleteMarker><Key>k{page}</Key><VersionId>m</VersionId></DeleteMarker>"
                )])
                .collect();
            let next = match page + 1 < pages {
                true => format!(
                    "<IsTruncated>true</IsTruncated><NextKeyMarker>k{}</NextKeyMarker>",
                    page + 1
                ),
                false => "<IsTruncated>false</IsTruncated>".into(),
            };
            Answer::xml(format!("<ListVersionsResult>{versions}{next}</ListVersionsResult>"))
        }
        ("POST", _) => Answer::xml("<DeleteResult/>"),
        ("GET", path) if path.contains("uploads") => match uploads.load(Ordering::Relaxed) {
            0 => Answer::xml("<ListMultipartUploadsResult/>"),
            _ => Answer::xml(
                "<ListMultipartUploadsResult><Upload><Key>u</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>",
            ),
        },
        ("DELETE", path) if path.contains("uploadId=1") => {
            uploads.store(0, Ordering::Relaxed);
            Answer::xml("").status(204)
        }
        ("DELETE", _) if deletions.fetch_add(1, Ordering::Relaxed) == 0 => Answer::s3_error(409, "BucketNotEmpty"),
        ("DELETE", _) => Answer::xml("").status(204),
        // It still shows once after it is gone.
        ("HEAD", _) if heads.fetch_add(1, Ordering::Relaxed) > 0 => Answer::xml("").status(404),
        _ => Answer::xml(format!("<Tagging><TagSet>{}</TagSet></Tagging>", our_tags_xml("Tag"))),
    });
    let resource = resource(KIND, json!({"BucketName": "raw"}), &script).await;
    let live = crate::engine::Live {
        physical_id: "raw".into(),
        state: "AVAILABLE".into(),
        document: json!({"BucketName": "raw"}),
        attributes: BTreeMap::new(),
        owner: Owner::Ours,
        created_at: None,
    };
    let (cx, told) = fresh();
    resource.delete(&live, &cx).await.unwrap();
    assert_eq!(script.calls("HEAD /raw").len(), 2);
    let posts: Vec<_> = script
        .seen()
        .into_iter()
        .filter(|request| request.method == "POST")
        .collect();
    assert_eq!(posts.len(), 2 * pages);
    let body = posts[0].text();
    assert_eq!(body.matches("<Object>").count(), 3, "{body}");
    assert!(body.contains("<Quiet>true</Quiet>"), "{body}");
    assert!(
        told.lock().unwrap().contains(&"emptying, 9 objects".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_object_that_cannot_be_deleted_is_named() {
    let script = Script::new(|request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", path) if path.contains("versions") => Answer::xml(
            "<ListVersionsResult><Version><Key>locked</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        ),
        _ => Answer::xml(
            "<DeleteResult><Error><Key>locked</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\
             </DeleteResult>",
        ),
    });
    let resource = resource(KIND, json!({"BucketName": "raw"}), &script).await;
    let live = crate::engine::Live {
        physical_id: "raw".into(),
        state: "AVAILABLE".into(),
        document: json!({"BucketName": "raw"}),
        attributes: BTreeMap::new(),
        owner: Owner::Ours,
        created_at: None,
    };
    let error = resource.delete(&live, &Cx::silent()).await.unwrap_err().to_string();
    assert!(error.contains("locked") && error.contains("AccessDenied"), "{error}");
}

#[tokio::test]
async fn notifications_are_refused_by_name() {
    let properties = json!({"BucketName": "raw", "NotificationConfiguration": {"EventBridgeConfiguration": {}}});
    let resource = resource(KIND, properties, &service(false)).await;
    let error = resource.desired(&Default::default()).unwrap_err().to_string();
    assert!(
        error.contains("`NotificationConfiguration`") && error.contains("`BucketEncryption`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_bucket_that_is_not_known_everywhere_yet_is_waited_for() {
    let unknown = || Answer::s3_error(404, "NoSuchBucket");
    let script = service(false).refusing(vec![("PUT /raw?publicAccessBlock", unknown())]);
    let made = resource(KIND, properties(), &script).await;
    let document = desired(&made);
    let live = made.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    // Of a bucket that is not new it is the truth.
    let script = service(true).refusing(vec![("PUT /raw?publicAccessBlock", unknown())]);
    let old = resource(KIND, properties(), &script).await;
    assert!(old.update(&live, &document, &[], &Cx::silent()).await.is_err());
}

#[tokio::test]
async fn a_rule_that_s3_reads_back_in_another_order_is_the_same() {
    const READ: &str = "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status>\
        <Filter><And><Tag><Key>y</Key><Value>2</Value></Tag><Tag><Key>x</Key><Value>1</Value></Tag></And></Filter>\
        <Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition>\
        <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition></Rule></LifecycleConfiguration>";
    let script = service(true).refusing(vec![("GET /raw?lifecycle", Answer::xml(READ))]);
    let properties = json!({"BucketName": "raw", "LifecycleConfiguration": {"Rules": [{"Id": "a", "Status": "Enabled",
        "TagFilters": [{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "2"}],
        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
                        {"StorageClass": "GLACIER", "TransitionInDays": 90}]}]}});
    let resource = resource(KIND, properties, &script).await;
    let document = desired(&resource);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(
        document["LifecycleConfiguration"],
        live.document["LifecycleConfiguration"]
    );
}

#[tokio::test]
async fn a_rule_without_an_id_gets_one_that_the_next_run_knows() {
    let script = service(false);
    let properties = json!({"BucketName": "raw", "LifecycleConfiguration": {"Rules": [
        {"Status": "Enabled", "Prefix": "z/", "ExpirationInDays": 9}, {"Status": "Enabled", "Prefix": "a/", "ExpirationInDays": 1}]}});
    let resource = resource(KIND, properties, &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_eq!(
        document["LifecycleConfiguration"],
        live.document["LifecycleConfiguration"]
    );
    let sent = script.calls("PUT /raw?lifecycle")[0].text();
    assert!(
        sent.contains("<ID>pipectl-1</ID>") && sent.contains("<ID>pipectl-2</ID>"),
        "{sent}"
    );
}

#[tokio::test]
async fn arns_carry_the_partition_of_the_region() {
    for (region, arn) in [
        ("cn-north-1", "arn:aws-cn:s3:::raw"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::raw"),
    ] {
        let properties = json!({"BucketName": "raw"});
        let resource = resource_at(Path::new("."), region, KIND, properties, &service(true)).await;
        let live = resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(live.attributes["Arn"], arn);
    }
}

/// DeleteObjects answers 200 with an error for each object that it could not delete.
#[tokio::test]
async fn an_object_that_s3_failed_to_delete_is_deleted_again() {
    let failures = AtomicUsize::new(1);
    let script = Script::new(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", path) if path.contains("versions") => Answer::xml(
            "<ListVersionsResult><Version><Key>k</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        ),
        ("GET", _) => Answer::xml("<ListMultipartUploadsResult/>"),
        ("POST", _)
            if failures
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok() =>
        {
            Answer::xml(
                "<DeleteResult><Error><Key>k</Key><Code>InternalError</Code><Message>Please try again.</Message></Error>\
                 </DeleteResult>",
            )
        }
        ("POST", _) => Answer::xml("<DeleteResult/>"),
        ("HEAD", _) => Answer::xml("").status(404),
        _ => Answer::xml("").status(204),
    });
    let resource = resource(KIND, json!({"BucketName": "raw"}), &script).await;
    let live = crate::engine::Live {
        physical_id: "raw".into(),
        state: "AVAILABLE".into(),
        document: json!({"BucketName": "raw"}),
        attributes: BTreeMap::new(),
        owner: Owner::Ours,
        created_at: None,
    };
    resource.delete(&live, &Cx::silent()).await.unwrap();
    let posts = script
        .seen()
        .into_iter()
        .filter(|request| request.method == "POST")
        .count();
    assert_eq!(posts, 2);
}
