use super::lab::{Lab, ROLE, error, rows, run};

fn unload(query: &str, to: &str, options: &str) -> String {
    let query = query.replace('\'', "''");
    format!("UNLOAD ('{query}') TO 's3://lake/{to}' IAM_ROLE '{ROLE}' {options}")
}

#[test]
fn parquet_goes_out_and_in_again() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT, name VARCHAR(9), pay NUMERIC(9,2)); INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', NULL)",
    );
    assert_eq!(
        run(
            &mut session,
            &unload("SELECT * FROM t", "out/x_", "FORMAT PARQUET MANIFEST")
        ),
        2
    );
    assert_eq!(lab.lake.keys(), ["out/x_0000_part_00.parquet", "out/x_manifest"]);
    let manifest = String::from_utf8(lab.lake.get("out/x_manifest").unwrap()).unwrap();
    assert!(
        manifest.contains("\"url\":\"s3://lake/out/x_0000_part_00.parquet\""),
        "{manifest}"
    );
    run(&mut session, "CREATE TABLE u (LIKE t)");
    run(
        &mut session,
        &format!("COPY u FROM 's3://lake/out/x_manifest' IAM_ROLE '{ROLE}' FORMAT PARQUET MANIFEST"),
    );
    assert_eq!(
        rows(&mut session, "SELECT * FROM u ORDER BY id"),
        ["1|a|1.50", "2|b|NULL"]
    );
    assert_eq!(
        error(&mut session, &unload("SELECT * FROM t", "out/x_", "FORMAT PARQUET")),
        "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the \
         target files in S3, or using the ALLOWOVERWRITE option."
    );
    run(
        &mut session,
        &unload("SELECT * FROM t", "out/x_", "FORMAT PARQUET ALLOWOVERWRITE"),
    );
    run(
        &mut session,
        &unload("SELECT * FROM t", "out/", "FORMAT PARQUET CLEANPATH PARALLEL OFF"),
    );
    assert_eq!(lab.lake.keys(), ["out/000.parquet"]);
    run(
        &mut session,
        &unload("SELECT * FROM t", "part/", "FORMAT PARQUET PARTITION BY (name)"),
    );
    assert_eq!(
        lab.lake.keys()[1..],
        ["part/name=a/0000_part_00.parquet", "part/name=b/0000_part_00.parquet"]
    );
}

#[test]
fn text_goes_out_in_redshifts_form() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT, name VARCHAR(9), ok BOOL, at TIMESTAMP, s SUPER);
         INSERT INTO t VALUES (1, 'a,|\"b', true, '2026-11-25 10:00:00', JSON_PARSE('[1]'))",
    );
    let text = |key: &str| String::from_utf8(lab.lake.get(key).unwrap()).unwrap();
    run(
        &mut session,
        &unload("SELECT id, name, ok, at FROM t", "csv/", "FORMAT CSV HEADER"),
    );
    assert_eq!(
        text("csv/0000_part_00"),
        "id,name,ok,at\n1,\"a,|\"\"b\",t,2026-11-25 10:00:00\n"
    );
    run(
        &mut session,
        &unload(
            "SELECT id, name, ok, NULL AS n FROM t",
            "pipe/",
            "ESCAPE HEADER PARALLEL OFF",
        ),
    );
    assert_eq!(text("pipe/000"), "id|name|ok|n\n1|a,\\|\"b|t|\n");
    run(&mut session, &unload("SELECT id, s, at FROM t", "json/", "FORMAT JSON"));
    assert_eq!(
        text("json/0000_part_00.json"),
        "{\"id\":1,\"s\":[1],\"at\":\"2026-11-25 10:00:00\"}\n"
    );
    run(&mut session, &unload("SELECT id FROM t", "gz/", "GZIP"));
    assert_eq!(lab.lake.get("gz/0000_part_00.gz").unwrap()[..2], [0x1f, 0x8b]);
    assert_eq!(rows(&mut session, "SELECT pg_last_unload_count()"), ["1"]);
}
