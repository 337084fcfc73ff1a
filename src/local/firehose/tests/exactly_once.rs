//! Whatever is put, split, merged, restarted and drained in whatever order: every record is delivered exactly once,
//! and a key's records in the order they were put.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    /// So many records under one key.
    Put(u8, u8),
    Packed(u8),
    Scale(u8),
    Restart,
    Drain,
    Fail,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..6, 1u8..20).prop_map(|(key, count)| Step::Put(key, count)),
        1 => (0u8..6).prop_map(Step::Packed),
        2 => (1u8..7).prop_map(Step::Scale),
        1 => Just(Step::Restart),
        1 => Just(Step::Drain),
        1 => Just(Step::Fail),
    ]
}

/// Numbers a key's records.
#[derive(Default)]
struct Sent(BTreeMap<u8, u32>);

impl Sent {
    fn next(&mut self, key: u8) -> String {
        let n = self.0.entry(key).or_default();
        *n += 1;
        format!("{key}:{n}")
    }
}

async fn run(steps: Vec<Step>, interval: Duration) -> Result<(), TestCaseError> {
    let mut world = World::new(interval);
    world.stream("s", 2).await;
    world.ok("CreateDeliveryStream", from_stream("d", "s", lines())).await;
    let mut sent = Sent::default();
    for step in steps {
        match step {
            Step::Put(key, count) => {
                for _ in 0..count {
                    let data = sent.next(key);
                    world.send("s", &format!("key-{key}"), data.as_bytes()).await;
                }
            }
            Step::Packed(key) => {
                let rows: Vec<_> = (0..5).map(|_| sent.next(key)).collect();
                let rows: Vec<_> = rows.iter().map(String::as_str).collect();
                world.send("s", &format!("key-{key}"), &kpl::aggregate(&rows)).await;
            }
            Step::Scale(target) => {
                let input = json!({"StreamName": "s", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"});
                // A target out of bounds is refused; that is fine.
                let _ = World::on(world.kinesis(), "UpdateShardCount", input).await;
            }
            Step::Restart => world.restart().await,
            // Fails where the step before made the sink fail.
            Step::Drain => drop(world.firehose().drain().await),
            Step::Fail => world.cloud.lose_body.store(true, Ordering::SeqCst),
        }
    }
    world.cloud.lose_body.store(false, Ordering::SeqCst);
    let _ = world.firehose().drain().await;
    world.drain().await;
    world.firehose().stop().await;
    let mut found: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for line in world.text().lines() {
        let (key, n) = line.split_once(':').unwrap();
        found.entry(key.parse().unwrap()).or_default().push(n.parse().unwrap());
    }
    let expected: BTreeMap<u8, Vec<u32>> = sent.0.iter().map(|(key, n)| (*key, (1..=*n).collect())).collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_is_delivered_once_and_in_order(
        steps in proptest::collection::vec(step(), 1..25),
        eager in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let interval = if eager { Duration::from_millis(1) } else { HOUR };
        runtime.block_on(run(steps, interval))?;
    }
}
