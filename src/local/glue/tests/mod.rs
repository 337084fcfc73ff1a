//! Behaviour of the service through its SDK, against fakes of IAM, CloudWatch Logs and the runner.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{JobCommand, JobRun, JobRunState};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::runner::{Log, RunError, Stream, Task};
use super::*;
use crate::local::env::{Options, Timing};
use crate::local::store::Store;
use crate::local::testing::{Wired, sdk_config};

mod catalog;
mod jobs;
mod partitions;
mod runs;
mod tags;
mod triggers;

const ROLE: &str = "arn:aws:iam::000000000000:role/glue";
/// 2026-11-25T10:00:00Z, a Wednesday.
const NOW: i64 = 1_795_600_800;

/// IAM, Logs and the runner in one. Jobs do what their argument `--do` says.
#[derive(Default)]
struct Cloud {
    distrusting: AtomicBool,
    lines: Mutex<BTreeMap<(String, String), Vec<String>>>,
    tasks: Mutex<Vec<Task>>,
    /// Opens what `--do wait` waits for.
    gate: AtomicBool,
}

impl Cloud {
    fn lines(&self, group: &str, run: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines
            .get(&(format!("/aws-glue/jobs/{group}"), run.to_owned()))
            .cloned()
            .unwrap_or_default()
    }

    fn tasks(&self) -> Vec<Task> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RoleCheck for Cloud {
    fn can_assume(&self, _: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError> {
        assert_eq!((service, source_arn), ("glue.amazonaws.com", None));
        Ok(!self.distrusting.load(Ordering::SeqCst))
    }
}

impl LogSink for Cloud {
    fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError> {
        let mut lines = self.lines.lock().unwrap();
        lines.entry((group.to_owned(), stream.to_owned())).or_default();
        Ok(())
    }

    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError> {
        let mut lines = self.lines.lock().unwrap();
        let stream = lines.get_mut(&(group.to_owned(), stream.to_owned())).unwrap();
        stream.extend_from_slice(messages);
        Ok(())
    }
}

impl Runner for Cloud {
    fn run(&self, task: &Task, log: Log<'_>, stop: &CancellationToken) -> Result<(), RunError> {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(task.clone());
        assert_eq!(std::fs::read_dir(&task.scratch).unwrap().count(), 0);
        std::fs::write(task.scratch.join("left"), "behind").unwrap();
        log(Stream::Output, "begun");
        match task.arguments.get("--do").map(String::as_str) {
            Some("fail") => {
                log(Stream::Error, "Traceback (most recent call last):");
                log(Stream::Error, "ValueError: no such column");
                Err(RunError::Failed {
                    message: "ValueError: no such column".into(),
                    trace: vec!["ValueError: no such column".into()],
                })
            }
            Some("refuse") => Err(RunError::failed("PySpark is not installed")),
            Some("panic") => panic!("a fault of the runner"),
            Some("wait") => loop {
                if stop.is_cancelled() {
                    return Err(RunError::Stopped);
                }
                if self.gate.load(Ordering::SeqCst) {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(2));
            },
            _ => Ok(()),
        }
    }
}

/// The service, opened and closed like the embedded AWS, with a clock that the test sets.
struct World {
    dir: tempfile::TempDir,
    cloud: Arc<Cloud>,
    clock: Arc<AtomicI64>,
    minute: Duration,
    glue: Option<Arc<Glue>>,
}

impl World {
    fn new() -> Self {
        Self::with_minute(Duration::from_secs(60))
    }

    fn with_minute(minute: Duration) -> Self {
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            cloud: Arc::default(),
            clock: Arc::new(AtomicI64::new(NOW)),
            minute,
            glue: None,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let store = Store::open(&self.dir.path().join("state.redb")).unwrap();
        let timing = Timing {
            job_start: Duration::from_millis(5),
            ..Timing::fast()
        };
        let options = Options {
            timing,
            ..Options::default()
        };
        let clock = self.clock.clone();
        let env = Env::new(self.dir.path().to_owned(), store, options)
            .with_clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
        let cloud = self.cloud.clone();
        let glue = Glue::with_minute(Arc::new(env), cloud.clone(), cloud.clone(), cloud, self.minute);
        self.glue = Some(glue.unwrap());
    }

    fn glue(&self) -> Arc<Glue> {
        self.glue.clone().unwrap()
    }

    fn client(&self) -> Client {
        Client::new(&sdk_config(Wired::Json("AWSGlue", self.glue())))
    }

    /// Job `j`, which does what `--do` says unless a run says otherwise.
    async fn job(&self, what: &str) -> Client {
        let client = self.client();
        new_job(&client, "j")
            .default_arguments("--do", what)
            .send()
            .await
            .unwrap();
        client
    }

    /// Waits until the run has ended.
    async fn ended(&self, id: &str) -> JobRun {
        self.until(id, |state| {
            !matches!(
                state,
                JobRunState::Starting | JobRunState::Running | JobRunState::Stopping | JobRunState::Waiting
            )
        })
        .await
    }

    async fn until(&self, id: &str, reached: impl Fn(&JobRunState) -> bool) -> JobRun {
        let client = self.client();
        for _ in 0..2000 {
            let found = client.get_job_run().job_name("j").run_id(id).send().await.unwrap();
            let run = found.job_run.unwrap();
            if reached(run.job_run_state().unwrap()) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{id} does not get there");
    }
}

fn new_job(client: &Client, name: &str) -> aws_sdk_glue::operation::create_job::builders::CreateJobFluentBuilder {
    client
        .create_job()
        .name(name)
        .role(ROLE)
        .glue_version("5.0")
        .command(command())
}

fn command() -> JobCommand {
    JobCommand::builder()
        .name("glueetl")
        .script_location("s3://code/etl.py")
        .build()
}

async fn start(client: &Client) -> String {
    client
        .start_job_run()
        .job_name("j")
        .send()
        .await
        .unwrap()
        .job_run_id
        .unwrap()
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}
use refused;

#[tokio::test]
async fn what_glue_has_and_the_embedded_aws_does_not_is_named() {
    let world = World::new();
    let (code, message) = refused!(world.client().get_crawlers());
    assert_eq!(code, "NotImplemented");
    assert_eq!(message, "the embedded AWS does not have Glue's GetCrawlers");
    assert!(operations::NOT_HERE.is_sorted());
    let unknown = world.glue().call("GetEverything", Bytes::new()).await.unwrap_err();
    assert_eq!(unknown.code, "UnknownOperationException");
    let missing = world.glue().call("GetJob", Bytes::new()).await.unwrap_err();
    assert_eq!(missing.code, "ValidationException");
    assert!(
        missing.message.contains("Value null at 'jobName'"),
        "{}",
        missing.message
    );
}
