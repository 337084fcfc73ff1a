//! Parquet: columns go by position; DuckDB reads the rows.

use super::super::catalogue::{Field, Relation};
use super::super::dialect::Type;
use super::super::error::{Failure, Result, SqlError};
use super::super::role::https;
use super::super::session::Session;
use super::super::words::{literal, quote};
use super::File;
use super::log::{Fault, Load};

/// A top-level column of a Parquet file.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    name: String,
    /// `INT32`, `BYTE_ARRAY`, ...; `None` for groups.
    physical: Option<String>,
    /// `UTF8`, `DECIMAL`, ...
    converted: Option<String>,
    logical: String,
    scale: Option<i64>,
    repetition: String,
    /// With all that is below it, to tell schemas apart.
    tree: String,
}

/// Files of one schema.
struct Group {
    columns: Vec<Column>,
    files: Vec<usize>,
}

impl Session {
    pub(super) fn load_parquet(
        &self,
        relation: &Relation,
        targets: &[Field],
        serialize: bool,
        fill: bool,
        load: &mut Load,
    ) -> Result<()> {
        let groups = self.schemas(load)?;
        let mut selects = Vec::new();
        for group in &groups {
            if let Err((what, code)) = self.check(group, targets, serialize, fill, &load.files) {
                return Err(self.scan_error(load, group.files[0], "", code, what));
            }
            selects.push(select(group, targets, &load.files));
        }
        load.lines = vec![0; load.files.len()];
        let columns: Vec<_> = targets.iter().map(|field| quote(&field.name)).collect();
        let sql = format!(
            "INSERT INTO {} ({}) {}",
            relation.duck_name(),
            columns.join(", "),
            selects.join(" UNION ALL ")
        );
        match self.connection.execute(&sql, []) {
            Ok(rows) => {
                load.rows = i64::try_from(rows).unwrap_or(i64::MAX);
                self.count_lines(load)
            }
            Err(error) => Err(self.explain(&groups, targets, load, Failure::Duck(error))),
        }
    }

    fn count_lines(&self, load: &mut Load) -> Result<()> {
        let sql = format!(
            "SELECT file_name, num_rows FROM parquet_file_metadata({})",
            list(&load.files, None)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let counts = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        for count in counts {
            let (path, rows) = count?;
            if let Some(index) = load.files.iter().position(|file| file.path.to_string_lossy() == path) {
                load.lines[index] = u64::try_from(rows).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// The schemas of the files, and which file has which.
    fn schemas(&self, load: &mut Load) -> Result<Vec<Group>> {
        let mut groups: Vec<Group> = Vec::new();
        for index in 0..load.files.len() {
            let columns = match self.schema(&load.files[index]) {
                Ok(columns) => columns,
                Err(failure) if failure.duck_message().starts_with("INTERRUPT") => return Err(failure),
                Err(_) => {
                    let what = format!(
                        "File '{}' is not a Parquet file or is damaged.",
                        self.address(&load.files[index])
                    );
                    return Err(self.scan_error(load, index, "", 15001, what));
                }
            };
            match groups.iter_mut().find(|group| group.columns == columns) {
                Some(group) => group.files.push(index),
                None => groups.push(Group {
                    columns,
                    files: vec![index],
                }),
            }
        }
        Ok(groups)
    }

    fn schema(&self, file: &File) -> Result<Vec<Column>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, type, repetition_type, coalesce(num_children, 0), converted_type, coalesce(logical_type, ''), scale \
             FROM parquet_schema(?) ORDER BY column_id",
        )?;
        let rows = statement.query_map([file.path.to_string_lossy()], |row| {
            let column = Column {
                name: row.get(0)?,
                physical: row.get(1)?,
                repetition: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                converted: row.get(4)?,
                logical: row.get(5)?,
                scale: row.get(6)?,
                tree: String::new(),
            };
            Ok((column, row.get::<_, i64>(3)?))
        })?;
        let rows = rows.collect::<duckdb::Result<Vec<_>>>()?;
        let mut columns = Vec::new();
        let mut next = 1;
        while next < rows.len() {
            let end = end_of(&rows, next);
            let mut column = rows[next].0.clone();
            if end > next + 1 {
                column.physical = None;
            }
            column.tree = format!("{:?}", &rows[next..end]);
            columns.push(column);
            next = end;
        }
        Ok(columns)
    }

    /// What of a file's schema does not fit the table, and Spectrum's code of it.
    fn check(
        &self,
        group: &Group,
        targets: &[Field],
        serialize: bool,
        fill: bool,
        files: &[File],
    ) -> std::result::Result<(), (String, u32)> {
        let file = &files[group.files[0]];
        let (wanted, found) = (targets.len(), group.columns.len());
        if wanted != found && !(fill && found < wanted) {
            return Err((
                format!(
                    "Unmatched number of columns between table and file. Table columns: {wanted}, Data columns: {found}, \
                     File name: {}",
                    self.address(file)
                ),
                15007,
            ));
        }
        for (index, (field, column)) in targets.iter().zip(&group.columns).enumerate() {
            if field.kind == Type::Super && !serialize {
                let what = format!(
                    "Column \"{}\" is SUPER: COPY from Parquet needs SERIALIZETOJSON for it",
                    field.name
                );
                return Err((what, 15001));
            }
            if !fits(&field.kind, column) {
                return Err((
                    format!(
                        "File '{}' has an incompatible Parquet schema for column '{}.{}'. Column type: {}, Parquet \
                         schema:\\n{}",
                        self.address(file),
                        file.url(),
                        column.name,
                        spectrum_name(&field.kind),
                        printed(column, index)
                    ),
                    15007,
                ));
            }
        }
        Ok(())
    }

    fn address(&self, file: &File) -> String {
        https(&self.outside.region, &file.bucket, &file.key)
    }

    /// Spectrum's error, kept among the load's faults too.
    fn scan_error(&self, load: &mut Load, file: usize, column: &str, code: u32, what: String) -> Failure {
        load.faults.push(Fault {
            file,
            line: 0,
            column: column.to_owned(),
            kind: String::new(),
            length: String::new(),
            position: 0,
            raw_line: String::new(),
            raw_field: String::new(),
            code,
            reason: what.clone(),
        });
        SqlError::new("XX000", "Spectrum Scan Error")
            .detail(code, what, self.query)
            .into()
    }

    /// An insertion's failure as Spectrum says it: a text that is too long with its length and file.
    fn explain(&self, groups: &[Group], targets: &[Field], load: &mut Load, failure: Failure) -> Failure {
        if !failure.duck_message().contains("CHECK constraint failed") {
            return failure;
        }
        for group in groups {
            for (index, field) in targets.iter().enumerate().take(group.columns.len()) {
                let Some(limit) = field.kind.length().filter(|_| field.kind.is_text()) else {
                    continue;
                };
                let names: Vec<_> = (0..group.columns.len()).map(|index| format!("c{index}")).collect();
                let sql = format!(
                    "SELECT filename, max(strlen({})) AS length FROM read_parquet({}, hive_partitioning = false, filename = \
                     true) AS p({}, filename) GROUP BY ALL HAVING length > {limit} ORDER BY 1 LIMIT 1",
                    text(&field.kind, &format!("c{index}")),
                    list(&load.files, Some(&group.files)),
                    names.join(", ")
                );
                let longest = self.aside(&sql);
                if let Some((path, length)) = longest {
                    let found = load.files.iter().position(|file| file.path.to_string_lossy() == path);
                    let file = found.unwrap_or(group.files[0]);
                    let what = format!(
                        "The length of the data column {} is longer than the length defined in the table. Table: {limit}, \
                         Data: {length}, File name: {}",
                        field.name,
                        self.address(&load.files[file])
                    );
                    return self.scan_error(load, file, &field.name, 15001, what);
                }
            }
        }
        failure
    }

    /// A query beside the session's transaction, which has failed.
    fn aside(&self, sql: &str) -> Option<(String, i64)> {
        let root = self.database.root();
        root.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()
    }
}

/// The rows of a group's files, in the table's types.
fn select(group: &Group, targets: &[Field], files: &[File]) -> String {
    let names: Vec<_> = (0..group.columns.len()).map(|index| format!("c{index}")).collect();
    let values = targets.iter().enumerate().map(|(index, field)| match names.get(index) {
        None => "NULL".to_owned(),
        Some(name) => match &field.kind {
            Type::Super => format!("to_json({name})"),
            kind if kind.is_text() => text(kind, name),
            kind => format!("CAST({name} AS {})", kind.duck()),
        },
    });
    format!(
        "SELECT {} FROM read_parquet({}, hive_partitioning = false) AS p({})",
        values.collect::<Vec<_>>().join(", "),
        list(files, Some(&group.files)),
        names.join(", ")
    )
}

/// A text as it is stored: CHAR without trailing blanks.
fn text(kind: &Type, name: &str) -> String {
    match kind {
        Type::Char(_) => format!("rtrim(CAST({name} AS VARCHAR))"),
        _ => format!("CAST({name} AS VARCHAR)"),
    }
}

/// DuckDB's list of the files.
fn list(files: &[File], which: Option<&[usize]>) -> String {
    let path = |file: &File| literal(&file.path.to_string_lossy());
    let paths: Vec<_> = match which {
        Some(which) => which.iter().map(|index| path(&files[*index])).collect(),
        None => files.iter().map(path).collect(),
    };
    format!("[{}]", paths.join(", "))
}

/// Where the column that starts at `start` ends among the rows of a schema, which lists parents before children.
fn end_of(rows: &[(Column, i64)], start: usize) -> usize {
    let mut end = start + 1;
    for _ in 0..rows.get(start).map_or(0, |row| row.1) {
        if end >= rows.len() {
            break;
        }
        end = end_of(rows, end);
    }
    end
}

/// Whether Spectrum reads the column as this type: it converts nothing
/// (<https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html>).
fn fits(kind: &Type, column: &Column) -> bool {
    let physical = column.physical.as_deref().unwrap_or_default();
    let is = |name: &str| column.converted.as_deref() == Some(name);
    let is_decimal = is("DECIMAL") || column.logical.contains("Decimal");
    let is_time = is("TIME_MILLIS") || is("TIME_MICROS") || column.logical.starts_with("Time");
    let is_date = is("DATE") || column.logical.starts_with("Date");
    let plain = !is_decimal && !is_time && !is_date;
    if column.repetition == "REPEATED" {
        return *kind == Type::Super;
    }
    match kind {
        Type::Super => true,
        _ if column.physical.is_none() => false,
        Type::SmallInt | Type::Integer => physical == "INT32" && plain,
        Type::BigInt => physical == "INT64" && plain && !is("TIMESTAMP_MICROS") && !is("TIMESTAMP_MILLIS"),
        Type::Decimal { scale, .. } => is_decimal && column.scale.unwrap_or(0) == i64::from(*scale),
        Type::Real => physical == "FLOAT",
        Type::Double => physical == "DOUBLE",
        Type::Boolean => physical == "BOOLEAN",
        Type::Char(_) | Type::Varchar(_) => physical == "BYTE_ARRAY" && !is_decimal,
        Type::Date => physical == "INT32" && is_date,
        // Nanoseconds, which only Parquet's newer annotation has, are finer than Redshift's microseconds.
        Type::Timestamp | Type::TimestampTz => {
            physical == "INT96" || (physical == "INT64" && (is("TIMESTAMP_MICROS") || is("TIMESTAMP_MILLIS")))
        }
        Type::Time | Type::TimeTz => false,
        Type::Varbyte(_) => matches!(physical, "BYTE_ARRAY" | "FIXED_LEN_BYTE_ARRAY") && !is_decimal,
    }
}

/// A type as Spectrum's errors name it.
fn spectrum_name(kind: &Type) -> String {
    match kind {
        Type::Integer => "INT".into(),
        Type::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})"),
        Type::Char(_) => "CHAR".into(),
        Type::Varchar(_) => "VARCHAR".into(),
        Type::Double => "DOUBLE".into(),
        Type::Timestamp => "TIMESTAMP".into(),
        other => {
            let name = other.to_string().to_uppercase();
            name.split('(').next().unwrap_or_default().to_owned()
        }
    }
}

/// `optional int64 id [i:0 d:1 r:0]`
fn printed(column: &Column, index: usize) -> String {
    let physical = column.physical.as_deref().unwrap_or("group").to_lowercase();
    let annotation = column
        .converted
        .as_deref()
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    let depth = i32::from(column.repetition == "OPTIONAL");
    format!(
        "{} {physical} {}{annotation} [i:{index} d:{depth} r:0]",
        column.repetition.to_lowercase(),
        column.name
    )
}
