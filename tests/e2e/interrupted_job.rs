//! Job runs that are stopped, left, or killed with everything around them.

use std::io::{BufRead, BufReader};
use std::process::Child;

use pipectl::aws::{self, Clients, Endpoint, Target};
use serde_json::Value;

use crate::project::{Project, Ran};
use crate::pyspark::{Endless, Scripted, ended, ingested, interrupt, job_run, mend, undisturbed, warehouse};

const JOB: &str = "employees-local-etl";

/// A project whose job does not end by itself.
fn endless() -> (Project, Endless) {
    let project = ingested();
    let script = Endless::in_project(&project);
    project.done(&["deploy", "--yes"]);
    (project, script)
}

/// `pipectl local` with the project's data, ended with the test.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(scripted: &Scripted<'_>) -> Self {
        let mut process = scripted.start(&["local", "--port", "0", "--json"]);
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        let url = listening["endpoint"].as_str().unwrap().to_owned();
        Self { process, url }
    }

    /// Another client of it.
    fn ask<T>(&self, ask: impl AsyncFnOnce(&Clients) -> T) -> T {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let target = Target {
                region: "us-east-1".into(),
                endpoint: Endpoint::Url(self.url.clone()),
                profile: None,
                record_requests: None,
            };
            ask(&aws::connect(&target).await.unwrap()).await
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The id and state of the job's newest run.
async fn newest(clients: &Clients) -> (String, String) {
    let answer = clients.glue.get_job_runs().job_name(JOB).send().await.unwrap();
    let run = &answer.job_runs()[0];
    (
        run.id().unwrap().to_owned(),
        run.job_run_state().unwrap().as_str().to_owned(),
    )
}

async fn stop(clients: &Clients, run: &str) {
    let request = clients.glue.batch_stop_job_run().job_name(JOB).job_run_ids(run);
    assert!(request.send().await.unwrap().errors().is_empty());
}

fn joined(ran: &Ran) -> bool {
    let events = ran.events();
    let started = events.iter().find(|event| event["event"] == "job_run");
    started.unwrap()["joined"].as_bool().unwrap()
}

fn interruption(ran: &Ran) -> String {
    let events = ran.events();
    let found = events.iter().find(|event| event["event"] == "interrupted");
    found.unwrap()["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_that_another_client_stops_is_said_to_be_stopped() {
    let (project, script) = endless();
    let scripted = Scripted::new(&project);
    let server = Server::start(&scripted);
    let child = scripted.start(&["run", "process", "--json"]);
    let running = script.running();
    server.ask(async |clients| {
        let (run, state) = newest(clients).await;
        assert_eq!(state, "RUNNING");
        stop(clients, &run).await;
    });
    let ran = ended(child);
    running.wait_for_its_end();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let said = format!("the Glue job {JOB} ended STOPPED (run {})", job_run(&ran));
    assert!(
        ran.stderr.contains(&said) && ran.stderr.contains("somebody stopped it"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.summary()["process"]["partitions"], 0);
}

#[test]
fn a_run_that_is_left_goes_on_and_is_joined() {
    let (project, script) = endless();
    let scripted = Scripted::new(&project);
    let server = Server::start(&scripted);
    let child = scripted.start(&["run", "process", "--json", "--on-interrupt", "leave"]);
    let running = script.running();
    interrupt(&child);
    let left = ended(child);
    assert_eq!(left.code, 130, "{}", left.stderr);
    assert!(
        interruption(&left).ends_with("goes on; the same command joins it"),
        "{}",
        left.stdout
    );
    assert_eq!(left.summary()["interrupted"], true);
    let (run, state) = server.ask(newest);
    assert_eq!((run.as_str(), state.as_str()), (job_run(&left).as_str(), "RUNNING"));

    // The same command joins it, and stops it when it is told to.
    let mut child = scripted.start(&["run", "process", "--json", "--on-interrupt", "stop"]);
    let mut events = BufReader::new(child.stdout.take().unwrap());
    let mut stdout = String::new();
    while !stdout.contains("\"job_state\"") {
        assert_ne!(events.read_line(&mut stdout).unwrap(), 0, "{stdout}");
    }
    interrupt(&child);
    std::io::Read::read_to_string(&mut events, &mut stdout).unwrap();
    let ran = Ran { stdout, ..ended(child) };
    assert_eq!(
        (ran.code, joined(&ran), job_run(&ran)),
        (130, true, run),
        "{}",
        ran.stderr
    );
    assert!(interruption(&ran).ends_with("is STOPPED; the same command starts another"));
    running.wait_for_its_end();
    assert_eq!(server.ask(newest).1, "STOPPED");
}

#[test]
fn ctrl_c_stops_the_run_and_the_same_command_does_the_work() {
    let (project, script) = endless();
    let scripted = Scripted::new(&project);
    for more in [&[][..], &["--on-interrupt", "stop"], &["--on-interrupt", "leave"]] {
        let child = scripted.start(&[&["run", "process"], more].concat());
        let running = script.running();
        interrupt(&child);
        let ran = ended(child);
        running.wait_for_its_end();
        assert_eq!(ran.code, 130, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("is STOPPED; the same command starts another"),
            "{}",
            ran.stderr
        );
        // What is in this process cannot be left.
        let ends = ran.stderr.contains("ends with this command");
        assert_eq!(ends, more.contains(&"leave"), "{}", ran.stderr);
    }
    mend(&project);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn after_kill_9_in_the_middle_of_a_run_the_same_command_gives_the_same_warehouse() {
    let (project, script) = endless();
    let scripted = Scripted::new(&project);
    let mut child = scripted.start(&["run", "--json"]);
    let running = script.running();
    child.kill().unwrap();
    let killed = Ran::from(child.wait_with_output().unwrap());
    // Nobody is left to write what a later run writes too.
    running.wait_for_its_end();
    let run = job_run(&killed);
    mend(&project);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
    project.look(async |clients| {
        let request = clients.glue.get_job_run().job_name(JOB).run_id(&run);
        let answer = request.send().await.unwrap();
        let left = answer.job_run().unwrap();
        assert_eq!(left.job_run_state().unwrap().as_str(), "FAILED");
        assert!(
            left.error_message()
                .unwrap()
                .contains("ended while this job run was going")
        );
    });
}
