//! How long starting takes: the embedded AWS opened on an empty and on a used folder, and a deploy with nothing to do.
//!
//! Prints medians in milliseconds beside the time an empty process takes in the same run.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pipectl::local::{Embedded, Options};

const RUNS: usize = 15;

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| measure()).collect();
    times.sort();
    times[RUNS / 2]
}

fn timed(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a process");
    assert!(status.success(), "{command:?}");
    started.elapsed()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
    {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fn open(folder: &Path) -> Duration {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let started = Instant::now();
        let embedded = Embedded::open(folder, Options::default())
            .await
            .expect("the embedded AWS");
        let elapsed = started.elapsed();
        embedded.close().await;
        elapsed
    })
}

fn main() {
    let project = tempfile::tempdir().expect("a folder");
    for folder in ["configs", "glue_scripts", "sql"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        copy(&from, &project.path().join(folder));
    }
    let pipectl = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
        command.args(arguments).current_dir(project.path());
        timed(&mut command)
    };
    let empty = median(|| open(tempfile::tempdir().expect("a folder").path()));
    pipectl(&["deploy", "--yes"]);
    let used = median(|| open(&project.path().join(".pipectl/local")));
    let process = median(|| pipectl(&["--version"]));
    let no_op = median(|| pipectl(&["deploy", "--yes"]));
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("embedded AWS, new folder     {:>8.1} ms", milliseconds(empty));
    println!("embedded AWS, used folder    {:>8.1} ms", milliseconds(used));
    println!("pipectl --version            {:>8.1} ms", milliseconds(process));
    println!("pipectl deploy, all no-ops   {:>8.1} ms", milliseconds(no_op));
}
