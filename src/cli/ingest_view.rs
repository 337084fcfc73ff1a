//! An ingest as it happens: a progress bar on a terminal, one event a second for programs.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::human;
use super::output::Output;
use crate::producer::{Event, Progress, ProgressSink};

/// Shows the producer's events.
pub(super) struct View {
    shared: Arc<Shared>,
}

struct Shared {
    output: Output,
    bar: ProgressBar,
    started: Instant,
    told: Mutex<Option<Instant>>,
}

const EVENT_INTERVAL: Duration = Duration::from_secs(1);

impl View {
    pub fn new(output: &Output) -> Self {
        let target = if output.live() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let shared = Shared {
            output: output.clone(),
            bar,
            started: Instant::now(),
            told: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    pub fn sink(&self) -> ProgressSink {
        let shared = Arc::clone(&self.shared);
        Arc::new(move |event| shared.show(&event))
    }

    pub fn finish(self) {
        self.shared.bar.finish_and_clear();
    }
}

impl Shared {
    fn show(&self, event: &Event) {
        match event {
            Event::Progress(progress) if self.output.json() => self.tell(progress),
            Event::Progress(progress) => self.draw(progress),
            Event::UnknownColumns { file, columns } => {
                self.warn(&format!(
                    "{file}: not in the contract, not sent: {}",
                    columns.join(", ")
                ));
            }
            Event::Throttled { bytes_per_second } => {
                let rate = human::bytes(*bytes_per_second);
                self.warn(&format!(
                    "the stream is throttling: sending at most {rate}/s; more shards would take more"
                ));
            }
            Event::Retrying { records, reason } => tracing::info!(records, reason, "sending again"),
            Event::UnclosedQuote { file, line } => {
                self.warn(&format!("{file}: the quote opened at line {line} may never be closed"));
            }
        }
    }

    fn warn(&self, text: &str) {
        self.bar.suspend(|| self.output.warn(text));
    }

    fn tell(&self, progress: &Progress) {
        let Ok(mut told) = self.told.lock() else { return };
        if told.is_some_and(|told| told.elapsed() < EVENT_INTERVAL) {
            return;
        }
        *told = Some(Instant::now());
        self.output.event(&json!({
            "event": "progress",
            "rows_read": progress.rows_read, "rows_sent": progress.rows_sent, "rows_rejected": progress.rows_rejected,
            "records": progress.records, "bytes": progress.bytes, "bytes_read": progress.bytes_read,
            "total_bytes": progress.total_bytes,
        }));
    }

    fn draw(&self, progress: &Progress) {
        let style = match progress.total_bytes {
            Some(_) => "  {bar:30} {percent:>3} %  {msg}  {eta} left",
            None => "  {spinner} {msg}",
        };
        if self.bar.length() != progress.total_bytes
            && let Ok(style) = ProgressStyle::with_template(style)
        {
            self.bar.set_style(style);
            progress.total_bytes.inspect(|&total| self.bar.set_length(total));
        }
        self.bar.set_position(progress.bytes_read);
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let rows = human::count((progress.rows_sent as f64 / seconds) as u64);
        let mib = progress.bytes as f64 / seconds / f64::from(1 << 20);
        self.bar.set_message(format!(
            "{} rows  {rows} rows/s  {mib:.1} MiB/s",
            human::count(progress.rows_sent)
        ));
    }
}
