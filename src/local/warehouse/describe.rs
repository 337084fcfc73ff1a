//! What the Data API's ListSchemas, ListTables and DescribeTable ask of a database.

use super::answer::ColumnMeta;
use super::catalogue::{Relation, RelationKind, missing};
use super::dialect::TableName;
use super::error::{Failure, Result, SqlError};
use super::session::Session;
use super::words::{literal, quote};

/// The Data API's `TableMember`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableEntry {
    pub schema: String,
    pub name: String,
    /// `TABLE`, `VIEW`, `SYSTEM VIEW`
    pub kind: &'static str,
}

/// A column as SQL declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnType {
    pub name: String,
    /// `character varying(40)`, `numeric(12,2)`; `None` where it cannot be told without rows.
    pub kind: Option<String>,
    pub nullable: bool,
}

impl Session {
    /// Schemas whose names are like `pattern` (SQL's LIKE; `None` for all), in order.
    pub fn list_schemas(&self, pattern: Option<&str>) -> std::result::Result<Vec<String>, SqlError> {
        let names = self.catalogue().schemas().map_err(Failure::into_sql)?;
        let system = ["information_schema", "pg_catalog"].map(str::to_owned);
        let mut names: Vec<_> = names.into_iter().chain(system).collect();
        names.sort();
        let mut kept = Vec::new();
        for name in names {
            if self.like(&name, pattern).map_err(Failure::into_sql)? {
                kept.push(name);
            }
        }
        Ok(kept)
    }

    /// Tables and views, those of the system too, whose schema and name are like the patterns (SQL's LIKE).
    pub fn list_tables(
        &self,
        schema: Option<&str>,
        table: Option<&str>,
    ) -> std::result::Result<Vec<TableEntry>, SqlError> {
        self.tables(schema, table).map_err(Failure::into_sql)
    }

    fn tables(&self, schema: Option<&str>, table: Option<&str>) -> Result<Vec<TableEntry>> {
        let like = |pattern: Option<&str>| literal(pattern.unwrap_or("%"));
        let sql = format!(
            "SELECT schema_name, name, kind FROM (
                SELECT schema_name, name, CASE WHEN kind = 'table' THEN 'TABLE' ELSE 'VIEW' END AS kind
                FROM pipectl_catalog.relations
                UNION ALL SELECT CASE schema_name WHEN 'pipectl_system' THEN 'pg_catalog' ELSE 'information_schema' END,
                    view_name, 'SYSTEM VIEW'
                FROM duckdb_views()
                WHERE schema_name IN ('pipectl_system', 'pipectl_information') AND view_name NOT LIKE 'pipectl%')
             WHERE schema_name LIKE {} AND name LIKE {} ORDER BY ALL",
            like(schema),
            like(table)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let entries = statement.query_map([], |row| {
            Ok(TableEntry {
                schema: row.get(0)?,
                name: row.get(1)?,
                kind: match row.get::<_, String>(2)?.as_str() {
                    "TABLE" => "TABLE",
                    "VIEW" => "VIEW",
                    _ => "SYSTEM VIEW",
                },
            })
        })?;
        Ok(entries.collect::<duckdb::Result<_>>()?)
    }

    fn like(&self, name: &str, pattern: Option<&str>) -> Result<bool> {
        let Some(pattern) = pattern else {
            return Ok(true);
        };
        Ok(self
            .connection
            .query_row("SELECT ? LIKE ?", [name, pattern], |row| row.get(0))?)
    }

    /// Columns of a table or view, as DescribeTable answers them.
    ///
    /// # Errors
    /// `relation "x" does not exist`; a late-binding view whose tables do not exist.
    pub fn describe_table(
        &mut self,
        schema: Option<&str>,
        table: &str,
    ) -> std::result::Result<Vec<ColumnMeta>, SqlError> {
        let name = TableName {
            schema: schema.map(str::to_owned),
            name: table.to_owned(),
        };
        self.describe(&name).map_err(Failure::into_sql)
    }

    fn describe(&mut self, name: &TableName) -> Result<Vec<ColumnMeta>> {
        let Some(relation) = self.catalogue().find(name)? else {
            return self.describe_system(name);
        };
        let schema = relation.schema.clone().unwrap_or_default();
        let place = |mut meta: ColumnMeta, length: Option<u32>| {
            meta.schema_name.clone_from(&schema);
            meta.table_name.clone_from(&relation.name);
            meta.length = length.map_or_else(|| i64::from(meta.precision), i64::from);
            meta
        };
        if relation.kind == RelationKind::LateView {
            let outputs = self.late_outputs(&relation)?;
            let metas = outputs.iter().map(|output| place(output.meta(), None));
            return Ok(metas.collect());
        }
        let metas = relation.columns.iter().map(|field| {
            let mut meta = ColumnMeta::new(&field.name, &field.kind);
            meta.nullable = i32::from(!field.not_null);
            meta.default.clone_from(&field.default);
            place(meta, field.kind.length())
        });
        Ok(metas.collect())
    }

    fn describe_system(&self, name: &TableName) -> Result<Vec<ColumnMeta>> {
        let schema = match name.schema.as_deref() {
            None | Some("pg_catalog") => "pipectl_system",
            Some("information_schema") => "pipectl_information",
            Some(_) => return Err(missing(name).into()),
        };
        let sql = format!("SELECT * FROM {schema}.{}", quote(&name.name));
        let outputs = self.shape(&sql).map_err(|_| missing(name))?;
        let metas = outputs.iter().map(|output| {
            let mut meta = output.meta();
            meta.schema_name = name.schema.clone().unwrap_or_else(|| "pg_catalog".into());
            meta.table_name.clone_from(&name.name);
            meta
        });
        Ok(metas.collect())
    }

    /// Columns of a late-binding view, bound now.
    fn late_outputs(&mut self, relation: &Relation) -> Result<Vec<super::lineage::Output>> {
        let query = format!("SELECT * FROM {}", relation.duck_name());
        let mut outputs = Vec::new();
        self.with_late_views(|session| {
            outputs = session.shape(&query)?;
            Ok(super::answer::Answer::default())
        })?;
        Ok(outputs)
    }

    /// Columns of a table or view with their types as SQL writes them, for comparisons of declarations.
    pub fn column_types(
        &mut self,
        schema: Option<&str>,
        table: &str,
    ) -> std::result::Result<Vec<ColumnType>, SqlError> {
        let name = TableName {
            schema: schema.map(str::to_owned),
            name: table.to_owned(),
        };
        let types = |session: &mut Self| -> Result<Vec<ColumnType>> {
            let relation = session.catalogue().get(&name)?;
            if relation.kind == RelationKind::LateView {
                let outputs = session.late_outputs(&relation)?;
                let types = outputs.into_iter().map(|output| ColumnType {
                    name: output.name,
                    kind: output.kind.map(|kind| kind.to_string()),
                    nullable: output.nullable,
                });
                return Ok(types.collect());
            }
            let types = relation.columns.iter().map(|field| ColumnType {
                name: field.name.clone(),
                kind: Some(field.kind.to_string()),
                nullable: !field.not_null,
            });
            Ok(types.collect())
        };
        types(self).map_err(Failure::into_sql)
    }
}
