//! Columns of queries and their types.

use duckdb::Connection;

use super::super::dialect::{TableName, Type};
use super::{Output, Tables, Tree};

struct One;

impl Tables for One {
    fn columns(&self, table: &TableName) -> Option<Vec<Output>> {
        let column = |name: &str, kind| Output {
            origin: Some(("hr".into(), "employees".into())),
            ..Output::bare(name, Some(kind))
        };
        let salary = Type::Decimal {
            precision: 12,
            scale: 2,
        };
        (table.name == "employees").then(|| {
            vec![
                column("id", Type::Integer),
                column("name", Type::Varchar(40)),
                column("salary", salary),
            ]
        })
    }
}

fn outputs(query: &str) -> Option<Vec<(String, Option<String>)>> {
    let connection = Connection::open_in_memory().unwrap();
    let tree = Tree::parse(&connection, query).unwrap()?;
    let outputs = tree.outputs(&One)?;
    Some(
        outputs
            .into_iter()
            .map(|output| (output.name, output.kind.map(|kind| kind.to_string())))
            .collect(),
    )
}

fn expect(query: &str, expected: &[(&str, &str)]) {
    let found = outputs(query).unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, kind)| (name.to_string(), (!kind.is_empty()).then(|| kind.to_string())))
        .collect();
    assert_eq!(found, expected, "{query}");
}

#[test]
fn columns_are_followed_to_their_tables() {
    expect(
        "SELECT e.name AS n, * FROM hr.employees e",
        &[
            ("n", "character varying(40)"),
            ("id", "integer"),
            ("name", "character varying(40)"),
            ("salary", "numeric(12,2)"),
        ],
    );
    expect(
        "WITH x(a, b) AS (SELECT id, name FROM hr.employees) SELECT b, upper(b) AS upper, b || 'ab', left(b, 3) AS short, x.a FROM x",
        &[
            ("b", "character varying(40)"),
            ("upper", "character varying(40)"),
            ("?column?", "character varying(42)"),
            ("short", "character varying(3)"),
            ("a", "integer"),
        ],
    );
    expect(
        "SELECT name FROM hr.employees UNION ALL SELECT 'x'",
        &[("name", "character varying(40)")],
    );
    assert_eq!(outputs("SELECT * FROM other"), None);
}

#[test]
fn aggregates_have_redshifts_types() {
    expect(
        "SELECT count(*) AS count, sum(id) AS sum, sum(salary) AS money, max(name) AS max, sum(CASE WHEN id > 1 THEN 1 ELSE 0 \
         END) AS s, coalesce(max(id), 0) AS least, sum(1 + 1) AS two FROM hr.employees",
        &[
            ("count", "bigint"),
            ("sum", "bigint"),
            ("money", "numeric(38,2)"),
            ("max", "character varying(40)"),
            ("s", "bigint"),
            ("least", "integer"),
            ("two", ""),
        ],
    );
}
