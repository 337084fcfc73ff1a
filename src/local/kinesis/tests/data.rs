//! Records: where they go, how they come back, what is refused.

use super::*;

fn entry(key: &str, data: &str) -> Value {
    json!({"PartitionKey": key, "Data": STANDARD.encode_to_string(data)})
}

#[test]
fn every_iterator_type_starts_where_it_says() {
    let world = World::new();
    world.stream("s", 1);
    let shard = "shardId-000000000000";
    let mut numbers = Vec::new();
    for n in 0..5 {
        numbers.push(text(&world.put("s", "k", &n.to_string())["SequenceNumber"]));
        world.pass(1000);
    }
    assert!(numbers.is_sorted());
    let latest = world.iterator("s", shard, "LATEST");
    assert_eq!(
        world.read(&world.iterator("s", shard, "TRIM_HORIZON")),
        ["0", "1", "2", "3", "4"]
    );
    let by_number = |kind: &str, number: &str| {
        let input = json!({"StreamName": "s", "ShardId": shard, "ShardIteratorType": kind,
            "StartingSequenceNumber": number});
        world
            .call("GetShardIterator", input)
            .map(|output| world.read(output["ShardIterator"].as_str().unwrap()))
    };
    assert_eq!(by_number("AT_SEQUENCE_NUMBER", &numbers[3]).unwrap(), ["3", "4"]);
    assert_eq!(by_number("AFTER_SEQUENCE_NUMBER", &numbers[3]).unwrap(), ["4"]);
    assert!(by_number("AFTER_SEQUENCE_NUMBER", &numbers[4]).unwrap().is_empty());
    let shards = world.ok("ListShards", json!({"StreamName": "s"}));
    let starting = text(&shards["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]);
    assert_eq!(by_number("AFTER_SEQUENCE_NUMBER", &starting).unwrap().len(), 5);
    for number in [
        "0",
        "17",
        &format!("{}", numbers[1].parse::<u128>().unwrap() + (1 << 24)),
    ] {
        assert_eq!(
            by_number("AT_SEQUENCE_NUMBER", number).unwrap_err().code,
            "InvalidArgumentException"
        );
    }
    assert!(by_number("LATEST", &numbers[1]).is_err());
    let at = |millis: i64| {
        let seconds = millis as f64 / 1000.0;
        let input = json!({"StreamName": "s", "ShardId": shard, "ShardIteratorType": "AT_TIMESTAMP",
            "Timestamp": seconds});
        world
            .call("GetShardIterator", input)
            .map(|output| world.read(output["ShardIterator"].as_str().unwrap()))
    };
    let first = START + 100;
    assert_eq!(at(first).unwrap().len(), 5);
    assert_eq!(at(first + 2000).unwrap(), ["2", "3", "4"]);
    assert_eq!(at(first + 2001).unwrap(), ["3", "4"]);
    assert_eq!(at(first + 999_999).unwrap_err().code, "InvalidArgumentException");
    assert!(world.read(&latest).is_empty());
    world.put("s", "k", "5");
    assert_eq!(world.read(&latest), ["5"]);
}

#[test]
fn iterators_expire_and_say_when_they_were_made() {
    let world = World::new();
    world.stream("s", 1);
    let iterator = world.iterator("s", "shardId-000000000000", "LATEST");
    world.pass(300_000);
    world.ok("GetRecords", json!({"ShardIterator": iterator}));
    world.pass(1);
    let (code, message) = world.err("GetRecords", json!({"ShardIterator": iterator}));
    assert_eq!(code, "ExpiredIteratorException");
    assert!(
        message.starts_with("Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while"),
        "{message}"
    );
}

#[test]
fn records_go_to_the_shard_of_their_hash_key() {
    let world = World::new();
    world.stream("s", 4);
    let put = |explicit: u128| {
        let input =
            json!({"StreamName": "s", "PartitionKey": "k", "Data": "", "ExplicitHashKey": explicit.to_string()});
        text(&world.ok("PutRecord", input)["ShardId"])
    };
    let quarter = 1u128 << 126;
    assert_eq!(put(0), "shardId-000000000000");
    assert_eq!(put(quarter - 1), "shardId-000000000000");
    assert_eq!(put(quarter), "shardId-000000000001");
    assert_eq!(put(u128::MAX), "shardId-000000000003");
    // MD5 of "a" starts with 0cc1, of "c" with 4a8a.
    assert_eq!(world.put("s", "a", "")["ShardId"], "shardId-000000000000");
    assert_eq!(world.put("s", "c", "")["ShardId"], "shardId-000000000001");
    let beyond = json!({"StreamName": "s", "PartitionKey": "k", "Data": "",
        "ExplicitHashKey": "340282366920938463463374607431768211456"});
    let (code, message) = world.err("PutRecord", beyond);
    assert_eq!(code, "InvalidArgumentException");
    assert!(message.starts_with("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]."));
}

#[test]
fn sizes_are_enforced() {
    let world = World::new();
    world.stream("s", 1);
    let put = |records: Vec<Value>| world.call("PutRecords", json!({"StreamName": "s", "Records": records}));
    let code = |records| put(records).unwrap_err().code.into_owned();
    assert_eq!(code(vec![]), "ValidationException");
    assert_eq!(code(vec![entry("k", ""); 501]), "ValidationException");
    assert_eq!(code(vec![entry("", "x")]), "ValidationException");
    assert_eq!(code(vec![entry(&"k".repeat(257), "x")]), "ValidationException");
    assert_eq!(put(vec![entry(&"é".repeat(256), "x")]).unwrap()["FailedRecordCount"], 0);
    assert_eq!(
        code(vec![json!({"PartitionKey": "k", "Data": "not base64!"})]),
        "SerializationException"
    );
    let mib = "x".repeat((1 << 20) - 1);
    assert_eq!(put(vec![entry("k", &mib)]).unwrap()["FailedRecordCount"], 0);
    assert_eq!(code(vec![entry("kk", &mib)]), "InvalidArgumentException");
    assert_eq!(put(vec![entry("k", &mib); 10]).unwrap()["FailedRecordCount"], 0);
    assert_eq!(code(vec![entry("k", &mib); 11]), "InvalidArgumentException");
    // Nothing of a refused request was stored.
    assert_eq!(
        world
            .read(&world.iterator("s", "shardId-000000000000", "TRIM_HORIZON"))
            .len(),
        12
    );
}

#[test]
fn a_stream_may_take_larger_records() {
    let world = World::new();
    world.ok(
        "CreateStream",
        json!({"StreamName": "s", "ShardCount": 1, "MaxRecordSizeInKiB": 10240}),
    );
    world.pass(100);
    let data = "y".repeat((10 << 20) - 1);
    world.put("s", "k", &data);
    world.put("s", "k", "after");
    let iterator = world.iterator("s", "shardId-000000000000", "TRIM_HORIZON");
    assert_eq!(world.read(&iterator), [data, "after".to_owned()]);
}

#[test]
fn aws_s_limits_throttle_single_records() {
    let world = World::with_limits(Limits::Aws);
    world.stream("s", 1);
    let put = || {
        let put = world.ok(
            "PutRecords",
            json!({"StreamName": "s", "Records": vec![entry("k", "x"); 500]}),
        );
        (put["FailedRecordCount"].as_u64().unwrap(), put)
    };
    let (failed, last) = (0..4)
        .map(|_| put())
        .fold((0, Value::Null), |(sum, _), (n, put)| (sum + n, put));
    assert!((500..=1000).contains(&failed), "{failed} of 2,000 failed");
    let refused = last["Records"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r.get("ErrorCode").is_some());
    assert_eq!(
        *refused.unwrap(),
        json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage":
            "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000."})
    );
    let stored = world
        .read(&world.iterator("s", "shardId-000000000000", "TRIM_HORIZON"))
        .len() as u64;
    assert_eq!(stored + failed, 2000);
    let iterator = world.iterator("s", "shardId-000000000000", "LATEST");
    let reads = (0..8).map(|_| world.call("GetRecords", json!({"ShardIterator": iterator})));
    let refused: Vec<_> = reads.filter_map(Result::err).map(|error| error.code).collect();
    assert!(!refused.is_empty() && refused.iter().all(|c| c == "ProvisionedThroughputExceededException"));
}

#[test]
fn records_survive_reopening_and_die_with_their_stream() {
    let mut world = World::new();
    world.stream("s", 1);
    world.put("s", "k", "old");
    let old = world.iterator("s", "shardId-000000000000", "TRIM_HORIZON");
    world.reopen();
    assert_eq!(world.read(&old), ["old"]);
    let number = text(&world.put("s", "k", "older")["SequenceNumber"]);
    world.ok("DeleteStream", json!({"StreamName": "s"}));
    assert_eq!(fs::read_dir(world.dir.path().join("kinesis")).unwrap().count(), 0);
    world.pass(100);
    world.stream("s", 1);
    let (code, message) = world.err("GetRecords", json!({"ShardIterator": old}));
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Shard shardId-000000000000 in stream s under account 000000000000 does not exist"
    );
    let input = json!({"StreamName": "s", "ShardId": "shardId-000000000000",
        "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number});
    assert!(
        world
            .err("GetShardIterator", input)
            .1
            .ends_with("because it did not come from this stream.")
    );
    world.put("s", "k", "new");
    assert_eq!(
        world.read(&world.iterator("s", "shardId-000000000000", "TRIM_HORIZON")),
        ["new"]
    );
}

#[test]
fn a_closed_shard_ends_with_its_children_and_a_record_follows_its_key() {
    let world = World::new();
    world.stream("s", 1);
    world.put("s", "c", "before");
    let half = (1u128 << 127).to_string();
    world.ok(
        "SplitShard",
        json!({"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": half}),
    );
    assert_eq!(world.put("s", "c", "after")["ShardId"], "shardId-000000000001");
    let iterator = world.iterator("s", "shardId-000000000000", "TRIM_HORIZON");
    let page = world.ok("GetRecords", json!({"ShardIterator": iterator}));
    assert_eq!(decoded(&page["Records"][0]["Data"]), "before");
    assert!(page.get("NextShardIterator").is_none());
    assert_eq!(page["ChildShards"].as_array().unwrap().len(), 2);
    assert_eq!(page["ChildShards"][0]["ParentShards"], json!(["shardId-000000000000"]));
    assert_eq!(
        world.read(&world.iterator("s", "shardId-000000000001", "TRIM_HORIZON")),
        ["after"]
    );
}

#[test]
fn records_past_retention_are_not_read() {
    let world = World::new();
    world.stream("s", 1);
    world.put("s", "k", "old");
    world.pass(20 * 3_600_000);
    world.put("s", "k", "young");
    world.pass(5 * 3_600_000);
    assert_eq!(
        world.read(&world.iterator("s", "shardId-000000000000", "TRIM_HORIZON")),
        ["young"]
    );
}

#[test]
fn a_page_holds_what_was_asked_for_and_tells_how_far_behind_it_is() {
    let world = World::new();
    world.stream("s", 1);
    for n in 0..5 {
        world.put("s", "k", &n.to_string());
        world.pass(1000);
    }
    let iterator = world.iterator("s", "shardId-000000000000", "TRIM_HORIZON");
    let page = world.ok("GetRecords", json!({"ShardIterator": iterator, "Limit": 2}));
    assert_eq!(page["Records"].as_array().unwrap().len(), 2);
    assert_eq!(page["MillisBehindLatest"], 3000);
    let page = world.ok("GetRecords", json!({"ShardIterator": page["NextShardIterator"]}));
    assert_eq!(
        (page["Records"].as_array().unwrap().len(), &page["MillisBehindLatest"]),
        (3, &json!(0))
    );
    assert!(page["NextShardIterator"].is_string());
}

#[test]
fn concurrent_puts_and_splits_lose_and_double_nothing() {
    let world = World::new();
    world.stream("s", 2);
    let service = world.service();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let service = service.clone();
            std::thread::spawn(move || {
                for n in 0..50 {
                    let records: Vec<_> = (0..20)
                        .map(|i| entry(&format!("{writer}-{n}-{i}"), &format!("{writer}-{n}-{i}")))
                        .collect();
                    let body = json!({"StreamName": "s", "Records": records}).to_string();
                    let output = service.put_records(body.as_bytes()).unwrap();
                    assert!(output.starts_with(br#"{"FailedRecordCount":0"#));
                }
            })
        })
        .collect();
    for target in [4, 2, 4, 8, 5] {
        world.ok(
            "UpdateShardCount",
            json!({"StreamName": "s", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"}),
        );
        world.pass(100);
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let shards = world.ok("ListShards", json!({"StreamName": "s"}));
    let mut found: Vec<_> = shards["Shards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|shard| world.read(&world.iterator("s", shard["ShardId"].as_str().unwrap(), "TRIM_HORIZON")))
        .collect();
    assert_eq!(found.len(), 4000);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 4000);
}

#[test]
fn old_segments_are_dropped_as_new_ones_begin() {
    let world = World::new();
    world.stream("s", 1);
    let data = "z".repeat(900_000);
    let fill = |n| (0..n).for_each(|_| drop(world.put("s", "k", &data)));
    fill(40);
    let files = || {
        let stream = fs::read_dir(world.dir.path().join("kinesis"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        fs::read_dir(stream.path().join("shardId-000000000000"))
            .unwrap()
            .count()
    };
    assert_eq!(files(), 3);
    world.pass(30 * 3_600_000);
    fill(20);
    assert!(files() <= 2, "{} segments", files());
}

/// Count and sum by metric.
fn counted(world: &World) -> std::collections::BTreeMap<&'static str, (f64, f64)> {
    let taken = world.service().env.meters.take().into_iter();
    taken
        .map(|(series, _, statistics)| {
            assert_eq!((series.namespace, series.dimensions.len()), ("AWS/Kinesis", 1));
            (series.name, (statistics.count, statistics.sum))
        })
        .collect()
}

#[test]
fn puts_and_reads_are_counted_for_cloudwatch() {
    let world = World::with_limits(Limits::Aws);
    world.stream("s", 1);
    let records: Vec<_> = (0..500).map(|_| entry("k", "12345")).collect();
    for _ in 0..3 {
        world.ok("PutRecords", json!({"StreamName": "s", "Records": records}));
    }
    let found = counted(&world);
    let stored = found["IncomingRecords"].1;
    assert!((1000.0..1500.0).contains(&stored), "{stored}");
    assert_eq!(found["IncomingBytes"], (stored, stored * 6.0));
    assert_eq!(found["WriteProvisionedThroughputExceeded"], (3.0, 1500.0 - stored));
    assert_eq!(found["PutRecords.ThrottledRecords"].1, 1500.0 - stored);
    world.pass(5000);
    world.read(&world.iterator("s", "shardId-000000000000", "TRIM_HORIZON"));
    let found = counted(&world);
    assert_eq!(
        (found["GetRecords.Records"].1, found["GetRecords.Bytes"].1),
        (stored, stored * 5.0)
    );
    assert_eq!(found["GetRecords.IteratorAgeMilliseconds"].1, 5000.0);
}
