//! The order in which shards are read.

use std::collections::BTreeMap;

use super::super::feed::{Feed, Origin};
use super::*;

/// Reads all there is.
fn read(feed: &mut Feed) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((shard, chunk)) = feed.next().unwrap() {
        found.extend(chunk.frames().map(|f| String::from_utf8(f.data.to_vec()).unwrap()));
        feed.advance(shard, chunk.next);
    }
    found
}

#[tokio::test]
async fn children_are_read_after_their_parents() {
    let world = World::new(HOUR);
    world.stream("s", 2).await;
    let source = world
        .kinesis()
        .source("arn:aws:kinesis:us-east-1:000000000000:stream/s")
        .unwrap();
    let mut feed = Feed::new(Origin::Stream(source), BTreeMap::new());
    // Both shards are read once, so that the next turn would be the children's.
    for key in ["a", "b", "c", "d"] {
        world.send("s", key, b"first").await;
    }
    assert_eq!(read(&mut feed).len(), 4);
    world.send("s", "a", b"before the split").await;
    let scale = |target: u32| json!({"StreamName": "s", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"});
    World::on(world.kinesis(), "UpdateShardCount", scale(4)).await.unwrap();
    world.send("s", "a", b"after the split").await;
    World::on(world.kinesis(), "UpdateShardCount", scale(2)).await.unwrap();
    world.send("s", "a", b"after the merge").await;
    assert_eq!(
        read(&mut feed),
        ["before the split", "after the split", "after the merge"]
    );
    assert!(read(&mut feed).is_empty());
}
