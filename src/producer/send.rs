//! Sends requests, several at a time, and resends what the stream did not take.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::batch::RequestLimits;
use super::encoder::Shared;
use super::error::Error;
use super::pace::Pacer;
use super::queue::{Attempt, RetryQueue, backoff};
use super::report::{Event, add};
use super::sink::{Entry, Rejection, Sink, SinkError, SinkErrorKind};

/// How long requests in flight are waited for after another one failed for good.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// New records are held back while this many requests' worth of failed ones wait.
const WAITING_REQUESTS: usize = 4;

type Answer = Result<Vec<Result<(), Rejection>>, SinkError>;

/// Why sending stopped.
#[derive(Debug)]
pub(super) struct SendFailure {
    pub error: Error,
    /// Rows of requests that were given up on unanswered.
    pub rows_unknown: u64,
}

/// The sending side of an ingest.
pub(super) struct Sender {
    sink: Arc<dyn Sink>,
    shared: Shared,
    total_bytes: Option<u64>,
    limits: RequestLimits,
    pacer: Pacer,
    waiting: RetryQueue,
    flying: JoinSet<(Vec<Attempt>, Answer)>,
    flying_rows: u64,
    /// The next new request, fetched but not yet sent.
    fresh: Vec<Attempt>,
    progress_at: Instant,
    answered: bool,
    last_reason: String,
}

impl Sender {
    pub fn new(sink: Arc<dyn Sink>, shared: Shared, total_bytes: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            sink,
            limits: RequestLimits::new(&shared.options),
            shared,
            total_bytes,
            pacer: Pacer::new(now),
            waiting: RetryQueue::default(),
            flying: JoinSet::new(),
            flying_rows: 0,
            fresh: Vec::new(),
            progress_at: now,
            answered: false,
            last_reason: "none".into(),
        }
    }

    /// Sends everything that comes out of `requests`, until it is closed and every record was taken.
    pub async fn run(mut self, mut requests: Receiver<Vec<Entry>>) -> Result<(), SendFailure> {
        let mut open = true;
        loop {
            self.launch();
            if !open && self.is_idle() {
                return Ok(());
            }
            let idle = self.is_idle();
            let (wake_at, can_launch_later, deadline) = (self.wake_at(), self.can_launch_later(), self.deadline());
            let wants_more =
                open && self.fresh.is_empty() && self.waiting.bytes() <= self.limits.bytes * WAITING_REQUESTS;
            let outcome = tokio::select! {
                biased;
                Some(done) = self.flying.join_next(), if !self.flying.is_empty() => match done {
                    Ok((attempts, answer)) => self.settle(attempts, answer),
                    Err(_) => Err(Error::ThreadLost),
                },
                received = requests.recv(), if wants_more => {
                    match received {
                        Some(entries) => {
                            if idle {
                                self.progress_at = Instant::now();
                            }
                            self.fresh = entries.into_iter().map(|entry| Attempt { entry, tries: 0 }).collect();
                        }
                        None => open = false,
                    }
                    Ok(())
                }
                () = sleep_until(wake_at), if can_launch_later => Ok(()),
                () = sleep_until(deadline), if !idle => return Err(self.give_up()),
            };
            if let Err(error) = outcome {
                return Err(self.collect(error).await);
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.flying.is_empty() && self.waiting.is_empty() && self.fresh.is_empty()
    }

    /// True if something could be sent once its time comes.
    fn can_launch_later(&self) -> bool {
        self.flying.len() < self.shared.options.max_in_flight && !(self.waiting.is_empty() && self.fresh.is_empty())
    }

    /// When the next request may go: the pacer allows it and there is something to send.
    fn wake_at(&self) -> Instant {
        let allowed = self.pacer.next();
        match self.waiting.next() {
            Some(due) if self.fresh.is_empty() => allowed.max(due),
            _ => allowed,
        }
    }

    fn deadline(&self) -> Instant {
        let options = &self.shared.options;
        self.progress_at
            + if self.answered {
                options.patience
            } else {
                options.patience.min(options.first_contact)
            }
    }

    /// Sends as many requests as may go now; records that failed before go first.
    fn launch(&mut self) {
        while self.flying.len() < self.shared.options.max_in_flight {
            let now = Instant::now();
            if self.pacer.next() > now {
                return;
            }
            let mut attempts = self.waiting.take_due(now, self.limits);
            if attempts.is_empty() {
                attempts = std::mem::take(&mut self.fresh);
            }
            if attempts.is_empty() {
                return;
            }
            self.pacer
                .sent(now, attempts.iter().map(|attempt| attempt.entry.size()).sum());
            self.flying_rows += rows(&attempts);
            let sink = self.sink.clone();
            self.flying.spawn(async move {
                let entries = attempts.iter().map(|attempt| attempt.entry.clone()).collect();
                let answer = sink.put(entries).await;
                (attempts, answer)
            });
        }
    }

    /// Takes a request's answer: counts what was delivered and queues what was not.
    fn settle(&mut self, attempts: Vec<Attempt>, answer: Answer) -> Result<(), Error> {
        self.flying_rows -= rows(&attempts);
        let now = Instant::now();
        match answer {
            Ok(results) if results.len() != attempts.len() => Err(Error::BadAnswer {
                sent: attempts.len(),
                answered: results.len(),
            }),
            Ok(results) => self.settle_records(now, attempts, results),
            Err(error) if error.kind == SinkErrorKind::Fatal => Err(Error::Refused(error)),
            Err(error) => {
                let throttled = error.kind == SinkErrorKind::Throttled;
                self.answered |= throttled;
                self.slow_down(now, 0, throttled);
                (self.shared.progress)(Event::Retrying {
                    records: attempts.len(),
                    reason: error.message.clone(),
                });
                self.last_reason = error.message;
                // One delay for all: the request failed as one and goes again as one.
                let tries = attempts.iter().map(|attempt| attempt.tries + 1).max().unwrap_or(1);
                let at = now + backoff(self.shared.options.backoff, tries);
                attempts.into_iter().for_each(|attempt| self.retry(at, attempt));
                Ok(())
            }
        }
    }

    fn settle_records(
        &mut self,
        now: Instant,
        attempts: Vec<Attempt>,
        results: Vec<Result<(), Rejection>>,
    ) -> Result<(), Error> {
        self.answered = true;
        let (mut delivered, mut delivered_rows, mut delivered_bytes, mut size) = (0, 0, 0, 0);
        let mut throttled = false;
        let mut refused = None;
        for (attempt, result) in attempts.into_iter().zip(results) {
            match result {
                Ok(()) => {
                    delivered += 1;
                    delivered_rows += u64::from(attempt.entry.rows);
                    delivered_bytes += attempt.entry.data.len() as u64;
                    size += attempt.entry.size();
                }
                Err(rejection) if rejection.is_temporary() => {
                    throttled |= rejection.is_throttle();
                    let at = now + backoff(self.shared.options.backoff, attempt.tries + 1);
                    self.retry(at, attempt);
                    self.last_reason = rejection.code;
                }
                Err(rejection) => refused = Some(rejection),
            }
        }
        let tally = &self.shared.tally;
        add(&tally.rows_sent, delivered_rows);
        add(&tally.records, delivered);
        add(&tally.bytes, delivered_bytes);
        if delivered > 0 {
            self.progress_at = now;
        }
        self.slow_down(now, size, throttled);
        (self.shared.progress)(Event::Progress(self.shared.tally.progress(self.total_bytes)));
        refused.map_or(Ok(()), |rejection| Err(Error::RecordRefused(rejection)))
    }

    fn retry(&mut self, at: Instant, attempt: Attempt) {
        self.shared.tally.retries.fetch_add(1, Ordering::Relaxed);
        self.waiting.push(
            at,
            Attempt {
                tries: attempt.tries + 1,
                ..attempt
            },
        );
    }

    fn slow_down(&mut self, now: Instant, taken: usize, throttled: bool) {
        if let Some(bytes_per_second) = self.pacer.answered(now, taken, throttled) {
            (self.shared.progress)(Event::Throttled { bytes_per_second });
        }
    }

    /// Patience is over: what is in flight is abandoned, its fate unknown.
    fn give_up(mut self) -> SendFailure {
        let seconds = self.deadline().duration_since(self.progress_at).as_secs();
        self.flying.abort_all();
        let reason = std::mem::take(&mut self.last_reason);
        SendFailure {
            error: Error::Stalled { seconds, reason },
            rows_unknown: self.flying_rows,
        }
    }

    /// Sending cannot go on: waits for the answers still due, so that what was delivered is counted.
    async fn collect(mut self, error: Error) -> SendFailure {
        let answers = async {
            while let Some(done) = self.flying.join_next().await {
                if let Ok((attempts, answer)) = done {
                    // A second failure adds nothing to the first.
                    let _ = self.settle(attempts, answer);
                }
            }
        };
        // Late answers stay unknown.
        let _ = timeout(LAST_ANSWERS, answers).await;
        SendFailure {
            error,
            rows_unknown: self.flying_rows,
        }
    }
}

fn rows(attempts: &[Attempt]) -> u64 {
    attempts.iter().map(|attempt| u64::from(attempt.entry.rows)).sum()
}
