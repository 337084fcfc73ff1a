//! MERGE in steps whose memory does not grow with the width of the rows.
//!
//! DuckDB's own MERGE keeps the rows of one side in a hash table, and what it changes in memory: millions of rows do not
//! fit. Here the rows that match are found by their keys alone and kept as pairs of row numbers; then the changed rows are
//! written anew, the old ones deleted, and what matched nothing added.

use std::collections::HashMap;

use super::answer::Answer;
use super::catalogue::{Catalogue, Relation, RelationKind};
use super::dialect::TableName;
use super::error::{Failure, Result, SqlError};
use super::session::Session;
use super::words::{Kind, Word, quote, words};

/// Pairs of row numbers, of the target (`t`) and the source (`s`).
const MATCHED: &str = "temp.main.pipectl_matched";
/// A source that is no table, as one.
const SOURCE: &str = "temp.main.pipectl_source";

/// The parts of a MERGE as the dialect writes it, in DuckDB's SQL.
#[derive(Debug, PartialEq)]
struct Merge<'a> {
    target: &'a str,
    source: &'a str,
    /// By which expressions name the source.
    alias: String,
    condition: &'a str,
    /// Columns and their new values; `None` deletes what matches.
    set: Option<Vec<(String, &'a str)>>,
    /// Of the rows that are added; empty for all of the table.
    columns: Vec<String>,
    values: Vec<&'a str>,
}

impl Session {
    /// Runs a MERGE; rows updated or deleted, and added.
    pub(super) fn merge(&mut self, sql: &str) -> Result<Answer> {
        let (Some(merge), Some(target)) = (parse(sql), self.merged_table(sql)?) else {
            let rows = self.connection.execute(sql, [])?;
            return Ok(Answer::changed(i64::try_from(rows).unwrap_or(i64::MAX)));
        };
        let _order = Order::kept(self)?;
        let result = self.merge_in_steps(&merge, &target);
        // After a failure the transaction is undone, and the tables with it.
        if result.is_ok() {
            self.connection
                .execute_batch(&format!("DROP TABLE {MATCHED}; DROP TABLE IF EXISTS {SOURCE}"))?;
        }
        result
    }

    fn merge_in_steps(&mut self, merge: &Merge<'_>, target: &Relation) -> Result<Answer> {
        let Merge { condition, alias, .. } = merge;
        let source = self.merge_source(merge)?;
        let (rows_of_target, rows_of_source) = (format!("{}.rowid", merge.target), format!("{alias}.rowid"));
        self.connection.execute_batch(&format!(
            "CREATE TEMP TABLE pipectl_matched AS SELECT {rows_of_target} AS t, {rows_of_source} AS s FROM {}, {source} \
             WHERE {condition}",
            merge.target
        ))?;
        let count = |sql: &str| -> Result<i64> { Ok(self.connection.query_row(sql, [], |row| row.get(0))?) };
        let matched = count(&format!("SELECT count(*) FROM {MATCHED}"))?;
        let twice = format!("SELECT count(*) FROM (SELECT t FROM {MATCHED} GROUP BY t HAVING count(*) > 1 LIMIT 1)");
        if matched > 0 && count(&twice)? > 0 {
            let what = "Found multiple matches to update the same tuple.";
            return Err(SqlError::new("21000", what).into());
        }
        self.check_cancelled()?;
        if matched > 0 {
            if let Some(set) = &merge.set {
                self.write_changed(merge, set, target, &source)?;
            }
            self.connection.execute_batch(&format!(
                "DELETE FROM {} WHERE rowid IN (SELECT t FROM {MATCHED})",
                merge.target
            ))?;
        }
        self.check_cancelled()?;
        let columns: Vec<_> = merge.columns.iter().map(|column| quote(column)).collect();
        let columns = if columns.is_empty() {
            String::new()
        } else {
            format!(" ({})", columns.join(", "))
        };
        let added = self.connection.execute(
            &format!(
                "INSERT INTO {}{columns} SELECT {} FROM {source} WHERE NOT EXISTS (SELECT 1 FROM {MATCHED} AS m WHERE m.s = \
                 {rows_of_source})",
                merge.target,
                merge.values.join(", ")
            ),
            [],
        )?;
        Ok(Answer::changed(matched + i64::try_from(added).unwrap_or(i64::MAX)))
    }

    /// The rows that matched, with their new values, beside the old ones.
    fn write_changed(&self, merge: &Merge<'_>, set: &[(String, &str)], target: &Relation, source: &str) -> Result<()> {
        let new: HashMap<_, _> = set.iter().map(|(column, value)| (column.as_str(), *value)).collect();
        for (column, _) in set {
            if target.column(column).is_none() {
                let what = format!("column \"{column}\" of relation \"{}\" does not exist", target.name);
                return Err(SqlError::new("42703", what).into());
            }
        }
        let values = target.columns.iter().map(|field| match new.get(field.name.as_str()) {
            Some(value) => (*value).to_owned(),
            None => format!("{}.{}", merge.target, quote(&field.name)),
        });
        Ok(self.connection.execute_batch(&format!(
            "INSERT INTO {target} SELECT {} FROM {source} JOIN {MATCHED} AS pipectl_m ON pipectl_m.s = {}.rowid JOIN {target} \
             ON {target}.rowid = pipectl_m.t",
            values.collect::<Vec<_>>().join(", "),
            merge.alias,
            target = merge.target
        ))?)
    }

    /// What stands in FROM for the source: itself if it is a table, whose rows have numbers, or a copy of its rows.
    fn merge_source(&self, merge: &Merge<'_>) -> Result<String> {
        let named = words(merge.source);
        let table = table_of(&named)
            .map(|name| self.catalogue().find(&name))
            .transpose()?
            .flatten();
        if table.is_some_and(|table| matches!(table.kind, RelationKind::Table | RelationKind::MaterializedView)) {
            return Ok(merge.source.to_owned());
        }
        self.connection.execute_batch(&format!(
            "CREATE TEMP TABLE pipectl_source AS SELECT * FROM {}",
            merge.source
        ))?;
        Ok(format!("{SOURCE} AS {}", merge.alias))
    }

    /// The table a MERGE changes, if it is one of ours.
    fn merged_table(&self, sql: &str) -> Result<Option<Relation>> {
        let words = words(sql);
        let Some(name) = words.get(2..).and_then(table_of) else {
            return Ok(None);
        };
        let catalogue: Catalogue<'_> = self.catalogue();
        Ok(catalogue.find(&name)?.filter(|relation| relation.kind.is_table()))
    }
}

/// While it lives, DuckDB joins in the order that is written, the right side in memory: its estimates would take the wide
/// side. The setting is one of the whole database; for others it costs time at most.
struct Order(duckdb::Connection);

impl Order {
    fn kept(session: &Session) -> std::result::Result<Self, Failure> {
        let connection = session.database.connect()?;
        connection.execute_batch("SET disabled_optimizers = 'join_order,build_side_probe_side'")?;
        Ok(Self(connection))
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        let _ = self.0.execute_batch("SET disabled_optimizers = ''");
    }
}

fn table_of(words: &[Word]) -> Option<TableName> {
    let name = |index: usize| match words.get(index).map(|word| &word.kind) {
        Some(Kind::Name { text, .. }) => Some(text.clone()),
        _ => None,
    };
    let first = name(0)?;
    Some(match words.get(1).map(|word| &word.kind) {
        Some(Kind::Symbol('.')) => TableName {
            schema: Some(first),
            name: name(2)?,
        },
        _ => TableName {
            schema: None,
            name: first,
        },
    })
}

/// Takes a MERGE apart; `None` if it is not of the form the dialect writes.
fn parse(sql: &str) -> Option<Merge<'_>> {
    let words = words(sql);
    let clause = |phrase: &[&str], from: usize| find(&words, phrase, from);
    let into = clause(&["merge", "into"], 0)?;
    let using = clause(&["using"], into.1)?;
    let on = clause(&["on"], using.1)?;
    let matched = clause(&["when", "matched", "then"], on.1)?;
    let other = clause(&["when", "not", "matched", "then", "insert"], matched.1)?;
    let values = clause(&["values"], other.1)?;
    let text = |from: usize, to: usize| Some(sql[words.get(from)?.start..words.get(to.checked_sub(1)?)?.end].trim());
    let action = &words[matched.1..other.0];
    let set = match find(action, &["update", "set"], 0) {
        Some((0, start)) => {
            let mut set = Vec::new();
            for (from, to) in list(action, start, action.len()) {
                let Kind::Name { text: column, .. } = &action.get(from)?.kind else {
                    return None;
                };
                if action.get(from + 1)?.kind != Kind::Symbol('=') {
                    return None;
                }
                set.push((column.clone(), text(matched.1 + from + 2, matched.1 + to)?));
            }
            Some(set)
        }
        _ if action.len() == 1 => None,
        _ => return None,
    };
    // `(a, b)` around both lists.
    let columns = list(&words, other.1 + 1, values.0.saturating_sub(1))
        .into_iter()
        .map(|(from, _)| match &words[from].kind {
            Kind::Name { text, .. } => Some(text.clone()),
            _ => None,
        });
    let mut columns = columns.collect::<Option<Vec<_>>>()?;
    let places = list(&words, values.1 + 1, words.len().checked_sub(1)?);
    let mut given = places
        .into_iter()
        .map(|(from, to)| text(from, to))
        .collect::<Option<Vec<_>>>()?;
    // A SELECT has no DEFAULT: the column is left out.
    let defaults: Vec<_> = given
        .iter()
        .map(|value| value.eq_ignore_ascii_case("default"))
        .collect();
    if defaults.contains(&true) {
        if columns.len() != given.len() {
            return None;
        }
        let mut keep = defaults.iter().map(|default| !default);
        columns.retain(|_| keep.next().unwrap_or(true));
        let mut keep = defaults.iter().map(|default| !default);
        given.retain(|_| keep.next().unwrap_or(true));
    }
    if set
        .iter()
        .flatten()
        .any(|(_, value)| value.eq_ignore_ascii_case("default"))
        || given.is_empty()
    {
        return None;
    }
    Some(Merge {
        target: text(into.1, using.0)?,
        source: text(using.1, on.0)?,
        alias: quote(&last_name(&words[using.1..on.0])?),
        condition: text(on.1, matched.0)?,
        set,
        columns,
        values: given,
    })
}

fn last_name(words: &[Word]) -> Option<String> {
    match &words.last()?.kind {
        Kind::Name { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// Where the words of `phrase` come outside of parentheses, from `from` on: the first and the one after the last.
fn find(words: &[Word], phrase: &[&str], from: usize) -> Option<(usize, usize)> {
    let is = |index: usize, keyword: &str| {
        matches!(words.get(index).map(|word| &word.kind),
            Some(Kind::Name { text, quoted: false }) if text == keyword)
    };
    let mut depth = 0;
    for index in from..words.len() {
        match words[index].kind {
            Kind::Symbol('(') => depth += 1,
            Kind::Symbol(')') => depth -= 1,
            _ if depth == 0
                && phrase
                    .iter()
                    .enumerate()
                    .all(|(ahead, keyword)| is(index + ahead, keyword)) =>
            {
                return Some((index, index + phrase.len()));
            }
            _ => {}
        }
    }
    None
}

/// The items between `from` and `to`, separated by commas outside of parentheses.
fn list(words: &[Word], from: usize, to: usize) -> Vec<(usize, usize)> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0, from);
    for index in from..to.min(words.len()) {
        match words[index].kind {
            Kind::Symbol('(' | '[') => depth += 1,
            Kind::Symbol(')' | ']') => depth -= 1,
            Kind::Symbol(',') if depth == 0 => {
                items.push((start, index));
                start = index + 1;
            }
            _ => {}
        }
    }
    if start < to {
        items.push((start, to));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_is_taken_apart() {
        let sql = "MERGE INTO \"hr\".\"t\" USING (SELECT 1 AS id) AS \"s\" ON \"t\".\"id\" = \"s\".\"id\" WHEN MATCHED THEN UPDATE SET \
                   \"a\" = CASE WHEN \"s\".\"matched\" THEN f(1, 2) ELSE 0 END, \"b\" = 'when matched then' WHEN NOT MATCHED THEN \
                   INSERT (\"id\", \"a\", \"b\") VALUES (\"s\".\"id\", DEFAULT, g(1, (2)))";
        let merge = parse(sql).unwrap();
        assert_eq!(
            merge,
            Merge {
                target: "\"hr\".\"t\"",
                source: "(SELECT 1 AS id) AS \"s\"",
                alias: "\"s\"".into(),
                condition: "\"t\".\"id\" = \"s\".\"id\"",
                set: Some(vec![
                    ("a".into(), "CASE WHEN \"s\".\"matched\" THEN f(1, 2) ELSE 0 END"),
                    ("b".into(), "'when matched then'"),
                ]),
                columns: vec!["id".into(), "b".into()],
                values: vec!["\"s\".\"id\"", "g(1, (2))"],
            }
        );
        let sql = "MERGE INTO \"t\" USING \"hr\".\"s\" ON true WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1, 2)";
        let merge = parse(sql).unwrap();
        assert_eq!(
            (merge.set, merge.alias.as_str(), merge.columns.len()),
            (None, "\"s\"", 0)
        );
        assert_eq!(merge.values, ["1", "2"]);
    }
}
