//! COPY: objects of S3 into a table (<https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html>).
//!
//! Parquet is read by DuckDB. Text (CSV, delimited, JSON) is read here, record by record: Redshift says of every bad
//! field which file, line and column it is in, and goes on up to MAXERROR.

mod convert;
mod dates;
mod fields;
mod json;
mod log;
mod parquet;
mod source;
mod text;

use jiff::Timestamp;

use super::answer::Answer;
use super::catalogue::{Field, Relation};
use super::dialect::{Copy, CopyFormat, CopyOptions};
use super::error::{Failure, Result, SqlError};
use super::scratch::Scratch;
use super::session::Session;
use log::Load;
use source::File;

impl Session {
    pub(super) fn copy(&mut self, copy: &Copy) -> Result<Answer> {
        let start = Timestamp::now();
        let relation = self.catalogue().find(&copy.table)?;
        let relation = relation.ok_or_else(|| {
            SqlError::new(
                "42P01",
                format!("Cannot COPY into nonexistent table {}", copy.table.name),
            )
        })?;
        if !relation.kind.is_table() {
            return Err(SqlError::new("42809", format!("cannot copy to view \"{}\"", relation.name)).into());
        }
        let targets = targets(&relation, copy)?;
        refuse(copy)?;
        self.authorize(&copy.role)?;
        self.check_region(copy)?;
        let scratch = Scratch::new(&self.database.scratch)?;
        let mut load = Load::new(copy, start);
        let done = self.load(copy, &relation, &targets, &scratch, &mut load);
        match done {
            Ok(()) => {
                self.log_load(&relation, &load)?;
                self.connection.execute_batch(&format!(
                    "SET VARIABLE rs_last_copy_count = {}::BIGINT; SET VARIABLE rs_last_copy_id = {}::BIGINT;",
                    load.rows, self.query
                ))?;
                Ok(Answer::changed(load.rows))
            }
            Err(failure) => {
                if !failure.is_conflict() {
                    self.log_failed_load(&relation, &load);
                }
                Err(failure)
            }
        }
    }

    fn load(
        &self,
        copy: &Copy,
        relation: &Relation,
        targets: &[Field],
        scratch: &Scratch,
        load: &mut Load,
    ) -> Result<()> {
        let found = self.locate(copy)?;
        load.files = self.materialise(found, scratch)?;
        self.check_cancelled()?;
        if load.files.is_empty() {
            // A manifest of optional files, none of which is there.
            return Ok(());
        }
        match &copy.format {
            CopyFormat::Parquet { serialize_to_json } => {
                self.load_parquet(relation, targets, *serialize_to_json, copy.options.fill_record, load)
            }
            _ => self.load_text(copy, relation, targets, load),
        }
    }

    /// A bucket lives in the region of the embedded AWS.
    fn check_region(&self, copy: &Copy) -> std::result::Result<(), SqlError> {
        match &copy.region {
            Some(region) if *region != self.outside.region => Err(SqlError::new(
                "XX000",
                "S3ServiceException:The bucket you are attempting to access must be addressed using the specified \
                 endpoint. Please send all future requests to this endpoint.,Status 301,Error PermanentRedirect",
            )
            .detail(8001, format!("REGION {region}"), self.query)),
            _ => Ok(()),
        }
    }

    /// The error of a load that had bad rows.
    fn load_failed(&self, relation: &Relation) -> Failure {
        let what = format!(
            "Load into table '{}' failed.  Check 'sys_load_error_detail' system table for details.",
            relation.name
        );
        SqlError::new("XX000", what).into()
    }
}

/// Columns that are loaded, in the order of the data.
fn targets(relation: &Relation, copy: &Copy) -> std::result::Result<Vec<Field>, SqlError> {
    if copy.columns.is_empty() {
        let loaded = relation
            .columns
            .iter()
            .filter(|field| field.identity.is_none() || copy.options.explicit_ids);
        return Ok(loaded.cloned().collect());
    }
    let column = |name: &String| {
        let field = relation.column(name).ok_or_else(|| {
            let what = format!("column \"{name}\" of relation \"{}\" does not exist", relation.name);
            SqlError::new("42703", what)
        })?;
        if field.identity.is_some() && !copy.options.explicit_ids {
            let what = format!("cannot copy into identity column \"{name}\" without EXPLICIT_IDS");
            return Err(SqlError::new("42601", what));
        }
        Ok(field.clone())
    };
    copy.columns.iter().map(column).collect()
}

/// Parameters that do not go with the format.
fn refuse(copy: &Copy) -> std::result::Result<(), SqlError> {
    let CopyOptions {
        ignore_header,
        null_as,
        blanks_as_null,
        empty_as_null,
        accept_any_date,
        truncate_columns,
        trim_blanks,
        ignore_blank_lines,
        date_format,
        time_format,
        ..
    } = &copy.options;
    if !matches!(copy.format, CopyFormat::Parquet { .. }) {
        return Ok(());
    }
    let given = [
        (copy.max_error > 0, "MAXERROR"),
        (copy.gzip, "GZIP"),
        (*ignore_header > 0, "IGNOREHEADER"),
        (null_as.is_some(), "NULL AS"),
        (*blanks_as_null, "BLANKSASNULL"),
        (*empty_as_null, "EMPTYASNULL"),
        (*accept_any_date, "ACCEPTANYDATE"),
        (*truncate_columns, "TRUNCATECOLUMNS"),
        (*trim_blanks, "TRIMBLANKS"),
        (*ignore_blank_lines, "IGNOREBLANKLINES"),
        (date_format.is_some(), "DATEFORMAT"),
        (time_format.is_some(), "TIMEFORMAT"),
    ];
    match given.iter().find(|(given, _)| *given) {
        Some((_, name)) => {
            let what = format!("{name} argument is not supported for PARQUET based COPY");
            Err(SqlError::new("0A000", what))
        }
        None => Ok(()),
    }
}
