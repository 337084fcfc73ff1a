//! One task a delivery stream: waits for records, fills the buffer, delivers when it is full or old enough.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::pump::{Filled, Ports, Pump};
use super::{Delivery, Drained};
use crate::local::error::AwsError;

/// Pause after a failed delivery; doubles up to the bound.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

type Reply = oneshot::Sender<Result<Drained, AwsError>>;

/// A running worker.
pub(super) struct Handle {
    drains: mpsc::Sender<Reply>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Handle {
    pub fn spawn(ports: Ports, delivery: Arc<Delivery>) -> Self {
        let (drains, requests) = mpsc::channel(8);
        let cancel = CancellationToken::new();
        let worker = Worker {
            own_changes: delivery.changes.subscribe(),
            streams_changes: ports.kinesis.population(),
            source_changes: None,
            pump: Some(Box::new(Pump::new(ports.clone(), delivery.clone()))),
            ports,
            delivery,
            requests,
            cancel: cancel.clone(),
            due: None,
            failed: None,
        };
        Self {
            drains,
            cancel,
            task: tokio::spawn(worker.run()),
        }
    }

    /// Asks for everything up to now to be delivered. The answer comes when it is.
    pub async fn drain(drains: mpsc::Sender<Reply>) -> Result<Drained, AwsError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || AwsError::internal("the delivery stream was deleted while it was drained");
        drains.send(reply).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    pub fn drains(&self) -> mpsc::Sender<Reply> {
        self.drains.clone()
    }

    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Ends the worker. What is buffered is read again from the checkpoint by the next one.
    pub async fn stop(self) {
        self.cancel.cancel();
        // A worker that panicked has ended too.
        let _ = self.task.await;
    }
}

struct Worker {
    ports: Ports,
    delivery: Arc<Delivery>,
    /// Taken while a blocking step runs with it.
    pump: Option<Box<Pump>>,
    requests: mpsc::Receiver<Reply>,
    cancel: CancellationToken,
    own_changes: watch::Receiver<u64>,
    streams_changes: watch::Receiver<u64>,
    source_changes: Option<watch::Receiver<u64>>,
    /// When the buffer is old enough.
    due: Option<Instant>,
    /// After a failed delivery: when to try again, and the pause after that.
    failed: Option<(Instant, Duration)>,
}

/// What the worker does next.
enum Next {
    Deliver,
    Fill,
    Wait(Option<Instant>),
}

impl Worker {
    /// Ends between blocking steps when it is cancelled: what a step began it finishes.
    async fn run(mut self) {
        self.await_active().await;
        let mut more = true;
        while !self.cancel.is_cancelled() {
            match self.next(more) {
                Next::Deliver => {
                    more = self.deliver().await.is_ok();
                }
                Next::Fill => {
                    self.mark_seen();
                    more = match self.step(|pump| pump.fill(None)).await {
                        Ok(filled) => self.filled(filled),
                        Err(error) => {
                            self.failed_with(&error);
                            false
                        }
                    };
                }
                Next::Wait(until) => more = self.wait(until).await,
            }
            while let Ok(reply) = self.requests.try_recv() {
                self.answer(reply).await;
                more = true;
            }
        }
    }

    /// A delivery stream delivers nothing before it is ACTIVE, unless it is drained.
    async fn await_active(&mut self) {
        let left = self.delivery.state().active_from.duration_since(self.ports.env.now());
        let left = Duration::try_from(left).unwrap_or_default();
        let until = Instant::now() + left;
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                () = self.cancel.cancelled() => return,
                Some(reply) = self.requests.recv() => self.answer(reply).await,
            }
        }
    }

    fn next(&mut self, more: bool) -> Next {
        let now = Instant::now();
        if let Some((retry, _)) = self.failed
            && retry > now
        {
            return Next::Wait(Some(retry));
        }
        match self.due {
            Some(due) if due <= now => Next::Deliver,
            _ if more => Next::Fill,
            due => Next::Wait(due),
        }
    }

    /// True if there may be more to read at once.
    fn filled(&mut self, filled: Filled) -> bool {
        let Some(pump) = &self.pump else { return false };
        if pump.is_empty() {
            self.due = None;
        } else if self.due.is_none() {
            let configured = pump.settings().destination.buffer_interval();
            let interval = configured.min(self.ports.env.options.timing.buffer_interval);
            self.due = Some(Instant::now() + interval);
        }
        if filled == Filled::Full {
            self.due = Some(Instant::now());
        }
        self.failed = None;
        filled == Filled::More
    }

    /// Waits until something happens; true if there may be something to read.
    async fn wait(&mut self, until: Option<Instant>) -> bool {
        let source = self.source_changes.as_mut();
        let source_changed = async {
            match source {
                // An error means that the stream is gone; the next look will tell.
                Some(changes) => drop(changes.changed().await),
                None => std::future::pending().await,
            }
        };
        let timer = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let failing = self.failed.is_some();
        tokio::select! {
            () = timer => true,
            () = self.cancel.cancelled() => false,
            () = source_changed, if !failing => true,
            _ = self.streams_changes.changed(), if !failing => true,
            _ = self.own_changes.changed() => {
                self.refresh();
                true
            }
            Some(reply) = self.requests.recv() => {
                self.answer(reply).await;
                true
            }
        }
    }

    /// Takes up changed settings, and with them a new chance for a delivery that failed.
    fn refresh(&mut self) {
        let Some(pump) = &mut self.pump else { return };
        pump.refresh();
        if pump.is_empty() {
            self.due = None;
            self.failed = None;
        }
    }

    /// Changes up to here will be seen by the read that follows.
    fn mark_seen(&mut self) {
        self.own_changes.mark_unchanged();
        self.streams_changes.mark_unchanged();
        self.refresh();
        let source = self.delivery.state().source.clone();
        self.source_changes = source
            .and_then(|source| self.ports.kinesis.source(&source.stream_arn).ok())
            .map(|source| source.changes());
    }

    async fn deliver(&mut self) -> Result<Drained, AwsError> {
        let result = self.step(Pump::deliver).await;
        match &result {
            Ok(_) => {
                self.due = None;
                self.failed = None;
            }
            Err(error) => self.failed_with(error),
        }
        result
    }

    fn failed_with(&mut self, error: &AwsError) {
        let pause = self.failed.map_or(FIRST_PAUSE, |(_, pause)| pause);
        tracing::debug!(delivery_stream = self.delivery.state().name, %error, ?pause, "will try again");
        self.failed = Some((Instant::now() + pause, (pause * 2).min(LONGEST_PAUSE)));
    }

    async fn answer(&mut self, reply: Reply) {
        let drained = self.drain().await;
        // Whoever asked may have gone.
        let _ = reply.send(drained);
    }

    /// Delivers everything up to where the source ends now.
    async fn drain(&mut self) -> Result<Drained, AwsError> {
        self.mark_seen();
        let mut total = Drained::default();
        let Some(targets) = self.step(Pump::ends).await? else {
            return Ok(total);
        };
        let targets = Arc::new(targets);
        loop {
            if self.cancel.is_cancelled() {
                return Err(AwsError::internal(
                    "the delivery stream was stopped while it was drained",
                ));
            }
            let bound = targets.clone();
            let filled = self.step(move |pump| pump.fill(Some(&bound))).await?;
            self.filled(filled);
            if filled == Filled::More {
                continue;
            }
            if self.pump.as_ref().is_some_and(|pump| !pump.is_empty()) {
                total += self.deliver().await?;
            }
            if filled != Filled::Full {
                return Ok(total);
            }
        }
    }

    /// Runs a blocking step with the pump off the async threads.
    async fn step<T: Send + 'static>(
        &mut self,
        run: impl FnOnce(&mut Pump) -> Result<T, AwsError> + Send + 'static,
    ) -> Result<T, AwsError> {
        let pump = self.pump.take();
        let mut pump = pump.unwrap_or_else(|| Box::new(Pump::new(self.ports.clone(), self.delivery.clone())));
        let ran = tokio::task::spawn_blocking(move || {
            let result = run(&mut pump);
            (pump, result)
        });
        // A step that panicked took its pump along; the next one starts at the checkpoint.
        let (pump, result) = ran.await.map_err(AwsError::internal)?;
        self.pump = Some(pump);
        result
    }
}
