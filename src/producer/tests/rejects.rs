//! Rows that are kept aside.

use serde_json::json;

use super::*;

#[tokio::test]
async fn rows_that_break_the_contract_are_kept_with_place_and_reason() {
    let text = "id,name,salary,skills\n\
        1,ok,1,\n\
        2,,5,\n\
        3,\"two\nlines\",-1,a;b\n\
        x,way too long to be a name of at most fifty bytes, for sure,1.234,\n\
        5,short\n\
        6,ok,7,\n";
    let bench = Bench::new("a.csv", text);
    let sink = MemorySink::accepting();
    let summary = bench.ingest(sink.clone()).await.unwrap();
    assert_eq!((summary.rows_read, summary.rows_sent, summary.rows_rejected), (6, 2, 4));
    assert_eq!(summary.rejects_file, Some(bench.folder.path().join("rejects.jsonl")));
    let rejects = bench.rejects();
    let file = bench.input.display().to_string();
    assert_eq!(
        rejects[0],
        json!({"file": file, "row": 2, "line": 3, "column": "name", "rule": "null", "message": "is missing",
               "record": {"id": "2", "name": "", "salary": "5", "skills": ""}})
    );
    assert_eq!(
        (&rejects[1]["row"], &rejects[1]["line"], &rejects[1]["rule"]),
        (&json!(3), &json!(4), &json!("min"))
    );
    assert_eq!(rejects[2]["line"], 6);
    assert_eq!(
        (&rejects[2]["column"], &rejects[2]["rule"]),
        (&json!(null), &json!("field_count"))
    );
    assert_eq!(rejects[2]["record"]["skills"], "1.234");
    assert_eq!(rejects[2]["record"]["column 5"], "");
    assert_eq!(rejects[3]["message"], "has 2 fields, the header has 4");
    let counts: Vec<_> = summary
        .rejected_by
        .iter()
        .map(|count| (count.rule.name(), count.rows))
        .collect();
    assert_eq!(counts[0], ("field_count", 2));
}

#[tokio::test]
async fn every_broken_rule_of_a_row_is_named() {
    let bench = Bench::new("a.csv", "id,name,salary,skills\nx,,1.234,a\n");
    bench.ingest(MemorySink::accepting()).await.unwrap();
    let reject = &bench.rejects()[0];
    assert_eq!((&reject["column"], &reject["rule"]), (&json!("id"), &json!("type")));
    let also: Vec<_> = reject["also"]
        .as_array()
        .unwrap()
        .iter()
        .map(|also| also["rule"].as_str().unwrap())
        .collect();
    assert_eq!(also, ["null", "precision"]);
    assert_eq!(reject["also"][1]["message"], "has more digits than decimal(12,2) holds");
}

#[tokio::test]
async fn invalid_utf8_is_kept_without_loss() {
    let bench = Bench::new("a.csv", b"id,name,salary,skills\n1,caf\xe9,1,\n2,ok,1,\n");
    let summary = bench.ingest(MemorySink::accepting()).await.unwrap();
    assert_eq!((summary.rows_sent, summary.rows_rejected), (1, 1));
    let reject = &bench.rejects()[0];
    assert_eq!(reject["rule"], "utf8");
    assert_eq!(reject["message"], "the field \"name\" is not valid UTF-8");
    assert_eq!(reject["record"]["name"], json!({"base64": "Y2Fm6Q=="}));

    let bench = Bench::new(
        "a.jsonl",
        b"{\"id\":1,\"name\":\"caf\xe9\"}\n{\"id\":2,\"name\":\"b\"}\nnot json\n",
    );
    let summary = bench.ingest(MemorySink::accepting()).await.unwrap();
    assert_eq!((summary.rows_sent, summary.rows_rejected), (1, 2));
    let rejects = bench.rejects();
    assert!(rejects[0]["record"]["line"]["base64"].is_string());
    assert_eq!(
        (&rejects[1]["rule"], &rejects[1]["record"]["line"]),
        (&json!("json"), &json!("not json"))
    );
    assert_eq!(rejects[1]["row"], 3);
}

#[tokio::test]
async fn a_field_larger_than_any_record_is_one_reject() {
    let text = format!(
        "id,name,salary,skills\n1,ok,1,\n2,{},1,\n3,ok,1,\n",
        "x".repeat(12 << 20)
    );
    let bench = Bench::new("a.csv", &text);
    let summary = bench.ingest(MemorySink::accepting()).await.unwrap();
    assert_eq!((summary.rows_read, summary.rows_sent, summary.rows_rejected), (3, 2, 1));
    let reject = &bench.rejects()[0];
    assert_eq!(
        (&reject["rule"], &reject["row"], &reject["line"]),
        (&json!("record_bytes"), &json!(2), &json!(3))
    );
    let offset = reject["record"]["offset"].as_u64().unwrap() as usize;
    let bytes = reject["record"]["bytes"].as_u64().unwrap() as usize;
    assert_eq!(&text[offset..offset + 3], "2,x");
    assert_eq!(text[offset..offset + bytes].trim_end().lines().count(), 1);

    let line = format!(
        "{{\"id\":1,\"name\":\"{}\"}}\n{{\"id\":2,\"name\":\"b\"}}\n",
        "x".repeat(12 << 20)
    );
    let summary = Bench::new("a.jsonl", line)
        .ingest(MemorySink::accepting())
        .await
        .unwrap();
    assert_eq!((summary.rows_sent, summary.rows_rejected), (1, 1));
}

#[tokio::test]
async fn a_row_larger_than_the_streams_records_is_rejected() {
    let bench = Bench::new(
        "a.csv",
        "id,name,salary,skills\n1,ok,1,\n2,a longer name than fits into it,1,\n",
    );
    let options = Options {
        // Of which the stamp is 58.
        max_record_bytes: 116,
        ..bench.options()
    };
    let summary = bench
        .ingest_with(MemorySink::accepting(), &options, &contract())
        .await
        .unwrap();
    assert_eq!((summary.rows_sent, summary.rows_rejected), (1, 1));
    assert_eq!(bench.rejects()[0]["rule"], "record_bytes");
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_told() {
    let text = "id,name,salary,skills\n1,ok,1,\n2,\"oops,1,\n".to_owned() + &"3,ok,1,\n".repeat(2_000_000);
    let bench = Bench::new("a.csv", text);
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = events.clone();
    let progress: ProgressSink = Arc::new(move |event| seen.lock().unwrap().push(event));
    let inputs = [Input::File(bench.input.clone())];
    let (options, contract, cancel) = (bench.options(), contract(), CancellationToken::new());
    let sink = MemorySink::accepting();
    let run = ingest(&inputs, &contract, sink, ShardMap::even(1), &options, progress, cancel);
    let summary = run.await.unwrap();
    assert_eq!((summary.rows_sent, summary.rows_rejected), (1, 1));
    let told = |event: &Event| matches!(event, Event::UnclosedQuote { line: 3, .. });
    assert!(events.lock().unwrap().iter().any(told));
    assert!(bench.rejects()[0]["message"].as_str().unwrap().contains("never closed"));
}

#[tokio::test]
async fn without_rejects_there_is_no_rejects_file() {
    let bench = Bench::new("a.csv", csv(3));
    let summary = bench.ingest(MemorySink::accepting()).await.unwrap();
    assert_eq!(summary.rejects_file, None);
    assert!(!bench.folder.path().join("rejects.jsonl").exists());
}

#[tokio::test]
async fn by_default_rejects_stand_beside_the_input_for_its_owner_only() {
    let bench = Bench::new("a.csv", "id,name,salary,skills\n1,,1,\n");
    let options = Options {
        rejects_file: None,
        ..bench.options()
    };
    let summary = bench
        .ingest_with(MemorySink::accepting(), &options, &contract())
        .await
        .unwrap();
    let path = bench.folder.path().join("a.csv.rejects.jsonl");
    assert_eq!(summary.rejects_file.as_deref(), Some(path.as_path()));
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_rejects_file_that_cannot_be_written_ends_the_ingest() {
    let bench = Bench::new("a.csv", "id,name,salary,skills\n1,ok,1,\n2,,1,\n");
    // A missing folder is seen before anything is sent, a file that cannot be made (here: it is a folder) when needed.
    for (path, sent) in [("no/such/folder.jsonl", 0), ("", 1)] {
        let options = Options {
            rejects_file: Some(bench.folder.path().join(path)),
            ..bench.options()
        };
        let failed = bench
            .ingest_with(MemorySink::accepting(), &options, &contract())
            .await
            .unwrap_err();
        assert!(matches!(failed.error, Error::RejectsFile { .. }), "{failed}");
        assert_eq!(failed.summary.rows_sent, sent, "{failed}");
    }

    let options = Options {
        rejects_file: Some(bench.input.clone()),
        ..bench.options()
    };
    let failed = bench
        .ingest_with(MemorySink::accepting(), &options, &contract())
        .await
        .unwrap_err();
    assert!(matches!(failed.error, Error::RejectsFileIsInput { .. }), "{failed}");
}

#[tokio::test]
async fn mended_rejects_can_be_ingested_again() {
    let bench = Bench::new("a.csv", "id,name,salary,skills\n7,,1.50,sql;rust\n");
    bench.ingest(MemorySink::accepting()).await.unwrap();
    let mut record = bench.rejects()[0]["record"].clone();
    record["name"] = json!("mended");
    let mended = Bench::new("mended.jsonl", record.to_string());
    let sink = MemorySink::accepting();
    assert_eq!(mended.ingest(sink.clone()).await.unwrap().rows_rejected, 0);
    assert_eq!(
        sink.json(),
        [
            json!({"id": 7, "name": "mended", "salary": 1.50, "skills": ["sql", "rust"],
            "ingested_at": "2026-11-25T08:30:00.000Z", "ingest_row": 1})
        ]
    );
}
