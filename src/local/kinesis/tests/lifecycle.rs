//! Streams, shards and settings.

use super::*;

#[test]
fn a_stream_is_creating_then_active_and_takes_records_only_then() {
    let world = World::new();
    world.ok("CreateStream", json!({"StreamName": "s", "ShardCount": 1}));
    assert_eq!(world.status("s"), "CREATING");
    let put = json!({"StreamName": "s", "PartitionKey": "k", "Data": ""});
    assert_eq!(
        world.err("PutRecord", put.clone()),
        (
            "ResourceNotFoundException".into(),
            "Stream s under account 000000000000 not found.".into()
        )
    );
    world.pass(100);
    assert_eq!(world.status("s"), "ACTIVE");
    world.ok("PutRecord", put);
}

#[test]
fn a_name_is_taken_until_its_stream_is_gone_and_five_streams_may_be_creating() {
    let world = World::new();
    world.stream("s", 1);
    let create = |name: &str| json!({"StreamName": name, "ShardCount": 1});
    assert_eq!(
        world.err("CreateStream", create("s")),
        (
            "ResourceInUseException".into(),
            "Stream s under account 000000000000 already exists.".into()
        )
    );
    world.ok("DeleteStream", json!({"StreamName": "s"}));
    assert_eq!(world.err("CreateStream", create("s")).0, "ResourceInUseException");
    world.pass(100);
    for name in ["s", "a", "b", "c", "d"] {
        world.ok("CreateStream", create(name));
    }
    assert_eq!(world.err("CreateStream", create("e")).0, "LimitExceededException");
}

#[test]
fn broken_members_are_reported_as_aws_does() {
    let world = World::new();
    let (code, message) = world.err("CreateStream", json!({"StreamName": "a b", "ShardCount": 0}));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'shardCount' failed to satisfy constraint: Member \
         must have value greater than or equal to 1"
    );
    assert_eq!(
        world.err("CreateStream", json!({"Name": "x"})).0,
        "SerializationException"
    );
    assert_eq!(world.err("Nonsense", json!({})).0, "UnknownOperationException");
    assert_eq!(world.err("SubscribeToShard", json!({})).0, "NotImplemented");
    assert_eq!(world.err("DescribeStream", json!({})).0, "InvalidArgumentException");
}

#[test]
fn on_demand_streams_start_with_four_shards_and_are_not_resharded() {
    let world = World::new();
    let mode = json!({"StreamMode": "ON_DEMAND"});
    world.ok("CreateStream", json!({"StreamName": "s", "StreamModeDetails": mode}));
    world.pass(100);
    let summary = world.ok("DescribeStreamSummary", json!({"StreamName": "s"}));
    let summary = &summary["StreamDescriptionSummary"];
    assert_eq!(summary["OpenShardCount"], 4);
    assert_eq!(summary["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
    let scale = json!({"StreamName": "s", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"});
    assert_eq!(world.err("UpdateShardCount", scale).0, "ValidationException");
}

#[test]
fn streams_are_named_by_arn_and_listed_in_pages() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.stream(name, 1);
    }
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/b";
    let described = world.ok("DescribeStream", json!({"StreamARN": arn}));
    assert_eq!(described["StreamDescription"]["StreamARN"], arn);
    let page = world.ok("ListStreams", json!({"Limit": 2}));
    assert_eq!(
        (&page["StreamNames"], &page["HasMoreStreams"]),
        (&json!(["a", "b"]), &json!(true))
    );
    let page = world.ok("ListStreams", json!({"Limit": 2, "NextToken": page["NextToken"]}));
    assert_eq!(
        (&page["StreamNames"], &page["HasMoreStreams"]),
        (&json!(["c"]), &json!(false))
    );
    assert_eq!(page["StreamSummaries"][0]["StreamStatus"], "ACTIVE");
    let other = json!({"StreamARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/b"});
    assert_eq!(world.err("DescribeStream", other).0, "ResourceNotFoundException");
    let both = json!({"StreamARN": arn, "StreamName": "a"});
    assert_eq!(world.err("DescribeStream", both).0, "InvalidArgumentException");
}

fn shards(world: &World, input: Value) -> Vec<String> {
    let listed = world.ok("ListShards", input);
    listed["Shards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| text(&s["ShardId"])[16..].to_owned())
        .collect()
}

#[test]
fn splits_and_merges_keep_lineage_and_hash_ranges() {
    let mut world = World::new();
    world.stream("s", 1);
    let half = (1u128 << 127).to_string();
    let split = json!({"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": half});
    world.ok("SplitShard", split.clone());
    assert_eq!(world.status("s"), "UPDATING");
    assert_eq!(world.err("SplitShard", split.clone()).0, "ResourceInUseException");
    world.pass(100);
    assert_eq!(world.err("SplitShard", split).0, "InvalidArgumentException");
    let listed = world.ok("ListShards", json!({"StreamName": "s"}));
    let listed = listed["Shards"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed[0]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    assert_eq!(listed[2]["ParentShardId"], "shardId-000000000000");
    assert_eq!(listed[2]["HashKeyRange"]["StartingHashKey"], half);
    let merge = |a: &str, b: &str| json!({"StreamName": "s", "ShardToMerge": a, "AdjacentShardToMerge": b});
    assert_eq!(
        world
            .err("MergeShards", merge("shardId-000000000001", "shardId-000000000009"))
            .0,
        "ResourceNotFoundException"
    );
    world.ok("MergeShards", merge("shardId-000000000002", "shardId-000000000001"));
    world.pass(100);
    world.reopen();
    let listed = world.ok("ListShards", json!({"StreamName": "s"}));
    let merged = &listed["Shards"][3];
    assert_eq!(merged["ParentShardId"], "shardId-000000000001");
    assert_eq!(merged["AdjacentParentShardId"], "shardId-000000000002");
    assert_eq!(merged["HashKeyRange"]["EndingHashKey"], u128::MAX.to_string());
    assert_eq!(
        shards(&world, json!({"StreamName": "s", "ShardFilter": {"Type": "AT_LATEST"}})),
        ["0003"]
    );
    let started = json!({"Type": "AT_TRIM_HORIZON"});
    assert_eq!(
        shards(&world, json!({"StreamName": "s", "ShardFilter": started})),
        ["0000"]
    );
    let after = json!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"});
    assert_eq!(
        shards(&world, json!({"StreamName": "s", "ShardFilter": after})),
        ["0002", "0003"]
    );
    // Past retention, closed shards are not listed any more.
    world.pass(25 * 3_600_000);
    assert_eq!(shards(&world, json!({"StreamName": "s"})), ["0003"]);
}

#[test]
fn shards_are_listed_in_pages_whose_tokens_expire() {
    let world = World::new();
    world.stream("s", 5);
    let page = world.ok("ListShards", json!({"StreamName": "s", "MaxResults": 3}));
    let token = page["NextToken"].clone();
    assert_eq!(shards(&world, json!({"NextToken": token})), ["0003", "0004"]);
    let both = json!({"NextToken": token, "StreamName": "s"});
    assert_eq!(world.err("ListShards", both).0, "InvalidArgumentException");
    world.pass(301_000);
    assert_eq!(
        world.err("ListShards", json!({"NextToken": token})).0,
        "ExpiredNextTokenException"
    );
    let described = world.ok("DescribeStream", json!({"StreamName": "s", "Limit": 2}));
    assert_eq!(described["StreamDescription"]["HasMoreShards"], true);
}

#[test]
fn uniform_scaling_leaves_even_open_shards() {
    let world = World::new();
    world.stream("s", 4);
    let scale = |target: u32| json!({"StreamName": "s", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"});
    assert_eq!(world.err("UpdateShardCount", scale(9)).0, "InvalidArgumentException");
    assert_eq!(world.err("UpdateShardCount", scale(1)).0, "InvalidArgumentException");
    for (target, current) in [(8, 4), (5, 8), (3, 5), (6, 3)] {
        assert_eq!(
            world.ok("UpdateShardCount", scale(target))["CurrentShardCount"],
            current
        );
        world.pass(100);
        let filter = json!({"Type": "AT_LATEST"});
        let listed = world.ok("ListShards", json!({"StreamName": "s", "ShardFilter": filter}));
        let listed = listed["Shards"].as_array().unwrap();
        let mut ranges: Vec<(u128, u128)> = listed
            .iter()
            .map(|shard| &shard["HashKeyRange"])
            .map(|range| (text(&range["StartingHashKey"]), text(&range["EndingHashKey"])))
            .map(|(first, last)| (first.parse().unwrap(), last.parse().unwrap()))
            .collect();
        ranges.sort_unstable();
        assert_eq!(ranges, super::super::streams::even_ranges(target).collect::<Vec<_>>());
    }
    for _ in 0..6 {
        world.ok("UpdateShardCount", scale(6));
        world.pass(100);
    }
    assert_eq!(world.err("UpdateShardCount", scale(6)).0, "LimitExceededException");
    world.pass(24 * 3_600_000);
    world.ok("UpdateShardCount", scale(6));
}

#[test]
fn settings_change_and_survive_reopening() {
    let mut world = World::new();
    world.stream("s", 1);
    let with = |name: &str, value: Value| {
        let mut input = json!({"StreamName": "s"});
        input[name] = value;
        input
    };
    world.ok("IncreaseStreamRetentionPeriod", with("RetentionPeriodHours", json!(48)));
    assert_eq!(world.status("s"), "UPDATING");
    world.pass(100);
    let (code, message) = world.err("IncreaseStreamRetentionPeriod", with("RetentionPeriodHours", json!(36)));
    assert_eq!(code, "InvalidArgumentException");
    assert!(
        message.contains("can not be shorter than current retention period (48 hours)"),
        "{message}"
    );
    world.ok("DecreaseStreamRetentionPeriod", with("RetentionPeriodHours", json!(36)));
    world.pass(100);
    let key = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"});
    world.ok("StartStreamEncryption", key.clone());
    world.pass(100);
    assert_eq!(world.put("s", "k", "x")["EncryptionType"], "KMS");
    let metrics = world.ok(
        "EnableEnhancedMonitoring",
        with("ShardLevelMetrics", json!(["IncomingBytes"])),
    );
    assert_eq!(metrics["DesiredShardLevelMetrics"], json!(["IncomingBytes"]));
    world.pass(100);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    world.ok(
        "UpdateStreamMode",
        json!({"StreamARN": arn, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}),
    );
    world.pass(100);
    world.ok(
        "UpdateMaxRecordSize",
        json!({"StreamARN": arn, "MaxRecordSizeInKiB": 2048}),
    );
    world.pass(100);
    world.reopen();
    let summary = world.ok("DescribeStreamSummary", json!({"StreamName": "s"}));
    let summary = &summary["StreamDescriptionSummary"];
    assert_eq!(summary["RetentionPeriodHours"], 36);
    assert_eq!(
        (&summary["EncryptionType"], &summary["KeyId"]),
        (&json!("KMS"), &json!("alias/aws/kinesis"))
    );
    assert_eq!(
        summary["EnhancedMonitoring"][0]["ShardLevelMetrics"],
        json!(["IncomingBytes"])
    );
    assert_eq!(summary["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
    assert_eq!(summary["MaxRecordSizeInKiB"], 2048);
    world.ok("StopStreamEncryption", key);
    world.pass(100);
    assert!(world.put("s", "k", "x").get("EncryptionType").is_none());
}

#[test]
fn tags_are_the_same_by_both_families_of_operations() {
    let world = World::new();
    world.ok(
        "CreateStream",
        json!({"StreamName": "s", "ShardCount": 1, "Tags": {"a": "1"}}),
    );
    world.pass(100);
    world.ok("AddTagsToStream", json!({"StreamName": "s", "Tags": {"b": "2"}}));
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    world.ok("TagResource", json!({"ResourceARN": arn, "Tags": {"c": "3"}}));
    world.ok("RemoveTagsFromStream", json!({"StreamName": "s", "TagKeys": ["a"]}));
    let page = world.ok("ListTagsForStream", json!({"StreamName": "s", "Limit": 1}));
    assert_eq!(page, json!({"Tags": [{"Key": "b", "Value": "2"}], "HasMoreTags": true}));
    world.ok("UntagResource", json!({"ResourceARN": arn, "TagKeys": ["b"]}));
    let all = world.ok("ListTagsForResource", json!({"ResourceARN": arn}));
    assert_eq!(all, json!({"Tags": [{"Key": "c", "Value": "3"}]}));
    assert_eq!(world.service().tagged().unwrap()[0].0, arn);
    let many: BTreeMap<_, _> = (0..50).map(|n| (format!("k{n}"), "v")).collect();
    let (code, _) = world.err("AddTagsToStream", json!({"StreamName": "s", "Tags": many}));
    assert_eq!(code, "InvalidArgumentException");
}

#[test]
fn consumers_hold_a_stream_until_deletion_is_enforced() {
    let world = World::new();
    world.stream("s", 1);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let named = json!({"StreamARN": arn, "ConsumerName": "c"});
    let registered = world.ok("RegisterStreamConsumer", named.clone());
    assert_eq!(registered["Consumer"]["ConsumerStatus"], "CREATING");
    assert_eq!(
        world.err("RegisterStreamConsumer", named.clone()).0,
        "ResourceInUseException"
    );
    world.pass(100);
    let consumer = text(&registered["Consumer"]["ConsumerARN"]);
    let described = world.ok("DescribeStreamConsumer", json!({"ConsumerARN": consumer}));
    assert_eq!(described["ConsumerDescription"]["ConsumerStatus"], "ACTIVE");
    assert_eq!(described["ConsumerDescription"]["StreamARN"], arn);
    assert_eq!(
        world.err("DeleteStream", json!({"StreamName": "s"})).0,
        "ResourceInUseException"
    );
    world.ok("DeregisterStreamConsumer", named.clone());
    world.pass(100);
    assert_eq!(
        world.err("DescribeStreamConsumer", named.clone()).0,
        "ResourceNotFoundException"
    );
    world.ok("RegisterStreamConsumer", named);
    assert_eq!(
        world.ok("ListStreamConsumers", json!({"StreamARN": arn}))["Consumers"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world.ok(
        "DeleteStream",
        json!({"StreamName": "s", "EnforceConsumerDeletion": true}),
    );
    assert_eq!(world.status("s"), "DELETING");
}
