//! `pipectl local`: other commands use the running server.

use std::io::{BufRead, BufReader};
use std::process::Child;

use serde_json::Value;

use crate::project::Project;

/// A running server, ended with the test however that ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn commands_use_the_server_that_runs_on_the_same_data() {
    let project = Project::employees();
    project.sample();
    let mut server = Server(project.start(&["local", "--port", "0", "--json"]));
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let listening: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(listening["event"], "listening");
    assert!(listening["endpoint"].as_str().unwrap().starts_with("http://127.0.0.1:"));

    project.done(&["deploy", "--yes"]);
    let ingested = project.run(&["ingest", "employees.csv", "--json"]);
    assert_eq!(ingested.code, 3, "{}", ingested.stderr);
    let sent = ingested.summary()["rows_sent"].as_u64().unwrap();

    let url = listening["endpoint"].as_str().unwrap();
    let again = project.run(&["ingest", "employees.csv", "--json", "--endpoint-url", url]);
    let drained = again.events().into_iter().find(|event| event["event"] == "delivered");
    assert!(
        drained.is_some(),
        "a server named by its address is drained as well: {}",
        again.stdout
    );

    drop(server);
    let delivered = project.delivered("raw/employees/", "employee_id");
    assert_eq!(
        delivered.values().sum::<usize>() as u64,
        2 * sent,
        "what was acknowledged survives kill -9"
    );
}
