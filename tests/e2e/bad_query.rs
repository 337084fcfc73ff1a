//! `pipectl query`: mistakes in SQL, and results of every type and size.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::project::{Project, Ran};

fn deployed() -> Project {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project
}

/// Runs a query of standard input.
fn piped(project: &Project, sql: &[u8]) -> Ran {
    let mut command = project.command(&["query", "-"]);
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(sql).unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn mistakes_are_shown_at_their_place() {
    let project = deployed();
    for (sql, message, place) in [
        ("SELCT 1", "syntax error at or near \"SELCT\"", "the query:1:1\n"),
        (
            "SELECT 1; SELCT 2; SELECT 3",
            "at or near \"SELCT\"",
            "the query:1:11\n",
        ),
        (
            "SELECT slary FROM hr.employees",
            "column \"slary\" does not exist",
            "the query:1:8\n",
        ),
        (
            "SELECT 1,\n  name\nFROM hr.employes",
            "relation \"hr.employes\" does not exist",
            "the query:3:6\n",
        ),
        (
            "SELECT LISAGG(1)",
            "function lisagg(integer) does not exist",
            "the query:1:8\n",
        ),
        ("SELECT 1 / 0", "division by zero", "the query:1:1\n"),
        (
            "USE hr",
            "USE is not supported by the embedded Redshift",
            "the query:1:1\n",
        ),
    ] {
        let ran = project.run(&["query", sql]);
        ran.assert_no_panic();
        assert_eq!(ran.code, 1, "{sql}: {}", ran.stderr);
        for part in [
            message,
            place,
            "= redshift-data ExecuteStatement on employees-local",
            "help: ",
        ] {
            assert!(ran.stderr.contains(part), "{sql}: no {part:?} in {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("batch"), "{}", ran.stderr);
    }
    let several = project.run(&["query", "SELECT 1; SELCT 2; SELECT 3"]);
    assert!(
        several.stderr.contains("1 statement before it stay done"),
        "{}",
        several.stderr
    );
    let ran = piped(&project, b"SELECT 1 AS a;\n\nSELECT\n  'x'::INT;\n");
    assert!(ran.stderr.contains("standard input:4:"), "{}", ran.stderr);
    assert_eq!(ran.stdout.trim_end(), "a\n1");
}

#[test]
fn what_is_no_query_is_refused_before_anything_runs() {
    let project = deployed();
    project.write("empty.sql", "-- nothing\n;");
    for (sql, parts) in [
        ("", ["there is no statement in the query", "- for standard input"]),
        (" ; ", ["there is no statement in the query", "a file of them"]),
        ("empty.sql", ["there is no statement in empty.sql", "help"]),
        ("missing.sql", ["the file missing.sql cannot be read", "No such file"]),
        ("./missing", ["the file ./missing cannot be read", "No such file"]),
        ("sql", ["the file sql cannot be read", "directory"]),
        (
            "SELECT 'x",
            ["line 1", "the quote that opens at line 1 is never closed"],
        ),
        (
            "DELETE FROM hr.employees;\nROLLBACK",
            ["the query, line 2", "ROLLBACK would have no effect"],
        ),
        (
            "begin; select 1; commit",
            ["the query, line 1", "BEGIN would have no effect"],
        ),
    ] {
        let ran = project.run(&["query", sql]);
        ran.assert_no_panic();
        assert_eq!(ran.code, 2, "{sql}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        for part in parts {
            assert!(ran.stderr.contains(part), "{sql}: no {part:?} in {}", ran.stderr);
        }
    }
    assert_eq!(piped(&project, b"").code, 2);
    let ran = piped(&project, b"\xff\xfe");
    assert!(ran.code == 2 && ran.stderr.contains("valid UTF-8"), "{}", ran.stderr);
    assert_eq!(project.run(&["query", "SELECT 1", "--csv", "--json"]).code, 2);
}

const TYPES: &str = "
    CREATE TABLE public.every (
        b BOOLEAN, i2 SMALLINT, i4 INTEGER, i8 BIGINT, n NUMERIC(38,10), f8 DOUBLE PRECISION, c CHAR(5), v VARCHAR(20),
        d DATE, t TIMESTAMP, tz TIMESTAMPTZ, ti TIME, s SUPER
    );
    INSERT INTO public.every VALUES (
        TRUE, -32768, 2147483647, 9223372036854775807, 1234567890123456789012345678.0123456789, 0.1, 'ab', 'x,\"y\" é',
        '2020-02-29', '2020-02-29 01:02:03.456789', '2020-02-29 01:02:03+02', '23:59:59.5', JSON_PARSE('{\"a\":[1,null]}')
    );
    INSERT INTO public.every VALUES
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL);
";

#[test]
fn every_type_comes_out_whole() {
    let project = deployed();
    project.write("types.sql", TYPES);
    project.done(&["query", "types.sql"]);
    let all = "SELECT * FROM public.every ORDER BY i2 NULLS LAST";
    let text = project.done(&["query", all, "--json"]).stdout;
    assert!(
        text.contains("\"n\":1234567890123456789012345678.0123456789,"),
        "{text}"
    );
    let rows: Value = serde_json::from_str(&text).unwrap();
    let first = json!({
        "b": true, "i2": -32768, "i4": 2147483647, "i8": 9223372036854775807_i64, "n": rows[0]["n"], "f8": 0.1,
        "c": "ab   ", "v": "x,\"y\" é", "d": "2020-02-29", "t": "2020-02-29 01:02:03.456789",
        "tz": "2020-02-28 23:02:03+00", "ti": "23:59:59.5", "s": { "a": [1, null] },
    });
    assert_eq!(rows[0], first);
    let nulls = rows[1].as_object().unwrap();
    assert!(
        nulls
            .iter()
            .all(|(name, value)| value.is_null() || (name == "v" && value == "")),
        "{nulls:?}"
    );

    let csv = project.done(&["query", all, "--csv"]).stdout;
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines[0], "b,i2,i4,i8,n,f8,c,v,d,t,tz,ti,s");
    assert!(
        lines[1].contains(",\"x,\"\"y\"\" é\",2020-02-29,") && lines[1].ends_with(",\"{\"\"a\"\":[1,null]}\""),
        "{csv}"
    );
    assert_eq!(lines[2], ",,,,,,,\"\",,,,,");

    let table = project.done(&["query", all]);
    assert!(
        table.stdout.contains("NULL") && table.stderr.contains("(2 rows)"),
        "{}",
        table.stdout
    );
    let none = project.done(&["query", "SELECT * FROM public.every WHERE FALSE", "--json"]);
    assert_eq!(none.stdout, "[]\n");
}

#[test]
fn a_result_of_many_pages_comes_out_whole_and_one_too_large_says_what_to_do() {
    let project = deployed();
    let digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
        UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let numbers = |selected: &str, tables: usize| {
        let tables: Vec<String> = (0..tables).map(|at| format!("{digits} AS t{at}")).collect();
        format!("SELECT {selected} FROM {}", tables.join(", "))
    };
    let many = numbers(
        "t0.n + 10 * t1.n + 100 * t2.n + 1000 * t3.n + 10000 * t4.n AS n, REPEAT('x', 40) AS x",
        5,
    );
    let csv = project.done(&["query", &many, "--csv"]).stdout;
    let mut found: Vec<u32> = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().parse().unwrap())
        .collect();
    found.sort_unstable();
    assert!(found.into_iter().eq(0..100_000));

    let huge = project.run(&["query", &numbers("REPEAT('x', 2000) AS x", 5), "--csv"]);
    assert_eq!(huge.code, 1, "{}", huge.stderr);
    assert!(
        huge.stderr.contains("100 MB") && huge.stderr.contains("UNLOAD"),
        "{}",
        huge.stderr
    );
}
