//! System tables and views.

/// Makes them, over those of an earlier version.
///
/// They are views in schemas of ours, which every session searches last; `pg_catalog.x` and `information_schema.x` are
/// sent there, since DuckDB lets nobody add to its own schemas of these names.
pub(super) const SQL: &str = include_str!("system/views.sql");

use std::borrow::Cow;

use super::error::SqlError;
use super::words::{Kind, Word, words};

/// Schema that stands for another in names of the form `schema.name`.
const SCHEMAS: &[(&str, &str)] = &[
    ("pg_catalog", "pipectl_system"),
    ("information_schema", "pipectl_information"),
];

/// Functions of DuckDB that reach outside of the database or into its own workings, and that Redshift does not have.
fn is_foreign(function: &str) -> bool {
    const NAMES: &[&str] = &[
        "glob",
        "sniff_csv",
        "getenv",
        "query",
        "query_table",
        "getvariable",
        "json_execute_serialized_sql",
        "which_secret",
        "load_aws_credentials",
        "write_log",
        "checkpoint",
        "force_checkpoint",
        "summary",
        "test_all_types",
    ];
    const PREFIXES: &[&str] = &[
        "read_", "parquet_", "duckdb_", "pragma_", "pipectl_", "enable_", "disable_",
    ];
    NAMES.contains(&function) || PREFIXES.iter().any(|prefix| function.starts_with(prefix))
}

/// Refuses what a user's statement must not say: names of our hidden schemas and functions of DuckDB that Redshift lacks.
///
/// # Errors
/// As if the name did not exist.
pub(super) fn guard(statement: &str) -> std::result::Result<(), SqlError> {
    let words = words(statement);
    for (index, word) in words.iter().enumerate() {
        let Kind::Name { text, .. } = &word.kind else {
            continue;
        };
        let next = words.get(index + 1).map(|next: &Word| &next.kind);
        if next == Some(&Kind::Symbol('.')) && super::catalogue::HIDDEN[..3].contains(&text.as_str()) {
            return Err(SqlError::new("3F000", format!("schema \"{text}\" does not exist")));
        }
        if next == Some(&Kind::Symbol('(')) && is_foreign(text) {
            return Err(SqlError::new("42883", format!("function {text} does not exist")));
        }
    }
    Ok(())
}

/// Whether a statement names one of the views over the history of statements.
pub(super) fn reads_history(statement: &str) -> bool {
    let lower = statement.to_lowercase();
    [
        "sys_query",
        "stl_query",
        "svl_qlog",
        "svl_statementtext",
        "stl_querytext",
    ]
    .iter()
    .any(|name| lower.contains(name))
}

/// `sql` with the names of system schemas that stand for ours.
pub(super) fn redirect(sql: &str) -> Cow<'_, str> {
    let lower = sql.to_lowercase();
    if !SCHEMAS.iter().any(|(schema, _)| lower.contains(schema)) {
        return Cow::Borrowed(sql);
    }
    let words = words(sql);
    let (mut redirected, mut copied) = (String::new(), 0);
    for pair in words.windows(2) {
        let Kind::Name { text, .. } = &pair[0].kind else {
            continue;
        };
        let ours = SCHEMAS.iter().find(|(schema, _)| schema == text);
        if let (Some((_, ours)), Kind::Symbol('.')) = (ours, &pair[1].kind) {
            redirected.push_str(&sql[copied..pair[0].start]);
            redirected.push_str(ours);
            copied = pair[0].end;
        }
    }
    redirected.push_str(&sql[copied..]);
    Cow::Owned(redirected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_schemas_are_ours_outside_of_strings() {
        assert_eq!(
            redirect("select 'pg_catalog.x' from PG_CATALOG.pg_user, \"information_schema\".tables"),
            "select 'pg_catalog.x' from pipectl_system.pg_user, pipectl_information.tables"
        );
        assert_eq!(redirect("select 1"), "select 1");
    }

    #[test]
    fn duckdbs_own_doors_do_not_exist() {
        for sql in [
            "select * from read_csv('/etc/passwd')",
            "select * from \"read_text\" ('x')",
            "delete from pipectl_catalog.columns",
            "select getenv('HOME')",
        ] {
            assert!(guard(sql).unwrap_err().message.ends_with("does not exist"), "{sql}");
        }
        guard("select 'read_csv(1)', count(*) from t where query = 1").unwrap();
    }
}
