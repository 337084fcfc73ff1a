//! Job scripts without PySpark: a Python that says it has it, so that a test decides what the job's script does.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::project::{Project, Ran};

/// The job's script in a project.
pub const SCRIPT: &str = "glue_scripts/employee_etl.py";

const PYTHON: &str = r#"#!/bin/sh
# Asked what it has (-c), it claims PySpark; otherwise it is this machine's Python.
if [ "$1" = -c ]; then
  echo "{\"executable\": \"$0\", \"pyspark\": \"3.5.5\", \"awsglue\": null}"
else
  exec python3 "$@"
fi
"#;

/// Runs of a project whose job is its script.
pub struct Scripted<'a> {
    project: &'a Project,
    python: PathBuf,
    java: PathBuf,
}

impl<'a> Scripted<'a> {
    pub fn new(project: &'a Project) -> Self {
        let python = project.write("fake/python", PYTHON);
        let java = project.write("fake/java/bin/java", "#!/bin/sh\n");
        for file in [&python, &java] {
            fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let java = project.path().join("fake/java");
        Self { project, python, java }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PIPECTL_GLUE_ENGINE", "spark")
            .env("PIPECTL_PYTHON", &self.python)
            .env("JAVA_HOME", &self.java);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::from(self.command(arguments).output().unwrap());
        ran.assert_no_panic();
        ran
    }

    /// Starts it with both outputs piped.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// A script that says when it runs, and then runs until it is ended.
pub struct Endless {
    pipe: PathBuf,
}

/// The script's end of the pipe is open as long as the script lives.
pub struct Running(BufReader<File>);

impl Endless {
    /// Puts the script into the project; it is there after the next deploy.
    pub fn in_project(project: &Project) -> Self {
        let pipe = project.path().join("alive");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let text = format!(
            "import time\nalive = open({:?}, 'w')\nprint('alive', file=alive, flush=True)\ntime.sleep(600)\n",
            pipe.to_str().unwrap()
        );
        project.write(SCRIPT, text);
        Self { pipe }
    }

    /// Waits until the script runs.
    pub fn running(&self) -> Running {
        let mut lines = BufReader::new(File::open(&self.pipe).unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "alive\n");
        Running(lines)
    }
}

impl Running {
    /// Waits until no process of the script is left.
    pub fn wait_for_its_end(mut self) {
        self.0.read_to_end(&mut Vec::new()).unwrap();
    }
}

/// Sends Ctrl-C's signal.
pub fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", "kill -s INT \"$1\"", "sh", &id])
        .status();
    assert!(sent.unwrap().success());
}

/// Waits for its end.
pub fn ended(child: Child) -> Ran {
    let ran = Ran::from(child.wait_with_output().unwrap());
    ran.assert_no_panic();
    ran
}

/// The id of the job run that an NDJSON output names.
pub fn job_run(ran: &Ran) -> String {
    let events = ran.events();
    let started = events.iter().find(|event| event["event"] == "job_run");
    started.unwrap()["run"].as_str().unwrap().to_owned()
}

/// Puts the job's real script back.
pub fn mend(project: &Project) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT);
    project.write(SCRIPT, fs::read(script).unwrap());
    project.done(&["deploy", "--yes"]);
}

/// All that the warehouse holds, but for the moments of the ingest and of the load.
pub fn warehouse(project: &Project) -> Vec<Value> {
    let queries = [
        "SELECT employee_id, name, age, department, skills, salary, hire_date, salary_band, age_band, tenure_years, \
         ingest_row FROM hr.employees ORDER BY employee_id",
        "SELECT employee_id, skill, ingest_row FROM hr.employee_skills ORDER BY employee_id, skill",
        "SELECT rows_staged, rows_inserted, rows_updated, rows_unchanged FROM hr.load_ledger",
    ];
    let rows = |sql: &&str| serde_json::from_str(&project.done(&["query", sql, "--json"]).stdout).unwrap();
    queries.iter().map(rows).collect()
}

/// What the warehouse holds of the sample where nothing goes wrong.
pub fn undisturbed() -> Vec<Value> {
    let project = ingested();
    project.done(&["run"]);
    warehouse(&project)
}

/// A deployed project with the sample ingested.
pub fn ingested() -> Project {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project.sample();
    assert_eq!(project.run(&["ingest", "employees.csv"]).code, 3);
    project
}
