//! A [`Source`] over DuckDB in memory, holding examples/employees.csv as the pipeline's warehouse does. The queries are
//! Redshift's, in words that DuckDB has too but for one.

use std::collections::BTreeMap;

use duckdb::Connection;
use duckdb::types::Value;

use super::{Cell, Source, SourceError};

pub(super) struct Warehouse(pub Connection);

impl Warehouse {
    /// hr.employees and hr.employee_skills, empty.
    pub fn empty() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE SCHEMA hr;
                 CREATE TABLE hr.employees (employee_id VARCHAR, name VARCHAR, age INTEGER, department VARCHAR,
                     salary DECIMAL(12,2), hire_date DATE);
                 CREATE TABLE hr.employee_skills (employee_id VARCHAR, skill VARCHAR);",
            )
            .unwrap();
        Self(connection)
    }

    pub fn employees() -> Self {
        let warehouse = Self::empty();
        let mut people = warehouse.0.appender_to_db("employees", "hr").unwrap();
        let mut skills = warehouse.0.appender_to_db("employee_skills", "hr").unwrap();
        for row in rows() {
            people
                .append_row([&row.id, &row.name, &row.age, &row.department, &row.salary, &row.hired])
                .unwrap();
            for skill in row.skills.split(';').filter(|skill| !skill.is_empty()) {
                skills.append_row([row.id.as_str(), skill]).unwrap();
            }
        }
        drop((people, skills));
        warehouse
    }

    /// Runs DuckDB's own SQL.
    pub fn ask(&self, sql: &str) -> Vec<Vec<Cell>> {
        self.run(sql).unwrap()
    }

    fn run(&self, sql: &str) -> duckdb::Result<Vec<Vec<Cell>>> {
        let mut statement = self.0.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = row.as_ref().column_count();
            out.push((0..columns).map(|at| cell(row.get(at).unwrap())).collect());
        }
        Ok(out)
    }
}

pub(super) struct Employee {
    pub id: String,
    pub name: String,
    pub age: String,
    pub department: String,
    pub skills: String,
    pub salary: String,
    pub hired: String,
}

impl Employee {
    /// Salary in cents: what is exact.
    pub fn cents(&self) -> i64 {
        let (whole, cents) = self.salary.split_once('.').unwrap_or((&self.salary, "0"));
        whole.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap()
    }
}

/// The rows of examples/employees.csv, read without the warehouse.
pub(super) fn rows() -> Vec<Employee> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/employees.csv");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let valid = reader
        .records()
        .map(Result::unwrap)
        // Some rows are wrong on purpose: the pipeline keeps them from the warehouse.
        .filter(|record| {
            record.len() == 7
                && record[2].parse::<u8>().is_ok_and(|age| (16..=100).contains(&age))
                && &record[3] != "Financ"
                && record[5].parse::<f64>().is_ok_and(|salary| salary > 0.0)
                && record[6].parse::<jiff::civil::Date>().is_ok()
        })
        .map(|record| {
            let at = |index: usize| record[index].to_owned();
            let employee = Employee {
                id: at(0),
                name: at(1),
                age: at(2),
                department: at(3),
                skills: at(4),
                salary: at(5),
                hired: at(6),
            };
            (employee.id.clone(), employee)
        });
    // Of rows with the same key the newest stays.
    valid.collect::<BTreeMap<_, _>>().into_values().collect()
}

impl Source for Warehouse {
    fn query(&self, sql: &str) -> Result<Vec<Vec<Cell>>, SourceError> {
        // What DuckDB says otherwise.
        let weeks = "DATEADD(day, -1, DATE_TRUNC('week', DATEADD(day, 1, \"hire_date\")))";
        let sql = sql.replace(
            weeks,
            "DATE_TRUNC('week', \"hire_date\" + INTERVAL 1 DAY) - INTERVAL 1 DAY",
        );
        self.run(&sql).map_err(|error| SourceError(format!("{error} in {sql}")))
    }
}

/// As the Data API gives values: decimals and dates as text.
fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Boolean(value) => Cell::Boolean(value),
        Value::TinyInt(value) => Cell::Integer(value.into()),
        Value::SmallInt(value) => Cell::Integer(value.into()),
        Value::Int(value) => Cell::Integer(value.into()),
        Value::BigInt(value) => Cell::Integer(value),
        Value::HugeInt(value) => Cell::Text(value.to_string()),
        Value::Float(value) => Cell::Float(value.into()),
        Value::Double(value) => Cell::Float(value),
        Value::Decimal(value) => Cell::Text(value.to_string()),
        Value::Text(text) => Cell::Text(text),
        other => panic!("a value of another kind: {other:?}"),
    }
}
