//! What a statement locks before it runs, and what it waits for.
//!
//! The embedded warehouse has SNAPSHOT isolation, the default of new clusters and workgroups
//! (<https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html>): a transaction sees the database as it was at
//! its first statement, transactions that write the same table take turns, and one that changes rows which another has
//! changed since its snapshot ends with error 1023. Locks are taken before a statement looks at the database, so that the
//! first one of a transaction sees what it waited for. Unlike Redshift's, readers hold no lock: LOCK and DROP do not wait
//! for them, who keep their snapshot.

use super::catalogue::Catalogue;
use super::dialect::{Kind, Statement, TableName};
use super::error::{Result, SqlError};
use super::locks::Mode;
use super::session::Session;
use super::words::{self, Reader, words};

impl Session {
    /// Waits for the locks a statement needs; those of its own it keeps until its transaction ends.
    ///
    /// # Errors
    /// `deadlock detected`; the statement is cancelled.
    pub(super) fn take_locks(&self, statement: &Statement) -> Result<()> {
        if matches!(statement.kind, Kind::Begin | Kind::Commit | Kind::Rollback) {
            return Ok(());
        }
        for (name, mode) in wanted(&statement.kind, &statement.text)? {
            if let Some(table) = self.shared(&name)? {
                let check = || self.check_cancelled();
                self.database.locks.take(&table, mode, self.pid, check)?;
            }
        }
        for table in self.database.locks.closed(self.pid) {
            if self.mentions(&statement.text, &table)? {
                self.database.locks.pass(&table, self.pid, || self.check_cancelled())?;
            }
        }
        Ok(())
    }

    /// After LOCK has its locks: its names must be tables.
    pub(super) fn check_locked(&self, text: &str) -> Result<()> {
        for name in names(text, &["lock"])? {
            let relation = self.catalogue().get(&name)?;
            if !relation.kind.is_table() {
                return Err(SqlError::new("42809", format!("\"{}\" is not a table", relation.name)).into());
            }
        }
        Ok(())
    }

    /// The full name of a table that other sessions see, or may see; `None` for temporary ones, and for names that mean
    /// nothing to others.
    fn shared(&self, name: &TableName) -> Result<Option<TableName>> {
        let temporary = |schema: &str| schema.starts_with("pg_temp");
        if let Some(schema) = &name.schema {
            return Ok((!temporary(schema)).then(|| name.clone()));
        }
        let in_schema = |schema: &str| TableName {
            schema: Some(schema.to_owned()),
            name: name.name.clone(),
        };
        if self.catalogue().find(&in_schema("pg_temp"))?.is_some() {
            return Ok(None);
        }
        // By another connection: this one's transaction would begin.
        let root = self.database.root();
        let catalogue = Catalogue {
            connection: &root,
            search_path: &[],
        };
        for schema in &self.search_path {
            let full = in_schema(schema);
            if catalogue.find(&full)?.is_some() {
                return Ok(Some(full));
            }
        }
        Ok(None)
    }

    /// Whether a statement names the table, or a view that reads it (late-binding ones excepted). A column of the same
    /// name is taken for it: the statement waits without need.
    fn mentions(&self, text: &str, table: &TableName) -> Result<bool> {
        let root = self.database.root();
        let catalogue = Catalogue {
            connection: &root,
            search_path: &[],
        };
        let mut readers = vec![table.clone()];
        let mut next = 0;
        while let Some(name) = readers.get(next) {
            next += 1;
            if let Some(relation) = catalogue.find(name)? {
                for view in catalogue.dependents(relation.id)? {
                    if !readers.contains(&view) {
                        readers.push(view);
                    }
                }
            }
        }
        Ok(words(text).iter().any(|word| match &word.kind {
            words::Kind::Name { text, .. } => readers.iter().any(|reader| reader.name.eq_ignore_ascii_case(text)),
            _ => false,
        }))
    }
}

/// The tables a statement locks, and how.
fn wanted(kind: &Kind, text: &str) -> std::result::Result<Vec<(TableName, Mode)>, SqlError> {
    let all = |names: Vec<TableName>, mode| names.into_iter().map(|name| (name, mode)).collect();
    Ok(match kind {
        Kind::Copy(copy) => vec![(copy.table.clone(), Mode::Write)],
        Kind::Merge(merge) => vec![(merge.target.clone(), Mode::Write)],
        Kind::Change(_) => all(changed(text)?.into_iter().collect(), Mode::Write),
        Kind::Accepted("LOCK") => all(names(text, &["lock"])?, Mode::Exclusive),
        Kind::Define(_) => {
            let starts: [&[&str]; 3] = [&["truncate"], &["drop", "table"], &["alter", "table"]];
            for start in starts {
                if Reader::new(text).takes(start) {
                    return Ok(all(names(text, start)?, Mode::Exclusive));
                }
            }
            Vec::new()
        }
        _ => Vec::new(),
    })
}

/// The table of an INSERT, UPDATE or DELETE, which may come after WITH.
fn changed(text: &str) -> std::result::Result<Option<TableName>, SqlError> {
    let mut reader = Reader::new(text);
    let mut depth = 0;
    loop {
        if depth == 0 {
            for start in [&["insert", "into"][..], &["update"], &["delete", "from"], &["delete"]] {
                if reader.takes(start) {
                    return table(&mut reader).map(Some);
                }
            }
        }
        if reader.symbol('(') {
            depth += 1;
        } else if reader.symbol(')') {
            depth -= 1;
        } else if reader.skip().is_none() {
            return Ok(None);
        }
    }
}

/// The names after `start`, separated by commas.
fn names(text: &str, start: &[&str]) -> std::result::Result<Vec<TableName>, SqlError> {
    let mut reader = Reader::new(text);
    reader.takes(start);
    reader.takes(&["table"]);
    reader.takes(&["if", "exists"]);
    let mut names = vec![table(&mut reader)?];
    while reader.symbol(',') {
        names.push(table(&mut reader)?);
    }
    Ok(names)
}

/// A name; quoted ones are folded as well, as Redshift does it by default.
fn table(reader: &mut Reader<'_>) -> std::result::Result<TableName, SqlError> {
    let written = reader.table()?;
    Ok(TableName {
        schema: written.schema.map(|schema| schema.to_lowercase()),
        name: written.name.to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::dialect;
    use super::*;

    #[test]
    fn writers_lock_what_they_write() {
        let locks = |sql: &str| {
            let statement = dialect::parse(sql).unwrap().remove(0);
            let wanted = wanted(&statement.kind, &statement.text).unwrap();
            let wanted = wanted.into_iter().map(|(table, mode)| {
                let schema = table.schema.map_or(String::new(), |schema| format!("{schema}."));
                format!("{schema}{} {mode:?}", table.name)
            });
            wanted.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(locks("insert INTO hr.t SELECT * FROM u"), "hr.t Write");
        assert_eq!(locks("UPDATE \"T\" SET a = 1"), "t Write");
        assert_eq!(locks("DELETE t WHERE a IN (SELECT a FROM u)"), "t Write");
        assert_eq!(
            locks("WITH u AS (SELECT 1 AS a), v AS (SELECT 2 AS a) DELETE FROM t USING u WHERE t.a = u.a"),
            "t Write"
        );
        assert_eq!(
            locks("MERGE INTO hr.t USING s ON t.a = s.a REMOVE DUPLICATES"),
            "hr.t Write"
        );
        assert_eq!(locks("LOCK TABLE a, hr.b"), "a Exclusive, hr.b Exclusive");
        assert_eq!(locks("DROP TABLE IF EXISTS a, b"), "a Exclusive, b Exclusive");
        assert_eq!(locks("TRUNCATE TABLE a"), "a Exclusive");
        assert_eq!(locks("ALTER TABLE a ADD COLUMN b INT"), "a Exclusive");
        assert_eq!(locks("SELECT * FROM a"), "");
        assert_eq!(locks("CREATE TABLE b AS SELECT * FROM a"), "");
    }
}
