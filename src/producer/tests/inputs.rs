//! Kinds of input, and input that cannot be used.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

async fn fails(name: &str, content: impl AsRef<[u8]>) -> IngestError {
    let sink = MemorySink::accepting();
    let failed = Bench::new(name, content).ingest(sink.clone()).await.unwrap_err();
    assert!(
        sink.requests.lock().unwrap().is_empty(),
        "nothing is sent of unusable input"
    );
    assert_eq!(failed.summary, Summary::default());
    failed
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

async fn ids(name: &str, content: impl AsRef<[u8]>) -> Vec<i64> {
    let sink = MemorySink::accepting();
    let summary = Bench::new(name, content).ingest(sink.clone()).await.unwrap();
    assert_eq!(summary.rows_rejected, 0);
    sink.json().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn csv_json_lines_and_gzip_are_told_apart_by_name_or_content() {
    let json = "{\"id\":1,\"name\":\"a\"}\n\n{\"name\":\"b\",\"id\":\"2\"}";
    assert_eq!(ids("rows.csv", csv(2)).await, [1, 2]);
    assert_eq!(
        ids("rows.csv", "\u{feff}".to_owned() + &csv(2).replace('\n', "\r\n")).await,
        [1, 2]
    );
    assert_eq!(ids("rows.jsonl", json).await, [1, 2]);
    assert_eq!(ids("rows", format!("\u{feff}  {json}")).await, [1, 2]);
    assert_eq!(ids("rows.csv.gz", gzip(csv(2).as_bytes())).await, [1, 2]);
    assert_eq!(ids("rows.ndjson.gz", gzip(json.as_bytes())).await, [1, 2]);
    assert_eq!(ids("rows", gzip(json.as_bytes())).await, [1, 2]);
    let text = csv(4);
    let (head, tail) = text.split_at(40);
    let members = [gzip(head.as_bytes()), gzip(b""), gzip(tail.as_bytes())].concat();
    assert_eq!(ids("rows.gz", members).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn several_inputs_are_one_ingest() {
    let first = Bench::new("a.csv", csv(3));
    let second = first.folder.path().join("b.jsonl");
    std::fs::write(&second, "{\"id\":9,\"name\":\"b\"}\n").unwrap();
    let inputs = [Input::File(first.input.clone()), Input::File(second)];
    let sink = MemorySink::accepting();
    let (options, contract) = (first.options(), contract());
    let totals = Arc::new(Mutex::new(None));
    let last = totals.clone();
    let progress: ProgressSink = Arc::new(move |event| {
        if let Event::Progress(progress) = event {
            *last.lock().unwrap() = Some(progress);
        }
    });
    let cancel = CancellationToken::new();
    let run = ingest(
        &inputs,
        &contract,
        sink.clone(),
        ShardMap::even(1),
        &options,
        progress,
        cancel,
    );
    let summary = run.await.unwrap();
    assert_eq!((summary.rows_read, sink.rows().len()), (4, 4));
    let numbers: Vec<_> = sink.json().iter().map(|row| row["ingest_row"].as_u64()).collect();
    assert_eq!(numbers, [1, 2, 3, 4].map(Some), "rows are numbered over all inputs");
    let progress = totals.lock().unwrap().clone().unwrap();
    assert_eq!(progress.total_bytes, Some(csv(3).len() as u64 + 20));
    assert_eq!(progress.bytes_read, progress.total_bytes.unwrap());
}

#[tokio::test]
async fn unusable_inputs_are_refused_before_anything_is_sent() {
    let good = Bench::new("good.csv", csv(3));
    let refused = async |input: Input| {
        let sink = MemorySink::accepting();
        let inputs = [Input::File(good.input.clone()), input];
        let (options, contract, cancel) = (good.options(), contract(), CancellationToken::new());
        let run = ingest(
            &inputs,
            &contract,
            sink.clone(),
            ShardMap::even(1),
            &options,
            Arc::new(|_| ()),
            cancel,
        );
        let failed = run.await.unwrap_err();
        assert!(sink.requests.lock().unwrap().is_empty());
        failed
    };
    let missing = refused(Input::File(good.folder.path().join("nowhere.csv"))).await;
    assert!(
        matches!(&missing.error, Error::Open { file, .. } if file.ends_with("nowhere.csv")),
        "{missing}"
    );
    let folder = refused(Input::File(good.folder.path().into())).await;
    assert!(matches!(folder.error, Error::Directory { .. }), "{folder}");
}

#[tokio::test]
async fn empty_inputs_are_errors() {
    for (name, content) in [
        ("a.csv", ""),
        ("a.csv", "\n\r\n"),
        ("a.jsonl", " \n\n"),
        ("a.csv", "\u{feff}"),
    ] {
        let failed = fails(name, content).await;
        assert!(
            matches!(failed.error, Error::Empty { .. }),
            "{name} {content:?}: {failed}"
        );
    }
    assert!(matches!(fails("a.csv.gz", gzip(b"")).await.error, Error::Empty { .. }));
    let header = fails("a.csv", "id,name,salary,skills\n").await;
    assert!(matches!(header.error, Error::HeaderOnly { .. }), "{header}");
}

#[tokio::test]
async fn headers_must_fit_the_contract() {
    let missing = fails("a.csv", "Id,nmae,salary\n1,a,2\n").await.to_string();
    for part in [
        "a.csv, line 1",
        "\"id\" (nearest: Id)",
        "\"name\" (nearest: nmae)",
        "\"skills\"",
    ] {
        assert!(missing.contains(part), "{part} in {missing}");
    }
    let delimiter = fails("a.csv", "id;name;salary;skills\n1;a;2;b\n").await.to_string();
    assert!(delimiter.contains("delimited by ';'"), "{delimiter}");
    let duplicate = fails("a.csv", "id,name,salary,skills,name\n1,a,2,b,c\n")
        .await
        .to_string();
    assert!(duplicate.contains("\"name\" stands in columns 2 and 5"), "{duplicate}");
    let encoding = fails("a.csv", b"id,n\xe9,salary,skills\n1,a,2,b\n").await;
    assert!(matches!(encoding.error, Error::HeaderEncoding { .. }), "{encoding}");
}

#[tokio::test]
async fn formats_that_cannot_be_read_are_named_with_what_to_do() {
    for (name, content, part) in [
        ("a.csv", &b"\xff\xfei\0d\0"[..], "UTF-16"),
        ("a.xlsx", b"PK\x03\x04....", "spreadsheet"),
        ("a.json", b"[{\"id\":1}]", "jq -c"),
        ("a.parquet", b"PAR1....", "Parquet"),
    ] {
        let failed = fails(name, content).await.to_string();
        assert!(failed.contains(part), "{failed}");
    }
}

#[tokio::test]
async fn headers_the_contract_does_not_know_are_told_once() {
    let bench = Bench::new("a.csv", "id,name,salary,skills,extra,\n1,a,2,b,c,\n2,a,2,b,c,\n");
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = events.clone();
    let progress: ProgressSink = Arc::new(move |event| {
        if let Event::UnknownColumns { columns, .. } = event {
            seen.lock().unwrap().push(columns);
        }
    });
    let inputs = [Input::File(bench.input.clone())];
    let (options, contract, cancel) = (bench.options(), contract(), CancellationToken::new());
    let sink = MemorySink::accepting();
    let run = ingest(
        &inputs,
        &contract,
        sink.clone(),
        ShardMap::even(1),
        &options,
        progress,
        cancel,
    );
    assert_eq!(run.await.unwrap().rows_sent, 2);
    assert_eq!(*events.lock().unwrap(), [vec!["extra".to_owned(), String::new()]]);
    let keys: Vec<_> = sink.json()[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["id", "name", "salary", "skills", "ingested_at", "ingest_row"]);
}

#[tokio::test]
async fn rows_before_damaged_gzip_data_are_sent_and_counted() {
    let mut content = gzip(csv(100_000).as_bytes());
    content.truncate(content.len() / 2);
    let sink = MemorySink::accepting();
    let failed = Bench::new("a.csv.gz", content).ingest(sink.clone()).await.unwrap_err();
    let Error::Read {
        row,
        compressed: true,
        offset,
        ..
    } = &failed.error
    else {
        panic!("{failed}")
    };
    assert!(*row > 1000 && *offset > 10_000, "{failed}");
    assert_eq!((failed.summary.rows_read, failed.summary.rows_sent), (*row, *row));
    assert_eq!(sink.rows().len() as u64, *row);
}
