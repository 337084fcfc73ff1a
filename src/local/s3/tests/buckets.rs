use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Tag, Tagging, VersioningConfiguration,
};

use super::client::{Lab, client, code};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn a_bucket_lives_and_dies() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let head = c.head_bucket().bucket("data").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
    c.delete_bucket().bucket("data").send().await.unwrap();
    assert_eq!(code(c.head_bucket().bucket("data").send().await), "NotFound");
    assert_eq!(code(c.delete_bucket().bucket("data").send().await), "NoSuchBucket");
}

#[tokio::test]
async fn buckets_are_created_where_the_endpoint_may() {
    let lab = Lab::with_bucket().await;
    let create = |name: &str, region: Option<&str>| {
        let configuration = region.map(|region| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region))
                .build()
        });
        lab.client
            .create_bucket()
            .bucket(name)
            .set_create_bucket_configuration(configuration)
            .send()
    };
    create("data", None).await.expect("again, in us-east-1");
    create("irish", Some("eu-west-1")).await.unwrap();
    assert_eq!(
        code(create("x-us", Some("us-east-1")).await),
        "InvalidLocationConstraint"
    );
    let location = lab.client.get_bucket_location().bucket("irish").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), "eu-west-1");
    let location = lab.client.get_bucket_location().bucket("data").send().await.unwrap();
    assert!(
        location
            .location_constraint()
            .is_none_or(|constraint| constraint.as_str().is_empty())
    );
}

#[tokio::test]
async fn other_regions_want_their_name() {
    let lab = Lab::new();
    let c = client(&lab.s3, "eu-west-1");
    let there = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest2)
        .build();
    let elsewhere = c.create_bucket().bucket("data").create_bucket_configuration(there);
    assert_eq!(code(elsewhere.send().await), "IllegalLocationConstraintException");
    let here = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest1)
        .build();
    let create = || {
        let request = c.create_bucket().bucket("data");
        request.create_bucket_configuration(here.clone()).send()
    };
    create().await.unwrap();
    assert_eq!(code(create().await), "BucketAlreadyOwnedByYou");
}

#[tokio::test]
async fn bad_names_are_refused() {
    let lab = Lab::new();
    for name in [
        "Upper",
        "ab",
        "a..b",
        "192.168.0.1",
        "xn--x",
        "data-s3alias",
        "under_score",
    ] {
        let refused = lab.client.create_bucket().bucket(name).send().await;
        assert_eq!(code(refused), "InvalidBucketName", "{name}");
    }
}

#[tokio::test]
async fn lists_buckets_in_pages() {
    let lab = Lab::new();
    for name in ["beta", "alpha-1", "alpha-2"] {
        lab.client.create_bucket().bucket(name).send().await.unwrap();
    }
    let all = lab.client.list_buckets().send().await.unwrap();
    let names: Vec<_> = all.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, ["alpha-1", "alpha-2", "beta"]);
    assert!(all.continuation_token().is_none());
    let first = lab
        .client
        .list_buckets()
        .max_buckets(1)
        .prefix("alpha")
        .send()
        .await
        .unwrap();
    assert_eq!(first.buckets()[0].name(), Some("alpha-1"));
    let token = first.continuation_token().unwrap();
    let rest = lab
        .client
        .list_buckets()
        .prefix("alpha")
        .continuation_token(token)
        .send()
        .await
        .unwrap();
    assert_eq!(rest.buckets().len(), 1);
    assert_eq!(rest.buckets()[0].name(), Some("alpha-2"));
}

#[tokio::test]
async fn only_empty_buckets_are_deleted() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    lab.enable_versioning().await;
    lab.put("k", "v").await;
    assert_eq!(code(c.delete_bucket().bucket("data").send().await), "BucketNotEmpty");
    let marker = c.delete_object().bucket("data").key("k").send().await.unwrap();
    assert_eq!(code(c.delete_bucket().bucket("data").send().await), "BucketNotEmpty");
    let versions = c.list_object_versions().bucket("data").send().await.unwrap();
    let id = versions.versions()[0].version_id().unwrap();
    c.delete_object()
        .bucket("data")
        .key("k")
        .version_id(id)
        .send()
        .await
        .unwrap();
    let only_marker = c.delete_bucket().bucket("data").send().await;
    assert_eq!(code(only_marker), "BucketNotEmpty", "a delete marker is left");
    let id = marker.version_id().unwrap();
    c.delete_object()
        .bucket("data")
        .key("k")
        .version_id(id)
        .send()
        .await
        .unwrap();
    c.delete_bucket().bucket("data").send().await.unwrap();
}

#[tokio::test]
async fn unfinished_uploads_go_with_the_bucket() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    let upload = c
        .create_multipart_upload()
        .bucket("data")
        .key("k")
        .send()
        .await
        .unwrap();
    let part = c.upload_part().bucket("data").key("k").part_number(1);
    part.upload_id(upload.upload_id().unwrap())
        .body(aws_sdk_s3::primitives::ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap();
    assert_eq!(lab.bodies(), 1);
    c.delete_bucket().bucket("data").send().await.unwrap();
    assert_eq!(lab.bodies(), 0);
}

#[tokio::test]
async fn tags_of_buckets() {
    let lab = Lab::new();
    let c = &lab.client;
    let configuration = CreateBucketConfiguration::builder().tags(tag("team", "a&b")).build();
    let create = c.create_bucket().bucket("data");
    create.create_bucket_configuration(configuration).send().await.unwrap();
    let tags = c.get_bucket_tagging().bucket("data").send().await.unwrap();
    assert_eq!(tags.tag_set(), [tag("team", "a&b")]);
    let tagged = lab.s3.tagged().unwrap();
    assert_eq!(tagged[0].0, "arn:aws:s3:::data");
    assert_eq!(tagged[0].1["team"], "a&b");

    let set = |tags: Vec<Tag>| {
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
        c.put_bucket_tagging().bucket("data").tagging(tagging).send()
    };
    set(vec![tag("z", "1"), tag("a", "2")]).await.unwrap();
    let tags = c.get_bucket_tagging().bucket("data").send().await.unwrap();
    assert_eq!(tags.tag_set(), [tag("z", "1"), tag("a", "2")]);
    assert_eq!(code(set(vec![tag("a", "1"), tag("a", "2")]).await), "InvalidTag");
    assert_eq!(code(set(vec![tag("aws:x", "1")]).await), "InvalidTag");
    c.delete_bucket_tagging().bucket("data").send().await.unwrap();
    assert_eq!(code(c.get_bucket_tagging().bucket("data").send().await), "NoSuchTagSet");
    assert!(lab.s3.tagged().unwrap().is_empty());
}

#[tokio::test]
async fn versioning_is_never_off_again() {
    let lab = Lab::with_bucket().await;
    let status = || async {
        let output = lab.client.get_bucket_versioning().bucket("data").send().await.unwrap();
        output.status
    };
    assert_eq!(status().await, None);
    lab.enable_versioning().await;
    assert_eq!(status().await, Some(BucketVersioningStatus::Enabled));
    lab.set_versioning(BucketVersioningStatus::Suspended).await;
    assert_eq!(status().await, Some(BucketVersioningStatus::Suspended));
    let empty = VersioningConfiguration::builder().build();
    let request = lab.client.put_bucket_versioning().bucket("data");
    let refused = request.versioning_configuration(empty).send().await;
    assert_eq!(code(refused), "IllegalVersioningConfigurationException");
}

#[tokio::test]
async fn other_accounts_are_denied() {
    let lab = Lab::with_bucket().await;
    let head = || lab.client.get_bucket_location().bucket("data");
    head().expected_bucket_owner("000000000000").send().await.unwrap();
    let foreign = head().expected_bucket_owner("111122223333").send().await;
    assert_eq!(code(foreign), "AccessDenied");
}
