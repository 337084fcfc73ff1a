//! CancelStatement.

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftData;
use super::describe::split_id;
use super::errors::validation;
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CancelStatement {
    id: Option<String>,
}

impl RedshiftData {
    /// Asks the statement to end. It is ABORTED when it has: at once if it waited, else when the engine stops it.
    pub(super) fn cancel_statement(&self, input: &CancelStatement) -> Result<Value, AwsError> {
        let (id, number) = split_id(input.id.as_deref(), None)?;
        let statement = self.runner.find(id)?;
        if number.is_some() {
            return Err(validation(
                "A statement of a batch cannot be canceled on its own. Cancel the batch.",
            ));
        }
        if statement.status.is_final() || !self.runner.cancel(id) {
            let status = self.runner.find(id)?.status.name();
            return Err(validation(format!(
                "Could not cancel a query that is already in {status} state with ID: {id}"
            )));
        }
        Ok(json!({"Status": true}))
    }
}
