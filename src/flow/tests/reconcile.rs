use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;

use crate::flow::report::{Reason, Table};
use crate::flow::{
    Books, Difference, HopKind, IngestRows, LedgerEntry, Receipt, Reconciliation, Report, Scope, reconcile,
};

const ALL: Scope = Scope {
    ingest: true,
    load: true,
};

/// Books that can be written into.
#[derive(Clone, Debug, Default)]
struct Written {
    receipts: Vec<Receipt>,
    reports: Vec<Report>,
    ledger: Vec<LedgerEntry>,
}

impl Written {
    fn compared(&self, scope: Scope) -> Reconciliation {
        let books = Books {
            receipts: &self.receipts,
            reports: &self.reports,
            ledger: &self.ledger,
        };
        reconcile(books, scope)
    }

    fn differences(&self) -> Vec<Difference> {
        self.compared(ALL).differences
    }
}

fn moment(number: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + number).unwrap()
}

fn date(number: usize) -> Date {
    Date::constant(2026, 11, 1 + number as i8)
}

fn receipt(number: i64, rejected: u64, sent: u64) -> Receipt {
    Receipt {
        version: 1,
        ingested_at: moment(number),
        rows_read: rejected + sent,
        rows_rejected: rejected,
        rows_sent: sent,
        records: sent.div_ceil(50),
        finished_at: moment(number + 1),
    }
}

fn batch(number: usize) -> String {
    format!("{number:032x}")
}

fn part(number: usize, ingests: Vec<IngestRows>, quarantined: u64, duplicates: u64) -> Report {
    let rows_in: u64 = ingests.iter().map(|ingest| ingest.deliveries).sum();
    let quarantined = quarantined.min(rows_in);
    let duplicates = duplicates.min(rows_in - quarantined);
    let reason = Reason {
        reason: "salary is negative".into(),
        rows: quarantined,
    };
    let table = Table {
        rows: 0,
        objects: Vec::new(),
    };
    Report {
        version: 1,
        date: date(number),
        batch: batch(number),
        rows_in,
        rows_out: rows_in - quarantined - duplicates,
        rows_quarantined: quarantined,
        duplicates,
        ingests,
        reasons: if quarantined > 0 { vec![reason] } else { vec![] },
        tables: BTreeMap::from([("employees".to_owned(), table)]),
    }
}

fn rows(number: Option<i64>, rows: u64, repeats: u64) -> IngestRows {
    IngestRows {
        ingested_at: number.map(moment),
        rows,
        deliveries: rows + repeats,
    }
}

fn entry(report: &Report, updated: u64, unchanged: u64) -> LedgerEntry {
    let updated = updated.min(report.rows_out);
    let unchanged = unchanged.min(report.rows_out - updated);
    LedgerEntry {
        batch: report.batch.clone(),
        rows_staged: report.rows_out,
        rows_inserted: report.rows_out - updated - unchanged,
        rows_updated: updated,
        rows_unchanged: unchanged,
    }
}

/// One ingest of 1,000 rows, 20 of them rejected, over two days, with repeats and other producers' rows.
fn example() -> Written {
    let reports = vec![
        part(0, vec![rows(Some(0), 600, 5), rows(None, 7, 0)], 12, 5),
        part(1, vec![rows(Some(0), 380, 0), rows(Some(9), 3, 0)], 0, 1),
    ];
    Written {
        receipts: vec![receipt(0, 20, 980)],
        ledger: reports.iter().map(|report| entry(report, 10, 4)).collect(),
        reports,
    }
}

#[test]
fn books_that_agree_show_every_hop() {
    let books = example().compared(ALL);
    assert!(books.agrees(), "{:#?}", books.differences);
    let shown: Vec<String> = books
        .hops
        .iter()
        .map(|hop| format!("{:?} {} {}", hop.hop, hop.rows, hop.note).trim_end().to_owned())
        .collect();
    assert_eq!(
        shown,
        [
            "Read 1000 1 ingest",
            "Rejected 20",
            "Confirmed 980 in 20 records",
            "Delivered 980",
            "Lines 995 5 delivered more than once; 3 of ingests without a receipt; 7 of other producers",
            "Curated 977",
            "Quarantined 12 12 salary is negative",
            "Duplicates 6",
            "Merged 977 949 inserted, 20 updated, 8 older or the same",
        ]
    );
}

fn only(written: &Written) -> Difference {
    let differences = written.differences();
    assert_eq!(differences.len(), 1, "{differences:#?}");
    differences.into_iter().next().unwrap()
}

#[test]
fn an_ingest_that_failed_is_told_until_another_follows() {
    let mut books = example();
    books.receipts[0].rows_read += 50;
    let found = only(&books);
    assert_eq!((found.from, found.to), (HopKind::Read, HopKind::Confirmed));
    assert_eq!((found.expected, found.found), (1030, 980));
    assert_eq!(found.about, "ingest 2027-01-15T08:00:00.000Z");
    assert!(found.advice.contains("again"));
    // What was not confirmed arrived all the same.
    let mut lucky = books.clone();
    lucky.reports[1] = part(1, vec![rows(Some(0), 430, 0), rows(Some(9), 3, 0)], 0, 1);
    lucky.ledger[1] = entry(&lucky.reports[1], 0, 0);
    assert_eq!(lucky.differences(), []);
    books.receipts.push(receipt(9, 0, 3));
    assert_eq!(books.differences(), []);
}

#[test]
fn rows_that_arrive_twice_around_midnight_are_no_surplus() {
    let mut books = example();
    books.reports[1] = part(1, vec![rows(Some(0), 390, 0)], 0, 0);
    books.ledger[1] = entry(&books.reports[1], 0, 0);
    let compared = books.compared(ALL);
    assert!(compared.agrees(), "{compared:#?}");
    assert_eq!(compared.hops[3].note, "10 of them in two partitions");
}

#[test]
fn a_part_of_the_way_is_compared_by_itself() {
    let mut books = example();
    books.receipts.clear();
    books.ledger.clear();
    let scope = Scope {
        ingest: false,
        load: false,
    };
    let compared = books.compared(scope);
    assert!(compared.agrees());
    assert_eq!(compared.hops.len(), 4);
    assert_eq!(
        compared.hops[0].note,
        "5 delivered more than once; 7 of other producers"
    );
}

#[test]
fn a_batch_without_rows_needs_no_load() {
    let mut books = example();
    books.reports.push(part(2, vec![rows(None, 3, 0)], 3, 0));
    assert_eq!(books.differences(), []);
    books.ledger.remove(0);
    let found = only(&books);
    assert_eq!(
        (found.to, found.found, found.advice.as_str()),
        (HopKind::Merged, 0, "run pipectl run load")
    );
}

/// Books in which every row is accounted for.
fn consistent() -> impl Strategy<Value = Written> {
    let ingests = prop::collection::vec((0u64..100, 1u64..1_000, 1usize..4), 1..5);
    let noise = prop::collection::vec((0u64..20, 0u64..30, 0u64..30, 0u64..30), 4);
    (ingests, noise).prop_map(|(ingests, noise)| {
        let mut parts: Vec<Vec<IngestRows>> = vec![Vec::new(); 4];
        let mut receipts = Vec::new();
        for (number, (rejected, sent, spread)) in ingests.into_iter().enumerate() {
            receipts.push(receipt(number as i64, rejected, sent));
            // Spread over so many days; the last one takes what is left.
            let mut left = sent;
            for day in 0..spread {
                let share = if day + 1 == spread { left } else { left / 2 };
                left -= share;
                if share > 0 {
                    parts[day].push(rows(Some(number as i64), share, noise[day].0));
                }
            }
        }
        let reports: Vec<Report> = parts
            .into_iter()
            .enumerate()
            .filter(|(_, ingests)| !ingests.is_empty())
            .map(|(day, ingests)| part(day, ingests, noise[day].1, noise[day].2))
            .collect();
        Written {
            receipts,
            ledger: reports
                .iter()
                .map(|report| entry(report, noise[0].3, noise[1].3))
                .collect(),
            reports,
        }
    })
}

proptest! {
    /// What is consistent agrees, and the sums are those of the parts.
    #[test]
    fn consistent_books_agree(written in consistent()) {
        let books = written.compared(ALL);
        prop_assert!(books.agrees(), "{:#?}", books.differences);
        let hop = |kind| books.hops.iter().find(|hop| hop.hop == kind).unwrap().rows;
        prop_assert_eq!(hop(HopKind::Read), hop(HopKind::Rejected) + hop(HopKind::Confirmed));
        prop_assert_eq!(hop(HopKind::Confirmed), hop(HopKind::Delivered));
        let kept = hop(HopKind::Curated) + hop(HopKind::Quarantined) + hop(HopKind::Duplicates);
        prop_assert_eq!(hop(HopKind::Lines), kept);
        prop_assert_eq!(hop(HopKind::Curated), hop(HopKind::Merged));
    }

    /// A row that gets lost anywhere is one difference, at the hop where it got lost.
    #[test]
    fn a_lost_row_names_its_hop(written in consistent(), place in 0usize..5, which in any::<prop::sample::Index>()) {
        let mut broken = written;
        let report = which.index(broken.reports.len());
        let expected = match place {
            0 => {
                let receipt = which.index(broken.receipts.len());
                broken.receipts[receipt].rows_sent += 1;
                broken.receipts[receipt].rows_read += 1;
                (HopKind::Confirmed, HopKind::Delivered)
            }
            1 => {
                let last = broken.receipts.len() - 1;
                broken.receipts[last].rows_read += 1;
                (HopKind::Read, HopKind::Confirmed)
            }
            2 => {
                broken.reports[report].rows_quarantined += 1;
                (HopKind::Lines, HopKind::Curated)
            }
            3 => {
                broken.ledger[report].rows_staged += 1;
                broken.ledger[report].rows_inserted += 1;
                (HopKind::Curated, HopKind::Merged)
            }
            _ => {
                broken.ledger[report].rows_unchanged += 1;
                (HopKind::Curated, HopKind::Merged)
            }
        };
        let found = broken.differences();
        prop_assert_eq!(found.len(), 1, "{:#?}", found);
        prop_assert_eq!((found[0].from, found[0].to), expected);
        prop_assert_eq!(found[0].expected.abs_diff(found[0].found), 1);
    }
}
