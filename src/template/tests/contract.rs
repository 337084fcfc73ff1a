//! `source.json`.

use super::{loaded, mistakes};
use crate::template::ColumnType;

fn with(columns: &str, rest: &str) -> String {
    format!(r#"{{"record": "r", {rest} "columns": [{{"name": "id", "type": "bigint", "nullable": false}}{columns}]}}"#)
}

const KEYS: &str = r#""key": ["id"], "partition_key": "id","#;

#[test]
fn a_contract_is_read_whole() {
    let text = r#"{"record": "employees", "key": ["employee_id"], "partition_key": "employee_id", "columns": [
      {"name":"employee_id","header":"ID","type":"bigint","nullable":false,"min":1},
      {"name":"age","type":"smallint","min":16,"max":100},
      {"name":"skills","type":"array<string>","separator":";","max_bytes":1000},
      {"name":"salary","type":"decimal(12,2)","min":0, "max": 1234.5},
      {"name":"hire_date","type":"date","min":"1950-01-01"},
      {"name":"seen","type":"timestamp","min":"1950-01-01T00:00:00Z"},
      {"name":"score","type":"double","max":1e3}, {"name":"n","type":"int"}, {"name":"on","type":"boolean"},
      {"name":"grade","type":"string","max_bytes":20,"values":["A","B"],"pattern":"[A-Z]"}]}"#;
    let contract = loaded(&[("ingestion/source.json", text)]).unwrap().contract.unwrap();
    assert_eq!((contract.name.as_str(), contract.delimiter), ("employees", b','));
    assert_eq!(contract.file.to_str(), Some("configs/ingestion/source.json"));
    assert_eq!(
        (contract.key.as_slice(), contract.partition_key.as_str()),
        (&["employee_id".to_owned()][..], "employee_id")
    );
    let kinds: Vec<_> = contract.columns.iter().map(|column| column.kind.clone()).collect();
    assert_eq!(
        kinds[2],
        ColumnType::TextList {
            separator: ';',
            max_bytes: 1000
        }
    );
    assert_eq!(
        kinds[3],
        ColumnType::Decimal {
            precision: 12,
            scale: 2
        }
    );
    let first = &contract.columns[0];
    assert_eq!(
        (first.header.as_str(), first.nullable, first.min.as_deref()),
        ("ID", false, Some("1"))
    );
    assert_eq!(
        (contract.columns[3].max.as_deref(), contract.columns[1].nullable),
        (Some("1234.5"), true)
    );
    assert_eq!(
        (contract.columns[9].values.len(), contract.columns[9].pattern.as_deref()),
        (2, Some("[A-Z]"))
    );
}

#[test]
fn columns_are_checked() {
    let cases = [
        (
            r#"{"name": "a", "type": "int", "nulable": true}"#,
            "a column has no setting `nulable` (did you mean `nullable`?)",
        ),
        (
            r#"{"name": "a", "type": "integer"}"#,
            "no column type is named `integer`",
        ),
        (
            r#"{"name": "a", "type": "varchar"}"#,
            "no column type is named `varchar`",
        ),
        (
            r#"{"name": "a", "type": "decimal(40,2)"}"#,
            "no column type is named `decimal(40,2)` (write decimal(p,s)",
        ),
        (r#"{"type": "int"}"#, "a column needs `name`"),
        (r#"{"name": "A", "type": "int"}"#, "a column's name cannot be `A`"),
        (
            r#"{"name": "ingested_at", "type": "timestamp"}"#,
            "a column's name cannot be `ingested_at`: pipectl adds a column of that name (every row gets `ingested_at` and",
        ),
        (
            r#"{"name": "ingest_row", "type": "bigint"}"#,
            "a column's name cannot be `ingest_row`",
        ),
        (
            r#"{"name": "id", "type": "int", "header": "other"}"#,
            "two columns have the column `id`",
        ),
        (
            r#"{"name": "b", "type": "int", "header": "id"}"#,
            "two columns have the header `id`",
        ),
        (
            r#"{"name": "a", "type": "int", "min": 5, "max": 4}"#,
            "`max` is less than `min`: 4 < 5",
        ),
        (
            r#"{"name": "a", "type": "date", "min": "2020-01-02", "max": "2020-01-01"}"#,
            "`max` is less than `min`",
        ),
        (
            r#"{"name": "a", "type": "smallint", "max": 40000}"#,
            "`max`: 40000 is not a smallint",
        ),
        (
            r#"{"name": "a", "type": "decimal(4,2)", "max": 100}"#,
            "`max`: 100 is not a decimal(4,2)",
        ),
        (
            r#"{"name": "a", "type": "date", "min": "2020-02-30"}"#,
            "`min`: 2020-02-30 is not a date",
        ),
        (
            r#"{"name": "a", "type": "string", "max_bytes": 9, "min": 1}"#,
            "`min` is for columns of numbers",
        ),
        (
            r#"{"name": "a", "type": "string"}"#,
            "a column of text needs `max_bytes`",
        ),
        (
            r#"{"name": "a", "type": "string", "max_bytes": 70000}"#,
            "`max_bytes` must be a whole number from 1 to 65535",
        ),
        (
            r#"{"name": "a", "type": "int", "max_bytes": 7}"#,
            "a column of type int has no `max_bytes`",
        ),
        (
            r#"{"name": "a", "type": "int", "pattern": "x"}"#,
            "`pattern` is for columns of type string",
        ),
        (
            r#"{"name": "a", "type": "string", "max_bytes": 9, "pattern": "["}"#,
            "`pattern` is not a regular expression",
        ),
        (
            r#"{"name": "a", "type": "array<string>", "max_bytes": 9, "separator": "ab"}"#,
            "`separator` must be one character",
        ),
        (
            r#"{"name": "a", "type": "int", "values": [1, "x"]}"#,
            "`values`: x is not an int",
        ),
        (
            r#"{"name": "a", "type": "string", "max_bytes": 9, "values": ["a"], "pattern": "[A-Z]"}"#,
            "the value `a` does not match the column's own pattern",
        ),
        (
            r#"{"name": "a", "type": "int", "nullable": "no"}"#,
            "`nullable` of a column must be true or false",
        ),
    ];
    for (column, expected) in cases {
        let text = with(&format!(",\n{column}"), KEYS);
        let found = mistakes(&[("ingestion/source.json", &text)]);
        let header = expected.contains("two columns have the column");
        assert_eq!(
            found
                .lines()
                .filter(|line| line.starts_with("ingestion/source.json:2:"))
                .count(),
            1,
            "{header} {found}"
        );
        assert!(found.contains(expected), "{column}\n{found}");
    }
}

#[test]
fn keys_name_columns_that_are_never_null() {
    let long = r#", {"name": "t", "type": "string", "max_bytes": 300, "nullable": false}"#;
    let cases = [
        (
            r#""key": ["idd"], "partition_key": "id","#,
            "",
            "`key` names no column: there is no `idd` (did you mean `id`?)",
        ),
        (
            r#""key": [], "partition_key": "id","#,
            "",
            "`key` must name at least one column",
        ),
        (r#""partition_key": "id","#, "", "source.json needs `key`"),
        (r#""key": ["id"],"#, "", "source.json needs `partition_key`"),
        (
            r#""key": ["n"], "partition_key": "id","#,
            r#", {"name": "n", "type": "int"}"#,
            "`key` cannot be `n`: the column may be null",
        ),
        (
            r#""key": ["id"], "partition_key": "t","#,
            long,
            "`partition_key` cannot be `t`: it may have 300 bytes",
        ),
        (
            r#""delimiter": ";;", "key": ["id"], "partition_key": "id","#,
            "",
            "`delimiter` must be one ASCII character",
        ),
    ];
    for (rest, columns, expected) in cases {
        let found = mistakes(&[("ingestion/source.json", &with(columns, rest))]);
        assert_eq!(found.lines().count(), 1, "{found}");
        assert!(found.contains(expected), "{found}");
    }
}
