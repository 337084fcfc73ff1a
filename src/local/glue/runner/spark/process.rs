//! The script's process: started, listened to, stopped.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::super::{Log, Stream, Task};
use super::arguments::Arguments;
use super::machine::Python;
use super::stage::root;
use super::traceback;
use super::tree;

/// How often it is looked whether the script has ended or is to stop.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a script that is told to stop may take.
const GRACE: Duration = Duration::from_secs(3);
/// How long a script's children may keep its pipes open once it has ended.
const LINGER: Duration = Duration::from_secs(2);
/// Lines of standard error that are kept to find a traceback in.
const KEPT: usize = 400;
/// Longest line, in bytes; longer ones are cut into several.
const LONGEST: u64 = 64 << 10;

/// Of the environment, what a Python, a Java and a Spark need; credentials are not among it.
const PASSED: [&str; 13] = [
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "PYTHONHOME",
    "SPARK_CONF_DIR",
    "SPARK_HOME",
    "SSL_CERT_FILE",
    "USER",
    "VIRTUAL_ENV",
];

/// The script and what it may import.
pub(super) struct Script {
    pub file: PathBuf,
    pub library: PathBuf,
}

/// How a script ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Success,
    Stopped,
    Failure { message: String, trace: Vec<String> },
}

/// The script's command line and environment.
pub(super) fn command(python: &Python, script: &Script, scratch: &Path, arguments: &Arguments, task: &Task) -> Command {
    let root = root(scratch);
    let mut command = Command::new(&python.executable);
    command.arg("-u").arg(&script.file);
    for (name, value) in [("--JOB_NAME", &task.job), ("--JOB_RUN_ID", &task.run_id)] {
        command.arg(name).arg(value);
    }
    for (name, value) in &arguments.script {
        command.arg(name).arg(local(&root, value));
    }
    command
        .current_dir(scratch)
        .env_clear()
        .envs(environment(script, &root, scratch, arguments, python));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.process_group(0);
    command
}

/// What stands for an argument here: a path for an address, with its last `/`.
fn local(root: &Path, value: &str) -> OsString {
    let Some((bucket, key)) = tree::address(value) else {
        return value.into();
    };
    let mut path = root.join(bucket).into_os_string();
    if value.ends_with('/') || !key.is_empty() {
        path.push("/");
        path.push(key);
    }
    path
}

fn environment(
    script: &Script,
    root: &Path,
    scratch: &Path,
    arguments: &Arguments,
    python: &Python,
) -> BTreeMap<&'static str, OsString> {
    let passed = PASSED.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut environment: BTreeMap<_, _> = passed.collect();
    let files = arguments
        .python_files
        .iter()
        .map(|file| PathBuf::from(local(root, file)));
    // A module is imported from its folder, an archive from itself.
    let files = files.map(|file| match file.extension().and_then(|extension| extension.to_str()) {
        Some("py") => file.parent().map(Path::to_owned).unwrap_or_default(),
        _ => file,
    });
    let inherited = env::var_os("PYTHONPATH");
    let inherited = inherited.iter().flat_map(env::split_paths);
    let path: Vec<PathBuf> = [script.library.clone()]
        .into_iter()
        .chain(files)
        .chain(inherited)
        .collect();
    // A path with a colon in it cannot be in PYTHONPATH; the import that needs it will say so.
    environment.insert("PYTHONPATH", env::join_paths(path).unwrap_or_default());
    let temporary = scratch.join("tmp");
    // Spark makes what is missing of it.
    let _ = fs::create_dir_all(&temporary);
    environment.insert("TMPDIR", temporary.clone().into_os_string());
    environment.insert("SPARK_LOCAL_DIRS", temporary.into_os_string());
    environment.insert("PYSPARK_SUBMIT_ARGS", submit_arguments(scratch, arguments));
    environment.insert("PYSPARK_PYTHON", python.executable.clone().into_os_string());
    let fixed = [
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("PIPECTL_KEEPER", "1"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONIOENCODING", "utf-8"),
        ("PYTHONUNBUFFERED", "1"),
        ("SPARK_LOCAL_IP", "127.0.0.1"),
        // Glue's machines are in UTC.
        ("TZ", "UTC"),
    ];
    environment.extend(fixed.map(|(name, value)| (name, OsString::from(value))));
    environment
}

/// What Spark shuffles into. Its own 200 is meant for clusters; here most of a small run would be the making of tasks.
const SHUFFLE_PARTITIONS: usize = 8;

/// Spark on all cores of this machine, with its own files in the run's folder.
fn submit_arguments(scratch: &Path, arguments: &Arguments) -> OsString {
    let scratch = scratch.display();
    let own = [
        "--master 'local[*]' --driver-memory 2g".to_owned(),
        "--conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false --conf spark.sql.session.timeZone=UTC"
            .to_owned(),
        format!("--conf spark.sql.shuffle.partitions={SHUFFLE_PARTITIONS}"),
        format!("--conf 'spark.sql.warehouse.dir={scratch}/warehouse'"),
        format!("--conf 'spark.driver.extraJavaOptions=-Duser.timezone=UTC -Djava.io.tmpdir={scratch}/tmp'"),
    ];
    let given = arguments
        .spark_settings
        .iter()
        .map(|setting| format!("--conf '{}'", setting.replace('\'', "")));
    let all: Vec<String> = own
        .into_iter()
        .chain(given)
        .chain(["pyspark-shell".to_owned()])
        .collect();
    all.join(" ").into()
}

/// Runs the script to its end, or stops it.
pub(super) fn run(mut command: Command, log: Log<'_>, stop: &CancellationToken) -> io::Result<Exit> {
    let mut child = command.spawn()?;
    let (output, error) = (child.stdout.take(), child.stderr.take());
    // Its end tells the script that nobody keeps it any more.
    let keeper = child.stdin.take();
    thread::scope(|scope| {
        let output = output.map(|output| scope.spawn(move || read_lines(output, |line| log(Stream::Output, line))));
        let error = error.map(|error| {
            scope.spawn(move || {
                let mut last = VecDeque::with_capacity(KEPT);
                read_lines(error, |line| {
                    log(Stream::Error, line);
                    if last.len() == KEPT {
                        last.pop_front();
                    }
                    last.push_back(line.to_owned());
                });
                last
            })
        });
        let status = wait(&mut child, stop);
        // What the script started and left behind would keep the pipes open, and this thread waiting.
        let open =
            || output.as_ref().is_some_and(|o| !o.is_finished()) || error.as_ref().is_some_and(|e| !e.is_finished());
        let until = Instant::now() + LINGER;
        while open() && Instant::now() < until {
            thread::sleep(GLANCE / 10);
        }
        if open() {
            signal(&child, "KILL");
        }
        drop(keeper);
        let last = error.and_then(|error| error.join().ok()).unwrap_or_default();
        Ok(match status? {
            None => Exit::Stopped,
            Some(status) if status.success() => Exit::Success,
            Some(status) => failure(status, last.into()),
        })
    })
}

/// `None` if it was stopped.
fn wait(child: &mut Child, stop: &CancellationToken) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if stop.is_cancelled() {
            break;
        }
        thread::sleep(GLANCE);
    }
    signal(child, "TERM");
    let until = Instant::now() + GRACE;
    while child.try_wait()?.is_none() {
        if Instant::now() > until {
            signal(child, "KILL");
            child.wait()?;
            break;
        }
        thread::sleep(GLANCE);
    }
    // Those of its group that have not heard.
    signal(child, "KILL");
    Ok(None)
}

/// Signals the script's process group. One that is empty cannot be signalled, and need not be.
fn signal(child: &Child, name: &str) {
    let group = format!("-{}", child.id());
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", name, &group]);
    kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = kill.status() {
        tracing::warn!(%error, "the processes of a job run could not be signalled");
    }
}

/// Hands over the lines of a pipe, without their ends. What is not UTF-8 is replaced.
fn read_lines(pipe: impl Read, mut take: impl FnMut(&str)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match pipe.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                take(&String::from_utf8_lossy(text));
            }
        }
    }
}

/// The exception that ended the script, or in Glue's words that it ended.
fn failure(status: ExitStatus, last: Vec<String>) -> Exit {
    if let Some((message, trace)) = traceback::find(&last) {
        return Exit::Failure { message, trace };
    }
    let message = match (status.code(), status.signal()) {
        (Some(code), _) => format!("Command failed with exit code {code}"),
        (None, Some(signal)) => format!("Command was ended by signal {signal}"),
        (None, None) => "Command failed".to_owned(),
    };
    Exit::Failure {
        message,
        trace: Vec::new(),
    }
}
