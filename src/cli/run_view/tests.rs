use super::*;
use crate::flow::LedgerEntry;

fn hop(hop: HopKind, rows: u64, note: &str) -> Hop {
    Hop {
        hop,
        rows,
        note: note.into(),
    }
}

fn books(differences: Vec<Difference>) -> Done {
    let hops = vec![
        hop(HopKind::Read, 1_000, "1 ingest"),
        hop(HopKind::Rejected, 20, ""),
        hop(HopKind::Confirmed, 980, "in 3 records"),
        hop(HopKind::Delivered, 970, ""),
        hop(HopKind::Lines, 975, "5 delivered more than once"),
        hop(HopKind::Curated, 960, ""),
        hop(HopKind::Quarantined, 10, "10 salary is negative"),
        hop(HopKind::Duplicates, 5, ""),
        hop(HopKind::Merged, 960, "950 inserted, 10 updated, 0 older or the same"),
    ];
    Done {
        reconciliation: Some(Reconciliation { hops, differences }),
        ..Done::default()
    }
}

#[test]
fn the_books_are_a_table() {
    let done = books(vec![]);
    insta::assert_snapshot!(done.books(done.reconciliation.as_ref().unwrap()), @r#"
    WHERE                        ROWS
    read by the producer        1,000  1 ingest
      rejected by the contract     20
    confirmed by Kinesis          980  in 3 records
    delivered to S3               970
    lines in S3                   975  5 delivered more than once
    curated                       960
      quarantined                  10  10 salary is negative
      duplicates                    5
    merged in the warehouse       960  950 inserted, 10 updated, 0 older or the same
    "#);
}

#[test]
fn a_difference_names_the_hop_and_what_to_do() {
    let done = books(vec![Difference {
        from: HopKind::Confirmed,
        to: HopKind::Delivered,
        about: "ingest 2026-11-25T08:30:00.000Z".into(),
        expected: 980,
        found: 970,
        advice: "look below errors/".into(),
    }]);
    insta::assert_snapshot!(done.disagreement().unwrap().render(false), @r#"
    error: rows are not accounted for:
      ingest 2026-11-25T08:30:00.000Z: 980 confirmed by Kinesis, 970 delivered to S3: 10 missing
      help: look below errors/
    "#);
}

#[test]
fn the_summary_has_the_members_that_programs_read() {
    let entry = LedgerEntry {
        batch: "b".into(),
        rows_staged: 5,
        rows_inserted: 3,
        rows_updated: 1,
        rows_unchanged: 1,
    };
    let done = Done {
        load: Some(LoadSummary {
            loaded: vec![
                ("2026-11-25".parse().unwrap(), entry.clone()),
                ("2026-11-26".parse().unwrap(), entry),
            ],
            unchanged: 1,
        }),
        ..Done::default()
    };
    let summary = done.summary(Duration::from_millis(1_500), false);
    assert_eq!(
        (
            &summary["load"]["rows_staged"],
            &summary["load"]["rows_inserted"],
            &summary["load"]["rows_updated"]
        ),
        (&json!(10), &json!(6), &json!(2))
    );
    assert_eq!(summary["process"]["rows_in"], 0);
    assert_eq!(
        (&summary["event"], &summary["seconds"]),
        (&json!("summary"), &json!(1.5))
    );
    assert_eq!(
        done.sentence(Duration::from_millis(1_500)),
        "2 batches loaded, 1 unchanged; 1.5 s"
    );
}

#[test]
fn events_are_lines() {
    let date = "2026-11-25".parse().unwrap();
    let events = [
        Event::Partition {
            date,
            batch: "b".into(),
            objects: 3,
            bytes: 12_288,
            changed: true,
        },
        Event::JobRun {
            job: "employees-etl".into(),
            run: "jr_1".into(),
            joined: false,
            partitions: 1,
        },
        Event::Processed {
            date,
            batch: "b".into(),
            rows_in: 1_000,
            rows_out: 970,
            rows_quarantined: 10,
            duplicates: 20,
        },
        Event::Loaded {
            date,
            entry: LedgerEntry {
                batch: "b".into(),
                rows_staged: 970,
                rows_inserted: 960,
                rows_updated: 10,
                rows_unchanged: 0,
            },
            seconds: 1.25,
        },
    ];
    let lines: Vec<String> = events.iter().filter_map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    2026-11-25: 3 objects to process, 12.0 KiB
    employees-etl started for 1 partition: jr_1
    2026-11-25: 1,000 rows = 970 curated + 10 quarantined + 20 duplicates
    2026-11-25: 970 rows loaded = 960 inserted + 10 updated + 0 older or the same, in 1.2 s
    "#);
}
