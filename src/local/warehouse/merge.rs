//! MERGE in steps whose memory does not grow with the width of the rows
//! (<https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html>).
//!
//! DuckDB's own MERGE keeps the rows of one side in a hash table, and what it changes in memory: millions of rows do not
//! fit. Here the rows that match are found by the condition's columns alone and kept as pairs of row numbers; then the
//! changed rows are written anew, the old ones deleted, and what matched nothing is added.

use super::answer::Answer;
use super::catalogue::{Relation, RelationKind};
use super::dialect::{Matched, Merge, MergeAction, MergeSource};
use super::error::{Failure, Result, SqlError};
use super::lineage::Tree;
use super::session::Session;
use super::words::quote;

/// Pairs of row numbers, of the target (`t`) and the source (`s`).
const MATCHED: &str = "temp.main.pipectl_matched";
/// The rows of a source that has no row numbers: a view or a query.
const SOURCE: &str = "temp.main.pipectl_source";

/// Both sides of a MERGE in DuckDB's SQL.
struct Sides {
    target: Relation,
    /// The target, as FROM has it.
    into: String,
    /// The source, as FROM has it.
    from: String,
    /// The source, as expressions have it.
    alias: String,
}

impl Session {
    /// Runs a MERGE; rows updated or deleted, and added.
    pub(super) fn merge(&mut self, merge: &Merge) -> Result<Answer> {
        let sides = self.sides(merge)?;
        let changed = match &merge.action {
            MergeAction::RemoveDuplicates => {
                self.find_matched(&sides, &merge.condition)?;
                self.delete_matched(&sides)?;
                self.step(&format!(
                    "INSERT INTO {} SELECT DISTINCT * FROM {}",
                    sides.into, sides.from
                ))?
            }
            MergeAction::Rows {
                matched,
                columns,
                values,
            } => {
                let given = given(&sides.target, columns, values)?;
                let updated = match matched {
                    Matched::Update(set) => Some(updated(&sides.into, &sides.target, set)?),
                    Matched::Delete => None,
                };
                let matched = self.find_matched(&sides, &merge.condition)?;
                if matched > 0 {
                    self.check_matched_once()?;
                    if let Some(values) = &updated {
                        self.write_changed(&sides, values)?;
                    }
                    self.delete_matched(&sides)?;
                }
                matched + self.add(&sides, &given, matched > 0)?
            }
        };
        // After a failure the transaction is undone, and these with it.
        self.step(&format!("DROP TABLE {MATCHED}"))?;
        self.step(&format!("DROP TABLE IF EXISTS {SOURCE}"))?;
        Ok(Answer::changed(changed))
    }

    /// Keeps the pairs that match; how many.
    fn find_matched(&self, sides: &Sides, condition: &str) -> Result<i64> {
        let Sides { into, from, alias, .. } = sides;
        self.step(&format!(
            "CREATE TEMP TABLE pipectl_matched AS SELECT {into}.rowid AS t, {alias}.rowid AS s FROM {into}, {from} WHERE \
             {condition}"
        ))?;
        self.count(&format!("SELECT count(*) FROM {MATCHED}"))
    }

    /// Runs one statement of several; rows changed.
    fn step(&self, sql: &str) -> Result<i64> {
        self.check_cancelled()?;
        let rows = self.connection.execute(&self.typed(sql)?, [])?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    fn count(&self, sql: &str) -> Result<i64> {
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    fn sides(&self, merge: &Merge) -> Result<Sides> {
        let target = self.catalogue().get(&merge.target)?;
        if !target.kind.is_table() {
            return Err(SqlError::new("42809", format!("\"{}\" is not a table", target.name)).into());
        }
        let alias = quote(&merge.alias);
        let copied = |rows: &str| self.step(&format!("CREATE TEMP TABLE pipectl_source AS {rows}"));
        let from = match &merge.source {
            MergeSource::Query(query) => {
                self.check_source(query, &target)?;
                copied(query)?;
                SOURCE.to_owned()
            }
            MergeSource::Table(name) => {
                let source = self.catalogue().get(name)?;
                if is_same(&source, &target) {
                    let what = "Source and target of a MERGE statement cannot be the same table";
                    return Err(SqlError::new("42712", what).into());
                }
                match source.kind {
                    // Without an alias its columns may also be named with its schema.
                    RelationKind::Table | RelationKind::MaterializedView if source.name == merge.alias => {
                        return Ok(Sides {
                            into: target.duck_name(),
                            from: source.duck_name(),
                            alias,
                            target,
                        });
                    }
                    RelationKind::Table | RelationKind::MaterializedView => source.duck_name(),
                    RelationKind::View | RelationKind::LateView => {
                        self.check_source(source.query.as_deref().unwrap_or_default(), &target)?;
                        copied(&format!("SELECT * FROM {}", source.duck_name()))?;
                        SOURCE.to_owned()
                    }
                }
            }
        };
        Ok(Sides {
            into: target.duck_name(),
            from: format!("{from} AS {alias}"),
            alias,
            target,
        })
    }

    /// Refuses a source whose rows come from the target.
    fn check_source(&self, query: &str, target: &Relation) -> Result<()> {
        let mut queries = vec![self.typed(query)?];
        while let Some(query) = queries.pop() {
            let reads = Tree::parse(&self.connection, &query)?.map(|tree| tree.reads());
            for name in reads.unwrap_or_default() {
                let Some(read) = self.catalogue().find(&name)? else {
                    continue;
                };
                if is_same(&read, target) {
                    let what = "Source view/subquery in Merge statement cannot reference target table.";
                    return Err(SqlError::new("0A000", what).into());
                }
                if !read.kind.is_table() {
                    queries.extend(read.query);
                }
            }
        }
        Ok(())
    }

    fn check_matched_once(&self) -> Result<()> {
        let twice = format!("SELECT count(*) FROM (FROM {MATCHED} SELECT t GROUP BY t HAVING count(*) > 1 LIMIT 1)");
        if self.count(&twice)? > 0 {
            let what = "Found multiple matches to update the same tuple.";
            return Err(SqlError::new("21000", what).into());
        }
        Ok(())
    }

    /// Adds the rows that matched, with their new values.
    fn write_changed(&self, sides: &Sides, values: &[String]) -> Result<()> {
        let Sides { into, from, alias, .. } = sides;
        self.step(&format!(
            "INSERT INTO {into} SELECT {} FROM {from} JOIN {MATCHED} AS pipectl_m ON pipectl_m.s = {alias}.rowid JOIN {into} \
             ON {into}.rowid = pipectl_m.t",
            values.join(", ")
        ))?;
        Ok(())
    }

    fn delete_matched(&self, sides: &Sides) -> Result<()> {
        let into = &sides.into;
        self.step(&format!("DELETE FROM {into} WHERE rowid IN (SELECT t FROM {MATCHED})"))?;
        Ok(())
    }

    /// Adds the rows of the source that matched nothing, which are all of them unless `some_matched`; how many.
    fn add(&self, sides: &Sides, given: &[(String, &str)], some_matched: bool) -> Result<i64> {
        let Sides { into, from, alias, .. } = sides;
        let columns: Vec<_> = given.iter().map(|(column, _)| quote(column)).collect();
        let values: Vec<_> = given.iter().map(|(_, value)| *value).collect();
        let unmatched = match some_matched {
            true => {
                format!(" WHERE NOT EXISTS (SELECT 1 FROM {MATCHED} AS pipectl_m WHERE pipectl_m.s = {alias}.rowid)")
            }
            false => String::new(),
        };
        self.step(&format!(
            "INSERT INTO {into} ({}) SELECT {} FROM {from}{unmatched}",
            columns.join(", "),
            values.join(", ")
        ))
    }
}

/// The columns that INSERT gives values; those it leaves to their defaults are left out, for a SELECT has no DEFAULT.
fn given<'a>(target: &Relation, columns: &[String], values: &'a [Option<String>]) -> Result<Vec<(String, &'a str)>> {
    let names: Vec<_> = match columns {
        // In the order they were declared.
        [] => target.columns.iter().map(|field| field.name.clone()).collect(),
        columns => columns.to_vec(),
    };
    let wrong = |what: &str| Err(SqlError::new("42601", format!("INSERT has more {what}")).into());
    if values.len() > names.len() {
        return wrong("expressions than target columns");
    }
    if values.len() < names.len() && !columns.is_empty() {
        return wrong("target columns than expressions");
    }
    if let Some(column) = names.iter().find(|column| target.column(column).is_none()) {
        return Err(no_column(column, target));
    }
    let given = names.into_iter().zip(values);
    let given: Vec<_> = given
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
        .collect();
    if given.is_empty() {
        return Err(SqlError::unsupported("MERGE that inserts nothing but defaults").into());
    }
    Ok(given)
}

/// The values of a changed row, column by column.
fn updated(into: &str, target: &Relation, set: &[(String, Option<String>)]) -> Result<Vec<String>> {
    if let Some((column, _)) = set.iter().find(|(column, _)| target.column(column).is_none()) {
        return Err(no_column(column, target));
    }
    let values = target.columns.iter().map(|field| {
        let new = set.iter().find(|(column, _)| *column == field.name);
        match new {
            Some((_, Some(value))) => value.clone(),
            Some((_, None)) => field.default.clone().unwrap_or_else(|| "NULL".to_owned()),
            None => format!("{into}.{}", quote(&field.name)),
        }
    });
    Ok(values.collect())
}

fn is_same(one: &Relation, other: &Relation) -> bool {
    (&one.schema, &one.name) == (&other.schema, &other.name)
}

fn no_column(column: &str, table: &Relation) -> Failure {
    let what = format!("column \"{column}\" of relation \"{}\" does not exist", table.name);
    SqlError::new("42703", what).into()
}
