//! What runs SQL, as the Data API sees it: the warehouse, or what a test puts in its place.

use crate::local::error::AwsError;
use crate::local::warehouse::{self, Canceller, Warehouses};

pub(super) use crate::local::warehouse::{Answer, Cell, ColumnMeta, Login, SqlError, TableEntry};

/// All databases of the account. Calls block.
pub(crate) trait Engine: Send + Sync {
    fn databases(&self, warehouse: &str) -> Result<Vec<String>, AwsError>;

    fn connect(&self, login: Login) -> Result<Box<dyn Session>, SqlError>;
}

/// One connection to a database. Calls block, which is why each statement has a thread.
pub(crate) trait Session: Send {
    /// Runs exactly one statement, with named parameters (`:name`).
    fn execute(&mut self, sql: &str, parameters: &[(String, Option<String>)]) -> Result<Answer, SqlError>;

    fn begin(&mut self) -> Result<(), SqlError>;

    fn commit(&mut self) -> Result<(), SqlError>;

    fn rollback(&mut self) -> Result<(), SqlError>;

    /// Process id.
    fn pid(&self) -> i64;

    /// Number of the statement that ran last.
    fn query_id(&self) -> i64;

    /// What interrupts the session's statement from another thread.
    fn canceller(&self) -> Box<dyn Cancel>;

    /// Schemas like a pattern of SQL's LIKE, in order.
    fn schemas(&self, pattern: Option<&str>) -> Result<Vec<String>, SqlError>;

    /// Tables and views like the patterns, in order of schema and name.
    fn tables(&self, schema: Option<&str>, table: Option<&str>) -> Result<Vec<TableEntry>, SqlError>;

    fn columns(&mut self, schema: Option<&str>, table: &str) -> Result<Vec<ColumnMeta>, SqlError>;
}

pub(crate) trait Cancel: Send + Sync {
    /// Interrupts the running statement, or the next one.
    fn cancel(&self);
}

impl Engine for Warehouses {
    fn databases(&self, warehouse: &str) -> Result<Vec<String>, AwsError> {
        Warehouses::databases(self, warehouse)
    }

    fn connect(&self, login: Login) -> Result<Box<dyn Session>, SqlError> {
        Ok(Box::new(Warehouses::connect(self, login)?))
    }
}

impl Session for warehouse::Session {
    fn execute(&mut self, sql: &str, parameters: &[(String, Option<String>)]) -> Result<Answer, SqlError> {
        warehouse::Session::execute(self, sql, parameters)
    }

    fn begin(&mut self) -> Result<(), SqlError> {
        warehouse::Session::begin(self)
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        warehouse::Session::commit(self)
    }

    fn rollback(&mut self) -> Result<(), SqlError> {
        warehouse::Session::rollback(self)
    }

    fn pid(&self) -> i64 {
        warehouse::Session::pid(self)
    }

    fn query_id(&self) -> i64 {
        warehouse::Session::query_id(self)
    }

    fn canceller(&self) -> Box<dyn Cancel> {
        Box::new(warehouse::Session::canceller(self))
    }

    fn schemas(&self, pattern: Option<&str>) -> Result<Vec<String>, SqlError> {
        self.list_schemas(pattern)
    }

    fn tables(&self, schema: Option<&str>, table: Option<&str>) -> Result<Vec<TableEntry>, SqlError> {
        self.list_tables(schema, table)
    }

    fn columns(&mut self, schema: Option<&str>, table: &str) -> Result<Vec<ColumnMeta>, SqlError> {
        self.describe_table(schema, table)
    }
}

impl Cancel for Canceller {
    fn cancel(&self) {
        Canceller::cancel(self);
    }
}
