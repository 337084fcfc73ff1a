//! Scripts that need no PySpark, against the real S3 of the embedded AWS.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;

use super::*;
use crate::local::glue::runner::Stream;
use crate::local::s3::tests::client::Lab;

/// A bucket `lake` with a script in it.
struct Bench {
    lab: Lab,
    lines: Mutex<Vec<(Stream, String)>>,
}

impl Bench {
    async fn new(script: &str) -> Self {
        let lab = Lab::new();
        lab.client.create_bucket().bucket("lake").send().await.unwrap();
        let bench = Self {
            lab,
            lines: Mutex::default(),
        };
        bench.put("code/job.py", script).await;
        bench
    }

    async fn put(&self, key: &str, body: &str) {
        let request = self.lab.client.put_object().bucket("lake").key(key);
        request
            .body(ByteStream::from(body.as_bytes().to_vec()))
            .send()
            .await
            .unwrap();
    }

    async fn get(&self, key: &str) -> Option<String> {
        let found = self.lab.client.get_object().bucket("lake").key(key).send().await.ok()?;
        let bytes = found.body.collect().await.unwrap().to_vec();
        Some(String::from_utf8(bytes).unwrap())
    }

    fn keys(&self) -> Vec<String> {
        let objects: &dyn Objects = self.lab.s3.as_ref();
        objects
            .list("lake", "")
            .unwrap()
            .into_iter()
            .map(|object| object.key)
            .collect()
    }

    fn run(&self, arguments: &[(&str, &str)], stop: &CancellationToken) -> Result<(), RunError> {
        let scratch = self.lab.dir.path().join("glue/runs/jr_1");
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).unwrap();
        let task = Task {
            job: "j".into(),
            run_id: "jr_1".into(),
            script: "s3://lake/code/job.py".into(),
            arguments: arguments.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            role: "arn:aws:iam::000000000000:role/glue".into(),
            scratch,
        };
        let log = |stream: Stream, line: &str| self.lines.lock().unwrap().push((stream, line.to_owned()));
        SparkRunner::without_spark(self.lab.s3.clone()).run(&task, &log, stop)
    }

    fn lines(&self, of: Stream) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .filter(|(stream, _)| *stream == of)
            .map(|(_, line)| line.clone())
            .collect()
    }
}

const COPY: &str = r#"
import os, sys
from pathlib import Path
from awsglue.utils import getResolvedOptions
from awsglue.job import Job

options = getResolvedOptions(sys.argv, ["JOB_NAME", "from", "to"])
job = Job(None)
job.init(options["JOB_NAME"], options)
source, target = options["from"], options["to"]
assert source.endswith("/from/") and target.endswith("/to/"), (source, target)
(Path(target) / "part-0.parquet").write_text("".join(p.read_text() for p in sorted(Path(source).glob("*.txt"))))
(Path(target) / "_SUCCESS").touch()
(Path(target) / ".part-0.parquet.crc").touch()
(Path(target) / "kept.json").write_text("new")
os.remove(Path(target) / "old")
print("job", options["JOB_NAME"])
job.commit()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_script_reads_and_writes_objects_as_files() {
    let bench = Bench::new(COPY).await;
    for (key, body) in [
        ("from/1.txt", "one "),
        ("from/2.txt", "two"),
        ("to/old", "x"),
        ("to/kept.json", "before"),
    ] {
        bench.put(key, body).await;
    }
    let arguments = [
        ("--from", "s3://lake/from/"),
        ("--to", "s3://lake/to/"),
        ("--enable-metrics", "true"),
    ];
    bench.run(&arguments, &CancellationToken::new()).unwrap();
    assert_eq!(bench.get("to/part-0.parquet").await.unwrap(), "one two");
    assert_eq!(bench.get("to/kept.json").await.unwrap(), "new");
    assert_eq!(bench.get("from/1.txt").await.unwrap(), "one ");
    let keys = [
        "code/job.py",
        "from/1.txt",
        "from/2.txt",
        "to/kept.json",
        "to/part-0.parquet",
    ];
    assert_eq!(bench.keys(), keys);
    assert_eq!(bench.lines(Stream::Output), ["job j"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_listed_inputs_and_their_dates_are_staged() {
    let script = r#"
import sys
from pathlib import Path
found = []
for name in ("--raw", "--curated"):
    folder = Path(sys.argv[sys.argv.index(name) + 1])
    found += sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
print(" ".join(found))
"#;
    let bench = Bench::new(script).await;
    let input =
        r#"{"version":1,"partitions":[{"date":"2026-11-25","batch":"f","objects":["raw/e/dt=2026-11-25/a.gz"]}]}"#;
    for (key, body) in [
        ("raw/e/dt=2026-11-25/a.gz", "a"),
        ("raw/e/dt=2026-11-25/late.gz", "b"),
        ("raw/e/dt=2026-11-24/c.gz", "c"),
        ("curated/e/dt=2026-11-25/p.parquet", "p"),
        ("curated/e/dt=2026-11-24/q.parquet", "q"),
        ("curated/readme", "r"),
        ("runs/1/input.json", input),
    ] {
        bench.put(key, body).await;
    }
    let arguments = [
        ("--raw", "s3://lake/"),
        ("--curated", "s3://lake/curated/"),
        ("--input", "s3://lake/runs/1/input.json"),
    ];
    let before = bench.keys();
    bench.run(&arguments, &CancellationToken::new()).unwrap();
    // The curated folder and the input lie in the raw one here, as buckets go.
    let expected = "curated/e/dt=2026-11-25/p.parquet curated/readme raw/e/dt=2026-11-25/a.gz runs/1/input.json \
                    e/dt=2026-11-25/p.parquet readme";
    assert_eq!(bench.lines(Stream::Output), [expected]);
    assert_eq!(bench.keys(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_the_runs_message_and_its_traceback_is_logged() {
    let script = "import sys\nprint('before')\ndef f():\n    raise ValueError('no such column')\nf()\n";
    let bench = Bench::new(script).await;
    let Err(RunError::Failed { message, trace }) = bench.run(&[], &CancellationToken::new()) else {
        panic!("it did not fail");
    };
    assert_eq!(message, "ValueError: no such column");
    assert_eq!(trace.first().unwrap(), "Traceback (most recent call last):");
    assert!(
        trace.iter().any(|line| line.contains("job.py\", line 4, in f")),
        "{trace:?}"
    );
    assert_eq!(bench.lines(Stream::Error), trace);
    assert_eq!(bench.lines(Stream::Output), ["before"]);
    for (script, expected) in [
        ("import sys\nsys.exit(3)\n", "Command failed with exit code 3"),
        ("import os\nos.kill(os.getpid(), 9)\n", "Command was ended by signal 9"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        (
            "from awsglue.context import GlueContext\n",
            "ModuleNotFoundError: No module named 'pyspark'",
        ),
        (
            "from awsglue.transforms import *\nfrom awsglue.dynamicframe import DynamicFrame\nDynamicFrame.fromDF()\n",
            "NotImplementedError: DynamicFrame.fromDF is not on this machine: use Spark's DataFrames, or install AWS's awsglue",
        ),
        (
            "import sys\nfrom awsglue.utils import getResolvedOptions\ngetResolvedOptions(sys.argv, ['x'])\n",
            "awsglue.utils.GlueArgumentError: the following arguments are required: --x",
        ),
    ] {
        bench.put("code/job.py", script).await;
        let outcome = bench.run(&[], &CancellationToken::new());
        // A machine with PySpark gets through the import.
        if expected.starts_with("ModuleNotFound") && outcome.is_ok() {
            continue;
        }
        let Err(RunError::Failed { message, .. }) = outcome else {
            panic!("{script}")
        };
        assert_eq!(message, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_script_wrote_stays_and_a_stopped_ones_does_not() {
    let script = "import pathlib, sys, time\npathlib.Path(sys.argv[-1], 'half').write_text('x')\nprint('written')\n";
    let bench = Bench::new(&format!("{script}raise KeyError('k')\n")).await;
    bench
        .run(&[("--to", "s3://lake/to/")], &CancellationToken::new())
        .unwrap_err();
    assert!(bench.keys().contains(&"to/half".to_owned()));

    let children = "import subprocess\nsubprocess.Popen(['sleep', '60'])\ntime.sleep(60)\n";
    let bench = Bench::new(&format!("{script}{children}")).await;
    let stop = CancellationToken::new();
    let started = Instant::now();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            while bench.lines(Stream::Output).is_empty() {
                std::thread::sleep(Duration::from_millis(5));
            }
            stop.cancel();
        });
        bench.run(&[("--to", "s3://lake/to/")], &stop)
    });
    assert_eq!(outcome, Err(RunError::Stopped));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(bench.keys(), ["code/job.py"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_sees_no_credentials_and_only_its_own_arguments() {
    let script = r#"
import json, os, sys
print(json.dumps(sorted(name for name in os.environ if name.startswith(("AWS_", "PIPECTL_")))))
print(json.dumps(sys.argv[1:]))
print(os.environ["PYSPARK_SUBMIT_ARGS"])
import helper
print(helper.NAME)
"#;
    let bench = Bench::new(script).await;
    bench.put("code/helper.py", "NAME = 'helped'\n").await;
    let arguments = [
        ("--conf", "spark.a=1 --conf spark.b=2"),
        ("--extra-py-files", "s3://lake/code/helper.py"),
        ("--job-bookmark-option", "job-bookmark-disable"),
        ("--x", "y z"),
    ];
    bench.run(&arguments, &CancellationToken::new()).unwrap();
    let lines = bench.lines(Stream::Output);
    assert_eq!(
        lines[0],
        r#"["AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_SHARED_CREDENTIALS_FILE"]"#
    );
    assert_eq!(lines[1], r#"["--JOB_NAME", "j", "--JOB_RUN_ID", "jr_1", "--x", "y z"]"#);
    assert!(
        lines[2].ends_with("--conf 'spark.a=1' --conf 'spark.b=2' pyspark-shell"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "helped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_staged_or_run_is_said_before_the_script_starts() {
    let bench = Bench::new("print('ran')\n").await;
    bench.put("odd//key", "x").await;
    for (arguments, part) in [
        (
            [("--in", "s3://lake/odd/")],
            "s3://lake/odd//key cannot be a file on this machine",
        ),
        ([("--in", "s3://none/")], "s3://none/: NoSuchBucket"),
        (
            [("--extra-jars", "s3://lake/x.jar")],
            "does not run jobs with the argument --extra-jars",
        ),
        (
            [("--job-bookmark-option", "job-bookmark-enable")],
            "does not have job bookmarks",
        ),
    ] {
        let Err(RunError::Failed { message, .. }) = bench.run(&arguments, &CancellationToken::new()) else {
            panic!("{arguments:?}");
        };
        assert!(message.contains(part), "{message}");
    }
    bench.lab.s3.remove("lake", "code/job.py").unwrap();
    let Err(RunError::Failed { message, .. }) = bench.run(&[], &CancellationToken::new()) else {
        panic!("there was no script to run");
    };
    assert!(
        message.starts_with("LAUNCH ERROR | s3://lake/code/job.py: NoSuchKey"),
        "{message}"
    );
    assert!(bench.lines(Stream::Output).is_empty());
}

#[test]
fn addresses_become_paths_that_stay_in_their_folder() {
    let root = Path::new("/r");
    let path = |key: &str| tree::path(root, "b", key).map(|path| path.display().to_string());
    assert_eq!(path("a/b.txt").as_deref(), Some("/r/b/a/b.txt"));
    assert_eq!(path("a/").as_deref(), Some("/r/b/a"));
    assert_eq!(path("").as_deref(), Some("/r/b"));
    for key in ["../x", "a/../../x", "a//b", "/a", "./a", &"k".repeat(256)] {
        assert_eq!(path(key), None, "{key}");
    }
    assert_eq!(tree::address("s3a://lake/k/"), Some(("lake", "k/")));
    assert_eq!(tree::address("s3://b"), Some(("b", "")));
    assert_eq!(tree::address("file:///b/k"), None);
}
