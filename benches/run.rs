//! `pipectl run` on the embedded AWS, from raw objects to views, beside the same work as one DuckDB script (run.sql) over
//! the same gzip objects in the same run. Prints the ratio of both times and each one's peak resident memory.
//!
//! ```text
//! cargo bench --bench run --profile dev --config profile.dev.package.pipectl.opt-level=2 -- [--rows N] [--folder FOLDER]
//! ```
//!
//! `--profile dev` because the bench profile compiles every dependency anew; those that matter are optimised in dev, and
//! `--config` does the same for our own crate (without it, that runs unoptimised). 8,000,000 rows are a CSV of 1 GB, and need 8 GB of disk. `--folder` puts
//! the data there instead of in a temporary folder, and leaves it.
//!
//! Objects are put into the raw bucket in the form Firehose delivers them, so that ingest is no part of it. One row in 100
//! comes twice and one in 200 breaks the contract; a seed makes them, so they are the same every time.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use flate2::Compression;
use flate2::write::GzEncoder;
use pipectl::local::{Embedded, Options};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What Firehose buffers before it writes an object, in bytes (configs/ingestion/delivery.json).
const BUFFER: usize = 128 << 20;
const DATE: &str = "2026-11-25";
/// As far as the views: no refresh of SPICE, which asks the warehouse again.
const STAGES: [&str; 5] = [
    "--stage=security",
    "--stage=storage",
    "--stage=ingestion",
    "--stage=processing",
    "--stage=aggregation",
];
/// What both must answer alike.
const PROOF: &str = "SELECT department || ' ' || CAST(headcount AS VARCHAR) || ' ' || CAST(median_salary AS VARCHAR) AS line FROM hr.department_vs_salary UNION ALL SELECT skill || ' ' || CAST(headcount AS VARCHAR) || ' ' || CAST(median_salary AS VARCHAR) AS line FROM hr.skills_vs_salary ORDER BY 1";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if arguments.first().is_some_and(|word| word == "--by-hand") {
        return by_hand();
    }
    let value = |name: &str| {
        let place = arguments.iter().position(|word| word == name)?;
        arguments.get(place + 1).cloned()
    };
    let rows = value("--rows").map_or(200_000, |rows| {
        rows.replace('_', "").parse().expect("--rows needs a number")
    });
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = value("--folder").map_or(temporary.path().to_owned(), PathBuf::from);
    prepare(&folder);
    let objects = objects(&folder, rows);
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(put(&folder, &objects));

    let hand = measured(
        Command::new(std::env::current_exe().expect("this program")).arg("--by-hand"),
        &folder,
    );
    let run = measured(pipectl(&["run", "--json"]).args(STAGES).stdout(Stdio::null()), &folder);
    let answer = pipectl(&["query", "--csv", PROOF])
        .current_dir(&folder)
        .output()
        .expect("pipectl query");
    let answer = String::from_utf8_lossy(&answer.stdout)
        .replace("line\r\n", "")
        .replace("line\n", "");
    let expected = fs::read_to_string(folder.join("hand/proof")).expect("what the script answered");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&answer), lines(&expected), "both work out the same");

    println!("{rows} rows, {} objects", objects.len());
    println!("one DuckDB script  {:>8.1} s  {:>6} MiB peak", hand.seconds, hand.peak);
    println!("pipectl run        {:>8.1} s  {:>6} MiB peak", run.seconds, run.peak);
    println!("pipectl run / one DuckDB script: {:.2}", run.seconds / hand.seconds);
}

/// A deployed copy of the project.
fn prepare(folder: &Path) {
    for part in ["configs", "glue_scripts", "sql"] {
        copy(&Path::new(ROOT).join(part), &folder.join(part));
    }
    fs::create_dir_all(folder.join("objects")).expect("a folder");
    fs::create_dir_all(folder.join("hand")).expect("a folder");
    let status = pipectl(&["deploy", "--yes"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("pipectl deploy").success());
}

fn pipectl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
    command.args(arguments);
    command
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// Writes the rows as gzip objects; their files.
fn objects(folder: &Path, rows: u64) -> Vec<PathBuf> {
    let mut random = Random(7);
    let (mut files, mut buffer) = (Vec::new(), String::new());
    for row in 1..=rows {
        line(&mut buffer, row, &mut random);
        if buffer.len() >= BUFFER || row == rows {
            let file = folder.join(format!(
                "objects/employees-delivery-1-{DATE}-08-{:02}-00.gz",
                files.len()
            ));
            let mut encoder = GzEncoder::new(fs::File::create(&file).expect("a file"), Compression::default());
            encoder.write_all(buffer.as_bytes()).expect("an object");
            encoder.finish().expect("an object");
            files.push(file);
            buffer.clear();
        }
    }
    files
}

/// A line as the producer writes it.
fn line(out: &mut String, row: u64, random: &mut Random) {
    const FIRST: [&str; 8] = ["Ana", "Bo", "Chioma", "Dieter", "Émile", "Fatima", "Guðrún", "蓮"];
    const LAST: [&str; 8] = [
        "Iyer",
        "Sørensen",
        "García López",
        "Okafor",
        "佐藤",
        "Smith",
        "O'Neill",
        "van Dijk",
    ];
    const DEPARTMENTS: [&str; 8] = [
        "Engineering",
        "Data",
        "Sales",
        "Marketing",
        "Finance",
        "Operations",
        "People",
        "Legal",
    ];
    const SKILLS: [&str; 16] = [
        "Python",
        "sql",
        "rust",
        "airflow",
        "machine learning",
        "negotiation",
        "seo",
        "excel",
        "hiring",
        "contracts",
        "kubernetes",
        "spark",
        "forecasting",
        "support",
        "design",
        "writing",
    ];
    // One in 100 is a row of an employee who was there before.
    let id = if random.below(100) == 0 {
        1 + random.below(row)
    } else {
        row
    };
    // One in 200 is too young for the contract, one in 50 keeps the age to herself.
    let age = match random.below(200) {
        0 => "7".to_owned(),
        1..=4 => "null".to_owned(),
        _ => (18 + random.below(50)).to_string(),
    };
    let skills: Vec<_> = (0..2 + random.below(4))
        .map(|_| format!("\"{}\"", SKILLS[random.below(16) as usize]))
        .collect();
    writeln!(
        out,
        "{{\"employee_id\":{id},\"name\":\"{} {}\",\"age\":{age},\"department\":\"{}\",\"skills\":[{}],\"salary\":{}.{:02},\
         \"hire_date\":\"{}-{:02}-{:02}\",\"ingested_at\":\"{DATE}T08:00:00.000Z\",\"ingest_row\":{row}}}",
        FIRST[random.below(8) as usize],
        LAST[random.below(8) as usize],
        DEPARTMENTS[random.below(8) as usize],
        skills.join(","),
        30_000 + random.below(200_000),
        random.below(100),
        1990 + random.below(36),
        1 + random.below(12),
        1 + random.below(28),
    )
    .expect("writing to a string");
}

/// SplitMix64: the same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Puts the objects where Firehose would.
async fn put(folder: &Path, objects: &[PathBuf]) {
    let embedded = Embedded::open(&folder.join(".pipectl/local"), Options::default())
        .await
        .expect("the embedded AWS");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .endpoint_url("http://embedded")
        .force_path_style(true)
        .credentials_provider(aws_sdk_s3::config::Credentials::new(
            "bench", "bench", None, None, "bench",
        ))
        .http_client(embedded.http_client())
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let buckets = client.list_buckets().send().await.expect("the buckets");
    let mut raw = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let raw = raw.find(|name| name.contains("-raw-")).expect("the raw bucket");
    for file in objects {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let body = ByteStream::from_path(file).await.expect("an object");
        let request = client
            .put_object()
            .bucket(raw)
            .key(format!("raw/employees/dt={DATE}/{name}"));
        request.body(body).send().await.expect("the object is stored");
    }
    embedded.close().await;
}

struct Measured {
    seconds: f64,
    /// Resident memory, in MiB.
    peak: u64,
}

fn measured(command: &mut Command, folder: &Path) -> Measured {
    let started = Instant::now();
    let mut child = command
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a process");
    let mut peak = 0;
    let status = loop {
        peak = high_water(&child).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("the process") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "{command:?}");
    Measured {
        seconds: started.elapsed().as_secs_f64(),
        peak,
    }
}

/// The most memory the process has had, in MiB; `None` once it has ended.
fn high_water(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? >> 10)
}

/// The script, in the folder it is called in.
fn by_hand() {
    let connection = duckdb::Connection::open("hand/database.duckdb").expect("a database");
    let run = |sql: &str| connection.execute_batch(sql).expect("the script runs");
    run(&fs::read_to_string(Path::new(ROOT).join("benches/run.sql")).expect("run.sql"));
    for view in fs::read_dir("sql/views").expect("the views") {
        run(&fs::read_to_string(view.expect("a view").path()).expect("a view"));
    }
    run("CHECKPOINT");
    let mut statement = connection.prepare(PROOF).expect("the proof");
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))
        .expect("the proof");
    let lines: Vec<String> = lines.map(|line| line.expect("a line")).collect();
    fs::write("hand/proof", lines.join("\n")).expect("the proof");
}
