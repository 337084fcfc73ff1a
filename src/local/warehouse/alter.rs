//! ALTER TABLE. What DuckDB cannot alter in a table with constraints is done by making the table anew.

use super::catalogue::{Field, Relation, RelationKind};
use super::define::beside;
use super::dialect::{self, Kind, Type};
use super::error::{Result, SqlError};
use super::session::Session;
use super::words::{Reader, quote};

impl Session {
    /// <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>
    pub(super) fn alter_table(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let name = reader.table()?;
        let relation = self.catalogue().get(&name)?;
        if reader.takes(&["rename", "to"]) {
            let name = reader.name()?;
            return self.rename_table(relation, name);
        }
        if reader.takes(&["owner", "to"]) {
            return Ok(());
        }
        if !relation.kind.is_table() {
            return Err(SqlError::new("42809", format!("\"{}\" is not a table", relation.name)).into());
        }
        if reader.takes(&["rename"]) {
            reader.takes(&["column"]);
            let old = reader.name()?;
            if !reader.takes(&["to"]) {
                return Err(reader.unexpected().into());
            }
            let new = reader.name()?;
            return self.rename_column(relation, &old, new);
        }
        if reader.takes(&["add"]) {
            if is_constraint(reader) {
                return Ok(());
            }
            reader.takes(&["column"]);
            return self.add_column(relation, reader);
        }
        if reader.takes(&["drop"]) {
            if reader.takes(&["constraint"]) {
                return Ok(());
            }
            reader.takes(&["column"]);
            let column = reader.name()?;
            let cascade = reader.takes(&["cascade"]);
            return self.drop_column(relation, &column, cascade);
        }
        if !reader.takes(&["alter"]) {
            return Err(reader.unexpected().into());
        }
        self.alter(relation, reader)?;
        while reader.symbol(',') && reader.takes(&["alter"]) {
            let relation: Relation = self.catalogue().get(&name)?;
            self.alter(relation, reader)?;
        }
        Ok(())
    }

    fn rename_table(&mut self, mut relation: Relation, name: String) -> Result<()> {
        let keyword = match relation.kind {
            RelationKind::View | RelationKind::LateView => "VIEW",
            _ => "TABLE",
        };
        let sql = format!("ALTER {keyword} {} RENAME TO {}", relation.duck_name(), quote(&name));
        self.connection.execute_batch(&sql)?;
        relation.name = name;
        self.catalogue().update(&relation)
    }

    fn rename_column(&mut self, mut relation: Relation, old: &str, new: String) -> Result<()> {
        if relation.column(&new).is_some() {
            return Err(exists(&new, &relation).into());
        }
        let index = position(&relation, old)?;
        let table = relation.duck_name();
        let sql = format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", quote(old), quote(&new));
        self.connection.execute_batch(&sql)?;
        relation.columns[index].name = new;
        self.catalogue().update(&relation)
    }

    fn add_column(&mut self, relation: Relation, reader: &mut Reader<'_>) -> Result<()> {
        let field = read_column(reader)?;
        if relation.column(&field.name).is_some() {
            return Err(exists(&field.name, &relation).into());
        }
        if field.not_null && field.default.is_none() {
            let what = "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression";
            return Err(SqlError::new("42601", what).into());
        }
        let value = match &field.default {
            Some(default) => format!("CAST({default} AS {})", field.kind.duck()),
            None => format!("CAST(NULL AS {})", field.kind.duck()),
        };
        let mut values: Vec<_> = relation.columns.iter().map(|field| quote(&field.name)).collect();
        values.push(value);
        let mut altered = relation.clone();
        altered.columns.push(field);
        self.rebuild(&relation, &altered, &values)
    }

    fn drop_column(&mut self, relation: Relation, column: &str, cascade: bool) -> Result<()> {
        let index = position(&relation, column)?;
        if !cascade && !self.catalogue().dependents(relation.id)?.is_empty() {
            let what = format!(
                "cannot drop table {} column {column} because other objects depend on it",
                relation.name
            );
            let hint = "Use DROP ... CASCADE to drop the dependent objects too.";
            return Err(SqlError::new("2BP01", what).hint(hint).into());
        }
        if relation.columns[index].dist_key || relation.columns[index].sort_key > 0 {
            let key = if relation.columns[index].dist_key {
                "distribution"
            } else {
                "sort"
            };
            return Err(SqlError::new("0A000", format!("cannot drop {key} key column \"{column}\"")).into());
        }
        let mut altered = relation.clone();
        altered.columns.remove(index);
        let values: Vec<_> = altered.columns.iter().map(|field| quote(&field.name)).collect();
        self.rebuild(&relation, &altered, &values)
    }

    /// `ALTER COLUMN c TYPE t`, `ALTER COLUMN c ENCODE e`, `ALTER DISTKEY c`, `ALTER DISTSTYLE s`, `ALTER SORTKEY (...)`.
    fn alter(&mut self, relation: Relation, reader: &mut Reader<'_>) -> Result<()> {
        let mut altered = relation.clone();
        if reader.takes(&["column"]) {
            let index = position(&relation, &reader.name()?)?;
            if reader.takes(&["encode"]) {
                altered.columns[index].encode = Some(reader.name()?);
                return self.catalogue().update(&altered);
            }
            if !reader.takes(&["type"]) {
                return Err(reader.unexpected().into());
            }
            let kind = Type::parse(&reader.kind());
            let (Some(Type::Varchar(length)), Type::Varchar(_)) = (kind, &relation.columns[index].kind) else {
                let what = "ALTER COLUMN TYPE is supported only to change the size of VARCHAR columns";
                return Err(SqlError::new("0A000", what).into());
            };
            altered.columns[index].kind = Type::Varchar(length);
            let values: Vec<_> = altered.columns.iter().map(|field| quote(&field.name)).collect();
            return self.rebuild(&relation, &altered, &values);
        }
        let dist_style = reader.takes(&["diststyle"]).then(|| reader.name()).transpose()?;
        if reader.takes(&["distkey"]) {
            let index = position(&relation, &reader.name()?)?;
            for (at, field) in altered.columns.iter_mut().enumerate() {
                field.dist_key = at == index;
            }
            altered.dist_style = Some("KEY".into());
        } else if let Some(style) = dist_style {
            altered.columns.iter_mut().for_each(|field| field.dist_key = false);
            altered.dist_style = Some(style.to_uppercase());
        } else {
            if reader.takes(&["encode", "auto"]) {
                altered.columns.iter_mut().for_each(|field| field.encode = None);
                return self.catalogue().update(&altered);
            }
            reader.takes(&["compound"]);
            if !reader.takes(&["sortkey"]) {
                return Err(reader.unexpected().into());
            }
            altered.columns.iter_mut().for_each(|field| field.sort_key = 0);
            let mut place = 1;
            if reader.symbol('(') {
                while !reader.symbol(')') {
                    let index = position(&relation, &reader.name()?)?;
                    altered.columns[index].sort_key = place;
                    place += 1;
                    reader.symbol(',');
                }
            }
        }
        self.catalogue().update(&altered)
    }

    /// Makes the table anew with the columns of `altered`, filled with `values`, which are in terms of the old ones.
    fn rebuild(&mut self, relation: &Relation, altered: &Relation, values: &[String]) -> Result<()> {
        let made = Relation {
            name: format!("pipectl_rebuilt_{}", relation.id),
            ..altered.clone()
        };
        self.make_table(&made)?;
        let old = relation.duck_name();
        self.connection.execute_batch(&format!(
            "INSERT INTO {made} SELECT {} FROM {old}; DROP TABLE {old}; ALTER TABLE {made} RENAME TO {};",
            values.join(", "),
            quote(&relation.name),
            made = beside(relation, &made.name),
        ))?;
        self.catalogue().update(altered)
    }
}

/// Whether what is added is a constraint, none of which Redshift enforces.
fn is_constraint(reader: &mut Reader<'_>) -> bool {
    ["constraint", "primary", "unique", "foreign"]
        .iter()
        .any(|keyword| reader.takes(&[keyword]))
}

/// A column's definition, read by the dialect as one of a table.
fn read_column(reader: &Reader<'_>) -> std::result::Result<Field, SqlError> {
    let statements = dialect::parse(&format!("CREATE TABLE altered ({})", reader.rest()))?;
    let column = match statements.into_iter().next().map(|statement| statement.kind) {
        Some(Kind::CreateTable(create)) => create.columns.into_iter().next(),
        _ => None,
    };
    let column = column.ok_or_else(|| reader.unexpected())?;
    Ok(Field {
        not_null: column.not_null,
        default: column.default,
        encode: column.encode.map(|encode| encode.to_lowercase()),
        ..Field::new(&column.name, column.kind)
    })
}

fn position(relation: &Relation, column: &str) -> std::result::Result<usize, SqlError> {
    let found = relation.columns.iter().position(|field| field.name == column);
    found.ok_or_else(|| {
        let what = format!("column \"{column}\" of relation \"{}\" does not exist", relation.name);
        SqlError::new("42703", what)
    })
}

fn exists(column: &str, relation: &Relation) -> SqlError {
    let what = format!("column \"{column}\" of relation \"{}\" already exists", relation.name);
    SqlError::new("42701", what)
}
