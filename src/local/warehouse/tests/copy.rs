//! COPY of Parquet, and what all formats share.

use super::super::Session;
use super::lab::{Lab, ROLE, error, fails, rows, run};

const TABLE: &str = "CREATE TABLE employees (id INT NOT NULL, name VARCHAR(5), pay NUMERIC(9,2), hired DATE, at TIMESTAMP, skills SUPER)";
const ROWS: &str = "SELECT 1::INTEGER AS id, 'Ada' AS name, 10.5::DECIMAL(9,2) AS pay, DATE '2026-01-02' AS hired, TIMESTAMP \
                    '2026-01-02 03:04:05' AS at, ['sql', 'rust'] AS skills";

fn copy(from: &str, options: &str) -> String {
    format!("COPY employees FROM 's3://lake/{from}' IAM_ROLE '{ROLE}' {options}")
}

fn parquet(from: &str) -> String {
    copy(from, "FORMAT AS PARQUET SERIALIZETOJSON")
}

/// The line of an error's detail that says what it is about.
fn context(session: &mut Session, sql: &str) -> String {
    let message = fails(session, sql);
    let line = message.lines().find_map(|line| line.trim().strip_prefix("context:"));
    line.unwrap_or(&message).trim().to_owned()
}

#[test]
fn parquet_is_loaded_by_position() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.parquet("in/a.parquet", ROWS);
    lab.parquet(
        "in/b.parquet",
        "SELECT 2::INTEGER x, NULL::VARCHAR y, 1::DECIMAL(18,2) z, NULL::DATE d, NULL::TIMESTAMP t, NULL::VARCHAR[] s",
    );
    lab.lake.put("in/_SUCCESS", "");
    lab.parquet("inside/not.parquet", "SELECT 1");
    assert_eq!(run(&mut session, &parquet("in/")), 2);
    assert_eq!(
        rows(&mut session, "SELECT * FROM employees ORDER BY id"),
        [
            "1|Ada|10.50|2026-01-02|2026-01-02 03:04:05|[\"sql\",\"rust\"]",
            "2|NULL|1.00|NULL|NULL|NULL"
        ]
    );
    assert_eq!(rows(&mut session, "SELECT pg_last_copy_count()"), ["2"]);
    assert_eq!(
        rows(
            &mut session,
            "SELECT filename, lines_scanned FROM stl_load_commits ORDER BY 1"
        ),
        ["s3://lake/in/a.parquet|1", "s3://lake/in/b.parquet|1"]
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT table_name, status, loaded_rows, file_format FROM sys_load_history"
        ),
        ["employees|completed|2|parquet"]
    );
    let columns = "COPY employees (id, name) FROM 's3://lake/two' IAM_ROLE default FORMAT PARQUET";
    lab.parquet("two", "SELECT 3::INTEGER a, 'Bob' b");
    assert_eq!(run(&mut session, columns), 1);
}

#[test]
fn parquet_that_does_not_fit_is_refused_as_spectrum_says_it() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.parquet("few", "SELECT 1::INTEGER AS id, 'Ada' AS name");
    let sql = parquet("few");
    assert_eq!(error(&mut session, &sql), "Spectrum Scan Error");
    assert_eq!(
        context(&mut session, &sql),
        "Unmatched number of columns between table and file. Table columns: 6, Data columns: 2, File name: \
         https://s3.us-east-1.amazonaws.com/lake/few"
    );
    lab.parquet("wide", &ROWS.replace("1::INTEGER", "1::BIGINT"));
    assert_eq!(
        context(&mut session, &parquet("wide")),
        "File 'https://s3.us-east-1.amazonaws.com/lake/wide' has an incompatible Parquet schema for column \
         's3://lake/wide.id'. Column type: INT, Parquet schema:\\noptional int64 id (INT_64) [i:0 d:1 r:0]"
    );
    lab.parquet("long", &ROWS.replace("'Ada'", "'Augusta'"));
    assert_eq!(
        context(&mut session, &parquet("long")),
        "The length of the data column name is longer than the length defined in the table. Table: 5, Data: 7, File name: \
         https://s3.us-east-1.amazonaws.com/lake/long"
    );
    lab.parquet("null", &ROWS.replace("1::INTEGER", "NULL::INTEGER"));
    assert_eq!(
        error(&mut session, &parquet("null")),
        "Cannot insert a NULL value into column id"
    );
    assert!(context(&mut session, &copy("long", "FORMAT PARQUET")).contains("SERIALIZETOJSON"));
    lab.lake.put("text", "1,2");
    assert!(context(&mut session, &parquet("text")).contains("is not a Parquet file"));
    assert_eq!(rows(&mut session, "SELECT count(*) FROM employees"), ["0"]);
    assert_eq!(
        rows(
            &mut session,
            "SELECT DISTINCT column_name, error_code FROM sys_load_error_detail WHERE column_name = 'name'"
        ),
        ["name|15001"]
    );
    for options in [
        "MAXERROR 5",
        "GZIP",
        "IGNOREHEADER 1",
        "REGION 'us-east-1'",
        "COMPUPDATE OFF",
        "NOLOAD",
    ] {
        let sql = copy("few", &format!("FORMAT PARQUET {options}"));
        let name = options.split(' ').next().unwrap();
        assert_eq!(
            error(&mut session, &sql),
            format!("{name} argument is not supported for PARQUET based COPY")
        );
    }
}

#[test]
fn a_manifest_names_its_files() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.parquet("in/a.parquet", ROWS);
    let size = lab.lake.get("in/a.parquet").unwrap().len();
    let manifest = |entries: &str| lab.lake.put("m.json", format!("{{\"entries\": [{entries}]}}"));
    let sql = copy("m.json", "FORMAT PARQUET SERIALIZETOJSON MANIFEST");
    let entry = |key: &str, meta: &str| format!("{{\"url\": \"s3://lake/{key}\", \"mandatory\": true{meta}}}");
    manifest(&entry(
        "in/a.parquet",
        &format!(", \"meta\": {{\"content_length\": {size}}}"),
    ));
    assert_eq!(run(&mut session, &sql), 1);
    manifest(&entry("in/a.parquet", ", \"meta\": {\"content_length\": 7}"));
    assert!(
        context(&mut session, &sql).starts_with("The length of the file does not match the manifest's content_length")
    );
    manifest(&entry("in/a.parquet", ""));
    assert!(error(&mut session, &sql).contains("content_length"));
    manifest(&entry("in/b.parquet", ", \"meta\": {\"content_length\": 7}"));
    assert!(error(&mut session, &sql).contains("The specified key does not exist,Status 404,Error NoSuchKey"));
    manifest("{\"url\": \"s3://lake/none\", \"meta\": {\"content_length\": 7}}");
    assert_eq!(run(&mut session, &sql), 0);
    lab.lake.put("m.json", "no json");
    assert_eq!(error(&mut session, &sql), "Invalid JSON format in manifest file");
}

#[test]
fn what_is_not_there_or_not_allowed_is_said() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    assert_eq!(
        error(&mut session, &parquet("none/")),
        "The specified S3 prefix 'none/' does not exist"
    );
    assert_eq!(
        error(
            &mut session,
            &format!("COPY nosuch FROM 's3://lake/x' IAM_ROLE '{ROLE}' FORMAT PARQUET")
        ),
        "Cannot COPY into nonexistent table nosuch"
    );
    assert!(
        error(
            &mut session,
            &format!("COPY employees FROM 's3://sea/x' IAM_ROLE '{ROLE}' FORMAT PARQUET")
        )
        .contains("The specified bucket does not exist,Status 404,Error NoSuchBucket")
    );
    for role in [
        "arn:aws:iam::000000000000:role/Other",
        "arn:aws:iam::000000000000:role/Untrusting",
    ] {
        let sql = format!("COPY employees FROM 's3://lake/x' IAM_ROLE '{role}' FORMAT PARQUET");
        let message = fails(&mut session, &sql);
        assert!(
            message.starts_with(&format!(
                "ERROR: User arn:aws:redshift:us-east-1:000000000000:dbuser:serverless-1/admin is not authorized to assume IAM \
                 Role {role}\n  Detail: "
            )),
            "{message}"
        );
        assert!(message.contains("code:      8001"), "{message}");
    }
    assert!(error(&mut session, &copy("x", "CSV REGION 'eu-west-1'")).contains("PermanentRedirect"));
}
