//! Runs of a Glue job: started or joined, followed to their end, stopped if the person says so.

use std::time::Duration;

use aws_sdk_glue::types::JobRun;
use tokio::time::{Instant, sleep};

use super::error::{Error, JobFailure};
use super::event::Event;
use super::job_log;
use super::watch::Watch;
use crate::aws::{Backoff, Clients, ErrorKind, failure, retrying};

/// States that a run leaves by itself (Glue API, JobRunState).
const GOING: [&str; 4] = ["STARTING", "RUNNING", "STOPPING", "WAITING"];
const SUCCEEDED: &str = "SUCCEEDED";
/// Pace of looking: the next look comes when a tenth of the time so far has passed, at most 5 s later. A run in process may
/// take a second or two.
const PACE: Backoff = Backoff {
    factor: 1.1,
    ..Backoff::new(Duration::from_millis(50), Duration::from_secs(5))
};
/// How often a state that does not change is told again.
const REMIND: Duration = Duration::from_secs(5);
/// How long a stopped run is waited for.
const STOPPING: Duration = Duration::from_secs(60);

/// How a start ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Started(String),
    /// As many runs as the job allows are going.
    Busy,
}

/// Runs of one job.
pub(super) struct JobRuns<'a> {
    pub clients: &'a Clients,
    pub job: &'a str,
}

impl JobRuns<'_> {
    /// Starts a run with `--input`.
    pub async fn start(&self, input: &str) -> Result<Start, Error> {
        let request = self.clients.glue.start_job_run();
        let request = request.job_name(self.job).arguments("--input", input);
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|error| failure("glue", "StartJobRun", self.job, error))
        };
        match retrying(false, &|_| (), call).await {
            Ok(answer) => Ok(Start::Started(answer.job_run_id.unwrap_or_default())),
            Err(error) if error.code == "ConcurrentRunsExceededException" => Ok(Start::Busy),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs that are going, newest first: with the value of their `--input`.
    pub async fn going(&self) -> Result<Vec<(String, Option<String>)>, Error> {
        // Newest come first, so those that are going are on the first page.
        let answer = self.clients.glue.get_job_runs().job_name(self.job).send().await;
        let answer = answer.map_err(|error| failure("glue", "GetJobRuns", self.job, error))?;
        let runs = answer.job_runs.unwrap_or_default().into_iter();
        let going = runs.filter(|run| GOING.contains(&state(run)));
        Ok(going
            .filter_map(|run| {
                let input = run.arguments.unwrap_or_default().remove("--input");
                Some((run.id?, input))
            })
            .collect())
    }

    /// Follows a run until it has succeeded.
    ///
    /// # Errors
    /// It ended otherwise; or the person interrupted, and then what became of it.
    pub async fn follow(&self, run: &str, watch: &Watch) -> Result<(), Error> {
        let ended = tokio::select! {
            ended = self.ended(run, watch) => ended?,
            () = watch.cancel.cancelled() => return Err(self.interrupted(run, watch).await?),
        };
        match state(&ended) {
            SUCCEEDED => Ok(()),
            _ => Err(self.failed(run, &ended).await),
        }
    }

    /// Waits until a run of somebody else is over, however it ends.
    pub async fn outlast(&self, run: &str, watch: &Watch) -> Result<(), Error> {
        tokio::select! {
            ended = self.ended(run, watch) => ended.map(drop),
            () = watch.cancel.cancelled() => Err(Error::Interrupted(format!(
                "nothing was started; the job run {run} is not ours and goes on"
            ))),
        }
    }

    async fn ended(&self, run: &str, watch: &Watch) -> Result<JobRun, Error> {
        let started = Instant::now();
        let mut told: Option<(String, Instant)> = None;
        let mut delays = PACE.delays();
        loop {
            match self.get(run).await {
                Ok(found) => {
                    let state = state(&found);
                    let news = told
                        .as_ref()
                        .is_none_or(|(told, at)| told != state || at.elapsed() >= REMIND);
                    if news {
                        watch.tell(Event::JobState {
                            run: run.to_owned(),
                            state: state.to_owned(),
                            seconds: started.elapsed().as_secs_f64(),
                        });
                        told = Some((state.to_owned(), Instant::now()));
                    }
                    if !GOING.contains(&state) {
                        return Ok(found);
                    }
                }
                Err(Error::Aws(error)) if error.is(ErrorKind::Throttled) => {}
                Err(error) => return Err(error),
            }
            sleep(delays.next().unwrap_or(PACE.cap)).await;
        }
    }

    async fn get(&self, run: &str) -> Result<JobRun, Error> {
        let answer = self
            .clients
            .glue
            .get_job_run()
            .job_name(self.job)
            .run_id(run)
            .send()
            .await;
        let answer = answer.map_err(|error| failure("glue", "GetJobRun", run, error))?;
        answer.job_run.ok_or_else(|| Error::Unreadable {
            place: format!("the answer about job run {run}"),
            reason: "it has no JobRun".into(),
        })
    }

    async fn failed(&self, run: &str, ended: &JobRun) -> Error {
        let message = ended.error_message().filter(|message| !message.is_empty());
        // What was stopped or timed out has no error of its own to show.
        let log = match state(ended) {
            "FAILED" | "ERROR" => Some(job_log::find(&self.clients.logs, ended.log_group_name(), run, message).await),
            _ => None,
        };
        let place = log.as_ref().map(|log| format!("{}, stream {},", log.group, log.stream));
        Error::Job(Box::new(JobFailure {
            job: self.job.to_owned(),
            run: run.to_owned(),
            state: state(ended).to_owned(),
            message: message.map(str::to_owned),
            trace: log.map(|log| log.lines).unwrap_or_default(),
            log: place.unwrap_or_default(),
        }))
    }

    /// What became of a run when the person interrupted.
    async fn interrupted(&self, run: &str, watch: &Watch) -> Result<Error, Error> {
        if !watch.interruption.stops(run).await {
            return Ok(Error::Interrupted(format!(
                "the job run {run} goes on; the same command joins it"
            )));
        }
        let request = self.clients.glue.batch_stop_job_run();
        let answer = request.job_name(self.job).job_run_ids(run).send().await;
        let answer = answer.map_err(|error| failure("glue", "BatchStopJobRun", run, error))?;
        if let Some(error) = answer.errors().first() {
            // JobRunNotInTerminalStateException and the like: it ended by itself meanwhile.
            let detail = error.error_detail().and_then(|detail| detail.error_message());
            tracing::debug!(run, ?detail, "not stopped");
        }
        let silent = Watch {
            events: std::sync::Arc::new(|_| ()),
            ..watch.clone()
        };
        let ended = tokio::time::timeout(STOPPING, self.ended(run, &silent)).await;
        Ok(Error::Interrupted(match ended {
            Ok(Ok(ended)) if state(&ended) == SUCCEEDED => {
                format!("the job run {run} had succeeded already; the same command goes on with it")
            }
            Ok(Ok(ended)) => format!(
                "the job run {run} is {}; the same command starts another",
                state(&ended)
            ),
            _ => format!("the job run {run} was told to stop and has not ended yet"),
        }))
    }
}

fn state(run: &JobRun) -> &str {
    run.job_run_state().map_or("UNKNOWN", |state| state.as_str())
}
