//! The catalogue: tables, views and columns as they were declared, kept in the database itself and changed in the
//! transaction of the definition. Temporary tables have a catalogue of the same shape among the session's temporary tables.

use duckdb::{Connection, OptionalExt, params};
use jiff::Timestamp;

use super::dialect::{TableName, Type};
use super::error::{Result, SqlError};
use super::lineage::{Output, Tables};
use super::words::{literal, quote};

/// SQL of an empty catalogue.
pub(super) const SQL: &str = include_str!("catalogue.sql");

/// The catalogue of a session's temporary tables.
pub(super) const TEMPORARY_SQL: &str = "
    CREATE TEMP TABLE pipectl_relations AS FROM pipectl_catalog.relations LIMIT 0;
    CREATE TEMP TABLE pipectl_columns AS FROM pipectl_catalog.columns LIMIT 0;";

/// Schemas of ours, and DuckDB's, which users do not see.
pub(super) const HIDDEN: &[&str] = &["pipectl_catalog", "pipectl_system", "pipectl_information", "main"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RelationKind {
    Table,
    View,
    /// `WITH NO SCHEMA BINDING`
    LateView,
    MaterializedView,
}

impl RelationKind {
    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::LateView => "late",
            Self::MaterializedView => "materialized",
        }
    }

    fn of_name(name: &str) -> Self {
        match name {
            "view" => Self::View,
            "late" => Self::LateView,
            "materialized" => Self::MaterializedView,
            _ => Self::Table,
        }
    }

    /// Whether rows can be changed in it.
    pub fn is_table(self) -> bool {
        self == Self::Table
    }
}

/// A table or view.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub id: i64,
    /// `None` for temporary tables.
    pub schema: Option<String>,
    pub name: String,
    pub kind: RelationKind,
    /// Of views, in DuckDB's SQL.
    pub query: Option<String>,
    /// The statement that made it, as written.
    pub definition: String,
    pub dist_style: Option<String>,
    pub columns: Vec<Field>,
}

/// A column of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub name: String,
    pub kind: Type,
    pub not_null: bool,
    /// In DuckDB's SQL.
    pub default: Option<String>,
    pub encode: Option<String>,
    pub dist_key: bool,
    /// Place in the sort key, from 1; 0 if it has none.
    pub sort_key: i32,
    /// Seed and step.
    pub identity: Option<(i64, i64)>,
    pub primary_key: bool,
}

impl Field {
    pub fn new(name: &str, kind: Type) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            not_null: false,
            default: None,
            encode: None,
            dist_key: false,
            sort_key: 0,
            identity: None,
            primary_key: false,
        }
    }
}

impl Relation {
    /// Its name in DuckDB's SQL.
    pub fn duck_name(&self) -> String {
        duck_name(self.schema.as_deref(), &self.name)
    }

    pub fn column(&self, name: &str) -> Option<&Field> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The sequence behind an IDENTITY column, in DuckDB's SQL.
    pub fn sequence(&self, position: usize) -> String {
        match self.schema {
            Some(_) => format!("pipectl_catalog.\"identity_{}_{position}\"", self.id),
            None => format!("temp.main.\"identity_{}_{position}\"", self.id),
        }
    }
}

pub(super) fn duck_name(schema: Option<&str>, name: &str) -> String {
    format!("{}.{}", schema.map_or("temp.main".into(), quote), quote(name))
}

/// Names of the catalogue's two tables for a relation of `schema`.
fn tables(schema: Option<&str>) -> (&'static str, &'static str) {
    match schema {
        Some(_) => ("pipectl_catalog.relations", "pipectl_catalog.columns"),
        None => ("temp.main.pipectl_relations", "temp.main.pipectl_columns"),
    }
}

/// A connection and the schemas in which it looks for names without one.
#[derive(Clone, Copy)]
pub(super) struct Catalogue<'a> {
    pub connection: &'a Connection,
    pub search_path: &'a [String],
}

impl Catalogue<'_> {
    /// The relation that `name` means here.
    pub fn find(&self, name: &TableName) -> Result<Option<Relation>> {
        let mut places: Vec<Option<&str>> = Vec::new();
        match name.schema.as_deref() {
            Some(schema) if schema.starts_with("pg_temp") => places.push(None),
            Some(schema) => places.push(Some(schema)),
            None => {
                places.push(None);
                places.extend(self.search_path.iter().map(|schema| Some(schema.as_str())));
            }
        }
        for schema in places {
            if let Some(relation) = self.read(schema, &name.name)? {
                return Ok(Some(relation));
            }
        }
        Ok(None)
    }

    /// As `find`, or the error of a name that means nothing.
    pub fn get(&self, name: &TableName) -> Result<Relation> {
        self.find(name)?.ok_or_else(|| missing(name).into())
    }

    fn read(&self, schema: Option<&str>, name: &str) -> Result<Option<Relation>> {
        let (relations, _) = tables(schema);
        let sql = format!(
            "SELECT id, kind, query, definition, dist_style FROM {relations} WHERE name = ? AND schema_name IS NOT \
             DISTINCT FROM ?"
        );
        let found = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![name, schema], |row| {
                Ok(Relation {
                    id: row.get(0)?,
                    schema: schema.map(str::to_owned),
                    name: name.to_owned(),
                    kind: RelationKind::of_name(&row.get::<_, String>(1)?),
                    query: row.get(2)?,
                    definition: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                    dist_style: row.get(4)?,
                    columns: Vec::new(),
                })
            })
            .optional()?;
        let Some(mut relation) = found else {
            return Ok(None);
        };
        relation.columns = self.fields(schema, relation.id)?;
        Ok(Some(relation))
    }

    fn fields(&self, schema: Option<&str>, id: i64) -> Result<Vec<Field>> {
        let (_, columns) = tables(schema);
        let sql = format!(
            "SELECT name, type, not_null, default_value, encode, dist_key, sort_key, identity_seed, identity_step, \
             primary_key FROM {columns} WHERE relation = ? ORDER BY position"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let fields = statement.query_map([id], |row| {
            let kind: String = row.get(1)?;
            let identity: (Option<i64>, Option<i64>) = (row.get(7)?, row.get(8)?);
            Ok(Field {
                name: row.get(0)?,
                kind: Type::parse(&kind).unwrap_or(Type::Varchar(super::types::MAX_VARCHAR)),
                not_null: row.get(2)?,
                default: row.get(3)?,
                encode: row.get(4)?,
                dist_key: row.get(5)?,
                sort_key: row.get(6)?,
                identity: identity.0.zip(identity.1),
                primary_key: row.get(9)?,
            })
        })?;
        Ok(fields.collect::<duckdb::Result<_>>()?)
    }

    /// The schema a new relation of this name goes to: the one it names, or the first that is searched.
    pub fn home(&self, name: &TableName) -> Result<String> {
        let Some(schema) = &name.schema else {
            let mut searched = self.search_path.iter();
            let found = searched.find_map(|schema| {
                self.has_schema(schema)
                    .map(|has| has.then(|| schema.clone()))
                    .transpose()
            });
            return found
                .unwrap_or_else(|| Err(SqlError::new("3F000", "no schema has been selected to create in").into()));
        };
        if !self.has_schema(schema)? {
            return Err(SqlError::new("3F000", format!("schema \"{schema}\" does not exist")).into());
        }
        Ok(schema.clone())
    }

    pub fn has_schema(&self, schema: &str) -> Result<bool> {
        Ok(!HIDDEN.contains(&schema) && self.schemas()?.iter().any(|known| known == schema))
    }

    /// Schemas of users, by name.
    pub fn schemas(&self) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND database_name = \
             (SELECT database_name FROM duckdb_schemas() WHERE schema_name = 'pipectl_catalog') ORDER BY 1",
        )?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        let names = names.collect::<duckdb::Result<Vec<_>>>()?;
        Ok(names
            .into_iter()
            .filter(|name| !HIDDEN.contains(&name.as_str()))
            .collect())
    }

    pub fn next_id(&self) -> Result<i64> {
        let sql = "SELECT nextval('pipectl_catalog.ids')";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Writes a new relation down.
    pub fn insert(&self, relation: &Relation, owner: &str) -> Result<()> {
        let (relations, _) = tables(relation.schema.as_deref());
        self.connection.execute(
            &format!("INSERT INTO {relations} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::TIMESTAMP)"),
            params![
                relation.id,
                relation.schema,
                relation.name,
                relation.kind.name(),
                relation.query,
                relation.definition,
                relation.dist_style,
                owner,
                stamp(Timestamp::now())
            ],
        )?;
        self.insert_fields(relation)
    }

    fn insert_fields(&self, relation: &Relation) -> Result<()> {
        let (_, columns) = tables(relation.schema.as_deref());
        let rows = relation.columns.iter().zip(1..).map(|(field, position)| {
            let optional = |text: &Option<String>| text.as_deref().map_or("NULL".into(), literal);
            let identity = field
                .identity
                .map_or("NULL, NULL".into(), |(seed, step)| format!("{seed}, {step}"));
            format!(
                "({}, {position}, {}, {}, {}, {}, {}, {}, {}, {identity}, {})",
                relation.id,
                literal(&field.name),
                literal(&field.kind.to_string()),
                field.not_null,
                optional(&field.default),
                optional(&field.encode),
                field.dist_key,
                field.sort_key,
                field.primary_key
            )
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            self.connection
                .execute_batch(&format!("INSERT INTO {columns} VALUES {}", rows.join(", ")))?;
        }
        Ok(())
    }

    /// Writes changed columns, name or distribution of a relation.
    pub fn update(&self, relation: &Relation) -> Result<()> {
        let (relations, columns) = tables(relation.schema.as_deref());
        self.connection.execute(
            &format!("UPDATE {relations} SET name = ?, dist_style = ?, query = ? WHERE id = ?"),
            params![relation.name, relation.dist_style, relation.query, relation.id],
        )?;
        self.connection
            .execute(&format!("DELETE FROM {columns} WHERE relation = ?"), [relation.id])?;
        self.insert_fields(relation)
    }

    pub fn remove(&self, relation: &Relation) -> Result<()> {
        let (relations, columns) = tables(relation.schema.as_deref());
        let id = relation.id;
        self.connection.execute_batch(&format!(
            "DELETE FROM {relations} WHERE id = {id}; DELETE FROM {columns} WHERE relation = {id};"
        ))?;
        if relation.schema.is_some() {
            self.connection
                .execute("DELETE FROM pipectl_catalog.dependencies WHERE view = ?", [id])?;
        }
        Ok(())
    }

    /// Remembers that `view` reads `relations`.
    pub fn depend(&self, view: i64, relations: &[i64]) -> Result<()> {
        for relation in relations {
            self.connection.execute(
                "INSERT INTO pipectl_catalog.dependencies VALUES (?, ?)",
                [view, *relation],
            )?;
        }
        Ok(())
    }

    /// Views that read the relation, directly.
    pub fn dependents(&self, relation: i64) -> Result<Vec<TableName>> {
        self.names(&format!(
            "SELECT r.schema_name, r.name FROM pipectl_catalog.dependencies d JOIN pipectl_catalog.relations r ON r.id = \
             d.view WHERE d.relation = {relation} ORDER BY r.id DESC"
        ))
    }

    /// Relations of a kind, or of a schema, in the order of their creation.
    pub fn all(&self, filter: &str) -> Result<Vec<TableName>> {
        self.names(&format!(
            "SELECT schema_name, name FROM pipectl_catalog.relations WHERE {filter} ORDER BY id"
        ))
    }

    fn names(&self, sql: &str) -> Result<Vec<TableName>> {
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([], |row| {
            Ok(TableName {
                schema: row.get(0)?,
                name: row.get(1)?,
            })
        })?;
        Ok(names.collect::<duckdb::Result<_>>()?)
    }
}

impl Tables for Catalogue<'_> {
    fn columns(&self, table: &TableName) -> Option<Vec<Output>> {
        let relation = self.find(table).ok().flatten()?;
        if relation.kind == RelationKind::LateView {
            let tree = super::lineage::Tree::parse(self.connection, relation.query.as_deref()?).ok()??;
            return tree.outputs(self);
        }
        let schema = relation.schema.clone().unwrap_or_default();
        let columns = relation.columns.iter().map(|field| Output {
            name: field.name.clone(),
            kind: Some(field.kind.clone()),
            origin: Some((schema.clone(), relation.name.clone())),
            nullable: !field.not_null,
        });
        Some(columns.collect())
    }
}

/// `relation "hr.x" does not exist`
pub(super) fn missing(name: &TableName) -> SqlError {
    let written = match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name.clone(),
    };
    SqlError::new("42P01", format!("relation \"{written}\" does not exist"))
}

/// A time as DuckDB reads it.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}
