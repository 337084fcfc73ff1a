//! What reaches the stream, and what happens when it does not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use tokio::sync::Notify;

use super::super::shards::hash_key;
use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap()
}

/// Checks that every request keeps Kinesis' limits and every row sits in the shard of its own partition key.
fn check_requests(sink: &MemorySink, shards: &ShardMap, options: &Options) {
    for request in sink.requests.lock().unwrap().iter() {
        let bytes: usize = request.iter().map(Entry::size).sum();
        assert!(request.len() <= 500 && (bytes <= options.request_bytes || request.len() == 1));
        for entry in request {
            assert!(entry.size() <= options.max_record_bytes);
            assert!(entry.rows == 1 || entry.size() <= options.aggregate_bytes);
            let hash = match &entry.explicit_hash_key {
                Some(hash) => hash.parse().unwrap(),
                None => hash_key(entry.partition_key.as_bytes()),
            };
            for (key, _) in rows_of(entry) {
                assert_eq!(shards.index_of(hash_key(key.as_bytes())), shards.index_of(hash));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows of any valid text, any shard count, any sizes, under random partial failures: each accepted row arrives
    /// exactly once, in its shard, and nothing else does.
    #[test]
    fn each_accepted_row_arrives_exactly_once(
        rows in prop::collection::vec(("[^\0]{0,30}", 0u32..1_000_000), 1..300),
        shards in 1u32..9,
        aggregate in any::<bool>(),
        aggregate_bytes in 200usize..4000,
        request_bytes in 500usize..20_000,
        failures in 0u32..4,
        salt in any::<u64>(),
    ) {
        let mut text = String::from("id,name,salary,skills\n");
        let mut expected = BTreeMap::new();
        for (id, (name, cents)) in rows.iter().enumerate() {
            text += &format!("{id},\"{}\",{}.{:02},\n", name.replace('"', "\"\""), cents / 100, cents % 100);
            if !name.is_empty() && name.len() <= 50 {
                expected.insert(id as i64, name.clone());
            }
        }
        let bench = Bench::new("rows.csv", text);
        let calls = AtomicUsize::new(0);
        let sink = MemorySink::new(move |tries, place| {
            let call = calls.fetch_add(1, Ordering::Relaxed) as u64;
            let fails = tries < failures && (call ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62 < 2;
            let code = if place % 2 == 0 { "ProvisionedThroughputExceededException" } else { "InternalFailure" };
            if fails { Err(rejection(code)) } else { Ok(()) }
        });
        let options = Options { aggregate, aggregate_bytes, request_bytes, ..bench.options() };
        let map = ShardMap::even(shards);
        let summary = runtime().block_on(ingest(
            &[Input::File(bench.input.clone())],
            &contract(),
            sink.clone(),
            map.clone(),
            &options,
            Arc::new(|_| ()),
            CancellationToken::new(),
        )).unwrap();

        let arrived = sink.json();
        prop_assert_eq!(arrived.len(), expected.len());
        for row in &arrived {
            let id = row["id"].as_i64().unwrap();
            // Ids count from 0, rows from 1; rejected rows have their number too.
            prop_assert_eq!(row["ingest_row"].as_i64(), Some(id + 1));
            prop_assert_eq!(row["ingested_at"].as_str(), Some("2026-11-25T08:30:00.000Z"));
            let name = expected.remove(&id);
            prop_assert_eq!(row["name"].as_str(), name.as_deref());
            prop_assert_eq!(&row["skills"], &serde_json::Value::Null);
        }
        prop_assert_eq!(summary.rows_read, rows.len() as u64);
        prop_assert_eq!(summary.rows_sent, arrived.len() as u64);
        prop_assert_eq!(summary.rows_sent + summary.rows_rejected, summary.rows_read);
        prop_assert_eq!(bench.rejects().len() as u64, summary.rows_rejected);
        prop_assert_eq!(summary.records, sink.taken.lock().unwrap().len() as u64);
        check_requests(&sink, &map, &options);
    }
}

#[tokio::test]
async fn only_the_failed_records_of_a_request_are_sent_again() {
    let bench = Bench::new("rows.csv", csv(40));
    let sink = MemorySink::new(|tries, place| {
        if tries == 0 && place % 10 == 3 {
            Err(rejection("InternalFailure"))
        } else {
            Ok(())
        }
    });
    let options = Options {
        aggregate: false,
        ..bench.options()
    };
    let summary = bench.ingest_with(sink.clone(), &options, &contract()).await.unwrap();
    assert_eq!((summary.rows_sent, summary.records, summary.retries), (40, 40, 4));
    let requests = sink.requests.lock().unwrap();
    let sent: usize = requests.iter().map(Vec::len).sum();
    assert_eq!((requests[0].len(), sent), (40, 44));
    let resent: Vec<_> = requests[1..]
        .iter()
        .flatten()
        .map(|entry| entry.partition_key.as_str())
        .collect();
    assert_eq!(resent.len(), 4);
    assert!(
        ["4", "14", "24", "34"].iter().all(|key| resent.contains(key)),
        "{resent:?}"
    );
}

#[tokio::test]
async fn a_request_of_500_single_rows_is_never_exceeded() {
    let bench = Bench::new("rows.csv", csv(1201));
    let sink = MemorySink::accepting();
    let options = Options {
        aggregate: false,
        ..bench.options()
    };
    bench.ingest_with(sink.clone(), &options, &contract()).await.unwrap();
    let sizes: Vec<usize> = sink.requests.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 1201);
    assert_eq!(sizes.iter().max(), Some(&500));
}

#[tokio::test]
async fn aggregated_rows_keep_their_order_and_fill_records() {
    let bench = Bench::new("rows.csv", csv(5000));
    let sink = MemorySink::accepting();
    let summary = bench.ingest(sink.clone()).await.unwrap();
    assert_eq!(summary.rows_sent, 5000);
    assert!(summary.records < 20, "{} records", summary.records);
    for entry in sink.taken.lock().unwrap().iter() {
        let ids: Vec<i64> = rows_of(entry).iter().map(|(key, _)| key.parse().unwrap()).collect();
        assert!(ids.is_sorted());
    }
    check_requests(&sink, &ShardMap::even(4), &bench.options());
}

#[tokio::test]
async fn rows_are_compact_json_lines_in_contract_order() {
    let bench = Bench::new(
        "rows.csv",
        "skills,salary,name,id\n\" sql ;; rust \",007.10,\"O\"\"Neil, Zoë\",+1\n",
    );
    let sink = MemorySink::accepting();
    bench.ingest(sink.clone()).await.unwrap();
    let row = "{\"id\":1,\"name\":\"O\\\"Neil, Zoë\",\"salary\":7.10,\"skills\":[\"sql\",\"rust\"],\
               \"ingested_at\":\"2026-11-25T08:30:00.000Z\",\"ingest_row\":1}\n";
    assert_eq!(sink.rows(), [("1".to_owned(), row.to_owned())]);
}

/// Fails whole requests a few times, then takes everything.
struct Flaky {
    failures: AtomicUsize,
    kind: SinkErrorKind,
    inner: Arc<MemorySink>,
}

#[async_trait]
impl Sink for Flaky {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        let left = self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match left {
            Ok(_) => Err(SinkError {
                kind: self.kind,
                message: "no luck".into(),
                source: None,
            }),
            Err(_) => self.inner.put(entries).await,
        }
    }
}

#[tokio::test]
async fn requests_that_fail_as_a_whole_are_sent_again() {
    for kind in [SinkErrorKind::Transient, SinkErrorKind::Throttled] {
        let bench = Bench::new("rows.csv", csv(100));
        let inner = MemorySink::accepting();
        let sink = Arc::new(Flaky {
            failures: AtomicUsize::new(3),
            kind,
            inner: inner.clone(),
        });
        let summary = bench.ingest(sink).await.unwrap();
        assert_eq!((summary.rows_sent, inner.json().len()), (100, 100));
        assert!(summary.retries >= 3);
    }
}

#[tokio::test]
async fn a_fatal_error_ends_the_ingest_and_says_what_was_sent() {
    let bench = Bench::new("rows.csv", csv(3000));
    let inner = MemorySink::accepting();
    let failures = AtomicUsize::new(usize::MAX);
    let sink = Arc::new(Flaky {
        failures,
        kind: SinkErrorKind::Fatal,
        inner: inner.clone(),
    });
    let failed = bench.ingest(sink).await.unwrap_err();
    assert!(matches!(failed.error, Error::Refused(_)), "{failed}");
    assert_eq!(
        (failed.summary.rows_sent, failed.rows_unknown, inner.rows().len()),
        (0, 0, 0)
    );
    assert_eq!(failed.summary.rows_unsent(), failed.summary.rows_read);
    assert!(failed.to_string().contains("no luck"), "{failed}");
}

#[tokio::test]
async fn a_record_refused_for_good_is_never_counted_as_sent() {
    let bench = Bench::new("rows.csv", csv(10));
    let sink = MemorySink::new(|_, place| {
        if place == 7 {
            Err(rejection("NoSuchKey"))
        } else {
            Ok(())
        }
    });
    let options = Options {
        aggregate: false,
        ..bench.options()
    };
    let failed = bench.ingest_with(sink, &options, &contract()).await.unwrap_err();
    assert!(matches!(failed.error, Error::RecordRefused(_)), "{failed}");
    assert_eq!(
        (
            failed.summary.rows_read,
            failed.summary.rows_sent,
            failed.summary.rows_unsent()
        ),
        (10, 9, 1)
    );
}

#[tokio::test]
async fn a_stream_that_takes_nothing_any_more_is_given_up_after_the_patience() {
    let bench = Bench::new("rows.csv", csv(10));
    let throttle = |tries, place| match (tries, place) {
        (0, 0..5) => Ok(()),
        _ => Err(rejection("ProvisionedThroughputExceededException")),
    };
    let options = Options {
        aggregate: false,
        ..bench.options()
    };
    let failed = bench
        .ingest_with(MemorySink::new(throttle), &options, &contract())
        .await
        .unwrap_err();
    assert!(matches!(failed.error, Error::Stalled { .. }), "{failed}");
    assert_eq!((failed.summary.rows_read, failed.summary.rows_sent), (10, 5));
    assert!(
        failed.to_string().contains("5 sent, 0 rejected, 5 not sent"),
        "{failed}"
    );
    assert!(
        failed.to_string().contains("ProvisionedThroughputExceededException"),
        "{failed}"
    );
}

/// Answers nothing, ever.
struct Silent;

#[async_trait]
impl Sink for Silent {
    async fn put(&self, _: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn rows_of_unanswered_requests_are_told_apart() {
    let bench = Bench::new("rows.csv", csv(10));
    let failed = bench.ingest(Arc::new(Silent)).await.unwrap_err();
    assert_eq!((failed.summary.rows_sent, failed.rows_unknown), (0, 10));
    assert!(
        failed.to_string().contains("10 unanswered and possibly delivered"),
        "{failed}"
    );
}

/// Answers fewer results than records.
struct Short;

#[async_trait]
impl Sink for Short {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        Ok(entries.iter().skip(1).map(|_| Ok(())).collect())
    }
}

#[tokio::test]
async fn an_answer_that_does_not_match_the_request_counts_nothing_as_sent() {
    let bench = Bench::new("rows.csv", csv(10));
    let failed = bench.ingest(Arc::new(Short)).await.unwrap_err();
    assert!(matches!(failed.error, Error::BadAnswer { .. }), "{failed}");
    assert_eq!(failed.summary.rows_sent, 0);
}

/// Tells when a request came.
struct Telling {
    came: Notify,
    inner: Arc<MemorySink>,
}

#[async_trait]
impl Sink for Telling {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        let results = self.inner.put(entries).await;
        self.came.notify_one();
        results
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn rows_of_a_slow_pipe_are_sent_while_it_is_open_and_cancelling_ends_the_wait() {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let (reader, mut writer) = std::io::pipe().unwrap();
    // The pipe stops in the middle of a row, as pipes do.
    writer.write_all((csv(3) + "4,ha").as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sink = Arc::new(Telling {
        came: Notify::new(),
        inner: MemorySink::accepting(),
    });
    let cancel = CancellationToken::new();
    let run = {
        let (sink, cancel, options) = (sink.clone(), cancel.clone(), options(folder.path()));
        let input = Input::parse(&format!("/dev/fd/{}", reader.as_raw_fd()));
        tokio::spawn(async move {
            ingest(
                &[input],
                &contract(),
                sink,
                ShardMap::even(1),
                &options,
                Arc::new(|_| ()),
                cancel,
            )
            .await
        })
    };
    sink.came.notified().await;
    assert_eq!(sink.inner.rows().len(), 3);
    cancel.cancel();
    let summary = run.await.unwrap().unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.rows_read, summary.rows_sent), (3, 3));
    drop(writer);
}

#[tokio::test]
async fn after_a_cancel_what_was_read_is_still_sent() {
    let bench = Bench::new("rows.csv", csv(200_000));
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = move |event| {
        if let Event::Progress(_) = event {
            stop.cancel();
        }
    };
    let sink = MemorySink::accepting();
    let options = Options {
        request_bytes: 100_000,
        ..bench.options()
    };
    let inputs = [Input::File(bench.input.clone())];
    let contract = contract();
    let run = ingest(
        &inputs,
        &contract,
        sink.clone(),
        ShardMap::even(2),
        &options,
        Arc::new(progress),
        cancel,
    );
    let summary = run.await.unwrap();
    assert!(summary.interrupted && summary.rows_read < 200_000, "{summary:?}");
    assert_eq!(summary.rows_sent, summary.rows_read);
    assert_eq!(sink.rows().len() as u64, summary.rows_sent);
}

/// Answers a request only once as many are in flight as it was told, and notes the most there were.
struct Crowded {
    barrier: tokio::sync::Barrier,
    flying: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Sink for Crowded {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        let flying = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(flying, Ordering::SeqCst);
        self.barrier.wait().await;
        self.flying.fetch_sub(1, Ordering::SeqCst);
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}

#[tokio::test]
async fn requests_overlap_up_to_the_limit_and_no_further() {
    let bench = Bench::new("rows.csv", csv(3 * 4 * 500));
    let (flying, most) = Default::default();
    let sink = Arc::new(Crowded {
        barrier: tokio::sync::Barrier::new(3),
        flying,
        most,
    });
    let options = Options {
        aggregate: false,
        max_in_flight: 3,
        ..bench.options()
    };
    let summary = bench.ingest_with(sink.clone(), &options, &contract()).await.unwrap();
    assert_eq!((summary.rows_sent, sink.most.load(Ordering::SeqCst)), (6000, 3));
}
