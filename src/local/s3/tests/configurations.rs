use aws_sdk_s3::types::*;

use super::client::{Lab, code};

#[tokio::test]
async fn a_new_bucket_is_encrypted_private_and_owned() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let encryption = c.get_bucket_encryption().bucket("data").send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    let default = rule.apply_server_side_encryption_by_default().unwrap();
    assert_eq!(default.sse_algorithm(), &ServerSideEncryption::Aes256);
    let block = c.get_public_access_block().bucket("data").send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!(block.block_public_policy(), Some(true));
    let ownership = c.get_bucket_ownership_controls().bucket("data").send().await.unwrap();
    let rule = &ownership.ownership_controls().unwrap().rules()[0];
    assert_eq!(rule.object_ownership(), &ObjectOwnership::BucketOwnerEnforced);
    let acl = c.get_bucket_acl().bucket("data").send().await.unwrap();
    assert_eq!(acl.grants().len(), 1);
    assert_eq!(acl.grants()[0].permission(), Some(&Permission::FullControl));
    let notification = c.get_bucket_notification_configuration().bucket("data");
    assert!(notification.send().await.unwrap().queue_configurations().is_empty());
    assert!(
        c.get_bucket_logging()
            .bucket("data")
            .send()
            .await
            .unwrap()
            .logging_enabled()
            .is_none()
    );
    let payer = c.get_bucket_request_payment().bucket("data").send().await.unwrap();
    assert_eq!(payer.payer(), Some(&Payer::BucketOwner));
    let accelerate = c
        .get_bucket_accelerate_configuration()
        .bucket("data")
        .send()
        .await
        .unwrap();
    assert!(accelerate.status().is_none());
}

#[tokio::test]
async fn what_is_not_configured_is_not_found() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    c.delete_public_access_block().bucket("data").send().await.unwrap();
    c.delete_bucket_ownership_controls()
        .bucket("data")
        .send()
        .await
        .unwrap();
    let answers = [
        code(c.get_bucket_lifecycle_configuration().bucket("data").send().await),
        code(c.get_bucket_policy().bucket("data").send().await),
        code(c.get_bucket_policy_status().bucket("data").send().await),
        code(c.get_bucket_cors().bucket("data").send().await),
        code(c.get_bucket_website().bucket("data").send().await),
        code(c.get_bucket_replication().bucket("data").send().await),
        code(c.get_object_lock_configuration().bucket("data").send().await),
        code(c.get_public_access_block().bucket("data").send().await),
        code(c.get_bucket_ownership_controls().bucket("data").send().await),
        code(c.get_bucket_cors().bucket("nowhere").send().await),
        code(
            c.get_bucket_inventory_configuration()
                .bucket("data")
                .id("x")
                .send()
                .await,
        ),
    ];
    let expected = [
        "NoSuchLifecycleConfiguration",
        "NoSuchBucketPolicy",
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchWebsiteConfiguration",
        "ReplicationConfigurationNotFoundError",
        "ObjectLockConfigurationNotFoundError",
        "NoSuchPublicAccessBlockConfiguration",
        "OwnershipControlsNotFoundError",
        "NoSuchBucket",
        "NotImplemented",
    ];
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn encryption_with_a_key_shows_on_objects() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = |algorithm, key: Option<&str>| {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id(key.map(str::to_owned))
            .build()
            .unwrap();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(true)
            .build();
        let configuration = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .unwrap();
        let request = c.put_bucket_encryption().bucket("data");
        request.server_side_encryption_configuration(configuration).send()
    };
    assert_eq!(
        code(put(ServerSideEncryption::Aes256, Some("k")).await),
        "InvalidArgument"
    );
    put(ServerSideEncryption::AwsKms, Some("1234")).await.unwrap();
    lab.put("k", "v").await;
    let head = c.head_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(head.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!(
        head.ssekms_key_id(),
        Some("arn:aws:kms:us-east-1:000000000000:key/1234")
    );
    assert_eq!(head.bucket_key_enabled(), Some(true));
    c.delete_bucket_encryption().bucket("data").send().await.unwrap();
    lab.put("k", "v").await;
    let head = c.head_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(head.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
}

fn rule(id: Option<&str>, days: i32) -> LifecycleRule {
    LifecycleRule::builder()
        .set_id(id.map(str::to_owned))
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("raw/").build())
        .expiration(LifecycleExpiration::builder().days(days).build())
        .build()
        .unwrap()
}

#[tokio::test]
async fn lifecycle_rules_come_back_as_they_were() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = |rules: Vec<LifecycleRule>| {
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules))
            .build()
            .unwrap();
        let request = c.put_bucket_lifecycle_configuration().bucket("data");
        request.lifecycle_configuration(configuration).send()
    };
    let transition = LifecycleRule::builder()
        .id("cold")
        .status(ExpirationStatus::Disabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .transitions(
            Transition::builder()
                .days(30)
                .storage_class(TransitionStorageClass::Glacier)
                .build(),
        )
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(7)
                .build(),
        )
        .build()
        .unwrap();
    put(vec![rule(Some("raw"), 90), transition.clone()]).await.unwrap();
    let get = || c.get_bucket_lifecycle_configuration().bucket("data").send();
    assert_eq!(get().await.unwrap().rules(), [rule(Some("raw"), 90), transition]);
    put(vec![rule(None, 1)]).await.unwrap();
    assert!(get().await.unwrap().rules()[0].id().is_some_and(|id| !id.is_empty()));
    assert_eq!(code(put(vec![rule(None, 0)]).await), "InvalidArgument");
    assert_eq!(
        code(put(vec![rule(Some("a"), 1), rule(Some("a"), 2)]).await),
        "InvalidArgument"
    );
    c.delete_bucket_lifecycle().bucket("data").send().await.unwrap();
    assert_eq!(code(get().await), "NoSuchLifecycleConfiguration");
}

const TLS_ONLY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}}"#;

#[tokio::test]
async fn policies_are_checked_and_kept_to_the_byte() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let put = |policy: &str| c.put_bucket_policy().bucket("data").policy(policy).send();
    put(TLS_ONLY).await.unwrap();
    let stored = c.get_bucket_policy().bucket("data").send().await.unwrap();
    assert_eq!(stored.policy(), Some(TLS_ONLY));
    let status = || async {
        let output = c.get_bucket_policy_status().bucket("data").send().await.unwrap();
        output.policy_status().unwrap().is_public()
    };
    assert_eq!(status().await, Some(false));
    for wrong in [
        "not json",
        "[]",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2020-01-01","Statement":[]}"#,
        r#"{"Statement":{"Effect":"Maybe","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::data"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"ec2:*","Resource":"arn:aws:s3:::data"}}"#,
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::other"}}"#,
    ] {
        assert_eq!(code(put(wrong).await), "MalformedPolicy", "{wrong}");
    }
    let long = format!("{}{}", TLS_ONLY, " ".repeat(20 * 1024));
    assert_eq!(code(put(&long).await), "MalformedPolicy");
    assert_eq!(code(put(PUBLIC).await), "AccessDenied", "blocked");
    c.delete_public_access_block().bucket("data").send().await.unwrap();
    put(PUBLIC).await.unwrap();
    assert_eq!(status().await, Some(true));
    c.delete_bucket_policy().bucket("data").send().await.unwrap();
    assert_eq!(
        code(c.get_bucket_policy().bucket("data").send().await),
        "NoSuchBucketPolicy"
    );
}

#[tokio::test]
async fn the_other_configurations_come_back() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .build();
    let request = c.put_public_access_block().bucket("data");
    request.public_access_block_configuration(block).send().await.unwrap();
    let block = c.get_public_access_block().bucket("data").send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!(
        (block.block_public_acls(), block.block_public_policy()),
        (Some(true), Some(false))
    );

    let cors = CorsRule::builder()
        .allowed_methods("GET")
        .allowed_origins("*")
        .max_age_seconds(5)
        .build()
        .unwrap();
    let configuration = CorsConfiguration::builder().cors_rules(cors.clone()).build().unwrap();
    let request = c.put_bucket_cors().bucket("data");
    request.cors_configuration(configuration).send().await.unwrap();
    assert_eq!(
        c.get_bucket_cors().bucket("data").send().await.unwrap().cors_rules(),
        [cors]
    );
    c.delete_bucket_cors().bucket("data").send().await.unwrap();

    let enabled = LoggingEnabled::builder()
        .target_bucket("logs")
        .target_prefix("s3/")
        .build()
        .unwrap();
    let status = BucketLoggingStatus::builder().logging_enabled(enabled.clone()).build();
    c.put_bucket_logging()
        .bucket("data")
        .bucket_logging_status(status)
        .send()
        .await
        .unwrap();
    let logging = c.get_bucket_logging().bucket("data").send().await.unwrap();
    assert_eq!(logging.logging_enabled(), Some(&enabled));

    let rule = OwnershipControlsRule::builder()
        .object_ownership(ObjectOwnership::BucketOwnerPreferred)
        .build()
        .unwrap();
    let controls = OwnershipControls::builder().rules(rule).build().unwrap();
    let request = c.put_bucket_ownership_controls().bucket("data");
    request.ownership_controls(controls.clone()).send().await.unwrap();
    let stored = c.get_bucket_ownership_controls().bucket("data").send().await.unwrap();
    assert_eq!(stored.ownership_controls(), Some(&controls));
}

#[tokio::test]
async fn a_new_bucket_of_the_same_name_has_nothing_of_the_old() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    c.put_bucket_policy()
        .bucket("data")
        .policy(TLS_ONLY)
        .send()
        .await
        .unwrap();
    c.delete_bucket().bucket("data").send().await.unwrap();
    c.create_bucket().bucket("data").send().await.unwrap();
    assert_eq!(
        code(c.get_bucket_policy().bucket("data").send().await),
        "NoSuchBucketPolicy"
    );
}
