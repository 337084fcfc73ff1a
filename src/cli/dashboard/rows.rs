//! Rows for the preview, from the warehouse through the Redshift Data API.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::aws::SqlStatement;
use crate::dashboard::{Cell, Source, SourceError};
use crate::flow::{self, Answer, Unstoppable, Warehouse, Watch};

/// A warehouse whose queries block: to be used on a thread that may.
pub(super) struct Rows {
    warehouse: Warehouse,
    watch: Watch,
    runtime: Handle,
}

impl Rows {
    pub fn new(warehouse: Warehouse, cancel: CancellationToken) -> Self {
        let watch = Watch {
            events: Arc::new(|_| ()),
            cancel,
            interruption: Arc::new(Unstoppable),
        };
        Self {
            warehouse,
            watch,
            runtime: Handle::current(),
        }
    }

    async fn all(&self, sql: &str) -> Result<Vec<Vec<Cell>>, flow::Error> {
        let statement = SqlStatement { text: sql, offset: 0 };
        let answer = flow::query(
            &self.warehouse,
            "a query of the dashboard",
            sql,
            &statement,
            &self.watch,
        )
        .await?;
        let Answer::Rows(mut rows) = answer else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        while let Some(page) = rows.next().await? {
            all.extend(
                page.rows
                    .into_iter()
                    .map(|row| row.into_iter().map(cell).collect::<Vec<_>>()),
            );
        }
        Ok(all)
    }
}

impl Source for Rows {
    fn query(&self, sql: &str) -> Result<Vec<Vec<Cell>>, SourceError> {
        let answer = self.runtime.block_on(self.all(sql));
        answer.map_err(|error| SourceError(error.to_string()))
    }
}

fn cell(cell: flow::Cell) -> Cell {
    match cell {
        flow::Cell::Null => Cell::Null,
        flow::Cell::Boolean(value) => Cell::Boolean(value),
        flow::Cell::Long(value) => Cell::Integer(value),
        flow::Cell::Double(value) => Cell::Float(value),
        flow::Cell::Text(text) => Cell::Text(text),
        // No column of a data set is binary; if one is, its bytes mean nothing on a chart.
        flow::Cell::Binary(bytes) => Cell::Text(format!("{} bytes", bytes.len())),
    }
}
