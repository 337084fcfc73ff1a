//! A copy of a project in a temporary folder, the binary run on it, and what it left in the embedded AWS.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use flate2::read::MultiGzDecoder;
use pipectl::aws::{self, Clients, Endpoint, Target};
use pipectl::local::{Embedded, Options};
use serde_json::Value;

/// A project of its own for one test.
pub struct Project {
    folder: tempfile::TempDir,
}

/// How a run of the binary ended.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

impl Project {
    /// The employees pipeline.
    pub fn employees() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for folder in ["configs", "glue_scripts", "sql"] {
            copy_folder(&repository().join(folder), &project.path().join(folder));
        }
        project
    }

    /// The second example.
    pub fn ibm_hr() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        copy_folder(&repository().join("examples/ibm-hr"), project.path());
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file into the project.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A copy of examples/employees.csv in the project.
    pub fn sample(&self) -> PathBuf {
        self.write(
            "employees.csv",
            fs::read(repository().join("examples/employees.csv")).unwrap(),
        )
    }

    /// The binary, with this project as its folder and nothing of the tester's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .stdin(Stdio::null());
        // CI validates what the tests send against AWS's own API models.
        if let Some(recording) = std::env::var_os("PIPECTL_RECORD_REQUESTS") {
            command.env("PIPECTL_RECORD_REQUESTS", recording);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Runs it and expects success.
    pub fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Starts it with its stdout piped.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Opens this project's embedded AWS and runs `look` on it.
    pub fn look<T>(&self, look: impl AsyncFnOnce(&Clients) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let folder = self.path().join(".pipectl/local");
            let embedded = Embedded::open(&folder, Options::default()).await.unwrap();
            let target = Target {
                region: "us-east-1".into(),
                endpoint: Endpoint::InProcess(embedded.http_client()),
                profile: None,
                record_requests: None,
            };
            let seen = look(&aws::connect(&target).await.unwrap()).await;
            embedded.close().await;
            seen
        })
    }

    /// Every row delivered to S3 under `prefix` of any bucket, parsed, with how often each key occurs.
    pub fn delivered(&self, prefix: &str, key: &str) -> BTreeMap<i64, usize> {
        let bodies = self.look(async |clients| objects(clients, prefix).await);
        let mut counts = BTreeMap::new();
        for body in bodies {
            let mut text = String::new();
            MultiGzDecoder::new(body.as_slice()).read_to_string(&mut text).unwrap();
            for line in text.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                *counts.entry(row[key].as_i64().unwrap()).or_default() += 1;
            }
        }
        counts
    }
}

async fn objects(clients: &Clients, prefix: &str) -> Vec<Vec<u8>> {
    let buckets = clients.s3.list_buckets().send().await.unwrap();
    let mut bodies = Vec::new();
    for bucket in buckets.buckets().iter().filter_map(|bucket| bucket.name()) {
        let listing = clients.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = listing.into_paginator().send();
        while let Some(page) = pages.next().await {
            for object in page.unwrap().contents() {
                let key = object.key().unwrap();
                let object = clients.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
                bodies.push(object.body.collect().await.unwrap().to_vec());
            }
        }
    }
    bodies
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// The NDJSON events on stdout.
    pub fn events(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The last event, which every long command ends with.
    pub fn summary(&self) -> Value {
        let last = self.events().pop().expect("an event");
        assert_eq!(last["event"], "summary", "{last}");
        last
    }

    /// Exit code 101 is a Rust panic.
    pub fn assert_no_panic(&self) {
        assert!(self.code != 101 && !self.stderr.contains("panicked"), "{}", self.stderr);
    }
}
