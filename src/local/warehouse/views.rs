//! Views: ordinary ones, which bind their tables; late-binding ones, which bind at every use; materialized ones.

use std::mem::discriminant;

use super::answer::Answer;
use super::catalogue::{Field, Relation, RelationKind};
use super::dialect::{CreateView, TableName};
use super::error::{Failure, Result, SqlError};
use super::lineage::Tree;
use super::session::{Session, qualified};
use super::words::quote;

impl Session {
    pub(super) fn create_view(&mut self, create: &CreateView, text: &str) -> Result<Answer> {
        let schema = self.catalogue().home(&create.name)?;
        let name = TableName {
            schema: Some(schema.clone()),
            name: create.name.name.clone(),
        };
        let kind = match (create.late_binding, create.materialized) {
            (true, _) => RelationKind::LateView,
            (_, true) => RelationKind::MaterializedView,
            _ => RelationKind::View,
        };
        let existing = self.catalogue().find(&name)?;
        if let Some(existing) = &existing {
            check_replaced(existing, create)?;
        }
        // A late-binding view's types are known when it is bound.
        let query = match kind {
            RelationKind::LateView => create.query.clone(),
            _ => self.typed(&create.query)?,
        };
        let tree = Tree::parse(&self.connection, &query)?;
        let reads = tree.as_ref().map(Tree::reads).unwrap_or_default();
        if kind == RelationKind::LateView {
            check_qualified(&reads)?;
        }
        let query = match &tree {
            Some(tree) => self.qualify(&query, tree)?,
            None => query,
        };
        let columns = match kind {
            RelationKind::LateView => create.columns.iter().map(|name| unbound(name)).collect(),
            _ => self.fields_of(&query, &create.columns)?,
        };
        if let Some(existing) = existing
            .as_ref()
            .filter(|existing| existing.kind == RelationKind::View && kind == RelationKind::View)
        {
            same_columns(existing, &columns)?;
        }
        let relation = Relation {
            // A view that is replaced stays what others depend on.
            id: existing
                .as_ref()
                .map_or_else(|| self.catalogue().next_id(), |existing| Ok(existing.id))?,
            schema: Some(schema),
            name: name.name.clone(),
            kind,
            query: Some(query.clone()),
            definition: text.to_owned(),
            dist_style: None,
            columns,
        };
        if let Some(existing) = &existing {
            self.catalogue().remove(existing)?;
        }
        self.catalogue().insert(&relation, &self.login.user)?;
        match kind {
            RelationKind::LateView => {
                if let Err(failure) = self.bind(&relation) {
                    tolerated(failure)?;
                    self.unbind(&relation)?;
                }
            }
            RelationKind::MaterializedView => {
                self.make_table(&relation)?;
                self.connection
                    .execute_batch(&format!("INSERT INTO {} {query}", relation.duck_name()))?;
                self.depend(&relation, &reads)?;
            }
            _ => {
                self.bind(&relation)?;
                self.depend(&relation, &reads)?;
            }
        }
        Ok(Answer::default())
    }

    /// Makes a materialized view's rows anew.
    pub(super) fn refresh(&mut self, name: &TableName) -> Result<()> {
        let relation = self.catalogue().get(name)?;
        let (RelationKind::MaterializedView, Some(query)) = (relation.kind, &relation.query) else {
            return Err(SqlError::new("42809", format!("\"{}\" is not a materialized view", name.name)).into());
        };
        let table = relation.duck_name();
        Ok(self
            .connection
            .execute_batch(&format!("DELETE FROM {table}; INSERT INTO {table} {query}"))?)
    }

    /// Runs `statement`; if it fails for a name that is not known, binds the late-binding views and tries again.
    pub(super) fn with_late_views(&mut self, mut statement: impl FnMut(&mut Self) -> Result<Answer>) -> Result<Answer> {
        let failure = match statement(self) {
            Err(failure) if is_about_names(&failure) => failure,
            result => return result,
        };
        let late = self.catalogue().all("kind = 'late'")?;
        if late.is_empty() {
            return Err(failure);
        }
        let unbound = self.bind_late_views(late)?;
        statement(self).map_err(|failure| {
            let message = failure.duck_message();
            let of_view = unbound
                .into_iter()
                .find(|(name, _)| message.contains(&format!(" {} ", name.name)));
            of_view.map_or(failure, |(_, why)| why)
        })
    }

    /// Binds them all, those that read others after those; tells why the rest cannot be.
    fn bind_late_views(&mut self, mut late: Vec<TableName>) -> Result<Vec<(TableName, Failure)>> {
        loop {
            let before = late.len();
            let mut failed = Vec::new();
            for name in late {
                let relation = self.catalogue().get(&name)?;
                if let Err(failure) = self.bind(&relation) {
                    self.unbind(&relation)?;
                    let why = qualified(tolerated(failure)?.into_sql(), &relation.definition);
                    failed.push((name, why.into()));
                }
            }
            if failed.is_empty() || failed.len() == before {
                return Ok(failed);
            }
            late = failed.into_iter().map(|(name, _)| name).collect();
        }
    }

    /// Makes DuckDB's view.
    fn bind(&self, view: &Relation) -> Result<()> {
        let names: Vec<_> = view.columns.iter().map(|field| quote(&field.name)).collect();
        let names = if names.is_empty() {
            String::new()
        } else {
            format!(" ({})", names.join(", "))
        };
        let query = self.typed(view.query.as_deref().unwrap_or_default())?;
        let sql = format!("CREATE OR REPLACE VIEW {}{names} AS {query}", view.duck_name());
        Ok(self.connection.execute_batch(&sql)?)
    }

    fn unbind(&self, view: &Relation) -> Result<()> {
        Ok(self
            .connection
            .execute_batch(&format!("DROP VIEW IF EXISTS {}", view.duck_name()))?)
    }

    /// `query` with schemas for the tables it names without one: DuckDB would look for them again at every use.
    fn qualify(&self, query: &str, tree: &Tree) -> Result<String> {
        let mut qualified = query.to_owned();
        for (place, name) in tree.unqualified().into_iter().rev() {
            let found = self.catalogue().find(&TableName { schema: None, name })?;
            if let Some(schema) = found.and_then(|relation| relation.schema)
                && qualified.is_char_boundary(place)
            {
                qualified.insert_str(place, &format!("{}.", quote(&schema)));
            }
        }
        Ok(qualified)
    }

    fn depend(&self, view: &Relation, reads: &[TableName]) -> Result<()> {
        let mut relations = Vec::new();
        for name in reads {
            relations.extend(self.catalogue().find(name)?.map(|relation| relation.id));
        }
        self.catalogue().depend(view.id, &relations)
    }
}

/// A column of a late-binding view, of which only the name is declared.
fn unbound(name: &str) -> Field {
    Field::new(name, super::dialect::Type::Varchar(super::types::MAX_VARCHAR))
}

fn check_replaced(existing: &Relation, create: &CreateView) -> std::result::Result<(), SqlError> {
    let name = &create.name.name;
    if !create.or_replace || create.materialized {
        return Err(SqlError::new("42P07", format!("Relation \"{name}\" already exists")));
    }
    if matches!(existing.kind, RelationKind::Table | RelationKind::MaterializedView) {
        return Err(SqlError::new("42809", format!("\"{name}\" is not a view")));
    }
    Ok(())
}

fn check_qualified(reads: &[TableName]) -> std::result::Result<(), SqlError> {
    if reads.iter().any(|table| table.schema.is_none()) {
        let what = "All the relation names inside should be qualified when creating a late-binding view.";
        return Err(SqlError::new("42601", what));
    }
    Ok(())
}

/// A view is replaced only by one of the same columns
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html>).
fn same_columns(existing: &Relation, columns: &[Field]) -> std::result::Result<(), SqlError> {
    if existing.columns.len() != columns.len() {
        return Err(SqlError::new("42P16", "cannot change number of columns in view"));
    }
    for (old, new) in existing.columns.iter().zip(columns) {
        if old.name != new.name {
            let what = format!("cannot change name of view column \"{}\"", old.name);
            return Err(SqlError::new("42P16", what));
        }
        if discriminant(&old.kind) != discriminant(&new.kind) {
            let what = format!("cannot change data type of view column \"{}\"", old.name);
            return Err(SqlError::new("42P16", what));
        }
    }
    Ok(())
}

fn is_about_names(failure: &Failure) -> bool {
    let message = failure.duck_message();
    message.starts_with("Catalog Error") || message.starts_with("Binder Error")
}

/// Passes a failure on that a late-binding view may have, and fails with any other.
fn tolerated(failure: Failure) -> Result<Failure> {
    if is_about_names(&failure) {
        Ok(failure)
    } else {
        Err(failure)
    }
}
