//! Any SQL, through the Data API.

use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::types::{ColumnMetadata, Field};

use super::error::Error;
use super::sql_error::SqlError;
use super::warehouse::Warehouse;
use super::watch::Watch;
use crate::aws::SqlStatement;
use crate::aws::statement::{self, Finished};

/// What a statement answered.
pub enum Answer<'a> {
    Rows(Rows<'a>),
    /// No result; how many rows it affected, where Redshift says so.
    Affected(Option<u64>),
}

/// A result that is read page by page.
pub struct Rows<'a> {
    pages: statement::Rows<'a>,
}

/// One page of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The label: the alias, where there is one.
    pub name: String,
    /// Redshift's name for the type: `int4`, `numeric`, `varchar`, `super`.
    pub kind: String,
}

/// A value. Decimals, dates, times and SUPER are text, as the Data API gives them.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    Binary(Vec<u8>),
}

/// Runs one statement of `script`, which came from `file`, and waits for its end.
///
/// # Errors
/// Redshift refused it: with the place in the file. On interruption the statement is cancelled.
pub async fn query<'a>(
    warehouse: &'a Warehouse,
    file: &str,
    script: &str,
    statement: &SqlStatement<'_>,
    watch: &Watch,
) -> Result<Answer<'a>, Error> {
    let texts = [statement.text.to_owned()];
    let (client, target) = (&warehouse.client, &warehouse.target);
    let refused = |failure| SqlError::new(failure, file, script, statement.offset, statement.text);
    let id = statement::submit(client, target, &texts, &[], None, &|_| ())
        .await
        .map_err(|failure| Error::Sql(Box::new(refused(failure))))?;
    let finished = tokio::select! {
        finished = statement::wait(client, target, &id, &|_| ()) => {
            finished.map_err(|failure| Error::Sql(Box::new(refused(failure).of_statement(&id))))?
        }
        () = watch.cancel.cancelled() => {
            statement::cancel(client, &id).await?;
            return Err(Error::Interrupted("the statement was cancelled".into()));
        }
    };
    Ok(answer(client, &finished))
}

fn answer<'a>(client: &'a Client, finished: &Finished) -> Answer<'a> {
    match finished.has_result_set {
        true => Answer::Rows(Rows::of(client, &finished.id)),
        false => Answer::Affected(finished.rows.first().and_then(|rows| (*rows).try_into().ok())),
    }
}

impl<'a> Rows<'a> {
    pub(super) fn of(client: &'a Client, id: &str) -> Self {
        Self {
            pages: statement::rows(client, id),
        }
    }

    /// The next page; `None` after the last. The first tells the columns even if there is no row.
    ///
    /// # Errors
    /// The service refused.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        let Some(page) = self.pages.next().await? else {
            return Ok(None);
        };
        let rows = page.records.into_iter().map(|record| record.into_iter().map(Cell::of));
        Ok(Some(Page {
            columns: page.columns.into_iter().map(Column::of).collect(),
            rows: rows.map(Iterator::collect).collect(),
        }))
    }

    /// All rows, for results that are known to be small.
    pub(super) async fn all(mut self) -> Result<Page, Error> {
        let mut all = self.next().await?.unwrap_or_default();
        while let Some(page) = self.next().await? {
            all.rows.extend(page.rows);
        }
        Ok(all)
    }
}

impl Page {
    /// The value of a column in a row, by the column's name.
    pub(super) fn cell(&self, row: usize, name: &str) -> Option<&Cell> {
        let column = self.columns.iter().position(|column| column.name == name)?;
        self.rows.get(row)?.get(column)
    }

    /// A count.
    pub(super) fn count(&self, row: usize, name: &str) -> Option<u64> {
        match self.cell(row, name)? {
            Cell::Long(value) => (*value).try_into().ok(),
            // SUM of integers is NUMERIC, which comes as text.
            Cell::Text(text) => text.parse().ok(),
            Cell::Null => Some(0),
            _ => None,
        }
    }

    pub(super) fn text(&self, row: usize, name: &str) -> Option<String> {
        match self.cell(row, name)? {
            Cell::Text(text) => Some(text.trim_end().to_owned()),
            Cell::Long(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

impl Column {
    fn of(column: ColumnMetadata) -> Self {
        let label = column.label.filter(|label| !label.is_empty());
        Self {
            name: label.or(column.name).unwrap_or_default(),
            kind: column.type_name.unwrap_or_default(),
        }
    }
}

impl Cell {
    fn of(field: Field) -> Self {
        match field {
            Field::BooleanValue(value) => Self::Boolean(value),
            Field::LongValue(value) => Self::Long(value),
            Field::DoubleValue(value) => Self::Double(value),
            Field::StringValue(text) => Self::Text(text),
            Field::BlobValue(blob) => Self::Binary(blob.into_inner()),
            // IsNull, and what later versions of the API may add.
            _ => Self::Null,
        }
    }
}
