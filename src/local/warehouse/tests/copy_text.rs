//! COPY of CSV, delimited text and JSON.

use std::io::Write;

use super::lab::{Lab, ROLE, error, rows, run};

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL, name VARCHAR(5), pay NUMERIC(9,2), day DATE)";

fn copy(from: &str, options: &str) -> String {
    format!("COPY t FROM 's3://lake/{from}' IAM_ROLE '{ROLE}' {options}")
}

#[test]
fn csv_is_loaded() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.lake
        .put("in.csv", "id,name,pay,day\n1,\"A,\"\"b\",10.5,2026-01-02\r\n2,,,\n");
    assert_eq!(run(&mut session, &copy("in.csv", "CSV IGNOREHEADER 1")), 2);
    assert_eq!(
        rows(&mut session, "SELECT * FROM t ORDER BY id"),
        ["1|A,\"b|10.50|2026-01-02", "2||NULL|NULL"]
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"3;x;1;2026-01-02\n").unwrap();
    lab.lake.put("in.gz", packed.finish().unwrap());
    assert_eq!(run(&mut session, &copy("in.gz", "GZIP DELIMITER ';'")), 1);
    assert!(error(&mut session, &copy("in.csv", "CSV GZIP")).starts_with("The file could not be decompressed"));
}

#[test]
fn bad_fields_are_recorded_and_survive_the_rollback() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.lake.put(
        "in",
        "1|a|1|2026-01-02\nx|a|1|2026-01-02\n3|toolong|1|2026-01-02\n4|a|1|26-1-2\n5|a\n6|a|1|2026-01-02|y\n",
    );
    run(&mut session, "BEGIN");
    assert_eq!(
        error(&mut session, &copy("in", "")),
        "Load into table 't' failed.  Check 'sys_load_error_detail' system table for details."
    );
    run(&mut session, "ROLLBACK");
    assert_eq!(
        rows(
            &mut session,
            "SELECT file_name, line_number, column_name, column_type, position, error_code, error_message FROM sys_load_error_detail"
        ),
        ["s3://lake/in|2|id|int4|0|1207|Invalid digit, Value 'x', Pos 0, Type: Integer"]
    );
    assert_eq!(
        rows(&mut session, "SELECT raw_line, raw_field_value FROM stl_load_errors"),
        ["x|a|1|2026-01-02|x"]
    );
    assert_eq!(run(&mut session, &copy("in", "MAXERROR 10")), 1);
    assert_eq!(
        rows(
            &mut session,
            "SELECT line_number, colname, err_code, err_reason FROM stl_load_errors WHERE query = pg_last_copy_id() ORDER BY line_number"
        ),
        [
            "2|id|1207|Invalid digit, Value 'x', Pos 0, Type: Integer",
            "3|name|1204|String length exceeds DDL length",
            "4|day|1205|Invalid Date Format - length must be 10 or more",
            "5|pay|1214|Delimiter not found",
            "6||1202|Extra column(s) found",
        ]
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT status, error_count, loaded_rows FROM sys_load_history ORDER BY query_id"
        ),
        ["aborted|1|0", "completed|5|1"]
    );
    assert_eq!(
        error(&mut session, &copy("in", "MAXERROR 2")),
        "Load into table 't' failed.  Check 'sys_load_error_detail' system table for details."
    );
    assert_eq!(rows(&mut session, "SELECT count(*) FROM t"), ["1"]);
}

#[test]
fn what_is_only_checked_is_checked_as_for_a_load_and_not_kept() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.lake.put("good", "1|a|1|2026-01-02\n2|b||\n");
    assert_eq!(run(&mut session, &copy("good", "NOLOAD")), 0);
    assert_eq!(rows(&mut session, "SELECT pg_last_copy_count()"), ["0"]);
    lab.lake
        .put("bad", "1|a|1|2026-01-02\nx|a|1|2026-01-02\n|a|1|2026-01-02\n");
    let failed = "Load into table 't' failed.  Check 'sys_load_error_detail' system table for details.";
    assert_eq!(error(&mut session, &copy("bad", "NOLOAD")), failed);
    assert_eq!(run(&mut session, &copy("bad", "NOLOAD MAXERROR 2")), 0);
    assert_eq!(
        rows(
            &mut session,
            "SELECT line_number, colname, err_code FROM stl_load_errors WHERE query = pg_last_copy_id() ORDER BY line_number"
        ),
        ["2|id|1207", "3|id|1213"]
    );
    lab.lake
        .put("json", r#"{"id": 1, "pay": 2} {"id": 3, "name": "toolong"}"#);
    assert_eq!(error(&mut session, &copy("json", "JSON 'auto' NOLOAD")), failed);
    assert_eq!(
        run(&mut session, &copy("json", "JSON 'auto' NOLOAD TRUNCATECOLUMNS")),
        0
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT status, error_count, loaded_rows FROM sys_load_history ORDER BY query_id"
        ),
        [
            "completed|0|0",
            "aborted|1|0",
            "completed|2|0",
            "aborted|1|0",
            "completed|0|0"
        ]
    );
    assert_eq!(
        error(&mut session, &copy("none", "NOLOAD")),
        error(&mut session, &copy("none", ""))
    );
    assert_eq!(rows(&mut session, "SELECT count(*) FROM t"), ["0"]);
}

#[test]
fn options_change_what_is_loaded() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, TABLE);
    lab.lake.put("in", "1|toolong|1|25.01.2026\n2|NA|2|\n3|  |\n");
    let options = "TRUNCATECOLUMNS NULL AS 'NA' BLANKSASNULL FILLRECORD DATEFORMAT 'DD.MM.YYYY'";
    assert_eq!(run(&mut session, &copy("in", options)), 3);
    assert_eq!(
        rows(&mut session, "SELECT * FROM t ORDER BY id"),
        ["1|toolo|1.00|2026-01-25", "2|NULL|2.00|NULL", "3|NULL|NULL|NULL"]
    );
    lab.lake.put("bad", b"4|a\xe9|1|2026-01-02\n");
    assert_eq!(run(&mut session, &copy("bad", "ACCEPTINVCHARS AS '?'")), 1);
    assert_eq!(rows(&mut session, "SELECT name FROM t WHERE id = 4"), ["a?"]);
}

#[test]
fn identities_and_defaults_are_filled_in() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (n BIGINT IDENTITY(10,1), id INT, note VARCHAR(9) DEFAULT 'none')",
    );
    lab.lake.put("in", "7\n8\n");
    run(
        &mut session,
        &format!("COPY t (id) FROM 's3://lake/in' IAM_ROLE '{ROLE}'"),
    );
    assert_eq!(
        rows(&mut session, "SELECT * FROM t ORDER BY id"),
        ["10|7|none", "11|8|none"]
    );
    run(
        &mut session,
        "CREATE TEMP TABLE s (id INT, name VARCHAR(3) NOT NULL DEFAULT 'x')",
    );
    run(
        &mut session,
        &format!("COPY s (id) FROM 's3://lake/in' IAM_ROLE '{ROLE}'"),
    );
    assert_eq!(rows(&mut session, "SELECT * FROM s ORDER BY id"), ["7|x", "8|x"]);
}

#[test]
fn json_is_loaded_by_name_by_path_or_whole() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, "CREATE TABLE t (id INT, name VARCHAR(20), tags SUPER)");
    lab.lake.put("in.json", "{\"id\": 1, \"name\": \"A\\u00e4\", \"tags\": [1, {\"x\": 2}], \"more\": 1}\n{\"id\": \"2\",\n \"Name\": \"b\"}{\"id\":3,\"name\":{\"a\":1}}");
    assert_eq!(run(&mut session, &copy("in.json", "FORMAT JSON 'auto'")), 3);
    assert_eq!(
        rows(&mut session, "SELECT * FROM t ORDER BY id"),
        ["1|Aä|[1,{\"x\":2}]", "2|NULL|NULL", "3|{\"a\":1}|NULL"]
    );
    run(&mut session, "TRUNCATE t");
    assert_eq!(run(&mut session, &copy("in.json", "FORMAT JSON 'auto ignorecase'")), 3);
    assert_eq!(rows(&mut session, "SELECT name FROM t WHERE id = 2"), ["b"]);
    run(&mut session, "TRUNCATE t");
    lab.lake
        .put("paths", "{\"jsonpaths\": [\"$.id\", \"$.tags[1]['x']\", \"$.tags\"]}");
    assert_eq!(run(&mut session, &copy("in.json", "FORMAT JSON 's3://lake/paths'")), 3);
    assert_eq!(rows(&mut session, "SELECT name FROM t WHERE id = 1"), ["2"]);
    lab.lake.put("paths", "{\"jsonpaths\": [\"$.id\"]}");
    assert_eq!(
        error(&mut session, &copy("in.json", "FORMAT JSON 's3://lake/paths'")),
        "Number of jsonpaths and the number of columns should match. JSONPath size: 1, Number of columns in table or column list: 3"
    );
    lab.lake
        .put("bad.json", "{\"id\": \"x\"}\nnonsense\n{\"id\": 5}\n{\"id\": 6");
    assert_eq!(run(&mut session, &copy("bad.json", "FORMAT JSON 'auto' MAXERROR 9")), 1);
    assert_eq!(
        rows(
            &mut session,
            "SELECT line_number, err_code, err_reason FROM stl_load_errors WHERE query = pg_last_copy_id() ORDER BY 1"
        ),
        [
            "1|1207|Invalid digit, Value 'x', Pos 0, Type: Integer",
            "2|1216|Invalid JSON: an object or an array must come here",
            "4|1216|Unexpected end of a JSON object",
        ]
    );
    run(&mut session, "CREATE TABLE w (doc SUPER)");
    run(
        &mut session,
        &format!("COPY w FROM 's3://lake/in.json' IAM_ROLE '{ROLE}' FORMAT JSON 'noshred'"),
    );
    assert_eq!(rows(&mut session, "SELECT count(*) FROM w"), ["3"]);
}
