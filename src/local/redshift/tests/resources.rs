//! Subnet groups, tags, usage limits, credentials, logging.

use super::*;

#[tokio::test]
async fn a_subnet_group_lives_while_a_cluster_uses_it() {
    let world = World::new();
    let client = &world.client;
    let create = || {
        client
            .create_cluster_subnet_group()
            .cluster_subnet_group_name("HR-subnets")
            .description("hr")
    };
    assert_eq!(refused!(create()).0, "MissingParameter");
    assert_eq!(refused!(create().subnet_ids("a")).0, "InvalidSubnet");
    let group = create()
        .subnet_ids("subnet-1")
        .subnet_ids("subnet-2")
        .tags(tag("k", "v"));
    let group = group.send().await.unwrap().cluster_subnet_group.unwrap();
    assert_eq!(group.cluster_subnet_group_name(), Some("hr-subnets"));
    let zones = group
        .subnets()
        .iter()
        .map(|subnet| subnet.subnet_availability_zone().unwrap().name().unwrap());
    assert_eq!(zones.collect::<Vec<_>>(), ["us-east-1a", "us-east-1b"]);
    assert_eq!(
        refused!(create().subnet_ids("subnet-1")).0,
        "ClusterSubnetGroupAlreadyExists"
    );

    let cluster = world
        .create("hr")
        .manage_master_password(true)
        .cluster_subnet_group_name("hr-subnets");
    cluster.send().await.unwrap();
    let delete = || {
        client
            .delete_cluster_subnet_group()
            .cluster_subnet_group_name("hr-subnets")
    };
    assert_eq!(refused!(delete()).0, "InvalidClusterSubnetGroupStateFault");
    world.clock.pass(200);
    let modify = client
        .modify_cluster_subnet_group()
        .cluster_subnet_group_name("hr-subnets");
    let modified = modify
        .subnet_ids("subnet-3")
        .send()
        .await
        .unwrap()
        .cluster_subnet_group
        .unwrap();
    assert_eq!(modified.subnets()[0].subnet_identifier(), Some("subnet-3"));
    let deletion = client
        .delete_cluster()
        .cluster_identifier("hr")
        .skip_final_cluster_snapshot(true);
    deletion.send().await.unwrap();
    world.clock.pass(100);
    delete().send().await.unwrap();
    let described = client
        .describe_cluster_subnet_groups()
        .cluster_subnet_group_name("hr-subnets");
    assert_eq!(refused!(described).0, "ClusterSubnetGroupNotFoundFault");
}

#[tokio::test]
async fn tags_are_changed_and_found() {
    let world = World::new();
    world.cluster("hr").await;
    world.cluster("other").await;
    let client = &world.client;
    let arn = "arn:aws:redshift:us-east-1:000000000000:cluster:hr";
    let tags = client
        .create_tags()
        .resource_name(arn)
        .tags(tag("a", "1"))
        .tags(tag("b", "2"));
    tags.send().await.unwrap();
    client
        .delete_tags()
        .resource_name(arn)
        .tag_keys("b")
        .send()
        .await
        .unwrap();
    let described = client.describe_tags().resource_name(arn).send().await.unwrap();
    let resource = &described.tagged_resources()[0];
    assert_eq!(
        (resource.resource_type(), resource.tag().unwrap().value()),
        (Some("cluster"), Some("1"))
    );
    let found = client.describe_clusters().tag_keys("a").send().await.unwrap();
    assert_eq!(found.clusters().len(), 1);
    assert!(
        world
            .service
            .tagged()
            .unwrap()
            .contains(&(arn.into(), BTreeMap::from([("a".into(), "1".into())])))
    );
    let changed = world.service.tag(arn, &BTreeMap::from([("c".into(), "3".into())]));
    assert!(changed.unwrap());
    assert!(!world.service.tag("arn:aws:s3:::x", &BTreeMap::new()).unwrap());
    let nobody = client
        .create_tags()
        .resource_name("arn:aws:redshift:us-east-1:000000000000:cluster:none");
    assert_eq!(refused!(nobody.tags(tag("a", "1"))).0, "ResourceNotFoundFault");
    let reserved = client.create_tags().resource_name(arn).tags(tag("aws:x", "1"));
    assert_eq!(refused!(reserved).0, "InvalidTagFault");
}

#[tokio::test]
async fn usage_limits_are_kept_once_a_period() {
    let world = World::new();
    world.cluster("hr").await;
    let client = &world.client;
    let create = || {
        let request = client.create_usage_limit().cluster_identifier("hr").amount(60);
        request.feature_type(UsageLimitFeatureType::ConcurrencyScaling)
    };
    let wrong = create().limit_type(UsageLimitLimitType::DataScanned);
    assert_eq!(refused!(wrong).0, "InvalidUsageLimit");
    let limit = create().limit_type(UsageLimitLimitType::Time).send().await.unwrap();
    assert_eq!(limit.period().unwrap().as_str(), "monthly");
    assert_eq!(
        refused!(create().limit_type(UsageLimitLimitType::Time)).0,
        "UsageLimitAlreadyExists"
    );
    let id = limit.usage_limit_id().unwrap();
    client
        .modify_usage_limit()
        .usage_limit_id(id)
        .amount(90)
        .send()
        .await
        .unwrap();
    let limits = client
        .describe_usage_limits()
        .cluster_identifier("hr")
        .send()
        .await
        .unwrap();
    assert_eq!(limits.usage_limits()[0].amount(), Some(90));
    client.delete_usage_limit().usage_limit_id(id).send().await.unwrap();
    assert_eq!(
        refused!(client.delete_usage_limit().usage_limit_id(id)).0,
        "UsageLimitNotFound"
    );
}

#[tokio::test]
async fn credentials_expire_and_logging_is_off() {
    let world = World::new();
    world.cluster("hr").await;
    let client = &world.client;
    let credentials = client
        .get_cluster_credentials()
        .cluster_identifier("hr")
        .db_user("analyst");
    let credentials = credentials.send().await.unwrap();
    assert_eq!(credentials.db_user(), Some("IAM:analyst"));
    assert!(credentials.expiration().is_some());
    let short = client
        .get_cluster_credentials_with_iam()
        .cluster_identifier("hr")
        .duration_seconds(5);
    assert_eq!(refused!(short).0, "InvalidParameterValue");
    let logging = client
        .describe_logging_status()
        .cluster_identifier("hr")
        .send()
        .await
        .unwrap();
    assert_eq!(logging.logging_enabled(), Some(false));
    assert_eq!(refused!(client.describe_reserved_nodes()).0, "NotImplemented");
}
