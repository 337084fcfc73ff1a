//! What works on AWS or here alone is refused.

use super::super::parse;

/// The error of a statement.
fn error(sql: &str) -> (String, usize) {
    match parse(sql) {
        Ok(statements) => panic!("{sql}: accepted as {:?}", statements[0].kind),
        Err(error) => (error.message, error.position),
    }
}

#[test]
fn syntax_errors_are_worded_and_placed_as_redshifts() {
    let near = |word: &str, position: usize| (format!("ERROR: syntax error at or near \"{word}\""), position);
    assert_eq!(error("SELECT a FORM t WHERE 1"), near("t", 15));
    assert_eq!(error("SELEC 1"), near("SELEC", 1));
    assert_eq!(error("SELECT a,\n FROM t"), near("FROM", 12));
    assert_eq!(error("SELECT 1;\nSELECT ) 2"), near(")", 18));
    assert_eq!(error("SELECT a FROM t WHERE").0, "ERROR: syntax error at end of input");
    assert_eq!(
        error("SELECT 'abc").0,
        "ERROR: unterminated quoted string at or near \"'\""
    );
    assert_eq!(error("SELECT /* a").0, "ERROR: unterminated /* comment");
    assert_eq!(error("SELECT 'é', a b c"), near("c", 17));
}

#[test]
fn what_only_duckdb_has_is_a_syntax_error() {
    for sql in [
        "FROM t",
        "SELECT a, FROM t",
        "SELECT FROM t",
        "SELECT a FROM t,",
        "SELECT [1, 2]",
        "SELECT {'a': 1}",
        "SELECT x -> x + 1",
        "SELECT * FROM 'file.parquet'",
        "SELECT * REPLACE (1 AS a) FROM t",
        "SELECT COLUMNS('a') FROM t",
        "SELECT a FROM t USING SAMPLE 10",
        "SELECT a FROM t TABLESAMPLE (10)",
        "SELECT a FROM t LIMIT 10 PERCENT",
        "SELECT a FROM t LEFT SEMI JOIN u ON a = b",
        "SELECT sum(a) FILTER (WHERE b) FROM t",
        "SELECT a FROM t FOR UPDATE",
        "SELECT a FROM t LIMIT 1 + 1",
        "SELECT a // b FROM t",
        "SELECT a FROM LATERAL (SELECT 1)",
        "SELECT sum(a ORDER BY b) FROM t",
        "SELECT a IS DISTINCT FROM b",
        "INSERT OR REPLACE INTO t VALUES (1)",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1) RETURNING a",
        "INSERT INTO t BY NAME SELECT 1",
        "CREATE OR REPLACE TABLE t (a int)",
        "CREATE TABLE t (a int CHECK (a > 1))",
        "CREATE TABLE t (a int[])",
        "CREATE TABLE IF NOT EXISTS t AS SELECT 1",
        "CREATE TABLE t (a int AS (1))",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND s.b THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "MERGE INTO t AS x USING s ON x.a = s.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING s USING (a) WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET t.b = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "WITH s AS (SELECT 1 AS a) MERGE INTO t USING s ON t.a = s.a REMOVE DUPLICATES",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.v[0] WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "MERGE INTO t USING s ON t.a = s.v[0] REMOVE DUPLICATES",
        "DELETE FROM t x WHERE x.a = 1",
        "UPDATE t SET (a, b) = (1, 2)",
        "ATTACH 'x.db'",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CHECKPOINT",
        "EXPORT DATABASE 'x'",
        "IMPORT DATABASE 'x'",
        "DESCRIBE t",
        "SUMMARIZE t",
        "PIVOT t ON a USING sum(b)",
        "COPY t TO 's3://b/p' IAM_ROLE default",
        "COPY (SELECT 1) TO 'x.csv'",
        "CREATE MACRO f() AS 1",
        "CREATE SEQUENCE s",
        "SELECT a FROM t WHERE a = 1 QUALIFY",
        "SELECT 1 2",
        "SELECT ((1)",
        "SELECT CASE END",
        "SELECT a FROM t ORDER",
        "SELECT 1::int4range",
        "DROP TABLE",
        "SELECT current_date()",
    ] {
        let message = error(sql).0;
        let known = [
            "syntax error at",
            "does not exist",
            "not supported",
            "is not allowed",
            "type \"",
        ];
        assert!(known.iter().any(|words| message.contains(words)), "{sql}: {message}");
    }
}

#[test]
fn nothing_reaches_files_or_duckdbs_inside() {
    for sql in [
        "SELECT * FROM read_csv('x')",
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM \"file.parquet\"",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM public.\"x.csv\"",
        "SELECT * FROM glob('*')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM range(10)",
        "SELECT read_text('x')",
        "SELECT getenv('HOME')",
        "SELECT \"getenv\"('HOME')",
        "SELECT getvariable('x')",
        "SELECT pg_catalog.version()",
        "SELECT list_value(1)",
        "SELECT strftime(now(), '%Y')",
        "SELECT \"rs:div:0\"(1, 2)",
        "CREATE TABLE \"a/b.parquet\" (a int)",
        "SELECT a FROM other.hr.t",
    ] {
        let message = error(sql).0;
        assert!(
            message.contains("does not exist") || message.contains("not supported"),
            "{sql}: {message}"
        );
    }
}

#[test]
fn unknown_functions_do_not_exist() {
    let (message, position) = error("SELECT foo(1, 'a', 2.5) FROM t");
    assert!(
        message.starts_with("ERROR: function foo(integer, \"unknown\", numeric) does not exist\n  Hint: No function")
    );
    assert_eq!(position, 8);
    assert!(
        error("SELECT left('a')")
            .0
            .starts_with("ERROR: function left(\"unknown\") does not exist")
    );
}

#[test]
fn what_redshift_has_and_this_has_not_is_named() {
    for (sql, what) in [
        (
            "SELECT soundex('a')",
            "The function SOUNDEX() is not supported by the embedded Redshift",
        ),
        ("SELECT a AT TIME ZONE 'UTC' FROM t", "AT TIME ZONE is not supported"),
        ("SELECT a::timestamptz FROM t", "A cast to TIMESTAMPTZ is not supported"),
        (
            "SELECT * FROM t PIVOT (sum(a) FOR b IN (1, 2))",
            "PIVOT or UNPIVOT is not supported",
        ),
        (
            "SELECT a FROM t START WITH a = 1 CONNECT BY PRIOR a = b",
            "CONNECT BY is not supported",
        ),
        ("CREATE TABLE t (g GEOMETRY)", "The type GEOMETRY is not supported"),
        (
            "CREATE TABLE t (a VARCHAR COLLATE CASE_INSENSITIVE)",
            "COLLATE is not supported",
        ),
        ("CREATE USER u PASSWORD 'secret'", "CREATE USER is not supported"),
        (
            "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG",
            "CREATE EXTERNAL is not supported",
        ),
        ("CREATE FUNCTION f() RETURNS int", "CREATE FUNCTION is not supported"),
        (
            "CREATE OR REPLACE PROCEDURE p() AS $$ begin end $$",
            "CREATE PROCEDURE is not supported",
        ),
        ("CALL p()", "CALL is not supported"),
        ("SELECT try_cast(a AS int) FROM t", "TRY_CAST is not supported"),
        (
            "ALTER TABLE t ADD IF NOT EXISTS PARTITION (a='1') LOCATION 's3://b/p'",
            "ADD PARTITION is not supported",
        ),
        ("SHOW TABLE hr.t", "SHOW TABLE is not supported"),
        ("ALTER TABLE t APPEND FROM s", "ALTER TABLE APPEND is not supported"),
        (
            "SET statement_timeout TO 1000",
            "SET statement_timeout TO 1000 is not supported",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default FORMAT AS AVRO 'auto'",
            "AVRO in COPY is not supported",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default FIXEDWIDTH 'a:1'",
            "FIXEDWIDTH in COPY is not supported",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default BZIP2",
            "BZIP2 in COPY is not supported",
        ),
        (
            "COPY t FROM 'dynamodb://t' IAM_ROLE default",
            "COPY from other than S3 is not supported",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default ENCODING UTF16",
            "ENCODING UTF16 is not supported",
        ),
        (
            "UNLOAD ('select 1') TO 's3://b/p' IAM_ROLE default MAXFILESIZE 5 MB",
            "MAXFILESIZE in UNLOAD is not supported",
        ),
        (
            "SELECT regexp_replace('a', '(?=b)', 'x', 1, 'p')",
            "The parameter 'p' of REGEXP_REPLACE is not supported",
        ),
    ] {
        let message = error(sql).0;
        assert!(
            message.contains(what) && message.starts_with("ERROR: "),
            "{sql}: {message}"
        );
    }
}

#[test]
fn contradictions_of_copy_are_refused() {
    for (sql, what) in [
        ("COPY t FROM 's3://b/p' CSV", "COPY needs authorization"),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default FORMAT PARQUET GZIP",
            "GZIP argument is not supported for PARQUET",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default FORMAT PARQUET MAXERROR 5",
            "MAXERROR argument is not supported for PARQUET",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default JSON 'auto' DELIMITER ','",
            "DELIMITER cannot be used with JSON",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default CSV ESCAPE",
            "ESCAPE cannot be used with CSV",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default CSV JSON 'auto'",
            "conflicting or redundant options",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default QUOTE '%'",
            "QUOTE can be used with CSV only",
        ),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default MAXERROR 100001",
            "MAXERROR must be between",
        ),
        ("COPY t FROM 's3://b/p' IAM_ROLE 'nonsense'", "Invalid ARN"),
        (
            "COPY t FROM 's3://b/p' IAM_ROLE default BOGUS",
            "syntax error at or near \"BOGUS\"",
        ),
        (
            "UNLOAD ('select 1 limit 1') TO 's3://b/p' IAM_ROLE default",
            "LIMIT clause is not supported",
        ),
        (
            "UNLOAD ('select 1') TO 's3://b/p' IAM_ROLE default PARQUET HEADER",
            "HEADER cannot be used with PARQUET",
        ),
        (
            "UNLOAD ('select 1') TO 's3://b/p' IAM_ROLE default CLEANPATH ALLOWOVERWRITE",
            "CLEANPATH cannot be used",
        ),
    ] {
        let message = error(sql).0;
        assert!(message.contains(what), "{sql}: {message}");
    }
}

#[test]
fn keys_in_clear_are_refused_and_not_repeated() {
    for sql in [
        "COPY t FROM 's3://b/p' CREDENTIALS 'aws_access_key_id=AKIAX;aws_secret_access_key=s3cr3t'",
        "COPY t FROM 's3://b/p' ACCESS_KEY_ID 'AKIAX' SECRET_ACCESS_KEY 's3cr3t'",
        "UNLOAD ('select 1') TO 's3://b/p' CREDENTIALS AS 'aws_access_key_id=AKIAX;aws_secret_access_key=s3cr3t'",
    ] {
        let message = error(sql).0;
        assert!(message.contains("it has IAM_ROLE default"), "{message}");
        assert!(!message.contains("AKIAX") && !message.contains("s3cr3t"), "{message}");
    }
}

#[test]
fn windows_are_as_strict_as_redshifts() {
    for (sql, what) in [
        ("SELECT sum(a) OVER (ORDER BY b) FROM t", "require a frame clause"),
        ("SELECT row_number() FROM t", "requires an OVER clause"),
        (
            "SELECT rank() OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t",
            "takes no frame clause",
        ),
        ("SELECT upper(DISTINCT a) FROM t", "DISTINCT specified"),
        ("SELECT upper(a) OVER () FROM t", "OVER specified"),
        ("SELECT percentile_cont(0.5) FROM t", "WITHIN GROUP is required"),
        (
            "SELECT percentile_cont(2) WITHIN GROUP (ORDER BY a) FROM t",
            "between 0 and 1",
        ),
        (
            "SELECT median(DISTINCT a) FROM t",
            "DISTINCT is not supported by median",
        ),
        (
            "SELECT sum(a) IGNORE NULLS FROM t",
            "IGNORE NULLS is not supported by sum",
        ),
        (
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a) FROM t",
            "APPROXIMATE PERCENTILE_DISC",
        ),
        (
            "SELECT median(a), percentile_cont(0.5) WITHIN GROUP (ORDER BY b) FROM t",
            "must be the same",
        ),
        ("SELECT DISTINCT ON (a) a FROM t", "SELECT DISTINCT ON is not supported"),
    ] {
        let message = error(sql).0;
        assert!(message.contains(what), "{sql}: {message}");
    }
}
