//! DuckDB's errors in Redshift's words.

use std::sync::LazyLock;

use fancy_regex::{Captures, Regex};

use super::error::SqlError;
use super::types;

/// An error of DuckDB and what Redshift says in its place.
struct Rule {
    /// Of DuckDB's message, from its start.
    pattern: &'static str,
    sqlstate: &'static str,
    /// `{1}` is what the pattern's first group found, `{1:type}` the same as the name of one of Redshift's types.
    says: &'static str,
}

const fn rule(pattern: &'static str, sqlstate: &'static str, says: &'static str) -> Rule {
    Rule {
        pattern,
        sqlstate,
        says,
    }
}

/// The first rule that matches counts.
const RULES: &[Rule] = &[
    rule(
        r#"Catalog Error: .* with name "?[^"\s]+"? does not exist because schema "?([^"]+?)"? does not exist"#,
        "3F000",
        "schema \"{1}\" does not exist",
    ),
    rule(
        r#"Catalog Error: Schema with name "?([^"\s]+)"? does not exist"#,
        "3F000",
        "schema \"{1}\" does not exist",
    ),
    rule(
        r#"Catalog Error: (?:Table|View|Sequence|Index) with name "?([^"\s]+)"? does not exist"#,
        "42P01",
        "relation \"{1}\" does not exist",
    ),
    rule(
        r#"Binder Error: Catalog "([^"]+)" does not exist"#,
        "3F000",
        "schema \"{1}\" does not exist",
    ),
    rule(
        r#"Catalog Error: .*Function with name "?([^"\s]+)"? does not exist"#,
        "42883",
        "function {1} does not exist\n  Hint: No function matches the given name and argument types. You may need to add \
         explicit type casts.",
    ),
    rule(
        r"(?s)Binder Error: No function matches the given name and argument types '([^'(]+)\(([^']*)\)'",
        "42883",
        "function {1}({2:type}) does not exist\n  Hint: No function matches the given name and argument types. You may \
         need to add explicit type casts.",
    ),
    rule(
        r#"Catalog Error: Type with name "?([^"\s]+)"? does not exist"#,
        "42704",
        "type \"{1}\" does not exist",
    ),
    rule(
        r#"Catalog Error: Schema with name "?([^"\s]+)"? already exists"#,
        "42P06",
        "Schema \"{1}\" already exists",
    ),
    rule(
        r#"Catalog Error: .* with name "?([^"\s]+)"? already exists"#,
        "42P07",
        "Relation \"{1}\" already exists",
    ),
    rule(
        r#"(?s)Binder Error: Table "([^"]+)" does not have a column with name "([^"]+)""#,
        "42703",
        "column \"{2}\" of relation \"{1}\" does not exist",
    ),
    rule(
        r#"Binder Error: (?:Referenced column|Values list|Table|column) "?([^"\s]+)"? (?:not found|does not have a column named "([^"]+)")"#,
        "42703",
        "column \"{2|1}\" does not exist",
    ),
    rule(
        r#"Binder Error: Column "([^"]+)" referenced that exists in the SELECT clause"#,
        "42703",
        "column \"{1}\" does not exist",
    ),
    rule(
        r#"Binder Error: Referenced update column "?([^"\s]+)"? not found"#,
        "42703",
        "column \"{1}\" does not exist",
    ),
    rule(
        r#"Binder Error: Referenced table "([^"]+)" not found"#,
        "42P01",
        "relation \"{1}\" does not exist",
    ),
    rule(
        r#"Binder Error: Ambiguous reference to column name "([^"]+)""#,
        "42702",
        "column reference \"{1}\" is ambiguous",
    ),
    rule(
        r#"Binder Error: Duplicate alias "([^"]+)""#,
        "42712",
        "table name \"{1}\" specified more than once",
    ),
    rule(
        r#"Binder Error: column "?([^"\s]+)"? must appear in the GROUP BY clause"#,
        "42803",
        "column \"{1}\" must appear in the GROUP BY clause or be used in an aggregate function",
    ),
    rule(
        r"Binder Error: WHERE clause cannot contain aggregates",
        "42803",
        "aggregates not allowed in WHERE clause",
    ),
    rule(
        r"Binder Error: table \S+ has \d+ columns? but \d+ values? were supplied",
        "42601",
        "INSERT has a different number of expressions than target columns",
    ),
    rule(
        r"Binder Error: Column name/value mismatch for insert",
        "42601",
        "INSERT has a different number of expressions than target columns",
    ),
    rule(
        r"Binder Error: Cannot compare values of type (.+?) and (?:type )?(.+?) (?:-|in)",
        "42883",
        "operator does not exist: {1:type} = {2:type}\n  Hint: No operator matches the given name and argument type(s). \
         You may need to add explicit type casts.",
    ),
    rule(
        r"Binder Error: Set operations can only apply to expressions with the same number of result columns",
        "42601",
        "each UNION query must have the same number of columns",
    ),
    rule(
        r#"Parser Error: syntax error at or near "([^"]*)""#,
        "42601",
        "syntax error at or near \"{1}\"",
    ),
    rule(
        r"Parser Error: syntax error at end of input",
        "42601",
        "syntax error at end of input",
    ),
    rule(
        r#"(?s)Conversion Error: Could not convert string ['"](.*?)['"] to U?INT"#,
        "22P02",
        "invalid input syntax for integer: \"{1}\"",
    ),
    rule(
        r#"(?s)Conversion Error: Could not convert string ['"](.*?)['"] to DECIMAL"#,
        "22P02",
        "invalid input syntax for type numeric: \"{1}\"",
    ),
    rule(
        r#"(?s)Conversion Error: Could not convert string ['"](.*?)['"] to (?:DOUBLE|FLOAT)"#,
        "22P02",
        "invalid input syntax for type double precision: \"{1}\"",
    ),
    rule(
        r#"(?s)Conversion Error: Could not convert string ['"](.*?)['"] to BOOL"#,
        "22P02",
        "invalid input syntax for type boolean: \"{1}\"",
    ),
    rule(
        r#"(?s)Conversion Error: invalid (date|timestamp|time) field format: "(.*?)""#,
        "22007",
        "invalid input syntax for type {1}: \"{2}\"",
    ),
    rule(
        r#"(?s)Conversion Error: (?:date|timestamp|time) field value out of range: "(.*?)""#,
        "22008",
        "date/time field value out of range: \"{1}\"",
    ),
    rule(
        r"(?:Conversion|Invalid Input) Error: Malformed JSON",
        "22P02",
        "invalid input syntax for type json: the value is not JSON",
    ),
    rule(
        r"(?s)Conversion Error: (?:Could not cast value|Casting value|Failed to cast decimal value) .* to (?:type )?DECIMAL",
        "22003",
        "Numeric data overflow (result precision)",
    ),
    rule(
        r"(?s)Conversion Error: .* destination type U?(INT\d+)",
        "22003",
        "{1:type} out of range",
    ),
    rule(
        r"Out of Range Error: Overflow in \w+ of (?:type )?DECIMAL",
        "22003",
        "Numeric data overflow (result precision)",
    ),
    rule(
        r"Out of Range Error: Overflow in \w+ of (?:type )?U?(INT\d+)",
        "22003",
        "{1:type} out of range",
    ),
    rule(
        r"Out of Range Error: Overflow in HUGEINT",
        "22003",
        "Numeric data overflow (result precision)",
    ),
    rule(
        r"Constraint Error: NOT NULL constraint failed: .*?([^.]+)$",
        "23502",
        "Cannot insert a NULL value into column {1}",
    ),
    rule(
        r"Constraint Error: CHECK constraint failed on table .* with expression CHECK\(\(strlen\(.*\) <= (\d+)\)\)",
        "22001",
        "value too long for type character varying({1})",
    ),
    rule(
        r"Constraint Error: CHECK constraint failed on table .* with expression CHECK\(\((\d+) >= strlen\(.*\)\)\)",
        "22001",
        "value too long for type character({1})",
    ),
    rule(
        r"Invalid Input Error: More than one row returned by a subquery",
        "21000",
        "single-row subquery returns more than one row",
    ),
    rule(
        r"Dependency Error: Cannot drop entry ",
        "2BP01",
        "cannot drop it because other objects depend on it\n  Hint: Use DROP ... CASCADE to drop the dependent objects too.",
    ),
    rule(
        r"Out of Memory Error: ",
        "53200",
        "Out Of Memory: the embedded warehouse may use 1 GB",
    ),
    rule(r"(?s)IO Error: .*No space left", "53100", "Disk Full"),
    rule(r"Permission Error: ", "42501", "permission denied"),
    // `error('...')`, by which the dialect raises what DuckDB would not.
    rule(r"(?s)Invalid Input Error: (?:ERROR: )?(.*)", "22000", "{1}"),
];

/// Texts of a write conflict between transactions.
const CONFLICTS: &[&str] = &[
    "TransactionContext Error: Conflict",
    "TransactionContext Error: Transaction conflict",
    "TransactionContext Error: Catalog write-write conflict",
    "write-write conflict",
    "Conflict on ",
    "has been altered by a different transaction",
    "Could not commit creation of dependency",
];

pub(super) fn is_conflict(message: &str) -> bool {
    CONFLICTS.iter().any(|text| message.contains(text))
}

pub(super) fn is_interrupt(message: &str) -> bool {
    message.starts_with("INTERRUPT Error")
}

/// <https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html>
pub(super) fn serializable_violation() -> SqlError {
    SqlError::new(
        "40001",
        "1023\n  Detail: Serializable isolation violation on table in Redshift",
    )
}

static COMPILED: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    RULES
        .iter()
        .map(|rule| Regex::new(&format!("^{}", rule.pattern)).ok())
        .collect()
});

/// What Redshift says where DuckDB says `message`. An error that no rule knows keeps DuckDB's words, without the
/// excerpt of the translated statement.
pub(super) fn translate(message: &str) -> SqlError {
    if is_conflict(message) {
        return serializable_violation();
    }
    let first = message.split("\n\nLINE ").next().unwrap_or(message).trim_end();
    for (rule, regex) in RULES.iter().zip(COMPILED.iter()) {
        let Some(Ok(Some(found))) = regex.as_ref().map(|regex| regex.captures(first)) else {
            continue;
        };
        return SqlError::new(rule.sqlstate, fill(rule.says, &found));
    }
    let bare = first.split_once(" Error: ").map_or(first, |(_, rest)| rest);
    SqlError::new("XX000", bare.lines().next().unwrap_or_default())
}

/// Replaces `{1}`, `{1:type}` and `{2|1}` (the second group if it matched) in `text`.
fn fill(text: &str, found: &Captures<'_, str>) -> String {
    let group = |number: &str| {
        number
            .parse()
            .ok()
            .and_then(|number| found.get(number))
            .map(|group| group.as_str())
    };
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((hole, after)) = after.split_once('}') else {
            break;
        };
        if let Some(number) = hole.strip_suffix(":type") {
            let names = group(number).unwrap_or_default().split(", ");
            filled.push_str(&names.map(types::of_duck_name).collect::<Vec<_>>().join(", "));
        } else {
            filled.push_str(hole.split('|').find_map(group).unwrap_or_default());
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_compiles() {
        assert!(COMPILED.iter().all(Option::is_some));
    }

    #[test]
    fn duckdb_is_heard_as_redshift() {
        let said = [
            (
                "Catalog Error: Table with name nosuch does not exist!\nDid you mean \"t\"?\n\nLINE 1: select",
                "relation \"nosuch\" does not exist",
            ),
            (
                "Catalog Error: Table with name \"x\" does not exist because schema \"nosch\" does not exist.",
                "schema \"nosch\" does not exist",
            ),
            (
                "Binder Error: Referenced column \"a\" not found in FROM clause!\nCandidate bindings: \"b\"",
                "column \"a\" does not exist",
            ),
            (
                "Binder Error: Table \"t\" does not have a column named \"z\"",
                "column \"z\" does not exist",
            ),
            (
                "Binder Error: Table \"t\" does not have a column with name \"a\"\n\nDid you mean: \"b\"",
                "column \"a\" of relation \"t\" does not exist",
            ),
            (
                "Binder Error: Ambiguous reference to column name \"c\" (use: \"a.c\" or \"b.c\")",
                "column reference \"c\" is ambiguous",
            ),
            (
                "Binder Error: column b must appear in the GROUP BY clause or be used in an aggregate function",
                "column \"b\" must appear in the GROUP BY clause or be used in an aggregate function",
            ),
            (
                "Conversion Error: Could not convert string 'x1' to INT32\n\nLINE 1: ...",
                "invalid input syntax for integer: \"x1\"",
            ),
            (
                "Conversion Error: Type INT64 with value 99999999999 can't be cast because the value is out of range for \
                 the destination type INT32",
                "integer out of range",
            ),
            (
                "Out of Range Error: Overflow in multiplication of INT16 (9999 * 9999)!",
                "smallint out of range",
            ),
            (
                "Conversion Error: Could not cast value 12345678 to DECIMAL(5,2)",
                "Numeric data overflow (result precision)",
            ),
            (
                "Constraint Error: NOT NULL constraint failed: t.b",
                "Cannot insert a NULL value into column b",
            ),
            (
                "Constraint Error: CHECK constraint failed on table t with expression CHECK((strlen(a) <= 40))",
                "value too long for type character varying(40)",
            ),
            (
                "Constraint Error: CHECK constraint failed on table t with expression CHECK((4 >= strlen(a)))",
                "value too long for type character(4)",
            ),
            (
                "Conversion Error: date field value out of range: \"2020-13-01\"",
                "date/time field value out of range: \"2020-13-01\"",
            ),
            ("Invalid Input Error: Divide by zero", "Divide by zero"),
            (
                "Catalog Error: Table with name \"t\" already exists!",
                "Relation \"t\" already exists",
            ),
            (
                "Parser Error: syntax error at or near \"selec\"",
                "syntax error at or near \"selec\"",
            ),
            ("Strange Error: what is this\nand more", "what is this"),
        ];
        for (duck, redshift) in said {
            assert_eq!(translate(duck).message, format!("ERROR: {redshift}"), "{duck}");
        }
        let function = translate(
            "Binder Error: No function matches the given name and argument types 'sum(VARCHAR, INTEGER)'. You might \
             need to add explicit type casts.\n\tCandidate functions:",
        );
        assert!(
            function
                .message
                .starts_with("ERROR: function sum(character varying, integer) does not exist\n  Hint:")
        );
    }

    #[test]
    fn a_write_conflict_is_a_serializable_isolation_violation() {
        let conflict = translate("TransactionContext Error: Conflict on update!");
        assert!(
            conflict
                .message
                .starts_with("ERROR: 1023\n  Detail: Serializable isolation violation on table")
        );
        assert_eq!(conflict.sqlstate, Some("40001"));
    }
}
