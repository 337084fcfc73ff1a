//! CREATE TABLE, DROP, TRUNCATE and schemas: DuckDB's definitions and the catalogue, changed together.

use super::answer::Answer;
use super::catalogue::{Field, Relation, RelationKind, duck_name};
use super::dialect::{CreateTable, TableName, Type};
use super::error::{Result, SqlError};
use super::session::Session;
use super::words::{Reader, literal, quote};

impl Session {
    pub(super) fn create_table(&mut self, create: &CreateTable, text: &str) -> Result<Answer> {
        let schema = match create.temporary {
            true => None,
            false => Some(self.catalogue().home(&create.name)?),
        };
        let place = TableName {
            schema: Some(schema.clone().unwrap_or_else(|| "pg_temp".into())),
            name: create.name.name.clone(),
        };
        if self.catalogue().find(&place)?.is_some() {
            if create.if_not_exists {
                return Ok(Answer::default());
            }
            return Err(SqlError::new("42P07", format!("Relation \"{}\" already exists", create.name.name)).into());
        }
        let query = create.query.as_deref().map(|query| self.typed(query)).transpose()?;
        let mut fields = match (&create.like, &query) {
            (Some(like), _) => inherited(&self.catalogue().get(like)?),
            (None, Some(query)) => self.fields_of(
                query,
                &create
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect::<Vec<_>>(),
            )?,
            (None, None) => declared(create),
        };
        keys(create, &mut fields)?;
        let relation = Relation {
            id: self.catalogue().next_id()?,
            schema,
            name: create.name.name.clone(),
            kind: RelationKind::Table,
            query: None,
            definition: text.to_owned(),
            dist_style: create
                .dist_style
                .clone()
                .or(create.dist_key.as_ref().map(|_| "KEY".to_owned())),
            columns: fields,
        };
        self.make_table(&relation)?;
        self.catalogue().insert(&relation, &self.login.user)?;
        let rows = match &query {
            Some(query) => self
                .connection
                .execute(&format!("INSERT INTO {} {query}", relation.duck_name()), [])?,
            None => 0,
        };
        Ok(Answer::changed(i64::try_from(rows).unwrap_or(i64::MAX)))
    }

    /// Columns of a table or view made of a query; `names` take the place of the query's own.
    pub(super) fn fields_of(&self, query: &str, names: &[String]) -> Result<Vec<Field>> {
        let outputs = self.shape(query)?;
        if !names.is_empty() && names.len() != outputs.len() {
            return Err(SqlError::new("42601", "the list of column names does not fit the query's columns").into());
        }
        let fields = outputs.into_iter().enumerate().map(|(index, output)| {
            let name = names.get(index).cloned().unwrap_or(output.name);
            Field::new(&name, output.kind.unwrap_or(Type::Varchar(super::types::MAX_VARCHAR)))
        });
        let fields: Vec<_> = fields.collect();
        distinct(&fields)?;
        Ok(fields)
    }

    /// Makes DuckDB's table, with the constraints that Redshift enforces.
    pub(super) fn make_table(&self, relation: &Relation) -> Result<()> {
        let temporary = if relation.schema.is_none() { "TEMP " } else { "" };
        let mut sql = String::new();
        for (position, field) in relation.columns.iter().enumerate() {
            if let Some((seed, step)) = field.identity {
                let name = relation.sequence(position);
                let bound = if step < 0 {
                    "MINVALUE -9223372036854775807"
                } else {
                    "MINVALUE 0"
                };
                sql.push_str(&format!(
                    "CREATE {temporary}SEQUENCE IF NOT EXISTS {name} START {seed} INCREMENT {step} {bound};\n"
                ));
            }
        }
        let columns: Vec<_> = (0..relation.columns.len())
            .map(|position| column(relation, position))
            .collect();
        let name = relation.duck_name();
        sql.push_str(&format!("CREATE {temporary}TABLE {name} ({})", columns.join(", ")));
        Ok(self.connection.execute_batch(&sql)?)
    }

    /// DROP, ALTER, TRUNCATE, CREATE SCHEMA, COMMENT; `sql` is DuckDB's for what needs no more.
    pub(super) fn define(&mut self, sql: &[String], text: &str) -> Result<Answer> {
        let mut reader = Reader::new(text);
        if reader.takes(&["drop", "schema"]) {
            self.drop_schemas(&mut reader)?;
        } else if reader.takes(&["create", "schema"]) {
            self.create_schema(&mut reader)?;
        } else if reader.takes(&["drop", "table"]) {
            self.drop_relations(&mut reader, &[RelationKind::Table], "table")?;
        } else if reader.takes(&["drop", "materialized", "view"]) {
            self.drop_relations(&mut reader, &[RelationKind::MaterializedView], "materialized view")?;
        } else if reader.takes(&["drop", "view"]) {
            self.drop_relations(&mut reader, &[RelationKind::View, RelationKind::LateView], "view")?;
        } else if reader.takes(&["truncate"]) {
            reader.takes(&["table"]);
            return self.truncate(&mut reader);
        } else if reader.takes(&["alter", "table"]) {
            self.alter_table(&mut reader)?;
        } else if reader.takes(&["refresh", "materialized", "view"]) {
            self.refresh(&reader.table()?)?;
        } else {
            for sql in sql {
                self.connection.execute_batch(sql)?;
            }
        }
        Ok(Answer::default())
    }

    fn create_schema(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let quiet = reader.takes(&["if", "not", "exists"]);
        // CREATE SCHEMA AUTHORIZATION user: the schema has the user's name.
        reader.takes(&["authorization"]);
        let schema = reader.name()?;
        if schema.starts_with("pg_") {
            return Err(SqlError::new("42939", format!("unacceptable schema name \"{schema}\"")).into());
        }
        if self.catalogue().has_schema(&schema)? {
            if quiet {
                return Ok(());
            }
            return Err(SqlError::new("42P06", format!("Schema \"{schema}\" already exists")).into());
        }
        self.connection
            .execute_batch(&format!("CREATE SCHEMA {}", quote(&schema)))?;
        self.search()
    }

    fn drop_schemas(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let quiet = reader.takes(&["if", "exists"]);
        let mut schemas = vec![reader.name()?];
        while reader.symbol(',') {
            schemas.push(reader.name()?);
        }
        let cascade = reader.takes(&["cascade"]);
        for schema in schemas {
            if !self.catalogue().has_schema(&schema)? {
                if quiet {
                    continue;
                }
                return Err(SqlError::new("3F000", format!("schema \"{schema}\" does not exist")).into());
            }
            let inside = self.catalogue().all(&format!("schema_name = {}", literal(&schema)))?;
            if !inside.is_empty() && !cascade {
                return Err(in_use("schema", &schema).into());
            }
            for name in inside {
                // An earlier one may have taken it along.
                if let Some(relation) = self.catalogue().find(&name)? {
                    self.drop_relation(&relation, true, "table")?;
                }
            }
            self.connection
                .execute_batch(&format!("DROP SCHEMA {}", quote(&schema)))?;
        }
        self.search()
    }

    fn drop_relations(&mut self, reader: &mut Reader<'_>, kinds: &[RelationKind], what: &str) -> Result<()> {
        let quiet = reader.takes(&["if", "exists"]);
        let mut names = vec![reader.table()?];
        while reader.symbol(',') {
            names.push(reader.table()?);
        }
        let cascade = reader.takes(&["cascade"]);
        for name in names {
            let Some(relation) = self.catalogue().find(&name)? else {
                if quiet {
                    continue;
                }
                let label = if what == "table" { "Table" } else { "View" };
                return Err(SqlError::new("42P01", format!("{label} \"{}\" does not exist", name.name)).into());
            };
            if !kinds.contains(&relation.kind) {
                return Err(SqlError::new("42809", format!("\"{}\" is not a {what}", name.name)).into());
            }
            self.drop_relation(&relation, cascade, what)?;
        }
        Ok(())
    }

    fn drop_relation(&mut self, relation: &Relation, cascade: bool, what: &str) -> Result<()> {
        for dependent in self.catalogue().dependents(relation.id)? {
            if !cascade {
                return Err(in_use(what, &relation.name).into());
            }
            if let Some(view) = self.catalogue().find(&dependent)? {
                self.drop_relation(&view, true, "view")?;
            }
        }
        let name = relation.duck_name();
        let mut sql = match relation.kind {
            RelationKind::Table | RelationKind::MaterializedView => format!("DROP TABLE {name};"),
            RelationKind::View | RelationKind::LateView => format!("DROP VIEW IF EXISTS {name};"),
        };
        for (position, field) in relation.columns.iter().enumerate() {
            if field.identity.is_some() {
                sql.push_str(&format!("DROP SEQUENCE IF EXISTS {};", relation.sequence(position)));
            }
        }
        self.connection.execute_batch(&sql)?;
        self.catalogue().remove(relation)
    }

    fn truncate(&mut self, reader: &mut Reader<'_>) -> Result<Answer> {
        let relation = self.catalogue().get(&reader.table()?)?;
        if !relation.kind.is_table() {
            return Err(SqlError::new("42809", format!("\"{}\" is not a table", relation.name)).into());
        }
        self.connection
            .execute_batch(&format!("DELETE FROM {}", relation.duck_name()))?;
        self.end_of_truncate()?;
        Ok(Answer::default())
    }
}

fn in_use(what: &str, name: &str) -> SqlError {
    SqlError::new(
        "2BP01",
        format!("cannot drop {what} {name} because other objects depend on it"),
    )
    .hint("Use DROP ... CASCADE to drop the dependent objects too.")
}

/// DuckDB's definition of a column.
fn column(relation: &Relation, position: usize) -> String {
    let field = &relation.columns[position];
    let name = quote(&field.name);
    let mut sql = format!("{name} {}", field.kind.duck());
    if field.identity.is_some() {
        sql.push_str(&format!(" DEFAULT nextval({})", literal(&relation.sequence(position))));
    } else if let Some(default) = &field.default {
        sql.push_str(&format!(" DEFAULT ({default})"));
    }
    if field.not_null {
        sql.push_str(" NOT NULL");
    }
    // The two forms are told apart where the constraint's error is put into Redshift's words.
    match &field.kind {
        Type::Varchar(length) => sql.push_str(&format!(" CHECK (strlen({name}) <= {length})")),
        Type::Char(length) => sql.push_str(&format!(" CHECK ({length} >= strlen({name}))")),
        _ => {}
    }
    sql
}

/// Columns as CREATE TABLE lists them.
fn declared(create: &CreateTable) -> Vec<Field> {
    let fields = create.columns.iter().map(|column| Field {
        not_null: column.not_null || column.identity.is_some(),
        default: column.default.clone(),
        encode: column.encode.as_ref().map(|encode| encode.to_lowercase()),
        identity: column.identity,
        ..Field::new(&column.name, column.kind.clone())
    });
    fields.collect()
}

/// Columns of `LIKE parent`: with their keys and encodings, without defaults, identities and the primary key.
fn inherited(parent: &Relation) -> Vec<Field> {
    let fields = parent.columns.iter().map(|field| Field {
        default: None,
        identity: None,
        primary_key: false,
        ..field.clone()
    });
    fields.collect()
}

/// Marks the columns of the statement's keys.
fn keys(create: &CreateTable, fields: &mut [Field]) -> std::result::Result<(), SqlError> {
    distinct(fields)?;
    let mut find = |name: &str| -> std::result::Result<usize, SqlError> {
        let found = fields.iter().position(|field| field.name == name);
        found.ok_or_else(|| SqlError::new("42703", format!("column \"{name}\" named in key does not exist")))
    };
    let dist = create.dist_key.as_deref().map(&mut find).transpose()?;
    let sort = create
        .sort_keys
        .iter()
        .map(|name| find(name))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let primary = create
        .primary_key
        .iter()
        .map(|name| find(name))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    if let Some(dist) = dist {
        fields[dist].dist_key = true;
    }
    for (index, place) in sort.into_iter().zip(1..) {
        fields[index].sort_key = place;
    }
    for index in primary {
        fields[index].primary_key = true;
        fields[index].not_null = true;
    }
    for field in fields.iter() {
        if field.identity.is_some() && !matches!(field.kind, Type::Integer | Type::BigInt) {
            let what = format!("identity column \"{}\" must be of type integer or bigint", field.name);
            return Err(SqlError::new("42804", what));
        }
    }
    Ok(())
}

fn distinct(fields: &[Field]) -> std::result::Result<(), SqlError> {
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|earlier| earlier.name == field.name) {
            return Err(SqlError::new("42701", format!("column \"{}\" duplicated", field.name)));
        }
    }
    Ok(())
}

/// `duck_name` of a relation beside `relation`.
pub(super) fn beside(relation: &Relation, name: &str) -> String {
    duck_name(relation.schema.as_deref(), name)
}
