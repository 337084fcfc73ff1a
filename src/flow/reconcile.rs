//! The books: rows read by the producer = rows the stream confirmed = rows in S3 = rows curated, quarantined and dropped as
//! duplicates = rows merged in the warehouse. Every difference names the hop it happened at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::ledger::LedgerEntry;
use super::moment;
use super::receipt::Receipt;
use super::refresh::Refreshed;
use super::report::Report;

/// Which part of the way is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// From the producer to S3. Not where only some dates are looked at: an ingest may be in several.
    pub ingest: bool,
    /// From the curated files to the warehouse.
    pub load: bool,
}

/// What was written down along the way.
#[derive(Clone, Copy, Debug)]
pub struct Books<'a> {
    pub receipts: &'a [Receipt],
    pub reports: &'a [Report],
    pub ledger: &'a [LedgerEntry],
}

/// A station on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// Rows read by the producer.
    Read,
    /// Of them, those that broke the contract.
    Rejected,
    /// Rows in records that the stream confirmed.
    Confirmed,
    /// Distinct rows of these ingests in S3.
    Delivered,
    /// Lines in S3: repeats and rows of others included.
    Lines,
    Curated,
    Quarantined,
    Duplicates,
    /// Rows that COPY brought into the warehouse, of the batches that the reports name.
    Merged,
    /// Rows that QuickSight's data sets have in the warehouse, all together.
    Queried,
    /// Rows that they have in SPICE.
    Spice,
}

/// Rows at one station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hop {
    pub hop: HopKind,
    pub rows: u64,
    /// What explains the number, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Two stations that do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub from: HopKind,
    pub to: HopKind,
    /// What it is about: `ingest 2026-11-25T08:30:00.000Z`, `partition 2026-11-25`.
    pub about: String,
    /// Rows at `from`, and at `to`.
    pub expected: u64,
    pub found: u64,
    pub advice: String,
}

/// The books compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    pub hops: Vec<Hop>,
    pub differences: Vec<Difference>,
}

impl Reconciliation {
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }

    /// The last hop: what the warehouse has and what SPICE shows of it.
    pub fn add_spice(&mut self, refreshed: &[Refreshed]) {
        if refreshed.is_empty() {
            return;
        }
        let (sets, s) = (refreshed.len(), if refreshed.len() == 1 { "" } else { "s" });
        let sum = |rows: fn(&Refreshed) -> u64| refreshed.iter().map(rows).sum();
        self.hop(
            HopKind::Queried,
            sum(|set| set.rows_expected),
            format!("{sets} data set{s}"),
        );
        self.hop(HopKind::Spice, sum(|set| set.rows), String::new());
        let wrong = refreshed
            .iter()
            .filter(|set| set.rows != set.rows_expected || set.rows_dropped > 0);
        self.differences.extend(wrong.map(|set| Difference {
            from: HopKind::Queried,
            to: HopKind::Spice,
            about: format!("data set {}", set.data_set),
            expected: set.rows_expected,
            found: set.rows,
            advice: if set.rows_dropped > 0 { DROPPED } else { STALE }.to_owned(),
        }));
    }
}

const RESEND: &str = "ingest the same input again: its rows that did arrive are told apart from the new ones";
const UNDELIVERED: &str = "if Firehose is only slow, run the same command again later; otherwise look below errors/ in the \
    raw bucket and into the delivery stream's log, ingest the same input again, then delete the receipt";
const SURPLUS: &str = "another ingest has the same start, or rows were copied into the raw bucket: look at its objects";
const LOST_IN_JOB: &str =
    "the job's report does not add up: run pipectl run process --all for this date, and look at the job";
const UNLOADED: &str = "run pipectl run load";
const DROPPED: &str = "QuickSight left rows out that do not fit the types of the data set's columns: look at its refresh \
    history, and compare the types with the view's";
const STALE: &str = "the warehouse changed while SPICE was refreshed: run pipectl run refresh again";
const LOST_IN_LOAD: &str = "the load script's counts do not add up to what it was given: look at it, and at the ledger";

/// Compares what each station wrote down. Pure.
pub fn reconcile(books: Books<'_>, scope: Scope) -> Reconciliation {
    let mut result = Reconciliation::default();
    if scope.ingest {
        ingests(&books, &mut result);
    }
    partitions(&books, scope, &mut result);
    if scope.load {
        loads(&books, &mut result);
    }
    result
}

/// Distinct rows of one ingest in S3, and in how many partitions.
#[derive(Clone, Copy, Default)]
struct Arrived {
    rows: u64,
    partitions: u64,
}

/// From the producer to S3.
fn ingests(books: &Books<'_>, result: &mut Reconciliation) {
    let mut arrived: BTreeMap<Timestamp, Arrived> = BTreeMap::new();
    for ingest in books.reports.iter().flat_map(|report| &report.ingests) {
        if let Some(ingested_at) = ingest.ingested_at {
            let arrived = arrived.entry(ingested_at).or_default();
            arrived.rows += ingest.rows;
            arrived.partitions += 1;
        }
    }
    let newest = books.receipts.iter().map(|receipt| receipt.ingested_at).max();
    let mut total = Totals::default();
    for receipt in books.receipts {
        let found = arrived.remove(&receipt.ingested_at).unwrap_or_default();
        total.add(receipt, found);
        let is_newest = newest == Some(receipt.ingested_at);
        result.differences.extend(unsent(receipt, found, is_newest));
        result.differences.extend(undelivered(receipt, found));
    }
    total.tell(books.receipts.len(), result);
}

/// All ingests together.
#[derive(Default)]
struct Totals {
    read: u64,
    rejected: u64,
    sent: u64,
    records: u64,
    unsent: u64,
    delivered: u64,
    twice: u64,
}

impl Totals {
    fn add(&mut self, receipt: &Receipt, found: Arrived) {
        self.read += receipt.rows_read;
        self.rejected += receipt.rows_rejected;
        self.sent += receipt.rows_sent;
        self.records += receipt.records;
        self.unsent += receipt.rows_accepted().saturating_sub(receipt.rows_sent);
        self.delivered += found.rows;
        self.twice += straddling(receipt, found);
    }

    fn tell(&self, ingests: usize, result: &mut Reconciliation) {
        let ingests = match ingests {
            1 => "1 ingest".to_owned(),
            ingests => format!("{ingests} ingests"),
        };
        let mut confirmed = format!("in {} records", self.records);
        if self.unsent > 0 {
            confirmed.push_str(&format!("; {} more of ingests that failed", self.unsent));
        }
        let delivered = match self.twice {
            0 => String::new(),
            twice => format!("{twice} of them in two partitions"),
        };
        result.hop(HopKind::Read, self.read, ingests);
        result.hop(HopKind::Rejected, self.rejected, String::new());
        result.hop(HopKind::Confirmed, self.sent, confirmed);
        result.hop(HopKind::Delivered, self.delivered, delivered);
    }
}

/// Rows that arrived twice, on both sides of midnight: each partition counts them as its own.
fn straddling(receipt: &Receipt, found: Arrived) -> u64 {
    match found.partitions {
        0 | 1 => 0,
        _ => found.rows.saturating_sub(receipt.rows_accepted()),
    }
}

/// Rows that the stream did not confirm. Of an older ingest they are known: `ingest` failed then, and another one
/// followed. What was not confirmed may have arrived all the same.
fn unsent(receipt: &Receipt, found: Arrived, is_newest: bool) -> Option<Difference> {
    let accepted = receipt.rows_accepted();
    let lacks = accepted > receipt.rows_sent && found.rows < accepted;
    (lacks && is_newest).then(|| Difference {
        from: HopKind::Read,
        to: HopKind::Confirmed,
        about: about(receipt),
        expected: accepted,
        found: receipt.rows_sent,
        advice: RESEND.to_owned(),
    })
}

/// Rows that the stream confirmed and S3 does not have, or the other way round.
fn undelivered(receipt: &Receipt, found: Arrived) -> Option<Difference> {
    let rows = found.rows - straddling(receipt, found);
    let advice = match rows {
        rows if rows < receipt.rows_sent => UNDELIVERED,
        rows if rows > receipt.rows_accepted() => SURPLUS,
        _ => return None,
    };
    Some(Difference {
        from: HopKind::Confirmed,
        to: HopKind::Delivered,
        about: about(receipt),
        expected: receipt.rows_sent,
        found: rows,
        advice: advice.to_owned(),
    })
}

fn about(receipt: &Receipt) -> String {
    format!("ingest {}", moment::text(receipt.ingested_at))
}

/// From the lines in S3 to the curated files.
fn partitions(books: &Books<'_>, scope: Scope, result: &mut Reconciliation) {
    let sum = |rows: fn(&Report) -> u64| books.reports.iter().map(rows).sum::<u64>();
    for report in books.reports {
        let about = format!("partition {}", report.date);
        let lines: u64 = report.ingests.iter().map(|ingest| ingest.deliveries).sum();
        let kept = report.rows_out + report.rows_quarantined + report.duplicates;
        for (to, expected, found) in [
            (HopKind::Lines, lines, report.rows_in),
            (HopKind::Curated, report.rows_in, kept),
        ] {
            if expected != found {
                result.differences.push(Difference {
                    from: if to == HopKind::Lines {
                        HopKind::Delivered
                    } else {
                        HopKind::Lines
                    },
                    to,
                    about: about.clone(),
                    expected,
                    found,
                    advice: LOST_IN_JOB.to_owned(),
                });
            }
        }
    }
    let notes = line_notes(books, scope);
    result.hop(HopKind::Lines, sum(|report| report.rows_in), notes.join("; "));
    result.hop(HopKind::Curated, sum(|report| report.rows_out), String::new());
    result.hop(
        HopKind::Quarantined,
        sum(|report| report.rows_quarantined),
        reasons(books),
    );
    result.hop(HopKind::Duplicates, sum(|report| report.duplicates), String::new());
}

/// What makes lines of rows: repeats, and rows of others.
fn line_notes(books: &Books<'_>, scope: Scope) -> Vec<String> {
    let known: BTreeSet<Timestamp> = books.receipts.iter().map(|receipt| receipt.ingested_at).collect();
    let (mut repeats, mut unreceipted, mut foreign) = (0, 0, 0);
    for ingest in books.reports.iter().flat_map(|report| &report.ingests) {
        match ingest.ingested_at {
            None => foreign += ingest.deliveries,
            Some(at) if scope.ingest && !known.contains(&at) => unreceipted += ingest.deliveries,
            Some(_) => repeats += ingest.deliveries.saturating_sub(ingest.rows),
        }
    }
    [
        (repeats, "delivered more than once"),
        (unreceipted, "of ingests without a receipt"),
        (foreign, "of other producers"),
    ]
    .into_iter()
    .filter(|(rows, _)| *rows > 0)
    .map(|(rows, what)| format!("{rows} {what}"))
    .collect()
}

fn reasons(books: &Books<'_>) -> String {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in books.reports.iter().flat_map(|report| &report.reasons) {
        *reasons.entry(&reason.reason).or_default() += reason.rows;
    }
    let reasons: Vec<_> = reasons
        .iter()
        .map(|(reason, rows)| format!("{rows} {reason}"))
        .collect();
    reasons.join("; ")
}

/// From the curated files to the warehouse.
fn loads(books: &Books<'_>, result: &mut Reconciliation) {
    let ledger: BTreeMap<&str, &LedgerEntry> = books.ledger.iter().map(|one| (one.batch.as_str(), one)).collect();
    let mut total = LedgerEntry::default();
    for report in books.reports {
        let about = format!("partition {}", report.date);
        let difference = |expected, found, advice: &str| Difference {
            from: HopKind::Curated,
            to: HopKind::Merged,
            about: about.clone(),
            expected,
            found,
            advice: advice.to_owned(),
        };
        let Some(entry) = ledger.get(report.batch.as_str()) else {
            // A batch without rows is not loaded.
            if report.rows_out > 0 {
                result.differences.push(difference(report.rows_out, 0, UNLOADED));
            }
            continue;
        };
        if entry.rows_staged != report.rows_out {
            let found = difference(report.rows_out, entry.rows_staged, LOST_IN_LOAD);
            result.differences.push(found);
        }
        let merged = entry.rows_inserted + entry.rows_updated + entry.rows_unchanged;
        if merged != entry.rows_staged {
            let found = difference(entry.rows_staged, merged, LOST_IN_LOAD);
            result.differences.push(found);
        }
        total.rows_staged += entry.rows_staged;
        total.rows_inserted += entry.rows_inserted;
        total.rows_updated += entry.rows_updated;
        total.rows_unchanged += entry.rows_unchanged;
    }
    let note = format!(
        "{} inserted, {} updated, {} older or the same",
        total.rows_inserted, total.rows_updated, total.rows_unchanged
    );
    result.hop(HopKind::Merged, total.rows_staged, note);
}

impl Reconciliation {
    fn hop(&mut self, hop: HopKind, rows: u64, note: String) {
        self.hops.push(Hop { hop, rows, note });
    }
}
